"""The answering model: its special tokens are only words to it, it stops when told, it says what went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ScriptedModel
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.base.llms.types import ChatMessage, MessageRole

from index.errors import ModelError
from rag.model import engine
from rag.model.engine import CONTEXT_TOKENS, plain, reply

SPECIAL = [
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|start_header_id|>",
    "<|begin_of_text|>",
    "<|user|>",
    "<|assistant|>",
    "<|fim_prefix|>",
    "<|START_OF_TURN_TOKEN|>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<bos>",
    "<eos>",
    "<s>",
    "</s>",
    "[INST]",
    "[/INST]",
]


def asking(text: str) -> list[ChatMessage]:
    return [ChatMessage(role=MessageRole.USER, content=text)]


@pytest.mark.parametrize("token", SPECIAL, ids=lambda token: token)
def test_special_tokens_are_broken_up(token: str) -> None:
    for text in (token, f"before{token}after", token * 3, token.upper()):
        broken = plain(text)
        assert token.lower() not in broken.lower()
        assert broken.replace(" ", "") == text


def test_half_tokens_do_not_grow_together() -> None:
    assert "<|im_end|>" not in plain("<<|im_end|>|im_end|>")
    assert "<|" not in plain("<|<||im_end|>")


@pytest.mark.parametrize(
    "text",
    ["a < b and c > d", "x | y", "see [1] and [2]", "“Kim’s” 1,200 <b>bold</b>", "", "50 % | 60 %"],
    ids=["less", "bar", "markers", "tags", "empty", "table"],
)
def test_other_text_stays(text: str) -> None:
    assert plain(text) == text


@given(st.text(alphabet="<>|/[]sINTim_end ", max_size=60))
@settings(max_examples=150, deadline=None)
def test_nothing_but_spaces_is_added(text: str) -> None:
    broken = plain(text)
    assert broken.replace(" ", "") == text.replace(" ", "")
    assert plain(broken) == broken
    assert not any(token.lower() in broken.lower() for token in SPECIAL)


def test_any_model_replies_piece_by_piece(scripted: ScriptedModel) -> None:
    scripted.enqueue("Kim left at noon.")
    pieces = list(reply(scripted, [("user", "When?")], 20))
    assert "".join(piece.text for piece in pieces) == "Kim left at noon."
    assert len(pieces) == 4


def test_a_model_that_does_not_tell_is_half_believed(scripted: ScriptedModel) -> None:
    scripted.enqueue("Yes, it does.", "")
    assert engine.first_words(scripted, [("user", "Does it?")]) == {"yes": 0.5}
    assert engine.first_words(scripted, [("user", "Does it?")]) == {}


def test_a_model_that_fails_says_so(scripted: ScriptedModel) -> None:
    with pytest.raises(ModelError, match="scripted failed"):
        list(reply(scripted, [("user", "A question too many")], 20))


def test_a_file_that_is_missing_or_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model file at .*nowhere\.gguf"):
        engine.load(tmp_path / "nowhere.gguf")
    with pytest.raises(ModelError, match="no model file"):
        engine.load(tmp_path)


def test_the_real_model(fetched: Path) -> None:
    model = engine.load()
    assert model is engine.load()
    writing = model.write(asking("Count from one to two hundred, in words."), 400)
    first = next(writing)
    writing.close()
    assert first.text
    assert all(value <= 0 for value in first.log_probabilities)

    question = asking("Is Paris in France? Reply with one word, yes or no.")
    short = list(model.write(question, 4))
    assert short[0].text.strip().lower().startswith("yes")
    assert sum(short[0].log_probabilities) > -1

    with pytest.raises(ModelError, match="shorter question"):
        list(model.write(asking("word " * (CONTEXT_TOKENS + 100)), 4))
    assert [piece.text for piece in model.write(question, 4)] == [piece.text for piece in short]

    paris = [("user", "Is Paris in France? Reply with one word, yes or no.")]
    words = engine.first_words(model, paris)
    assert max(words, key=lambda word: words[word]) == "yes"
    assert 0.5 < words["yes"] <= sum(words.values()) <= 1.001
    with pytest.raises(ModelError, match="shorter question"):
        engine.first_words(model, [("user", "word " * (CONTEXT_TOKENS + 100))])


def test_an_engine_that_stops_says_so(fetched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped:
        def handle_chat_completions(self, *_: object) -> None:
            raise RuntimeError("out of memory")

    model = engine.load()
    monkeypatch.setattr(model, "_server", Stopped())
    with pytest.raises(ModelError, match=r"out of memory.*Ask again"):
        list(model.write(asking("Is it?"), 4))
    with pytest.raises(ModelError, match=r"out of memory.*Ask again"):
        engine.first_words(model, [("user", "Is it?")])

"""What the tests share: a library of the sample articles, the real weights, a scripted model, the command."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.llms.custom import CustomLLM
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from index import Library, weights
from index.article import Article
from index.chunker import sentences
from index.copies import signature
from index.embedder import Embedder, shared_embedder
from rag import Answer, Passage, answering, confirming
from rag.cli import app
from rag.confidence import Weights
from rag.model import prompts
from rag.reading import Reading

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
COMMAND = (sys.executable, "-m", "rag.cli")  # `dateline`, before it is installed as well

Dateline = Callable[..., Result]
Spawned = Callable[..., "subprocess.Popen[str]"]
Pages = Callable[[Mapping[str, str]], Library]


@pytest.fixture(scope="session", autouse=True)
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees, or leaves anything in, the reader's own data; the weights cache is shared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        for name in ("DATELINE_LIBRARY", "DATELINE_MODEL"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def fetched(_nobodys_home: None) -> Path:
    """The weights cache with everything in it that an answer needs."""
    for name in ("embedder", "tokenizer", "answering"):
        weights.ensure(name)
    return weights.cache_dir()


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return shared_embedder()


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that the real embedder is given."""
    seen: list[str] = []
    real = Embedder.embed

    def embed(self: Embedder, texts: list[str]) -> NDArray[np.float32]:
        seen.extend(texts)
        return real(self, texts)

    monkeypatch.setattr(Embedder, "embed", embed)
    return seen


@pytest.fixture(scope="session")
def seed_library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Library:
    """The five sample articles, indexed; tests only read it."""
    library = Library(tmp_path_factory.mktemp("seeds") / "library", embedder)
    library.sync(SEEDS)
    return library


@pytest.fixture
def pages(tmp_path: Path, embedder: Embedder) -> Pages:
    """Makes a library of files by name."""

    def make(texts: Mapping[str, str]) -> Library:
        folder = tmp_path / "pages"
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        library = Library(tmp_path / "pages-library", embedder)
        library.sync(folder)
        return library

    return make


@pytest.fixture
def dateline(fetched: Path, tmp_path: Path) -> Dateline:
    """The command in this process, in a home of its own; keyword arguments are environment variables."""

    def run(*arguments: object, **environment: str) -> Result:
        variables = {"XDG_DATA_HOME": str(tmp_path / "home"), **environment}
        return CliRunner().invoke(app, list(map(str, arguments)), env=variables, catch_exceptions=False)

    return run


@pytest.fixture
def spawned(tmp_path: Path) -> Iterator[Spawned]:
    """Starts the command, behind the words of `before`, as a process of its own; it ends with the test."""
    running: list[subprocess.Popen[str]] = []

    def start(
        *arguments: object,
        before: Sequence[str] = (),
        stderr: int = subprocess.PIPE,
        **environment: str,
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*before, *COMMAND, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "home"), **environment},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


class ScriptedModel(CustomLLM):
    """Replies with the texts it was given, one a call, word by word; keeps the prompts it was sent."""

    _replies: list[str] = PrivateAttr(default_factory=list)
    _prompts: list[str] = PrivateAttr(default_factory=list)
    _closed: list[bool] = PrivateAttr(default_factory=list)
    _few_words: str = PrivateAttr(default="")
    _whether: str = PrivateAttr(default="")

    def enqueue(self, *replies: str) -> None:
        """Texts for the next calls; a call too many fails."""
        self._replies.extend(replies)

    def tell(self, few_words: str, whether: str = "unknown") -> None:
        """What to say, however often, when few words are asked for and when it is whether something is so."""
        self._few_words, self._whether = few_words, whether

    @property
    def prompts(self) -> list[str]:
        """Each call's messages, joined."""
        return self._prompts

    @property
    def stopped(self) -> int:
        """Replies that were closed before they had ended."""
        return len(self._closed)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted", is_chat_model=True)

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return list(self.stream_chat(messages))[-1]

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        self._prompts.append("\n".join(str(message.content) for message in messages))
        if self._whether and not self._replies:
            reply = self._few_words if prompts.PHRASE in self._prompts[-1] else self._whether
        else:
            reply = self._replies.pop(0)

        def stream() -> ChatResponseGen:
            text = ""
            try:
                for word in reply.split(" "):
                    delta = word if not text else f" {word}"
                    text += delta
                    whole = ChatMessage(role=MessageRole.ASSISTANT, content=text)
                    yield ChatResponse(message=whole, delta=delta)
            except GeneratorExit:
                self._closed.append(True)
                raise

        return stream()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        reply = self.chat([ChatMessage(role=MessageRole.USER, content=prompt)])
        return CompletionResponse(text=reply.message.content or "")

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        for part in self.stream_chat([ChatMessage(role=MessageRole.USER, content=prompt)]):
            yield CompletionResponse(text=part.message.content or "", delta=part.delta)


@pytest.fixture
def scripted() -> ScriptedModel:
    return ScriptedModel()


class ScriptedReader:
    """Finds the words that it was told answer a question, and no others; keeps the questions it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._told: list[tuple[str, str, float]] = []

    def tell(self, words: str, of: str = "", score: float = 9.0) -> None:
        """The words that answer, in whichever sentence they stand, to questions that hold `of`."""
        self._told.append((of, words, score))

    def read(self, question: str, passages: Sequence[Passage]) -> tuple[Reading, ...]:
        self.asked.append(question)
        found: dict[tuple[str, int], Reading] = {}
        for passage in passages:
            for span in sentences(passage.article.text, passage.start, passage.end):
                found.setdefault((passage.article.id, span[0]), self._reading(question, passage, *span))
        return tuple(sorted(found.values(), key=lambda one: -one.score))

    def _reading(self, question: str, passage: Passage, start: int, end: int) -> Reading:
        for of, words, score in self._told:
            at = passage.article.text.find(words, start, end)
            if of in question and at >= 0:
                return Reading(passage.article, start, end, (at, at + len(words)), score, passage.score)
        return Reading(passage.article, start, end, (start, end), -9.0, passage.score)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> ScriptedReader:
    """A reader that finds what it is told to, and weights that believe it, or a model that was asked."""
    reader = ScriptedReader()
    monkeypatch.setattr(answering, "reader", lambda: reader)
    monkeypatch.setattr(answering, "ALONE", Weights(bias=0, score=1, lead=0, nearness=0))
    monkeypatch.setattr(confirming, "HEARD", Weights(bias=0, score=0, lead=0, nearness=0, agrees=4))
    return reader


@pytest.fixture
def unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The language model is asked whatever the reader says."""
    monkeypatch.setattr(answering, "HOPELESS", 0.0)
    monkeypatch.setattr(answering, "SURE", 2.0)


def check_citations(found: Answer) -> None:
    """Every sentence is marked and every marker has its citation; every quote is verbatim and no boilerplate."""
    assert all(sentence.citations for sentence in found.sentences)
    assert {int(n) for n in re.findall(r"\[(\d+)\]", found.text)} == {c.marker for c in found.citations}
    assert [c.marker for c in found.citations] == list(range(1, len(found.citations) + 1))
    for citation in found.citations:
        assert citation.article.text[citation.start : citation.end] == citation.quote
        assert citation.quote.strip() == citation.quote != ""
        for first, last in citation.article.boilerplate:
            assert citation.end <= first or last <= citation.start
    for sentence in found.sentences:
        said = " ".join(" ".join(citation.quote.split()) for citation in sentence.citations)
        assert sentence.text.casefold().rstrip(".") == said.casefold().rstrip(".")
        for start, end in sentence.words:
            assert 0 <= start < end <= len(sentence.text)


def article_of(text: str, title: str = "") -> Article:
    """An article of this text, as an indexed one has its id and signature."""
    key = hashlib.sha256(text.encode()).hexdigest()
    return Article(key, Path(f"{key[:8]}.txt"), text, title, signature=signature(text))

"""Read: which sentence of the passages answers a question, which words of it, and how likely."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import weights
from index.article import Article, Span
from index.chunker import sentences
from rag.answers import Passage

QUESTION_TOKENS = 48
TOKENS = 224  # question and passage together
_TITLE_WORDS = 25
_LONGEST_WORDS = 40  # tokens of the words that answer
_CLS, _SEP = 101, 102


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence of a passage, the words of it that answer, and the reader's score, a logit: higher is likelier.

    `start`, `end` and `words` are offsets into `article.text`; `nearness` is the passage's score.
    """

    article: Article
    start: int
    end: int
    words: Span
    score: float
    nearness: float

    @property
    def text(self) -> str:
        """The sentence as it stands in the article."""
        return self.article.text[self.start : self.end]

    @property
    def answering(self) -> str:
        """The words that answer as they stand in the article."""
        return self.article.text[slice(*self.words)]


@dataclass(frozen=True, slots=True)
class _Window:
    """A question and a passage as tokens, and where each token of the passage stands in its article."""

    ids: list[int]
    passage: Passage
    passage_from: int  # position of the first token behind the question
    first: int  # position of the passage's own first token, behind its title
    spans: list[Span]


def headed(title: str, text: str) -> str:
    """The text under its article's title, cut to 25 words; the text is the end of what is returned."""
    head = " ".join(title.split()[:_TITLE_WORDS])
    return f"{head}. {text}" if head else text


class Reader:
    """The trained reader on onnxruntime. Safe from several threads."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when the library is imported
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(2, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        # Spinning threads starve the language model, which shares the same two cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def read(self, question: str, passages: Sequence[Passage]) -> tuple[Reading, ...]:
        """A reading of every sentence of the passages, likeliest first."""
        asked = self._tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS]
        best: dict[tuple[str, int], Reading] = {}
        for passage in passages:
            window = self._window(asked, passage)
            for reading in _readings(window, *self._scores(window)):
                key = (reading.article.id, reading.start)
                if key not in best or best[key].score < reading.score:
                    best[key] = reading
        return tuple(sorted(best.values(), key=lambda one: -one.score))

    def _window(self, asked: list[int], passage: Passage) -> _Window:
        text = headed(passage.article.title, passage.text)
        head = len(text) - len(passage.text)
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        room = TOKENS - len(asked) - 3
        offsets = encoded.offsets[:room]
        own = next((place for place, (start, _) in enumerate(offsets) if start >= head), len(offsets))
        shift = passage.start - head
        spans = [(start + shift, end + shift) for start, end in offsets[own:]]
        ids = [_CLS, *asked, _SEP, *encoded.ids[:room], _SEP]
        return _Window(ids, passage, len(asked) + 2, len(asked) + 2 + own, spans)

    def _scores(self, window: _Window) -> tuple[NDArray[np.float32], float]:
        """Start and end logits of every token, and the logit of "this passage answers"."""
        # One window a run: in a batch, int8 activations would be scaled by the other windows as well.
        ids = np.array([window.ids], dtype=np.int64)
        types = np.zeros_like(ids)
        types[0, window.passage_from :] = 1
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
        span, answers = self._session.run(None, feeds)
        return span[0], float(answers[0])


def _readings(window: _Window, span: NDArray[np.float32], answers: float) -> list[Reading]:
    """The likeliest words of each sentence of one window: best start and end, less the score of "none"."""
    passage, none = window.passage, float(span[0].sum())
    found = []
    for start, end in sentences(passage.article.text, passage.start, passage.end):
        held = [place for place, (a, b) in enumerate(window.spans) if start <= a and b <= end]
        if not held:
            continue
        first, last = held[0], held[-1] + 1
        logits = span[window.first + first : window.first + last]
        total = np.add.outer(logits[:, 0], logits[:, 1])
        allowed = np.triu(np.ones_like(total, dtype=bool)) & ~np.triu(
            np.ones_like(total, dtype=bool), _LONGEST_WORDS
        )
        total = np.where(allowed, total, -np.inf)
        a, b = np.unravel_index(int(total.argmax()), total.shape)
        words = window.spans[first + int(a)][0], window.spans[first + int(b)][1]
        score = float(total[a, b]) - none + answers
        found.append(Reading(passage.article, start, end, words, score, passage.score))
    return found


def weights_digest() -> str:
    """The SHA-256 (hex) of the reader's weights, which names what reads."""
    with _WEIGHTS.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_WEIGHTS = Path(str(files("rag.reader") / "reader.onnx"))
_opening = threading.Lock()


@cache
def _opened() -> Reader:
    return Reader(_WEIGHTS, weights.ensure("tokenizer"))


def reader() -> Reader:
    """The process's one reader, loaded at first use."""
    with _opening:
        return _opened()

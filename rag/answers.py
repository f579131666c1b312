"""What a question comes back as: an answer, its citations and the passages it was found in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from index.article import Article


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question and the answer shown for it, both text."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A numbered span of an article that was retrieved for the question."""

    number: int
    article: Article
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        """The very words of the article."""
        return self.article.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words a sentence of the answer rests on."""

    marker: int
    article: Article
    title: str
    source: str
    published: str
    path: Path
    start: int
    end: int
    quote: str

    @property
    def label(self) -> str:
        """Title, outlet and date on one line."""
        return " · ".join(part for part in (self.title, self.source, self.published) if part)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready form that names the article instead of holding it."""
        return {
            "marker": self.marker,
            "article": self.article.id,
            "title": self.title,
            "source": self.source,
            "published": self.published,
            "path": str(self.path),
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """One question's answer, or its refusal, at one moment of its making.

    `text` only ever holds sentences that passed grounding; `draft` is what the model is still
    writing. `confidence` is the probability that the articles answer the question and the shown
    answer is right; a refusal is right with one minus it. `timings` are seconds since the question.
    """

    question: str
    understood: str = ""
    text: str = ""
    draft: str = ""
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    answered: bool = False
    confidence: float = 0.0
    reason: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)

    def with_(self, **changes: Any) -> Answer:
        """The same answer with some fields changed."""
        return replace(self, **changes)

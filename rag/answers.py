"""What a question comes back as: an answer, its citations and the passages it was found in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from index.article import Article

NEAREST = 3  # passages a refusal shows


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

    @property
    def label(self) -> str:
        """Title, outlet, date and page on one line."""
        article = self.article
        return _label(article.title, article.source, article.known_date, page_sign(self.page))

    @property
    def page(self) -> int | None:
        """The number of the page it begins on, where the article has pages."""
        return self.article.page(self.start)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready form that names the article instead of holding it."""
        return {
            "number": self.number,
            "article": self.article.id,
            "title": self.article.title,
            "source": self.article.source,
            "published": self.article.known_date,
            "path": str(self.article.path),
            "page": self.page,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "score": round(self.score, 4),
        }


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
    page: int | None = None  # of a format that has pages

    @property
    def label(self) -> str:
        """Title, outlet, date and page on one line."""
        return _label(self.title, self.source, self.published, page_sign(self.page))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready form that names the article instead of holding it."""
        return {
            "marker": self.marker,
            "article": self.article.id,
            "title": self.title,
            "source": self.source,
            "published": self.published,
            "path": str(self.path),
            "page": self.page,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """One question's answer, or its refusal, at one moment of its making.

    `text` only ever holds sentences that passed grounding; `draft` is what the model is still
    writing. `confidence` is the probability that the articles answer the question and the shown
    answer is right; a refusal is right with one minus it. `reason` says why there is no answer, or what the
    reader should know about the one there is. `timings` are seconds since the question.
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

    def __str__(self) -> str:
        """The answer and its sources, or the refusal and what came nearest, as a terminal shows them."""
        if self.answered:
            quotes = [f"[{c.marker}] {c.label}\n    “{_one_line(c.quote)}”" for c in self.citations]
            parts = [self.text, *quotes, self.reason]
        else:
            nearest = [f"  · {p.label}\n    “{_one_line(p.text, 240)}”" for p in self.passages[:NEAREST]]
            parts = [self.reason, *(["Nearest passages:", *nearest] if nearest else [])]
        other = self.understood and self.understood != self.question
        parts.insert(0, f"Searched as: {_one_line(self.understood)}" if other else "")
        return "\n\n".join(part for part in parts if part)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready form; passages and citations carry their own words, never whole articles."""
        return {
            "question": self.question,
            "understood": self.understood,
            "answered": self.answered,
            "text": self.text,
            "reason": self.reason,
            "confidence": round(self.confidence, 4),
            "citations": [citation.to_dict() for citation in self.citations],
            "passages": [passage.to_dict() for passage in self.passages],
            "draft": self.draft,
            "timings": dict(self.timings),
        }


def page_sign(page: int | None) -> str:
    """A page number as readers write it; empty without one."""
    return f"p. {page}" if page else ""


def _label(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _one_line(text: str, most: int = 2_000) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most].rsplit(' ', 1)[0]} …"

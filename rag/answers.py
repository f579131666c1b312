"""What a question comes back as: an answer, its citations and the passages it was found in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

from index.article import Article, Span
from index.chunker import sentences

NEAREST = 3  # passages a refusal shows
_LOOKED_BACK = 700  # characters in which the sentence before one is looked for
_SPACE = re.compile(r"\s+")
# What a sentence begins with that only the one before it explains: a closed class.
_PRONOUN = re.compile(r"\W*(?:he|she|it|they|his|her|its|their|this|these|those|both|neither)\b", re.I)

# Why there is no answer.
NOT_FOUND = "not_found"  # nothing in the articles is likely enough to answer
NOTHING_SEARCHED = "nothing_searched"  # the library, or the part asked, holds no article


class Quoted(Protocol):
    """A sentence of an article that is to be shown: where it stands, and where the words that answer do."""

    @property
    def article(self) -> Article: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def words(self) -> Span: ...


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
class Sentence:
    """One sentence of an answer as shown, what it rests on, and where in `text` the words that answer stand."""

    text: str
    citations: tuple[Citation, ...]
    words: tuple[Span, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready form; citations are named by their markers."""
        return {
            "text": self.text,
            "markers": [citation.marker for citation in self.citations],
            "words": [list(span) for span in self.words],
        }

    def __str__(self) -> str:
        """The sentence with its markers behind it."""
        return f"{self.text} {''.join(f'[{citation.marker}]' for citation in self.citations)}".rstrip()


@dataclass(frozen=True, slots=True)
class Answer:
    """One question's answer, or its refusal, at one moment of its making.

    `draft` is the sentence that came nearest so far, not yet confirmed; it is never a part of `text`. `confidence` is
    the probability that the articles answer the question and the shown answer is right; a refusal is right with one
    minus it. `code` says why there is no answer, one of the constants of this module, and `reason` says it in words,
    or what the user should know about the answer there is. `timings` are seconds since the question.
    """

    question: str
    understood: str = ""
    sentences: tuple[Sentence, ...] = ()
    draft: str = ""
    passages: tuple[Passage, ...] = ()
    answered: bool = False
    confidence: float = 0.0
    reason: str = ""
    code: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentences with their markers; empty without an answer."""
        return " ".join(map(str, self.sentences))

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the sentences rest on, each once, by marker."""
        found = {citation.marker: citation for one in self.sentences for citation in one.citations}
        return tuple(found[marker] for marker in sorted(found))

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
            "sentences": [sentence.to_dict() for sentence in self.sentences],
            "reason": self.reason,
            "code": self.code,
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


def composed(quoted: Iterable[Quoted]) -> tuple[Sentence, ...]:
    """The sentences as shown, each behind the one that tells whom its "he" means; one marker a span of words."""
    markers: dict[tuple[str, int, int], Citation] = {}
    shown: dict[tuple[str, int, int], Sentence] = {}
    for reading in quoted:
        article = reading.article
        for start, end in _led(article, (reading.start, reading.end)):
            key = (article.id, start, end)
            markers.setdefault(key, _citation(len(markers) + 1, article, start, end))
            words = [reading.words] if start <= reading.words[0] and reading.words[1] <= end else []
            if key not in shown or words:
                shown[key] = _sentence(markers[key], words)
    return tuple(shown.values())


def _led(article: Article, span: Span) -> list[Span]:
    """The sentence, behind the one before it where it begins with a pronoun."""
    if not _PRONOUN.match(article.text, *span):
        return [span]
    before = sentences(article.text, max(0, span[0] - _LOOKED_BACK), span[0])
    crossed = any(before and before[-1][0] < end and start < span[0] for start, end in article.boilerplate)
    return [before[-1], span] if before and not crossed else [span]


def _sentence(citation: Citation, words: Sequence[Span]) -> Sentence:
    """The quote on one line, with a stop behind it, and the words' places in it."""
    quote = citation.quote
    marks = sorted({0, len(quote), *(point - citation.start for span in words for point in span)})
    offsets = {}
    text = ""
    for start, end in pairwise(marks):
        offsets[start] = len(text)
        text += _SPACE.sub(" ", quote[start:end])
    offsets[len(quote)] = len(text)
    places = [(offsets[a - citation.start], offsets[b - citation.start]) for a, b in words]
    if len(text[:1].upper()) == 1:  # "ß" becomes two letters, and the places would be off
        text = text[:1].upper() + text[1:]
    closed = text if text.endswith((".", "!", "?", "…", '."', ".”", ".’", ".'", "!”", "?”")) else f"{text}."
    return Sentence(closed, (citation,), tuple(places))


def _citation(marker: int, article: Article, start: int, end: int) -> Citation:
    return Citation(
        marker=marker,
        article=article,
        title=article.title,
        source=article.source,
        published=article.known_date,
        path=article.path,
        start=start,
        end=end,
        quote=article.text[start:end],
        page=article.page(start),
    )

"""The values everything else passes around: an article, its chunks, and where they may be looked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

Span = tuple[int, int]  # start and end offset into `Article.text`, end exclusive


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it was read; `id` is the SHA-256 (hex) of the file's bytes.

    `pages` are the offsets into `text` at which its pages begin; none where the format has no pages.
    `signature` tells copies of the text; None until it has been worked out.
    """

    id: str
    path: Path
    text: str
    title: str
    source: str = ""
    published: str = ""  # ISO 8601, possibly partial: 2023, 2023-09 or 2023-09-14
    url: str = ""
    provenance: Mapping[str, str] = field(default_factory=dict)  # "title" -> "metadata.json"
    boilerplate: tuple[Span, ...] = ()
    pages: tuple[int, ...] = ()
    language: str = ""  # ISO 639-1
    signature: bytes | None = field(default=None, compare=False, repr=False)  # follows from the text

    @property
    def known_date(self) -> str:
        """`published`, unless only the file's own time told it, which says when it was copied."""
        return "" if self.provenance.get("published") == "file time" else self.published

    def page(self, offset: int) -> int | None:
        """The number of the page, from 1, that holds the character at `offset`; None without pages."""
        return bisect_right(self.pages, offset) or None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of an article: `article.text[chunk.start:chunk.end] == chunk.text`."""

    id: int
    article: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which articles a question may be answered from; the default is all of them."""

    only: frozenset[str] | None = None  # article ids
    exclude: frozenset[str] = frozenset()  # article ids
    since: str = ""  # ISO 8601 date, inclusive
    until: str = ""
    sources: tuple[str, ...] = ()  # outlets, compared without case
    folders: tuple[Path, ...] = ()

    @property
    def unrestricted(self) -> bool:
        """True when every article may be used."""
        return self == Scope()

    @property
    def label(self) -> str:
        """The restriction in words, as "since 2023-09, from BBC or CNN"; empty when there is none."""
        parts = [
            f"since {self.since}" if self.since else "",
            f"until {self.until}" if self.until else "",
            f"from {' or '.join(self.sources)}" if self.sources else "",
            f"in {' or '.join(map(str, self.folders))}" if self.folders else "",
            f"among {len(self.only):,} chosen ones" if self.only is not None else "",
            f"without {len(self.exclude):,} left out" if self.exclude else "",
        ]
        return ", ".join(part for part in parts if part)

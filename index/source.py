"""What a reader of a format hands over: the text of one article and what the format tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from index.errors import ArticleError

MAX_BYTES = 20_000_000  # of an article that is mostly text, and of the text taken from any other
MAX_DOCUMENT = 100_000_000  # bytes of a format that carries pictures and fonts besides

Found = tuple[str, str, str]  # field, value, provenance


@dataclass(frozen=True, slots=True)
class Content:
    """An article's text as a format yields it; `pages` are the offsets at which its pages begin.

    `told` is what the format states about the article, `hints` what it only suggests.
    """

    text: str
    told: tuple[Found, ...] = ()
    hints: tuple[Found, ...] = ()
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read; `digest` is the SHA-256 (hex) of its bytes, or of its own part of the file."""

    path: Path
    digest: str
    text: str
    told: tuple[Found, ...] = ()
    hints: tuple[Found, ...] = ()
    pages: tuple[int, ...] = ()


def source(path: Path, digest: str, content: Content) -> Source:
    """The content as what was read at `path`."""
    return Source(path, digest, content.text, content.told, content.hints, content.pages)


def load(path: Path, most: int = MAX_BYTES) -> bytes:
    """The file's bytes; `ArticleError` when they cannot be had or are more than `most`."""
    try:
        with path.open("rb") as file:
            # Read past the limit rather than ask for the size: a file may grow, a pipe has none.
            data = file.read(most + 1)
    except PermissionError as error:
        raise ArticleError("may not be read; give yourself read permission on it") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ArticleError(f"cannot be read ({reason}); check the file and its disk") from error
    if len(data) > most:
        raise ArticleError(
            f"is over {most // 1_000_000} MB, the most an article may have; split it into several"
        )
    return data


@dataclass(frozen=True, slots=True)
class Member:
    """One article of a file that holds many; `name` is its path below the file's own.

    `digest` is the SHA-256 (hex) of what is read of it, `entry` its own part of a metadata.json beside it.
    """

    name: str
    digest: str
    content: Content
    entry: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A part of a file that is no article, and why; without a name, a remark on the file as a whole."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Begun:
    """The part that is about to be parsed: should that never end, this is the one to leave out."""

    name: str
    number: int


Piece = Member | Refused | Begun

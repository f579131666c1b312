"""Which formats are read, and by what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from index.decoding import decode
from index.errors import ArticleError
from index.source import MAX_BYTES, MAX_DOCUMENT, Content, Piece


@dataclass(frozen=True, slots=True)
class Format:
    """How files of one suffix become an article; `most` is the most bytes they may have."""

    read: Callable[[bytes], Content]
    most: int = MAX_BYTES


@dataclass(frozen=True, slots=True)
class Collection:
    """How files of one suffix become many articles; `most` is the most bytes they may have."""

    read: Callable[[BinaryIO], Iterator[Piece]]
    most: int


def _plain(data: bytes) -> Content:
    return Content(decode(data))


# Each parser is imported with its first file.
def _html(data: bytes) -> Content:
    from index.format_html import read

    return read(data)


def _pdf(data: bytes) -> Content:
    from index.format_pdf import read

    return read(data)


def _docx(data: bytes) -> Content:
    from index.format_docx import read

    return read(data)


def _mail(data: bytes) -> Content:
    from index.format_mail import read

    return read(data)


def _csv(file: BinaryIO) -> Iterator[Piece]:
    from index.format_rows import read_csv

    return read_csv(file)


def _json(file: BinaryIO) -> Iterator[Piece]:
    from index.format_rows import read_json

    return read_json(file)


def _jsonl(file: BinaryIO) -> Iterator[Piece]:
    from index.format_rows import read_jsonl

    return read_jsonl(file)


def _feed(file: BinaryIO) -> Iterator[Piece]:
    from index.format_feed import read

    return read(file)


ARTICLES = {  # one file, one article
    ".txt": Format(_plain),
    ".md": Format(_plain),
    ".html": Format(_html),
    ".htm": Format(_html),
    ".pdf": Format(_pdf, MAX_DOCUMENT),
    ".docx": Format(_docx, MAX_DOCUMENT),
    ".eml": Format(_mail),
}
_ANY_SIZE = 2**62  # they are read piece by piece
COLLECTIONS = {  # one file, many articles; beside them zip archives of all these
    ".csv": Collection(_csv, _ANY_SIZE),
    ".json": Collection(_json, MAX_DOCUMENT),
    ".jsonl": Collection(_jsonl, _ANY_SIZE),
    ".rss": Collection(_feed, MAX_BYTES),
    ".atom": Collection(_feed, MAX_BYTES),
    ".xml": Collection(_feed, MAX_BYTES),
}
ARCHIVE = ".zip"
EXAMPLES = ".txt, .md, .html, .pdf or .docx"  # for whoever named a folder without any
SIMPLE = (".txt", ".md")  # nothing in them can hang or grow: they are read in this process


def extract(data: bytes, suffix: str) -> Content:
    """The article in a file's bytes; `ArticleError`, without the file's name, says why there is none."""
    content = ARTICLES[suffix].read(data)
    if not content.text.strip():
        raise ArticleError(f"holds no text ({len(data)} bytes); add text or remove the file")
    # Some parsers let half a surrogate pair through, which is no character and cannot be stored.
    return replace(content, text=content.text.encode("utf-8", "replace").decode())


def broken(error: Exception) -> str:
    """A parser's own error as a reason to skip the file."""
    return f"is broken ({type(error).__name__}: {str(error)[:200]}); save it again or remove it"

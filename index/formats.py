"""Which formats are read, and by what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from index.decoding import decode
from index.errors import ArticleError
from index.source import MAX_BYTES, MAX_DOCUMENT, Content


@dataclass(frozen=True, slots=True)
class Format:
    """How files of one suffix become an article; `most` is the most bytes they may have."""

    read: Callable[[bytes], Content]
    most: int = MAX_BYTES


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


ARTICLES = {  # one file, one article
    ".txt": Format(_plain),
    ".md": Format(_plain),
    ".html": Format(_html),
    ".htm": Format(_html),
    ".pdf": Format(_pdf, MAX_DOCUMENT),
    ".docx": Format(_docx, MAX_DOCUMENT),
    ".eml": Format(_mail),
}
EXAMPLES = ".txt, .md, .html, .pdf or .docx"  # for whoever named a folder without any
SIMPLE = (".txt", ".md")  # nothing in them can hang or grow: they are read in this process


def extract(data: bytes, suffix: str) -> Content:
    """The article in a file's bytes; `ArticleError`, without the file's name, says why there is none."""
    content = ARTICLES[suffix].read(data)
    if not content.text.strip():
        raise ArticleError(f"holds no text ({len(data)} bytes); add text or remove the file")
    # Some parsers let half a surrogate pair through, which is no character and cannot be stored.
    return replace(content, text=content.text.encode("utf-8", "replace").decode())

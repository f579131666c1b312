"""From a file to an article's text: plain text as it stands, other formats by way of the sandbox."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from index import sandbox
from index.article import Span
from index.errors import ArticleError
from index.formats import ARCHIVE, ARTICLES, COLLECTIONS, SIMPLE, extract
from index.source import MAX_BYTES, Source, load, source

__all__ = [
    "MAX_BYTES",
    "SIDECAR",
    "Source",
    "file_name",
    "front_matter",
    "is_article",
    "is_collection",
    "read",
]

SIDECAR = "metadata.json"  # describes the articles beside it; never an article itself
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?:(?!---|\.\.\.).*\r?\n)*?(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")
_FRONT_MATTER_KEY = re.compile(r"^[\w-]+[ \t]*:(?:\s|$)", re.MULTILINE)
_FRONT_MATTER_LIMIT = 20_000  # characters; bounds the search in files that merely begin with a rule


def is_article(path: Path) -> bool:
    """True for a visible file that may hold articles; the sidecar is none."""
    if path.name.startswith(".") or path.name == SIDECAR:
        return False
    return path.suffix.lower() in ARTICLES or is_collection(path)


def is_collection(path: Path) -> bool:
    """True for a format of which one file holds many articles."""
    return path.suffix.lower() in COLLECTIONS or path.suffix.lower() == ARCHIVE


def file_name(path: Path) -> str:
    """The name an article goes by: its file's, and behind it the place in a file that holds many."""
    if path.suffix or not path.name.isdigit():
        return path.name
    return f"{path.parent.name}/{path.name}"


def read(path: Path) -> Source:
    """The file's text and digest; `ArticleError` says why it cannot be read and what to do."""
    suffix = path.suffix.lower()
    if suffix not in ARTICLES:
        known = ", ".join(sorted(ARTICLES))
        raise ArticleError(f"{path}: the suffix {path.suffix!r} is not read; save it as one of {known}")
    if suffix not in SIMPLE:
        return sandbox.shared().read(path)
    try:
        data = load(path)
        content = extract(data, suffix)
    except ArticleError as error:
        raise ArticleError(f"{path}: {error}") from error.__cause__
    return source(path, hashlib.sha256(data).hexdigest(), content)


def front_matter(text: str) -> Span | None:
    """The span of a leading `---` block of `key: value` lines, its fences and line end included."""
    match = _FRONT_MATTER.match(text, 0, _FRONT_MATTER_LIMIT)
    if match is None or not _FRONT_MATTER_KEY.search(match.group()):
        return None
    return match.span()

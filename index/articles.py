"""A file as an article: its text, what is known of it, and what in it is not the article's own."""

from __future__ import annotations

import json
from pathlib import Path

from index.article import Article
from index.boilerplate import boilerplate
from index.copies import signature
from index.language import language
from index.metadata import describe
from index.reader import read
from index.source import Source


def read_article(path: Path, sidecar: str) -> Article:
    """Read the file; `ArticleError` when it is no article.

    `sidecar` is its entry in metadata.json, as JSON, or empty.
    """
    return as_article(read(path), sidecar)


def as_article(source: Source, sidecar: str) -> Article:
    """What was read, described; `ArticleError` when the sidecar's entry cannot be right."""
    marked = boilerplate(source.text)
    entry = json.loads(sidecar) if sidecar else None
    known = describe(source.path, source.text, marked, entry, source.told, source.hints)
    return Article(
        id=source.digest,
        path=source.path,
        text=source.text,
        title=_storable(known.title),
        source=_storable(known.source),
        published=known.published,
        url=_storable(known.url),
        provenance=known.provenance,
        boilerplate=marked,
        pages=source.pages,
        language=language(source.text),
        signature=signature(source.text, marked),
    )


def _storable(text: str) -> str:
    # JSON may escape half a surrogate pair, which is no character and cannot be stored.
    return text.encode("utf-8", "replace").decode()

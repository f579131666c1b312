"""A file as an article: its text, what is known of it, and what in it is not the article's own."""

from __future__ import annotations

import json
from pathlib import Path

from index.article import Article
from index.boilerplate import boilerplate
from index.metadata import describe
from index.reader import read


def read_article(path: Path, sidecar: str) -> Article:
    """Read the file; `ArticleError` when it is no article.

    `sidecar` is its entry in metadata.json, as JSON, or empty.
    """
    source = read(path)
    marked = boilerplate(source.text)
    known = describe(path, source.text, marked, json.loads(sidecar) if sidecar else None)
    return Article(
        id=source.digest,
        path=path,
        text=source.text,
        title=_storable(known.title),
        source=_storable(known.source),
        published=known.published,
        url=_storable(known.url),
        provenance=known.provenance,
        boilerplate=marked,
    )


def _storable(text: str) -> str:
    # JSON may escape half a surrogate pair, which is no character and cannot be stored.
    return text.encode("utf-8", "replace").decode()

"""An article as a row of the library's SQLite file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index.article import Article

ARTICLE = "id, path, text, title, source, published, url, provenance, boilerplate, pages, language, signature"


def stored_article(row: Sequence[Any]) -> Article:
    """An article from its row of `ARTICLE` columns."""
    key, path, text, title, source, published, url, provenance, boilerplate, pages, language, signature = row
    return Article(
        id=key,
        path=Path(path),
        text=text,
        title=title,
        source=source,
        published=published,
        url=url,
        provenance=json.loads(provenance),
        boilerplate=tuple((start, stop) for start, stop in json.loads(boilerplate)),
        pages=tuple(json.loads(pages)),
        language=language,
        signature=signature,
    )

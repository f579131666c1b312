"""RSS and Atom files: one article an entry."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, BinaryIO

from index.errors import ArticleError
from index.format_rows import member, plain
from index.source import Found, Piece, Refused


def read(file: BinaryIO) -> Iterator[Piece]:
    """The feed's entries that hold a text; `ArticleError` when it is no feed."""
    import feedparser  # a tenth of a second

    data = file.read()
    if b"<!ENTITY" in data:
        raise ArticleError(
            "declares entities in its XML, which may grow without end; remove the declarations"
        )
    # Given a file object, feedparser never takes what it is given for an address.
    feed = feedparser.parse(io.BytesIO(data), resolve_relative_uris=False)
    if not feed.entries and not feed.get("version"):
        raise ArticleError("is no RSS or Atom feed; other XML is not read")
    outlet = plain(feed.feed.get("title", ""))
    articles, empty = 0, 0
    for number, entry in enumerate(feed.entries, 1):
        text = _text(entry)
        if text.strip():
            articles += 1
            yield member(f"{number:04}", text, list(_told(entry, outlet)))
        else:
            empty += 1
    if not articles:
        raise ArticleError(f"holds no article: none of its {empty} entries has a text; remove it")
    if empty:
        yield Refused("", f"{empty} entries have no text; the other {articles} are read")


def _text(entry: Mapping[str, Any]) -> str:
    parts = [part.get("value") or "" for part in entry.get("content", ())]
    whole = max(parts, key=len, default="")
    return plain(whole or entry.get("summary", ""))


def _told(entry: Mapping[str, Any], outlet: str) -> Iterator[Found]:
    source = entry.get("source") or {}
    values = {
        "title": plain(entry.get("title", "")),
        "source": plain(source.get("title", "")) or outlet,
        "published": _day(entry.get("published_parsed") or entry.get("updated_parsed")),
        "url": entry.get("link", ""),
    }
    for field, value in values.items():
        if value:
            yield field, value, "feed"


def _day(moment: Sequence[int] | None) -> str:
    try:
        return date(*moment[:3]).isoformat() if moment else ""
    except ValueError:  # a year before the first, say
        return ""

"""The names under which others write down an article's title, text, outlet, date and address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

_SUMMARIES = ("description", "summary", "abstract")  # of an article only when it has a title as well
_ALIASES = {  # in the order in which they are believed
    "title": ("title", "headline", "head_line", "heading", "article_title"),
    "text": (
        *("text", "body", "content", "article_body", "article_text", "body_text", "full_text", "main_text"),
        *("article", "story", "maintext", "raw_text", "content_text", "content_html", "body_html"),
        *_SUMMARIES,
    ),
    "source": (
        *("source", "outlet", "publisher", "publication", "site", "site_name", "source_name"),
        *("news_source", "newspaper", "provider", "source_domain", "domain"),
    ),
    "published": (
        *("published", "date", "pub_date", "published_at", "publish_date", "publication_date"),
        *("date_published", "published_date", "published_on", "published_time", "publish_time"),
        *("first_published", "created_at", "date_time", "timestamp"),
    ),
    "url": ("url", "link", "canonical", "canonical_url", "permalink", "web_url", "article_url", "source_url"),
}
_NOT_LETTERS = re.compile(r"[\W_]+")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?")


def _plain(name: object) -> str:
    return _NOT_LETTERS.sub("", str(name)).lower()


_FIELDS = {
    field: {_plain(alias): rank for rank, alias in enumerate(aliases)} for field, aliases in _ALIASES.items()
}


def named(values: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    """Pairs of field and value, the most believed first; `publishedAt` is as good as `published_at`."""
    keys = {_plain(key): value for key, value in values.items()}
    if not keys.keys() & _FIELDS["title"].keys():
        keys = {key: value for key, value in keys.items() if key not in _SUMMARIES}
    for field, ranks in _FIELDS.items():
        for key in sorted(keys.keys() & ranks.keys(), key=ranks.__getitem__):
            if value := _text(keys[key]):
                yield field, _day(value) if field == "published" else value


def known(name: object) -> bool:
    """True for a name that one of the fields goes by."""
    return any(_plain(name) in ranks for ranks in _FIELDS.values())


def _text(value: object) -> str:
    """A value as text; of an object its name, of a list its parts."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        return _text(value.get("name") or value.get("title") or "")
    if isinstance(value, list):
        return "\n\n".join(filter(None, map(_text, value)))
    if isinstance(value, bool) or not isinstance(value, int | float | date):
        return ""
    return str(value)


def _day(value: str) -> str:
    """A time in seconds or milliseconds as its day; any other value as it stands."""
    if not _EPOCH.fullmatch(value):
        return value
    whole = value.split(".")[0]
    return datetime.fromtimestamp(int(whole[:10]), UTC).date().isoformat()

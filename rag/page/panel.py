"""The source panel: an article at the very words an answer rests on, every word of it escaped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from index.article import Article
from rag.answers import page_sign

_PARAGRAPH = 1_400  # characters; a longer paragraph is cut around the quote
_ARTICLE = 40_000  # characters of an article sent to the page around a quote: a book is not a source panel
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """An article to show, the span of it to highlight, and the number and element that lead to it."""

    id: str
    number: int
    article: Article
    start: int
    end: int


def panel(source: Source) -> str:
    """The panel's content: title, outlet, date, page, the quote in its paragraph, the whole article, the file."""
    article = source.article
    origin = " · ".join(part for part in (outlet(article), page_sign(article.page(source.start))) if part)
    byline = f'<p class="byline">{escape(origin)}</p>' if origin else ""
    start, end = _paragraph(article.text, source.start, source.end)
    near = _marked(source, start, end)
    half = _ARTICLE // 2
    whole = _marked(source, max(0, source.start - half), min(len(article.text), source.end + half))
    return (
        f'<p class="kicker">Source {source.number}</p><h2>{escape(article.title)}</h2>{byline}'
        f'<div class="excerpt">{near}</div>'
        f'<details class="whole"><summary>Whole article</summary><div class="excerpt">{whole}</div></details>'
        f'{_original(article.url)}<p class="path">{escape(str(article.path))}</p>'
    )


def outlet(article: Article) -> str:
    """Outlet and date of an article for a person to read, as far as known."""
    return " · ".join(part for part in (article.source, _date(article.known_date)) if part)


def _date(published: str) -> str:
    """An ISO date in words, as precise as it is given; anything else as it stands."""
    match = re.fullmatch(r"(\d{4})(?:-(0[1-9]|1[0-2]))?(?:-(\d\d))?", published)
    if not match:
        return published
    year, month, day = match.groups()
    name = _MONTHS[int(month) - 1] if month else ""
    return " ".join(part for part in (day.lstrip("0") if day else "", name, year) if part)


def _marked(source: Source, start: int, end: int) -> str:
    text = source.article.text
    before, quote, after = text[start : source.start], text[source.start : source.end], text[source.end : end]
    opened, closed = "… " if _inside(text, start) else "", " …" if _inside(text, end) else ""
    before, after = before.lstrip(), after.rstrip()
    return f"{opened}{escape(before)}<mark>{escape(quote)}</mark>{escape(after)}{closed}"


def _inside(text: str, at: int) -> bool:
    """True when a cut at `at` leaves out part of a line."""
    return 0 < at < len(text) and text[at - 1] != "\n" and text[at] not in "\r\n"


def _paragraph(text: str, start: int, end: int) -> tuple[int, int]:
    """The paragraph around a quote, cut to words near it when it is very long."""
    for gap in ("\n\n", "\r\n\r\n", "\n"):
        before, after = text.rfind(gap, 0, start), text.find(gap, end)
        first, last = (before + len(gap) if before >= 0 else 0), (after if after >= 0 else len(text))
        if last - first <= max(_PARAGRAPH, end - start) and (before >= 0 or after >= 0 or gap == "\n"):
            return first, last
    first, last = max(0, start - _PARAGRAPH // 3), min(len(text), end + _PARAGRAPH // 3)
    space, stop = text.find(" ", first, start), text.rfind(" ", end, last)
    return (space + 1 if first and space >= 0 else first), (stop if last < len(text) and stop >= 0 else last)


def _original(url: str) -> str:
    """A link to where the article was published; only web addresses are ever linked."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    away = f'href="{escape(url, quote=True)}" target="_blank" rel="noopener noreferrer"'
    return f'<p class="path"><a {away}>Published at {escape(parts.netloc)}</a></p>'

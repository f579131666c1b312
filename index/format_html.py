"""HTML: the article without the page around it, and what the page's metadata says of it."""

from __future__ import annotations

import re

from index.decoding import byte_order_mark
from index.errors import ArticleError
from index.source import Content, Found

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{3,40})", re.IGNORECASE)
_TAG = re.compile(r"<(?:p|br|div|a|span|h[1-6]|ul|ol|li|b|i|em|strong|img|table|blockquote)\b[^>]*>", re.I)
_UNSEEN = ("script", "style", "template", "noscript", "head", "svg", "iframe", "object")
_BLOCKS = (
    *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "footer"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section"),
    *("table", "td", "th", "tr", "ul"),
)
_SPACE = re.compile(r"\s+")
# Neither the time of an update nor a date found anywhere on the page: only what the page says it is.
_DATE = {"original_date": True, "extensive_search": False}


def read(data: bytes) -> Content:
    """The article's text, title, outlet, date and address; `ArticleError` when the page has no text."""
    import trafilatura  # a third of a second

    page = _declared(data)
    found = trafilatura.bare_extraction(
        page, with_metadata=True, include_comments=False, date_extraction_params=_DATE
    )
    told: list[Found] = []
    text = ""
    if found is not None and not isinstance(found, dict):
        text = (found.text or "").strip()
        values = (
            ("title", found.title),
            ("source", found.sitename),
            ("published", found.date),
            ("url", found.url),
        )
        told = [(name, value, "HTML metadata") for name, value in values if value]
    text = text or visible_text(page if isinstance(page, str) else page.decode("utf-8", "replace"))
    if not text:
        raise ArticleError("holds no text that a reader of the page would see; remove the file")
    return Content(text, tuple(told))


def visible_text(html: str) -> str:
    """The words that a browser would show, one line a paragraph."""
    from lxml import etree
    from lxml import html as parser

    if not html.strip():
        return ""
    try:
        root = parser.document_fromstring(html.replace("\x00", ""))
    except etree.XMLSyntaxError as error:  # this parser mends what it can: most likely no memory was left
        raise ArticleError("is too large or too broken an HTML page; split it or save it again") from error
    except (etree.ParserError, ValueError):
        return ""  # nothing but comments or declarations
    for element in list(root.iter(etree.Comment, etree.ProcessingInstruction, *_UNSEEN)):
        if element.getparent() is not None:
            element.drop_tree()
    for element in root.iter():
        around = "\n" if element.tag in _BLOCKS else ""
        # Line breaks in the source are no line breaks on the page.
        element.text = around + _SPACE.sub(" ", element.text or "")
        element.tail = around + _SPACE.sub(" ", element.tail or "")
    lines = (" ".join(line.split()) for line in root.text_content().splitlines())
    return "\n".join(line for line in lines if line)


def looks_like_html(text: str) -> bool:
    """True when the text carries tags that mark up prose."""
    return _TAG.search(text) is not None


def _declared(data: bytes) -> str | bytes:
    """The page as text where it names its encoding truly; else its bytes, to be guessed from."""
    encoding, mark = byte_order_mark(data)
    declared = _CHARSET.search(data[:4_096])
    names = [encoding] if mark or not declared else [declared[1].decode("ascii", "replace"), encoding]
    for name in names:
        try:
            return data[mark:].decode(name)
        except (LookupError, UnicodeError):
            continue
    return data

"""Mail (eml): the message's own text, its subject, sender and date."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from index.errors import ArticleError
from index.format_html import read as read_html
from index.source import Content, Found


def read(data: bytes) -> Content:
    """The plain text part, else the HTML one as an article; attachments are left out."""
    try:
        message = message_from_bytes(data, policy=policy.default)
        if not isinstance(message, EmailMessage) or not message.keys():
            raise ArticleError("has no mail headers; save the message as .eml again")
        told = tuple(_headers(message))
        body = message.get_body(("plain", "html"))
        if body is None:
            raise ArticleError("holds no text, only attachments; save those as files of their own")
        content = body.get_content()
    except (MessageError, LookupError, ValueError, AttributeError) as error:
        # The parser trips over some malformed headers.
        raise ArticleError(f"is not a whole mail message ({error}); save it as .eml again") from error
    if body.get_content_subtype() == "html":
        page = read_html(content.encode("utf-8", "replace"))
        return Content(page.text, (*told, *page.told))
    text = content.replace("\r\n", "\n")
    if not text.strip():
        raise ArticleError("holds no text; remove the file")
    return Content(text, told)


def _headers(message: EmailMessage) -> list[Found]:
    name, address = parseaddr(str(message["from"] or ""))
    try:
        sent = parsedate_to_datetime(str(message["date"])).date().isoformat()
    except (TypeError, ValueError):
        sent = ""
    values = {"title": str(message["subject"] or ""), "source": name or address, "published": sent}
    return [(field, value, "mail header") for field, value in values.items() if value]

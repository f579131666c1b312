"""PDF: the text of its pages, and where in it each page begins."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from index.errors import ArticleError
from index.source import MAX_BYTES, Content, Found

if TYPE_CHECKING:
    from pypdf import PdfReader

_WORD = re.compile(r"[^\W\d_]{2,}")
_PROGRAM_TITLE = re.compile(r"microsoft |untitled|.*\.(?:docx?|indd|pdf|qxd|tmp|rtf|odt)$", re.IGNORECASE)
_HYPHENATED = re.compile(r"(?<=[a-z])[-\u00ad\u2010]\n(?=[a-z])")
_CLOSED = re.compile(r"[.!?…:][\"'”’»)\]]*\Z")


def read(data: bytes) -> Content:
    """All pages' text, title and date of making; `ArticleError` for scans and locked files."""
    from pypdf import PdfReader  # a quarter of a second
    from pypdf.errors import DependencyError, PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        # Many are locked against changes only, and open without a password.
        if reader.is_encrypted and not reader.decrypt(""):
            raise ArticleError("is locked with a password; save a copy without one")
        text, pages = _joined([_page(page.extract_text()) for page in reader.pages])
        told, hints = _properties(reader)
    except DependencyError as error:
        raise ArticleError(f"is encrypted ({error}); save a copy that is not") from error
    except PyPdfError as error:
        raise ArticleError(f"is not a whole PDF ({error}); save it again or remove it") from error
    if not _WORD.search(text):
        count = f"{len(pages)} page{'s' * (len(pages) != 1)}"
        raise ArticleError(f"holds {count} without text, most likely a scan; run text recognition on it")
    return Content(text, told, hints, pages)


def _page(text: str) -> str:
    lines = (line.rstrip() for line in text.replace("\x00", "").splitlines())
    # A word cut at the end of a line is one word to whoever searches for it.
    return _HYPHENATED.sub("", "\n".join(lines).strip("\n"))


def _joined(texts: list[str]) -> tuple[str, tuple[int, ...]]:
    """The pages as one text; a sentence that runs over a page's end is not cut there."""
    if sum(map(len, texts)) > MAX_BYTES:
        raise ArticleError(f"holds over {MAX_BYTES // 1_000_000} million characters; split it into several")
    whole, offsets, length = [], [], 0
    for text in texts:
        offsets.append(length)
        gap = "\n\n" if not text or _CLOSED.search(text) else "\n"
        whole.append(text + gap)
        length += len(text) + len(gap)
    return "".join(whole).rstrip(), tuple(offsets)


def _properties(reader: PdfReader) -> tuple[tuple[Found, ...], tuple[Found, ...]]:
    known = reader.metadata
    if known is None:
        return (), ()
    title = " ".join(str(known.title or "").split())
    plausible = len(title.split()) > 1 and not _PROGRAM_TITLE.match(title)
    try:
        made = known.creation_date
    except ValueError:
        made = None
    return (
        (("title", title, "document properties"),) if plausible else (),
        (("published", made.date().isoformat(), "document properties"),) if made else (),
    )

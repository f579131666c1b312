"""Word documents (docx): their paragraphs and tables in order, their title, and when they were made."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import ArticleError
from index.source import MAX_DOCUMENT, Content, Found

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table

_PROLOGUE = 4_096  # bytes; whatever is declared further down, lxml does not expand
_TEMPLATE_YEAR = 2013  # the age of the blank document that python-docx, and all made with it, starts from


def read(data: bytes) -> Content:
    """The document's text with what its properties say; `ArticleError` when it is none or a bomb."""
    import docx  # a sixth of a second
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    try:
        _check(data)
        document = docx.Document(io.BytesIO(data))
        text = "\n".join(_lines(document)).strip()
    except (OpcError, LxmlError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ArticleError(f"is not a whole Word document ({error}); save it again as .docx") from error
    if not text:
        raise ArticleError("holds no text, only pictures perhaps; remove the file")
    told: list[Found] = []
    heading = _title(document)
    if heading:
        told.append(("title", heading, "document title"))
    return Content(text, tuple(told), tuple(_properties(document)))


def _check(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
        heads = [archive.open(name).read(_PROLOGUE) for name in archive.namelist() if name.endswith(".xml")]
    # No more than is declared is ever unpacked, so the declared size is the one to look at.
    if size > MAX_DOCUMENT:
        raise ArticleError(
            f"would unpack to {size / 1e6:,.0f} MB, over the {MAX_DOCUMENT // 1_000_000} MB allowed; "
            "remove its pictures or split it"
        )
    # Word writes none; they are there to grow into something enormous, or to read other files.
    if any(b"<!ENTITY" in head for head in heads):
        raise ArticleError("declares entities in its XML, as no word processor does; save it again as .docx")


def _lines(document: Document) -> Iterator[str]:
    from docx.text.paragraph import Paragraph

    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            # Each paragraph stands alone, as it does on the page.
            yield f"{block.text}\n"
        else:
            yield from _rows(block)


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        cells = dict.fromkeys(" ".join(cell.text.split()) for cell in row.cells)  # merged cells come twice
        yield " | ".join(cell for cell in cells if cell)
    yield ""


def _title(document: Document) -> str:
    for paragraph in document.paragraphs[:20]:
        style = paragraph.style.name if paragraph.style is not None else ""
        if style in ("Title", "Heading 1") and paragraph.text.strip():
            return " ".join(paragraph.text.split())
    title = " ".join((document.core_properties.title or "").split())
    return title if title.lower() not in ("", "word document") else ""


def _properties(document: Document) -> Iterator[Found]:
    try:
        made = document.core_properties.created
    except ValueError:
        return
    if made is not None and made.year > _TEMPLATE_YEAR:
        yield "published", made.date().isoformat(), "document properties"

"""From bytes to text, every character kept."""

from __future__ import annotations

import codecs
import re

from index.errors import ArticleError

_BOMS = (  # the longer ones first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MAX_CONTROL_SHARE = 0.01  # stray form feeds and the like occur in real text; more means a binary file


def byte_order_mark(data: bytes) -> tuple[str, int]:
    """The encoding that the data's first bytes name, UTF-8 without one, and the length of that mark."""
    return next(((name, len(bom)) for bom, name in _BOMS if data.startswith(bom)), ("utf-8", 0))


def decode(data: bytes) -> str:
    """The data as text; `ArticleError` when it is binary or in an encoding that cannot be told."""
    encoding, skipped = byte_order_mark(data)
    body = data[skipped:]
    if not skipped and b"\x00" in data:
        raise ArticleError(f"is a binary file (NUL byte at offset {data.index(0)}); save it as UTF-8 text")
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        offset = skipped + error.start
        raise ArticleError(
            f"is not valid {encoding.upper()} at byte {offset}"
            f" ({data[offset : offset + 4].hex(' ')}); save it as UTF-8"
        ) from error
    controls = len(_CONTROL.findall(text))
    if controls > _MAX_CONTROL_SHARE * len(text):
        raise ArticleError(
            f"is a binary file ({controls} control characters in {len(text)}); save it as UTF-8 text"
        )
    return text

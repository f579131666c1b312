"""Letters of other scripts that look like Latin ones: slips of a keyboard put them into Latin words."""

from __future__ import annotations

import re

_CYRILLIC, _LATIN = "АВЕЅІЈКМНОРСТУХаеѕіјорсух", "ABESIJKMHOPCTYXaesijopcyx"  # noqa: RUF001 - they are what it is about
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_MIXED = re.compile(rf"(?=.*[{_CYRILLIC}])(?=.*[A-Za-z])", re.DOTALL)


def latin(word: str) -> str:
    """The word with such letters as Latin ones, if others of it are Latin; as long as before."""
    return word.translate(_TO_LATIN) if not word.isascii() and _MIXED.match(word) else word

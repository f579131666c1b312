"""Text as it is compared: without regard to case and accents."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Lower case, without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))

"""Which language a text is written in."""

from __future__ import annotations

_LEAST = 40  # bytes of letters, two or three to one outside the Latin script; less is told wrongly too often
_MOST = 2_000  # characters; more tells nothing new


def language(text: str) -> str:
    """The ISO 639-1 code of the text's language; empty where there is too little of it to tell."""
    sample = text[:_MOST]
    if len("".join(filter(str.isalpha, sample)).encode("utf-8", "replace")) < _LEAST:
        return ""
    import py3langid  # 0.1 seconds with its model, and only whoever indexes needs it

    code: str = py3langid.classify(sample)[0]
    return code

"""Names as they are written: runs of capitalised words, compared whole."""

from __future__ import annotations

import re

from index.search import STOP_WORDS

_RUN = re.compile(
    r"[^\W\d_a-z][\w’'-]*(?:\s(?:of|de|van|von|al|bin|da|del|la)\s(?=[A-Z])|\s(?=[^\W\d_a-z])|[\w’'-])*"
)
_OPENS = re.compile(r"(?:^|[.!?:\n])\W*\Z")


def names(text: str) -> list[str]:
    """The names in the order they stand, as written.

    A single word that opens a sentence counts only where the text has it inside a sentence too.
    """
    found: list[tuple[str, bool]] = []
    for match in _RUN.finditer(text):
        words = match.group().split()
        opens = bool(_OPENS.search(text, 0, match.start()) or match.start() == 0)
        while words and words[0].lower() in STOP_WORDS | _ASKING:
            words, opens = words[1:], False
        name = re.sub(r"[’']s?$", "", " ".join(words))
        if len(name) > 1 and name.lower() not in _CALENDAR:
            found.append((name, opens and len(words) == 1))
    inside = {name for name, opens in found if not opens}
    return [name for name, opens in found if not opens or name in inside]


_ASKING = frozenset(
    "who whom whose what when where which why how did does do is are was were has have had".split()
)
_CALENDAR = frozenset(
    "january february march april may june july august september october november december"
    " monday tuesday wednesday thursday friday saturday sunday".split()
)

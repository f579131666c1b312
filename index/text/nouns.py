"""The noun that a number counts, found without a tagger: the next plural of the same phrase."""

from __future__ import annotations

import re
from functools import lru_cache

_IRREGULAR = {
    "people": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "feet": "foot",
    "teeth": "tooth",
    "mice": "mouse",
    "lives": "life",
    "police": "police",
}
# What ends a noun phrase: no noun that follows one of these is counted by a number before it.
_CLOSING = frozenset(
    """a about after against all also although among an and another are as at be because been before being between both but by
    can could did do does down during each every for from had has have he her here his how i if in including into is it
    its just less like may might more most must my near no nor not of off on once only or our out over per she should
    since so still such than that the their them then there these they this those though through to too toward towards
    under until up was we were what when where whether which while who whose why will with within without would yes yet
    you your say says said always perhaps news""".split()
)
_WINDOW = 3  # words behind a number among which its noun stands: "4,000 young grey gulls"
_WORD = re.compile(r"(?:[ \t\u00a0]|\s?-|\r?\n(?!\s))([^\W\d_]{1,40}(?:-[^\W\d_]{1,40})?)(?![\w'’])")


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """The singular of a noun in lower case, as far as its ending tells: equal for both numbers of one noun."""
    lower = word.lower()
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    if len(lower) > 4 and lower.endswith("ies"):
        return lower[:-3] + "y"
    if len(lower) > 4 and lower.endswith(("ches", "shes", "xes", "sses", "zes")):
        return lower[:-2]
    return (
        lower[:-1]
        if len(lower) > 2 and lower.endswith("s") and not lower.endswith(("ss", "us", "is"))
        else lower
    )


def closes(word: str) -> bool:
    """True for a word in lower case that ends the phrase of a noun."""
    return word in _CLOSING


def counted(text: str, at: int, single: bool = False) -> str:
    """The stem of the noun counted by the number that ends at `at`, or ""; `single`: of a noun in the singular."""
    for _ in range(_WINDOW):
        match = _WORD.match(text, at)
        if match is None or closes(match[1].lower()):
            return ""
        singular = stem(match[1])
        if single or singular != match[1].lower() or singular in _IRREGULAR.values():
            return singular
        at = match.end()
    return ""

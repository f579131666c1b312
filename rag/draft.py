"""A sentence as the model writes it: its markers, its phrases about passages, its ways of saying nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.chunker import sentences
from rag import facts

_MARKER = re.compile(
    r"(?:(?:,?\s*\b(?:as )?(?:mentioned|stated|described|noted|reported|shown|found) (?:in|by)|,?\s*\baccording to)"
    r"(?: (?:the )?(?:passages?|articles?))?)?"
    r"\s*[\[【(]\s*(?:passages?\s*)?(\d{1,2}(?:\s*(?:,|and|&|-|–)\s*\[?\d{1,2}\]?)*)\s*[\]】)]",
    re.I,
)
_LEAD = re.compile(
    r"^\W*(?:(?:answer|exact answer)\s*:|according to (?:the )?(?:passages?|articles?)(?: \d+)?,?"
    r"|(?:the )?passages? (?:\d+ )?(?:states?|says?|mentions?|indicates?)(?: that)?)\s*",
    re.I,
)
_CUT_MARKER = re.compile(r"\s*[\[【(]\s*(?:passages?)?\s*\d*\s*$|,?\s*\baccording to\W*$", re.I)
_ROUND = re.compile(r"([,;]?\s[^.!?]{20,}?)\1")
_EVASION = re.compile(
    r"\b(?:passages?|articles?|text|information|sources?)\b[^.]*\b(?:not|n't|no|never)\b"
    r"|\bn(?:ot|o|one)\b[^.]*\b(?:mention|state|specif|provide|passage|information|explicit)"
    r"|\b(?:unknown|unclear|cannot be determined|i don't know|not specified)\b",
    re.I,
)


def without_markers(sentence: str) -> tuple[str, tuple[int, ...]]:
    """The sentence's words alone, and the passage numbers it named."""
    hints = tuple(int(n) for match in _MARKER.finditer(sentence) for n in re.findall(r"\d+", match.group(1)))
    text = _CUT_MARKER.sub("", _MARKER.sub("", sentence))
    text = _LEAD.sub("", text).strip().strip("*_`#-• ").strip()
    text = re.sub(r"\s+([.,;!?])", r"\1", text)
    return re.sub(r"[,;:]+([.!?]|$)", r"\1", text), hints


def evades(text: str) -> bool:
    """True when the model says that it can't tell."""
    return bool(_EVASION.search(text))


def without_cut_end(text: str) -> str:
    """A reply that was cut off at its longest, without the sentence it broke off in, if there is another one."""
    spans = sentences(text)
    whole = re.search(r"[.!?][”\"’')\]\d\[\s]*$", text)
    return text if whole or len(spans) < 2 else text[: spans[-1][0]].rstrip()


def without_rounds(text: str) -> str:
    """A reply that goes round in one sentence until it is cut off, up to where it begins to repeat itself."""
    found = _ROUND.search(text)
    if not found:
        return text
    unit, end = found[1], found.end()
    while text.startswith(unit, end):
        end += len(unit)
    return text[: found.end(1)] + ("" if unit.startswith(text[end:]) else text[end:])


def settled(phrases: Sequence[str]) -> bool:
    """False when the few words of the last reading have nothing in common with those of the first.

    Of 16 such answers that were looked at, 8 of 9 that are SURE were right, and 3 of the 7 others.
    """
    first, last = (
        facts.content(words) + sorted(facts.numbers(words, claimed=True))
        for words in (without_markers(phrase)[0] for phrase in (phrases[0], phrases[-1]))
    )
    return not first or not last or any(facts.held(word, last) for word in first)

"""Who did what to whom: whether a sentence swaps the two sides of an action its source describes."""

from __future__ import annotations

from dataclasses import dataclass

from rag import facts

_BE = frozenset("is are was were be been being am get got gets".split())
_SIDE = 6  # content words looked at on either side of the verb


@dataclass(frozen=True, slots=True)
class _Action:
    verb: str
    agents: frozenset[str]
    patients: frozenset[str]


def reversed_roles(claim: str, source: str) -> bool:
    """True when claim and source share a verb whose doer and receiver have changed places."""
    theirs = {action.verb: action for action in _actions(source)}
    for ours in _actions(claim):
        other = theirs.get(ours.verb)
        if other is None:
            continue
        swapped = (ours.agents & other.patients) and (ours.patients & other.agents)
        kept = (ours.agents & other.agents) or (ours.patients & other.patients)
        if swapped and not kept:
            return True
    return False


def _actions(text: str) -> list[_Action]:
    """Every word with named or content words on both sides, active or passive ("was … by")."""
    words = facts.tokens(text)
    found = []
    for place, word in enumerate(words):
        lower = word.text.lower()
        if (
            word.capital
            or lower in facts.FUNCTION_WORDS
            or not lower.endswith(("ed", "s", "en", "t", "d", "k", "w"))
        ):
            continue
        before = _side(words[max(0, place - _SIDE) : place])
        after = _side(words[place + 1 : place + 1 + _SIDE])
        if not before or not after:
            continue
        following = words[place + 1].text.lower() if place + 1 < len(words) else ""
        auxiliary = any(w.text.lower() in _BE for w in words[max(0, place - 3) : place])
        passive = following == "by" and (auxiliary or lower.endswith(("ed", "en")))
        agents, patients = (after, before) if passive else (before, after)
        found.append(_Action(word.folded, agents, patients))
    return found


def _side(words: tuple[facts.Token, ...]) -> frozenset[str]:
    return frozenset(
        word.folded
        for word in words
        if word.text.lower() not in facts.FUNCTION_WORDS and word.text[0].isalpha()
    )

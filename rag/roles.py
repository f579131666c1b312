"""Who did what to whom: whether a sentence swaps the two sides of an action its source describes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag import facts

_BE = frozenset("is are was were be been being am get got gets".split())
_ASIDE = re.compile(
    r",\s(?:who|which|whose|whom|where)\b[^,]*,|\([^)]*\)"
)  # stands between a verb and its subject
_PARTICLES = frozenset("down up off out over away back".split())
_PREPOSITIONS = frozenset(
    "as at after against before between by during for from in into of on over since to with".split()
)
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
        kept = ours.agents & other.agents
        as_receiver = ours.agents & other.patients
        as_doer = ours.patients & other.agents and not ours.patients & other.patients
        if not kept and (as_receiver or as_doer):
            return True
    return False


def _actions(text: str) -> list[_Action]:
    """Every word with named or content words on both sides, active or passive ("was … by")."""
    words = facts.tokens(_ASIDE.sub(" ", text))
    found = []
    for place, word in enumerate(words):
        lower = word.text.lower()
        if (
            word.capital
            or lower in facts.FUNCTION_WORDS
            or not lower.endswith(("ed", "s", "en", "t", "d", "k", "w"))
        ):
            continue
        rest = words[place + 1 :]
        if rest and rest[0].text.lower() in _PARTICLES:
            rest = rest[1:]
        auxiliary = any(w.text.lower() in _BE for w in words[max(0, place - 3) : place])
        # "was elected chair by the committee": the doer may stand a little further on.
        by = next((i for i, w in enumerate(rest[: 3 if auxiliary else 1]) if w.text.lower() == "by"), None)
        passive = by is not None and (auxiliary or lower.endswith(("ed", "en")))
        before = _side(words[max(0, place - _SIDE) : place])
        after = _side(_object(rest[by + 1 :] if passive and by is not None else rest))
        if before and after:
            agents, patients = (after, before) if passive else (before, after)
            found.append(_Action(word.folded, agents, patients))
    return found


def _object(words: Sequence[facts.Token]) -> list[facts.Token]:
    """The words after a verb up to the next preposition: "Jones" of "Jones as director in 1998"."""
    taken: list[facts.Token] = []
    for word in words[:_SIDE]:
        if word.text.lower() in _PREPOSITIONS and taken:
            break
        taken.append(word)
    return taken


def _side(words: Sequence[facts.Token]) -> frozenset[str]:
    return frozenset(
        word.folded
        for word in words
        if word.text.lower() not in facts.FUNCTION_WORDS and word.text[0].isalpha()
    )

"""What a sentence that the model wrote claims, beside what the question says already."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from rag import facts
from rag.evidence import Evidence
from rag.figures import UNITS
from rag.questions import Kind, kind_of

_NAMESAKE = re.compile(
    r"\b(?:named|naming|found\w*|invent\w*|discover\w*|full|first|given|birth|maiden)\b", re.I
)
_COMPANY = frozenset("ltd inc corp corporation company co plc group llc sa ag gmbh limited".split())
# Of the question's verbs these may be left unsaid: "is found in the Alps" for "lives in the Alps".
_LOOSE = frozenset(
    facts.fold(verb + ending)
    for verb in "use find found locate get got give call name make have take come go do become".split()
    for ending in ("", "s", "d")
)
_UNITS = frozenset(map(facts.fold, UNITS))
_SAYING = frozenset(
    map(facts.fold, "say says tell state claim mention call suggest indicate report article story".split())
)


@dataclass(slots=True)
class Claim:
    """What a sentence says that has to be borne out, in folded words; `new` are those the question lacks."""

    words: dict[str, float]  # with their weights
    numbers: set[str]
    names: set[str]
    new: set[str] = field(default_factory=set)


def claim_of(text: str, question: str, evidence: Sequence[Evidence]) -> Claim:
    """The claim of a sentence without markers."""
    known = facts.named_words(question) | frozenset().union(*(facts.named_words(e.text) for e in evidence))
    names = {token.folded for token in facts.names(text, known)}
    numbers = facts.numbers(text, claimed=True)
    asked = facts.stated(question)
    polar = {"yes", "no"}
    words = [word for word in facts.content(text) if word not in polar]
    # That an article says it is no part of what it says.
    words = [word for word in words if word not in _SAYING or not facts.held(word, asked)]
    new = {word for word in words if not facts.held(word, asked)} | (numbers - asked)
    new -= named_again(text, question, evidence)
    if facts.tokens(text)[0].text.lower() in polar:
        new |= {"yes"}
    # New words weigh double: the question's own words bear nothing out.
    weights = {word: 2.0 if word in new else 1.0 for word in words}
    weights |= dict.fromkeys(numbers, 2.0)
    return Claim(weights, numbers, names, new)


def echoes(claim: Claim, question: str) -> bool:
    """True for a bare name that the question had already: "Denver Broncos" to "Who did the Broncos beat?"."""
    asked = {token.folded for token in facts.names(question, frozenset({""}))}
    return (
        not claim.numbers
        and set(claim.words) == claim.names
        and any(facts.held(n, asked) for n in claim.names)
    )


def unsaid(claim: Claim, chosen: Sequence[Evidence]) -> str:
    """Which word of the claim, no name or number, neither the cited sentences nor those about them have; or ""."""
    left = [
        word for word in claim.words if word not in claim.numbers | claim.names | _LOOSE | _SAYING | _UNITS
    ]
    left = [word for word in left if not any(e.holds(word) for e in chosen)]
    told = facts.stated(" ".join(f"{e.article.title} {e.surroundings()}" for e in chosen)) if left else set()
    return next((f"the articles don't say {word!r} of it" for word in left if not facts.held(word, told)), "")


def named_again(text: str, question: str, evidence: Sequence[Evidence]) -> set[str]:
    """The folded words that only say a name of the question more fully: "Stefan" of "Stefan Lund", asked about Lund.

    Where the articles have several of that name, as "Kim Yo Jong" and "Kim Jong Un", the fuller one may be another.
    """
    if kind_of(question) not in (Kind.NAME, Kind.NAMED) or _NAMESAKE.search(question):
        return set()
    asked = [set(run) for run in _runs(question)]
    found: set[str] = set()
    for run in _runs(text):
        for name in asked:
            if name < set(run) and _fuller(run, name):
                others = (set(other) for e in evidence for other in _runs(e.text) if name < set(other))
                if all(other & (set(run) - name) for other in others):
                    found |= set(run) - name
    return found


def _fuller(run: Sequence[str], name: Set[str]) -> bool:
    """True when more of the name stands before it, or behind it what kind of company it is."""
    first = next(i for i, word in enumerate(run) if word in name)
    return all(word in name | _COMPANY for word in run[first:])


def _runs(text: str) -> list[list[str]]:
    """Capitalised words that stand together, folded."""
    capitals = (t for t in facts.tokens(text) if t.capital and t.text.lower() not in facts.FUNCTION_WORDS)
    return facts.runs(capitals)

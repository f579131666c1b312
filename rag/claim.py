"""What a sentence that the model wrote claims, beside what the question says already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rag import facts
from rag.evidence import Evidence

_SAYING = frozenset(
    map(facts.fold, "say tell state claim mention call suggest indicate report article story".split())
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

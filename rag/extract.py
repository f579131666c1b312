"""Answers in the articles' own words: the whole answer without a model, or what another article adds to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag import facts
from rag.compose import quotes
from rag.evidence import Evidence
from rag.grounding import Grounded
from rag.questions import Kind, is_of_kind, may_answer

_WHOLE = 0.95  # share of the question's words, rare ones counting more, that another account has to hold
_SECOND = 0.9  # a second article's sentence is added when it is this near to the first one's score


def best_sentences(question: str, kind: Kind, evidence: Sequence[Evidence]) -> list[Evidence]:
    """One sentence, or two when another article has one as good; none when no sentence fits."""
    asked = set(facts.content(question)) | facts.numbers(question, claimed=True)
    ranked = sorted(evidence, key=lambda e: _score(e, asked, kind, question), reverse=True)
    if not ranked or _score(ranked[0], asked, kind, question) <= 0:
        return []
    first = ranked[0]
    floor = _SECOND * _score(first, asked, kind, question)
    second = next((e for e in ranked[1:] if e.article.id != first.article.id), None)
    if second is None or _score(second, asked, kind, question) < floor:
        return [first]
    return [first, second]


def other_accounts(
    kind: Kind, shown: Sequence[Grounded], evidence: Sequence[Evidence], rarity: Mapping[str, float]
) -> list[Grounded]:
    """For "who": the sentence of one more article that speaks of all that was asked and names somebody else.

    A small model stops at the first article that answers; what the next one says is shown as it stands.
    """
    if kind is not Kind.NAME:
        return []
    cited = {e.article.id for sentence in shown for e in sentence.evidence}
    said = frozenset().union(*(facts.stated(sentence.text) for sentence in shown))
    for candidate in evidence:
        if candidate.article.id in cited or facts.weight_held(rarity, candidate.words) < _WHOLE:
            continue
        new = [
            word for word in facts.names(candidate.text, frozenset({""})) if not facts.held(word.folded, said)
        ]
        if new and may_answer(kind, candidate.text, rarity.keys()):
            return quotes([candidate])
    return []


def _score(evidence: Evidence, asked: set[str], kind: Kind, question: str) -> float:
    """Share of the question's words that the sentence holds; less when it can't hold the answer."""
    new = [word for word in facts.content(evidence.text) if word not in asked]
    share = facts.weight_held(dict.fromkeys(asked, 1.0), facts.stated(evidence.text)) if asked else 0.0
    # Passages come best first, so among equals the better retrieved one wins.
    share -= 0.02 * (evidence.passage - 1)
    if not new and not facts.numbers(evidence.text) - facts.numbers(question):
        return 0.0
    return share if is_of_kind(kind, evidence.text) and _has_name(kind, evidence) else 0.5 * share


def _has_name(kind: Kind, evidence: Evidence) -> bool:
    return kind is not Kind.NAME or bool(facts.names(evidence.text, frozenset({""})))

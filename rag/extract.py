"""Answer without a model: the sentence of the passages that states best what is asked."""

from __future__ import annotations

from collections.abc import Sequence

from rag import facts
from rag.grounding import Evidence
from rag.questions import Kind, is_of_kind

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


def _score(evidence: Evidence, asked: set[str], kind: Kind, question: str) -> float:
    """Share of the question's words that the sentence holds; less when it can't hold the answer."""
    held = sum(any(facts.same_name(word, other) for other in evidence.words | evidence.numbers) for word in asked)
    new = [word for word in facts.content(evidence.text) if word not in asked]
    share = held / len(asked) if asked else 0.0
    # Passages come best first, so among equals the better retrieved one wins.
    share -= 0.02 * (evidence.passage - 1)
    if not new and not facts.numbers(evidence.text) - facts.numbers(question):
        return 0.0
    return share if is_of_kind(kind, evidence.text) and _has_name(kind, evidence) else 0.5 * share


def _has_name(kind: Kind, evidence: Evidence) -> bool:
    return kind is not Kind.NAME or bool(facts.names(evidence.text, frozenset({""})))

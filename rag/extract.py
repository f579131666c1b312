"""Answers in the articles' own words: the whole answer without a model, or what another article adds to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from index.copies import same_story
from rag import facts
from rag.compose import quotes
from rag.evidence import Evidence
from rag.grounding import Grounded
from rag.questions import Kind, is_of_kind, may_answer

_WHOLE = 0.95  # share of the question's words, rare ones counting more, that another account has to hold
_BY_WORDS = 0.5  # share of a sentence's score that its words decide, the rest its meaning
_SECOND = 0.9  # a second article's sentence is added when it is this near to the first one's score


def best_sentences(
    question: str,
    kind: Kind,
    evidence: Sequence[Evidence],
    rarity: Mapping[str, float],
    cosines: Sequence[float],
) -> list[Evidence]:
    """One sentence, or two when an article of another story has one as good; none when no sentence fits.

    `rarity` weighs the question's words; `cosines` tell how near each sentence is to the question.
    """
    asked = set(facts.content(question)) | facts.numbers(question, claimed=True)
    scores = {
        place: _score(one, asked, kind, question, rarity, cosine)
        for place, (one, cosine) in enumerate(zip(evidence, cosines, strict=True))
    }
    ranked = sorted((place for place in scores if scores[place] > 0), key=lambda p: -scores[p])
    if not ranked:
        return []
    first = evidence[ranked[0]]
    floor = _SECOND * scores[ranked[0]]
    second = next((p for p in ranked[1:] if not same_story(evidence[p].article, first.article)), None)
    return [first] if second is None or scores[second] < floor else [first, evidence[second]]


def other_accounts(
    kind: Kind, shown: Sequence[Grounded], evidence: Sequence[Evidence], rarity: Mapping[str, float]
) -> list[Grounded]:
    """For "who": the sentence of one more article that speaks of all that was asked and names somebody else.

    A small model stops at the first article that answers; what the next one says is shown as it stands.
    Copies and updates of a cited article are no other account.
    """
    if kind is not Kind.NAME:
        return []
    cited = {e.article.id: e.article for sentence in shown for e in sentence.evidence}.values()
    said = frozenset().union(*(facts.stated(sentence.text) for sentence in shown))
    for candidate in evidence:
        if facts.weight_held(rarity, candidate.words) < _WHOLE:
            continue
        if any(same_story(candidate.article, article) for article in cited):
            continue
        new = [
            word for word in facts.names(candidate.text, frozenset({""})) if not facts.held(word.folded, said)
        ]
        if new and may_answer(kind, candidate.text, rarity.keys()):
            return quotes([candidate])
    return []


def _score(
    evidence: Evidence, asked: set[str], kind: Kind, question: str, rarity: Mapping[str, float], cosine: float
) -> float:
    """Nearness by words and by meaning; less when the sentence can't hold the answer."""
    new = [word for word in facts.content(evidence.text) if word not in asked]
    if not new and not facts.numbers(evidence.text) - facts.numbers(question):
        return 0.0
    share = facts.weight_held(rarity, facts.stated(evidence.text))
    # Passages come best first, so among equals the better retrieved one wins.
    nearness = _BY_WORDS * share + (1 - _BY_WORDS) * max(cosine, 0.0) - 0.01 * (evidence.passage - 1)
    return nearness if is_of_kind(kind, evidence.text) and _has_name(kind, evidence) else 0.5 * nearness


def _has_name(kind: Kind, evidence: Evidence) -> bool:
    return kind is not Kind.NAME or bool(facts.names(evidence.text, frozenset({""})))

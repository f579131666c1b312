"""Answers in the articles' own words: the whole answer without a model, or what another article adds to one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set

from index.copies import same_story
from rag import facts
from rag.compose import quotes
from rag.evidence import Evidence
from rag.grounding import Grounded
from rag.questions import Kind, may_answer

_WHOLE = 0.95  # share of the question's words, rare ones counting more, that another account has to hold
_BY_WORDS = 0.5  # share of a sentence's score that its words decide, the rest its meaning
_SAME = 0.7  # share of the content words of two sentences that are in both: one was made from the other
_CHAIN = 3  # sentences at most of which each tells who the "he" of the next one is
_PARTS = 3  # sentences that a list is put together from ...
_ITEM = 5  # ... and words of one of its items: what has more is no list but a sentence
_CREDIT = re.compile(r"\[[^\]]*\]")  # of a photograph, under which its caption stands
_SECOND = 0.9  # a second article's sentence is added when it is this near to the first one's score ...
_NEXT = 0.7  # ... and without a model any sentence that is this near: the nearest one is the answer three times in four


def best_sentences(
    question: str,
    kind: Kind,
    evidence: Sequence[Evidence],
    rarity: Mapping[str, float],
    cosines: Sequence[float],
    known: bool = False,
) -> list[Evidence]:
    """One sentence, or two when the next one is nearly as good; none when no sentence fits.

    `rarity` weighs the question's words; `cosines` tell how near each sentence is to the question. When the answer
    is `known` to stand in all of them, the second one has to be another story's.
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
    floor = (_SECOND if known else _NEXT) * scores[ranked[0]]
    for place in ranked[1:]:
        one = evidence[place]
        if scores[place] >= floor and _adds(first, one, known):
            both = [first, one]
            return sorted(both, key=lambda e: e.start) if one.article.id == first.article.id else both
    return [first]


def _adds(first: Evidence, one: Evidence, known: bool) -> bool:
    if one.article.id == first.article.id:
        return not known and one.text != first.text
    return not same_story(one.article, first.article)


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
        text = _CREDIT.sub("", candidate.text)
        new = [word for word in facts.names(text, frozenset({""})) if not facts.held(word.folded, said)]
        if new and may_answer(kind, text, rarity.keys()):
            return quotes([candidate])
    return []


def covering(items: Sequence[Sequence[str]], evidence: Sequence[Evidence]) -> list[Evidence]:
    """The fewest sentences of one article, three at most, that hold every item of a list; none if none do."""
    if len(items) < 2 or any(len(item) > _ITEM for item in items):
        return []
    for article in dict.fromkeys(one.article.id for one in evidence):
        own = [one for one in evidence if one.article.id == article]
        held = [{i for i, item in enumerate(items) if all(one.holds(word) for word in item)} for one in own]
        chosen: list[int] = []
        left = set(range(len(items)))
        while left and len(chosen) < _PARTS:
            best = max(range(len(own)), key=lambda place: len(held[place] & left))
            if not held[best] & left:
                break
            chosen.append(best)
            left -= held[best]
        if not left:
            return sorted((own[place] for place in chosen), key=lambda one: one.start)
    return []


def disputing(
    question: str, shown: Sequence[Grounded], evidence: Sequence[Evidence], holding: Sequence[Evidence]
) -> list[Grounded]:
    """The sentence of another article that is the shown one but for what was asked: the two can't both be right.

    Such are later figures and falsified copies; "in July" for "on 15 July" is none. `holding` are the sentences that
    tell what was asked as the shown one does.
    """
    first = next((e for sentence in shown for e in sentence.evidence if e in holding), None)
    if first is None:
        return []
    own, asked = set(facts.content(first.text)), set(facts.content(question))
    for one in evidence:
        if one.article.id == first.article.id or one in holding:
            continue
        words = set(facts.content(one.text))
        alike = len(own & words) >= _SAME * len(own | words) and own & asked <= words
        if alike and (one.numbers - first.numbers if first.numbers - one.numbers else words - own):
            return quotes([one])
    return []


def can_answer(evidence: Evidence, kind: Kind, asked: Set[str]) -> bool:
    """True when the sentence, or it behind the one before, can be an answer by itself.

    It has to hold what is asked for, to be whole, and to leave no "he" open.
    """
    text = evidence.text
    whole = text.count('"') % 2 == 0 and text.count("“") == text.count("”")
    return whole and may_answer(kind, text, asked) and bool(led(evidence))


def led(evidence: Evidence) -> list[Evidence]:
    """The sentence, behind those that tell who its "he" or "its" is; nothing when the two before don't tell either."""
    told = [evidence]
    while told[0].dangling:
        before = told[0].before()
        if before is None or len(told) == _CHAIN:
            return []
        told.insert(0, before)
    return told


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
    return nearness if can_answer(evidence, kind, rarity.keys()) else 0.5 * nearness

"""Ground: which exact sentences of the articles bear out a sentence the model wrote, if any do.

The model's markers are only hints. A sentence is shown when the words it adds to the question stand in at most
three sentences of one or two articles, every number, date and name among them, with nothing denied on one side
and asserted on the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag import facts, negation
from rag.claim import Claim, claim_of, echoes, unsaid
from rag.clashes import clash
from rag.draft import evades, without_markers
from rag.evidence import Evidence, joined, speaks_of
from rag.figures import UNITS, is_soft_number, number_of
from rag.roles import misowned, reversed_roles

_EMPTY, _EVADED, _ECHOED = "it is empty", "the model found no answer", "it only repeats the question"
_NOTHING = (_EMPTY, _EVADED, _ECHOED)
_MOST = 3  # cited sentences behind one sentence of the answer
_COVERED = 0.6  # share of the sentence's words that the cited ones have to hold
_ABOUT = 0.34  # share of what the sentence repeats of the question that the finding's own article has to hold
_FOUND = 0.75  # share of what it adds to the question that a sentence has to hold to be shown in its place
_ANCHORED = 0.4  # share of the sentence's words that must stand around a new number or name


@dataclass(frozen=True, slots=True)
class Grounded:
    """A sentence without markers, and what bears it out; `failure` says why nothing does."""

    text: str
    evidence: tuple[Evidence, ...] = ()
    failure: str = ""
    found: bool = False  # it failed, but the first of the evidence holds what it adds to the question

    @property
    def supported(self) -> bool:
        """True when the sentence may be shown."""
        return not self.failure

    @property
    def evasive(self) -> bool:
        """True when the model says that it can't tell, or says nothing at all."""
        return self.failure in (_EMPTY, _EVADED)

    @property
    def says_nothing(self) -> bool:
        """True when it failed because it claims nothing, rather than something the articles lack."""
        return self.failure in _NOTHING


def ground(sentence: str, question: str, evidence: Sequence[Evidence]) -> Grounded:
    """The sentence with the evidence that bears it out, or with the reason why none does."""
    text, hints = without_markers(sentence)
    if not facts.tokens(text):
        return Grounded(text, failure=_EMPTY)
    if evades(text):
        return Grounded(text, failure=_EVADED)
    claim = claim_of(text, question, evidence)
    if not claim.new or echoes(claim, question):
        return Grounded(text, failure=_ECHOED)
    chosen = _choose(claim, question, evidence, hints)
    if not chosen:
        return Grounded(text, failure="no sentence of the articles says it")
    failure = _missing(claim, chosen) or (
        "" if _coverage(claim, chosen) >= _COVERED else "the articles say it in too few words"
    )
    if not failure and (noun := _miscounted(text, claim, chosen)):
        failure = f"the cited words don't count {noun}"
    if not failure and _astray(claim, chosen):
        failure = "the sentence that holds it speaks of something else"
    if not failure and (name := _blended(claim, chosen)):
        failure = f"the article that holds it doesn't speak of {name}"
    failure = failure or _contradiction(text, question, chosen) or unsaid(claim, chosen)
    return Grounded(text, tuple(chosen), failure, bool(failure) and _found(claim, text, question, chosen))


def _found(claim: Claim, text: str, question: str, chosen: Sequence[Evidence]) -> bool:
    """True when only what a claim repeats of the question isn't said where it was found: "skip" for "miss"."""
    new = {word: weight for word, weight in claim.words.items() if word in claim.new}
    adds = Claim(new, claim.numbers & claim.new, claim.names & claim.new, claim.new)
    held = not _missing(adds, chosen[:1]) and _coverage(adds, chosen[:1]) >= _FOUND
    return held and not _blended(claim, chosen) and not _contradiction(text, question, chosen)


def _choose(
    claim: Claim, question: str, evidence: Sequence[Evidence], hints: Sequence[int]
) -> list[Evidence]:
    """The sentence that says most of the claim, then those that add what it lacks."""
    asked = set(facts.content(question))
    chosen: list[Evidence] = []
    open_words = dict(claim.words)
    while open_words and len(chosen) < _MOST:
        best, gain = _best(open_words, claim, evidence, asked, hints, chosen)
        if best is None:
            break
        added = {word for word in open_words if best.holds(word)}
        required = added & (claim.numbers | claim.names)
        if chosen and not required and gain < 3.0:
            break
        chosen.append(best)
        open_words = {word: weight for word, weight in open_words.items() if word not in added}
        if not any(word in claim.new or word in claim.names | claim.numbers for word in open_words):
            break
    return chosen


def _best(
    open_words: dict[str, float],
    claim: Claim,
    evidence: Sequence[Evidence],
    asked: set[str],
    hints: Sequence[int],
    chosen: Sequence[Evidence],
) -> tuple[Evidence | None, float]:
    best, best_score, best_gain = None, 0.0, 0.0
    for candidate in evidence:
        if candidate in chosen:
            continue
        gain = sum(weight for word, weight in open_words.items() if candidate.holds(word))
        if not gain:
            continue
        score = gain + 0.3 * sum(candidate.holds(word) for word in asked)
        score += 0.5 * (candidate.passage in hints)
        if chosen:
            score += 1.0 * (candidate.article.id == chosen[0].article.id)
            score -= 0.0001 * abs(candidate.start - chosen[0].start)
        else:
            score += 0.5 * all(speaks_of(candidate.article, name) for name in claim.names - claim.new)
        if score > best_score:
            best, best_score, best_gain = candidate, score, gain
    return best, best_gain


def _coverage(claim: Claim, chosen: Sequence[Evidence]) -> float:
    total = sum(claim.words.values())
    held = sum(weight for word, weight in claim.words.items() if any(e.holds(word) for e in chosen))
    return held / total if total else 1.0


def _astray(claim: Claim, chosen: Sequence[Evidence]) -> bool:
    """True when the cited words say little of what the claim repeats of the question: "Putin gave Kim a car" is not
    borne out by "Kim, a car enthusiast, sat in Putin's car".

    Where all that is new is a number, its own article has to say it, and the names count as well; and the sentence with
    the number says some of it itself, whatever its title says.
    """
    counted = claim.new <= claim.numbers
    rest = claim.words.keys() - claim.new
    if counted and rest and not any(e.holds(word) for e in joined(chosen[0], chosen) for word in rest):
        return True
    names = set() if counted else claim.names
    asked = [word for word in claim.words if word not in claim.new | names]
    home = [e for e in chosen if e.article.id == chosen[0].article.id or not counted]
    titles = _titles(home)
    held = sum(facts.held(word, titles) or any(e.holds(word) for e in home) for word in asked)
    return held < _ABOUT * len(asked)


def _blended(claim: Claim, chosen: Sequence[Evidence]) -> str:
    """A name of the question that no article speaks of in which something new was found, or "".

    Two articles make no statement together that neither makes: who wrote one thing didn't write another.
    """
    finding = [e for e in chosen if any(e.holds(word) for word in claim.new)]
    for name in sorted(claim.names - claim.new):
        if not any(e.holds(name) for e in finding) and not any(speaks_of(e.article, name) for e in finding):
            return name
    return ""


def _titles(evidence: Sequence[Evidence]) -> set[str]:
    """What the titles and outlets of the cited articles state."""
    return facts.stated(" ".join(f"{e.article.title} {e.article.source}" for e in evidence))


def _anchors(claim: Claim, chosen: Sequence[Evidence]) -> list[Evidence]:
    """Those cited sentences that say enough of the claim for a fact in them to belong to it."""
    return [e for e in chosen if _coverage(claim, joined(e, chosen)) >= _ANCHORED]


def _missing(claim: Claim, chosen: Sequence[Evidence]) -> str:
    """The first number, date or name that the cited words, or their articles' titles and outlets, don't hold."""
    titles = _titles(chosen)
    anchors = _anchors(claim, chosen)
    found = any(chosen[0].holds(word) for word in claim.new)
    for number in sorted(claim.numbers):
        if number not in claim.new and number in titles:
            continue
        # When and how many must come from the sentence that says the rest: two of them are easily blended.
        home = joined(chosen[0], chosen) if number in claim.new else chosen
        if not any(number in e.numbers for e in home):
            return f"the cited words don't hold the number {number}"
    for name in sorted(claim.names):
        near = chosen if name not in claim.new else chosen[:1] if name in facts.WEEKDAYS else anchors
        in_words = any(e.holds(name) for e in near) or _spelt_out(name, claim, chosen)
        # A name that only stands in the title completes what was found or asked; it is no find itself.
        if not in_words and not ((found or name not in claim.new) and facts.held(name, titles)):
            return f"the cited words don't hold the name {name}"
    return ""


def _miscounted(text: str, claim: Claim, chosen: Sequence[Evidence]) -> str:
    """What a number of the claim counts, where it is new and the cited words don't have it: "31 divers"; or ""."""
    for number, noun in pairwise(facts.tokens(text)):
        beside = noun.start == number.end + 1 and noun.folded in claim.new
        counts = number_of(number.text) is not None and not is_soft_number(number.text)
        unit = noun.text.lower().removesuffix("s") in UNITS
        if beside and counts and not unit and not any(e.holds(noun.folded) for e in chosen):
            return noun.text
    return ""


def _spelt_out(name: str, claim: Claim, chosen: Sequence[Evidence]) -> bool:
    """True when the name is part of one that the cited words give as its initials."""
    initial = facts.initials(" ".join(sorted(claim.names)))
    return any(word in initial and name[0] in word for e in chosen for word in e.words if 2 <= len(word) <= 5)


def _contradiction(text: str, question: str, chosen: Sequence[Evidence]) -> str:
    best, told = chosen[0].text, [e.text for e in chosen]
    # "No, he accepted" denies the question, not the articles.
    text = re.sub(r"^(?:yes|no)\b[,.:;\s–—-]*", "", text, flags=re.I) or text
    # "What balances it when there is no movement?": such a "no" belongs to the question.
    denied = negation.negated(text) and not negation.negated(question)
    if denied and not any(map(negation.negated, told)):
        return "it denies what the articles don't deny"
    if not negation.negated(text) and negation.denies_shared(best, text):
        return "the articles deny it"
    if negation.negated(text) and negation.asserts_denied(text, told, set(facts.content(question))):
        return "the articles deny a part of it"
    if negation.opposite(text, best):
        return "the articles say the opposite"
    if negation.unhedged(text, best):
        return "the articles only say that it may be so"
    if left_out := negation.unqualified(text, best, question):
        return f"the articles say {left_out!r}"
    if negation.dated_by_report(text, best):
        return "the articles say when it was told, not when it happened"
    if reversed_roles(text, best):
        return "the articles say who did it to whom the other way round"
    if thing := misowned(text, question, told):
        return f"the articles don't say whose {thing!r} is"
    return clash(question, chosen[0])

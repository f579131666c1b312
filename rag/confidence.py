"""How likely it is that a sentence answers a question: one logistic model over a handful of signals."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.copies import same_story
from index.text.folding import folded
from index.text.quantities import compare, quantities
from rag.reading import Reading

_MOST = 3  # sentences that answer, shown together
_JUDGED = 5  # of the reader's best sentences; of the others hardly one in a hundred answers
_LEAD = 8.0  # a reading further ahead is no surer


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for one reading; the language model's are zero until it was asked.

    `score` is the reader's logit, `lead` how far it lies above the best other sentence's, below it if negative, and at
    most 8 either way; `nearness` is the fused score of its passage, and `coverage` the share of the question's telling
    words that it and its title hold. `agrees` is 1 when the language model's few words stand in the sentence, -1 when they stand
    elsewhere or it found none, `sure` the mean log-probability of its words, where they stand here, and `stated` the
    log-odds it gives to "yes" when asked whether the passages answer the question.
    """

    score: float
    lead: float
    nearness: float
    coverage: float
    agrees: float = 0.0
    sure: float = 0.0
    stated: float = 0.0


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic model: a bias and one weight a signal."""

    bias: float
    score: float
    lead: float
    nearness: float
    coverage: float = 0.0
    agrees: float = 0.0
    sure: float = 0.0
    stated: float = 0.0

    def probability(self, signals: Signals) -> float:
        """Probability that the sentence answers the question."""
        total = self.bias + self.score * signals.score + self.lead * signals.lead
        total += self.nearness * signals.nearness + self.coverage * signals.coverage
        total += self.agrees * signals.agrees + self.sure * signals.sure
        total += self.stated * signals.stated
        return 1 / (1 + math.exp(-total))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reading, what speaks for it, and the probability that it answers the question."""

    reading: Reading
    signals: Signals
    probability: float


def judged(
    readings: Sequence[Reading], coverage: Callable[[str], float], weights: Weights
) -> tuple[Candidate, ...]:
    """The best readings by the reader's word alone, likeliest first; `coverage` is of the question's words."""
    scores = [reading.score for reading in readings[:_JUDGED]]
    found = []
    for place, reading in enumerate(readings[:_JUDGED]):
        other = max(scores[:place] + scores[place + 1 :], default=-math.inf)
        lead = max(-_LEAD, min(_LEAD, reading.score - other))
        held = coverage(f"{reading.article.title} {reading.text}")
        found.append(candidate(reading, Signals(reading.score, lead, reading.nearness, held), weights))
    return tuple(sorted(found, key=lambda one: -one.probability))


def candidate(reading: Reading, signals: Signals, weights: Weights) -> Candidate:
    """A reading with its probability."""
    return Candidate(reading, signals, weights.probability(signals))


# Fitted by logistic regression on the best sentences of 471 questions (ALONE) and of 101 (HEARD) of the fit halves of
# XQuAD, NQ-open and SQuAD 2 with its near misses, each set counting the same. The thresholds were chosen on those.
ALONE = Weights(bias=-4.264, score=0.059, lead=0.15, nearness=3.206, coverage=2.002)
HEARD = Weights(
    bias=-1.977,
    score=0.046,
    lead=0.078,
    nearness=0.908,
    coverage=1.249,
    agrees=0.876,
    sure=0.642,
    stated=0.743,
)
LEAST = 0.3  # the probability from which an answer is shown ...
LEAST_HEARD = 0.45  # ... where the language model was asked, which finds some words for every question
SURE = 0.6  # the probability from which the language model is not asked: nineteen in twenty are right, near misses apart
HOPELESS = 0.2  # ... below which it isn't either
MORE = 0.45  # ... from which a further sentence is shown beside the best one


def chosen(candidates: Sequence[Candidate]) -> tuple[list[Candidate], bool]:
    """The best reading and others as likely that tell something else, and whether two stories differ on a figure.

    Those that differ come newest first.
    """
    best, *others = candidates
    found = [best]
    for one in others:
        if len(found) == _MOST or one.probability < MORE:
            break
        if not any(_told(one.reading, other.reading) for other in found):
            found.append(one)
    differ = any(_differ(one.reading, other.reading) for one in found for other in found)
    if differ:
        found.sort(key=lambda one: one.reading.article.known_date, reverse=True)
    return found, differ


def _told(reading: Reading, other: Reading) -> bool:
    """True when the other sentence says the words that answer as well, or stands in a copy of the article."""
    if reading.article.id != other.article.id and same_story(reading.article, other.article):
        return True
    return _plain(reading.answering) in _plain(other.text)


def _differ(reading: Reading, other: Reading) -> bool:
    """True when two stories answer with one quantity of different size."""
    if reading.article.id == other.article.id or same_story(reading.article, other.article):
        return False
    first, second = quantities(reading.answering), quantities(other.answering)
    return len(first) == len(second) == 1 and compare(first[0], second[0]) == "different"


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", folded(text)))

"""Judge: do the articles hold the answer, and is it the one shown? A few signals in one small monotone model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from index.chunker import sentences
from rag import facts
from rag.evidence import Evidence
from rag.grounding import Grounded
from rag.passages import Found

_REACH = 700  # characters either side of a cited sentence in which its neighbours are looked for
_UNSURE = -3.0  # mean log-probability below which it no longer matters how unsure the model was
_TYPICAL = -0.3  # what is assumed of a model that doesn't tell


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer, each the better the higher; None where it was not looked at."""

    score: float  # fused score of the best chunk, about 0 to 1
    coverage: float  # share of the question's words in the passages, rare ones counting more
    sure: float | None = None  # mean log-probability of the tokens of the model's answer in a few words
    around: float | None = None  # the same share in the cited sentences, their neighbours and titles


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic model: bias and one weight, never negative, a signal."""

    bias: float
    score: float
    coverage: float
    sure: float = 0.0
    around: float = 0.0

    def probability(self, signals: Signals) -> float:
        """Probability that the articles answer the question and the answer is right."""
        sure = _TYPICAL if signals.sure is None else max(signals.sure, _UNSURE)
        around = signals.coverage if signals.around is None else signals.around
        total = self.bias + self.score * signals.score + self.coverage * signals.coverage
        total += self.sure * sure + self.around * around
        return 1 / (1 + math.exp(-total))


READ = Weights(bias=-2.6, score=1.5, coverage=3.0, sure=2.0)
WRITTEN = Weights(bias=-2.5, score=1.0, coverage=0.8, sure=3.5, around=3.7)
EXTRACTED = Weights(bias=-5.2, score=3.0, coverage=1.5, around=3.7)
HOPELESS = 0.12  # below this, before writing, nothing is written
THRESHOLD = 0.5  # below this, an answer is not shown


def look(found: Found) -> Signals:
    """The signals that need no model."""
    text = " ".join(f"{p.article.title} {p.article.known_date} {p.text}" for p in found.read)
    return Signals(score=found.score, coverage=_share(found, text))


def around(found: Found, answer: Sequence[Grounded]) -> float:
    """Share of the question's words where the answer was found: rare words count more."""
    cited = [e for sentence in answer for e in sentence.evidence]
    return _share(
        found, " ".join(f"{e.article.title} {e.article.known_date} {_surroundings(e)}" for e in cited)
    )


def _share(found: Found, text: str) -> float:
    return facts.weight_held(found.rarity, facts.stated(text) | facts.initials(text))


def _surroundings(evidence: Evidence) -> str:
    """The cited sentence with the one before it and the one after it."""
    text = evidence.article.text
    near = sentences(text, max(0, evidence.start - _REACH), min(len(text), evidence.end + _REACH))
    own = [i for i, (start, end) in enumerate(near) if start < evidence.end and evidence.start < end]
    return text[near[max(0, own[0] - 1)][0] : near[min(len(near) - 1, own[-1] + 1)][1]]

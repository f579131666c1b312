"""From which confidence on at most so many of the answers are wrong, and how surely that is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rag.evaluation.question_set import Half, half_of
from rag.evaluation.scoring import Verdict

FEWEST = 20  # answers of one half, below which nothing is promised
_SURENESS = 0.95


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A confidence chosen on one half of the answers, and what the other half says of it.

    `wrong` of `answers` were wrong there, and with 95 % sureness no more than the share `bound` are; `coverage` is the
    share of that half's questions that were answered so surely.
    """

    confidence: float
    answers: int
    wrong: int
    coverage: float
    bound: float

    def __str__(self) -> str:
        """The guarantee in words."""
        return (
            f"From a confidence of {self.confidence:.2f} on, {self.wrong} of {self.answers} answers were wrong on the "
            f"half it was not chosen on; at most {self.bound:.0%} are (Clopper–Pearson, {_SURENESS:.0%}). "
            f"{self.coverage:.0%} of the questions are answered so surely: --sure {self.confidence:.2f}."
        )


def guarantee(verdicts: Sequence[Verdict], at_most: float) -> Guarantee | str:
    """The lowest confidence from which at most the share `at_most` of the answers is wrong, or why there is none."""
    halves = {half: [v for v in verdicts if half_of(v.question.text) is half] for half in Half}
    chosen = _threshold(halves[Half.FIT], at_most)
    if chosen is None:
        return (
            f"No confidence keeps the wrong answers at {at_most:.0%} with {FEWEST} answers or more of one half: "
            "ask more questions, or allow more."
        )
    sure = _answered(halves[Half.REPORT], chosen)
    if len(sure) < FEWEST:
        return (
            f"Only {len(sure)} answers of the other half have a confidence of {chosen:.2f} or more, too few to tell: "
            f"{FEWEST} are needed. Ask more questions."
        )
    wrong = sum(not verdict.right for verdict in sure)
    coverage = len(sure) / len(halves[Half.REPORT])
    return Guarantee(chosen, len(sure), wrong, coverage, upper_bound(wrong, len(sure)))


def upper_bound(wrong: int, of: int) -> float:
    """The largest share of errors that still gives `wrong` or fewer of `of` one time in twenty.

    The one-sided bound of Clopper and Pearson, 1934, by bisection.
    """
    if wrong >= of:
        return 1.0
    low, high = wrong / of, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(wrong, of, middle) > 1 - _SURENESS:
            low = middle
        else:
            high = middle
    return high


def _at_most(wrong: int, of: int, share: float) -> float:
    """Probability of `wrong` errors or fewer among `of` when each comes with probability `share`."""
    if not 0 < share < 1:
        return float(share == 0)
    return math.fsum(
        math.exp(
            math.lgamma(of + 1)
            - math.lgamma(k + 1)
            - math.lgamma(of - k + 1)
            + k * math.log(share)
            + (of - k) * math.log1p(-share)
        )
        for k in range(wrong + 1)
    )


def _threshold(verdicts: Sequence[Verdict], at_most: float) -> float | None:
    found = None
    for confidence in sorted(
        {v.prediction.confidence or 0.0 for v in _answered(verdicts, 0.0)}, reverse=True
    ):
        answers = _answered(verdicts, confidence)
        wrong = sum(not verdict.right for verdict in answers)
        if len(answers) >= FEWEST and wrong <= at_most * len(answers):
            found = confidence
    return found


def _answered(verdicts: Sequence[Verdict], least: float) -> list[Verdict]:
    return [
        verdict
        for verdict in verdicts
        if not verdict.prediction.refused and (verdict.prediction.confidence or 0.0) >= least
    ]

"""Many verdicts as figures: a table by type of question, calibration, risk against coverage, seconds."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rag.evaluation.scoring import Verdict

MEASURES = (
    "right",
    "words",
    "over-refusal",
    "rejection",
    "says false",
    "cite precision",
    "cite recall",
    "verbatim",
    "hit@1",
    "hit@5",
    "hit@10",
    "MRR@10",
)
_BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Items of about the same probability: how probable they were said to be, and how many were right."""

    said: float
    right: float
    count: int


def table(verdicts: Sequence[Verdict]) -> list[list[str]]:
    """Rows of text, the heading first: all answerable, all unanswerable, then each type of question."""
    groups = [
        ("answerable", [v for v in verdicts if v.question.answerable]),
        ("unanswerable", [v for v in verdicts if not v.question.answerable]),
    ]
    kinds = sorted({verdict.question.kind for verdict in verdicts} - {"answerable", "unanswerable"})
    groups += [(f"· {kind}", [v for v in verdicts if v.question.kind == kind]) for kind in kinds]
    shown = [name for name in MEASURES if any(name in verdict.measures for verdict in verdicts)]
    rows = [["", "questions", *shown]]
    for title, group in groups:
        if group:
            rows.append([title, str(len(group)), *(_mean(group, name) for name in shown)])
    return rows


def summary(verdicts: Sequence[Verdict]) -> list[str]:
    """What the table can't say, a line each: harmonic mean, calibration, risk and coverage, seconds."""
    lines = []
    right = _values([v for v in verdicts if v.question.answerable], "right")
    refused = _values([v for v in verdicts if not v.question.answerable], "rejection")
    if right and refused:
        x, y = statistics.fmean(right), statistics.fmean(refused)
        both = 2 * x * y / (x + y) if x + y else 0.0
        lines.append(f"right {100 * x:.1f}, rejection {100 * y:.1f}, harmonic mean {100 * both:.1f}")
    if sure := _sure(verdicts):
        line = f"calibration error {100 * calibration_error(sure):.1f}"
        if curve := risk_by_coverage(sure):
            coverage, risk = curve[-1]
            area = statistics.fmean(point[1] for point in curve)
            line += f", area under the risk-coverage curve {100 * area:.1f}"
            line += f", risk with all answered {100 * risk:.1f} at coverage {100 * coverage:.1f}"
        lines.append(line)
    for name, what in (("first_token_seconds", "to the first word of a draft"), ("seconds", "in all")):
        seconds = [s for v in verdicts if (s := getattr(v.prediction, name)) is not None]
        if seconds:
            lines.append(f"median {statistics.median(seconds):.2f} s {what} ({len(seconds)} questions)")
    return lines


def reliability(verdicts: Sequence[Verdict]) -> list[Bin]:
    """Ten equal bins of the probability that the outcome is right; the empty ones are left out."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for verdict in verdicts:
        said = _probability(verdict)
        bins.setdefault(min(int(said * _BINS), _BINS - 1), []).append((said, verdict.right))
    return [
        Bin(statistics.fmean(s for s, _ in items), statistics.fmean(r for _, r in items), len(items))
        for _, items in sorted(bins.items())
    ]


def calibration_error(verdicts: Sequence[Verdict]) -> float:
    """Expected calibration error: how far the bins' probabilities lie from what came true, by their size."""
    return sum(b.count * abs(b.said - b.right) for b in reliability(verdicts)) / len(verdicts)


def risk_by_coverage(verdicts: Sequence[Verdict]) -> list[tuple[float, float]]:
    """Coverage and risk after each answered question, the surest first.

    Risk is the share of wrong answers among those, answers to what has none included; questions of the
    same confidence share their errors evenly. Coverage is their share of all questions.
    """
    answered = [v for v in verdicts if not v.prediction.refused]
    answered.sort(key=_confidence, reverse=True)
    points: list[tuple[float, float]] = []
    wrong = 0.0
    for _, equals in groupby(answered, key=_confidence):
        group = list(equals)
        share = sum(not v.right for v in group) / len(group)
        for _ in group:
            wrong += share
            points.append(((len(points) + 1) / len(verdicts), wrong / (len(points) + 1)))
    return points


def _confidence(verdict: Verdict) -> float:
    return min(max(verdict.prediction.confidence or 0.0, 0.0), 1.0)


def _probability(verdict: Verdict) -> float:
    """That the outcome is right: a refusal is with one minus the confidence."""
    confidence = _confidence(verdict)
    return 1 - confidence if verdict.prediction.refused else confidence


def _sure(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [v for v in verdicts if v.prediction.confidence is not None]


def _values(group: Sequence[Verdict], name: str) -> list[float]:
    return [verdict.measures[name] for verdict in group if name in verdict.measures]


def _mean(group: Sequence[Verdict], name: str) -> str:
    values = _values(group, name)
    if not values:
        return ""
    return f"{statistics.fmean(values) * (1 if name == 'words' else 100):.1f}"

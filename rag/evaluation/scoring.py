"""Is an answer right? Judged without a model, by the key, the cited documents and their words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.evaluation.question_set import LONG_FORM, Case

LONG_FORM_BAR = 0.3  # ROUGE-L from which a long answer counts as right
_LONGEST = 400  # words that are compared
_DEPTH = 10  # documents looked at for the reciprocal rank
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
_PUNCTUATION = re.compile(r"(?<!\d)\.|\.(?!\d)|[^\w\s.]")  # all but the point of a decimal
_ARTICLES = frozenset({"a", "an", "the"})


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was answered to one question; `signals` is what was seen on the way, for fitting."""

    qid: str
    answer: str
    refused: bool
    citations: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    retrieved: tuple[str, ...] = ()
    confidence: float | None = None
    seconds: float | None = None
    first_token_seconds: float | None = None
    signals: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One prediction held against its question; `measures` are shares between 0 and 1, and `words` a count."""

    question: Case
    prediction: Prediction
    right: bool
    measures: Mapping[str, float]

    @property
    def label(self) -> str:
        """The verdict in words."""
        if self.prediction.refused:
            return "wrongly refused" if self.question.answerable else "rightly refused"
        if not self.question.answerable:
            return "answered what has no answer"
        return "right" if self.right else "wrong"


def verdict(question: Case, prediction: Prediction, texts: Mapping[str, str]) -> Verdict:
    """Right or wrong, and the measures that apply; `texts` are the documents' titles and words by id."""
    if not question.answerable:
        refused = prediction.refused
        return Verdict(question, prediction, refused, {"rejection": float(refused)})
    body = "" if prediction.refused else prediction.answer
    said_false = _claims(body, question)
    if question.kind == LONG_FORM:
        right = max((rouge_l(body, key) for key in question.answers), default=0.0) >= LONG_FORM_BAR
    else:
        right = not said_false and all(any(holds(body, form) for form in g) for g in question.groups)
    measures = {
        "right": float(right),
        "over-refusal": float(prediction.refused),
        "words": float(len(body.split())),
    }
    if question.false_claims:
        measures["says false"] = float(said_false)
    if question.evidence:
        measures |= _found(question, prediction) | _cited(question, prediction, texts)
    return Verdict(question, prediction, right, measures)


def normal(text: str) -> str:
    """The words alone: lower case, without accents, punctuation, articles and thousands separators."""
    letters = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()
    plain = _THOUSANDS.sub("", plain.replace("%", " percent "))
    return " ".join(word for word in _PUNCTUATION.sub(" ", plain).split() if word not in _ARTICLES)


def holds(text: str, phrase: str) -> bool:
    """True when the words of `phrase` stand in `text`, in one piece."""
    words = normal(phrase)
    return bool(words) and f" {words} " in f" {normal(text)} "


def rouge_l(text: str, key: str) -> float:
    """F-measure of the longest common subsequence of words."""
    ours, theirs = normal(text).split()[:_LONGEST], normal(key).split()[:_LONGEST]
    if not ours or not theirs:
        return 0.0
    before = [0] * (len(theirs) + 1)
    for word in ours:
        now = [0]
        for place, other in enumerate(theirs):
            now.append(before[place] + 1 if word == other else max(before[place + 1], now[place]))
        before = now
    return 2 * before[-1] / (len(ours) + len(theirs))


def _claims(body: str, question: Case) -> bool:
    """True when the answer says a false claim that is no part of a right answer."""
    forms = [form for group in question.groups for form in group]
    return any(
        holds(body, claim) and not any(holds(form, claim) for form in forms)
        for claim in question.false_claims
    )


def _found(question: Case, prediction: Prediction) -> dict[str, float]:
    good = question.evidence | question.alternatives
    ranked = list(dict.fromkeys(prediction.retrieved))
    rank = next((place for place, name in enumerate(ranked, 1) if name in good), 0)
    hits = {f"hit@{depth}": float(0 < rank <= depth) for depth in (1, 5, 10)}
    return hits | {f"MRR@{_DEPTH}": 1 / rank if 0 < rank <= _DEPTH else 0.0}


def _cited(question: Case, prediction: Prediction, texts: Mapping[str, str]) -> dict[str, float]:
    if prediction.refused:
        return {}
    good = question.evidence | question.alternatives
    cited = list(dict.fromkeys(prediction.citations))
    hits = sum(name in good for name in cited)
    measures = {"cite precision": hits / len(cited) if cited else 0.0, "cite recall": float(hits > 0)}
    if prediction.quotes:
        measures["verbatim"] = _verbatim(prediction.quotes, [texts.get(name, "") for name in cited])
    return measures


def _verbatim(quotes: Sequence[str], texts: Sequence[str]) -> float:
    words = [normal(text) for text in texts]
    wanted = [normal(quote) for quote in quotes]
    return sum(bool(quote) and any(quote in text for text in words) for quote in wanted) / len(wanted)

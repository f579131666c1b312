"""Unanswerable questions for one's own articles, made from answerable ones."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.evaluation.documents import Documents
from rag.evaluation.question_set import Case
from rag.names import names

_SEED = 0
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NUMBER = re.compile(r"\b\d{1,3}(?:,\d{3})*\b")


def made_unanswerable(cases: Sequence[Case], documents: Documents) -> list[Case]:
    """Questions without an answer: with their articles and copies hidden; with another year, number or name.

    Each made question says in `kind` how it was made. Some may have an answer all the same: they are for review.
    """
    rng = random.Random(_SEED)
    known = sorted({name for case in cases for name in names(case.text)})
    found: list[Case] = []
    for case in cases:
        if case.answerable:
            found.extend(_of(case, known, documents, rng))
    return found


def _of(case: Case, known: Sequence[str], documents: Documents, rng: random.Random) -> Iterator[Case]:
    blank = replace(case, answerable=False, answers=(), groups=((),))
    if case.evidence:
        hidden = case.exclude | documents.with_copies(case.evidence | case.alternatives)
        yield replace(blank, qid=f"{case.qid} hidden", kind="articles hidden", exclude=hidden)
    for kind, text in _swapped(case.text, known, rng):
        yield replace(blank, qid=f"{case.qid} {kind}", text=text, kind=f"{kind} swapped")


def _swapped(question: str, known: Sequence[str], rng: random.Random) -> Iterator[tuple[str, str]]:
    """The question with one of its years, numbers or names replaced, each where it has one."""
    if year := _YEAR.search(question):
        yield "year", _with(question, year.group(), str(int(year.group()) + rng.choice([-3, -2, 2, 3])))
    if number := _NUMBER.search(_YEAR.sub("", question)):
        yield "number", _with(question, number.group(), str(int(number.group().replace(",", "")) * 2 + 1))
    own = names(question)
    others = [name for name in known if name not in own]
    if own and others:
        yield "name", _with(question, rng.choice(own), rng.choice(others))


def _with(question: str, old: str, new: str) -> str:
    return question.replace(old, new, 1)

"""A set of questions to measure with: one JSON object a line, read, checked, sampled and halved."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from index.errors import QuestionError
from rag.answers import Turn

LONG_FORM = "longform"  # the type of questions whose answers are compared as running text


class Half(StrEnum):
    """The half of a set that values are fitted on, and the half that is reported."""

    FIT = "fit"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its key; documents are named by the set's own ids, or by file name."""

    qid: str
    text: str
    kind: str
    answerable: bool
    answers: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]  # each has to be hit; inside one, any form counts
    false_claims: tuple[str, ...] = ()  # of unreliable documents
    evidence: frozenset[str] = frozenset()
    alternatives: frozenset[str] = frozenset()  # other documents that carry the answer
    only: frozenset[str] = frozenset()  # look for the answer in these; empty for everywhere
    exclude: frozenset[str] = frozenset()  # hide these
    history: tuple[Turn, ...] = ()


def load(path: Path) -> list[Case]:
    """The file's questions in order; QuestionError names the line that is none."""
    rows = list(objects(path))
    if not rows:
        raise QuestionError(f"{path} holds no question: write one JSON object a line.")
    narrow = _own_paragraph([row for _, row in rows])
    questions = [_question(row, narrow, f"{path}, line {number}") for number, row in rows]
    seen: set[str] = set()
    for question in questions:
        if question.qid in seen:
            raise QuestionError(f"{path} has two questions with the qid {question.qid!r}: rename one.")
        seen.add(question.qid)
    return questions


def choose(questions: Sequence[Case], sample: int | None, half: Half | None) -> list[Case]:
    """The same `sample` answerable and `sample` unanswerable ones of a half every time, in the set's order."""
    kept = [question for question in questions if half is None or half_of(question.text) is half]
    if sample is None:
        return kept
    picked: set[str] = set()
    for answerable in (True, False):
        group = sorted((q.qid for q in kept if q.answerable is answerable), key=_digest)
        picked.update(group[:sample])
    return [question for question in kept if question.qid in picked]


def objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line numbers and JSON objects of a file of one object a line; QuestionError names the line at fault."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path} cannot be read ({error}): name a UTF-8 file.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            raise QuestionError(
                f"{path}, line {number}: not valid JSON ({error.msg}); correct it."
            ) from error
        if not isinstance(value, dict):
            raise QuestionError(f"{path}, line {number}: holds no JSON object but {line[:60]!r}; correct it.")
        yield number, value


def _own_paragraph(rows: Sequence[Mapping[str, Any]]) -> bool:
    """True when the set's unanswerable questions are so only from the one document named with them."""
    hopeless = [row for row in rows if not _answerable(row)]
    return any(row.get("context_doc") and not row.get("exclude_docs") for row in hopeless)


def _question(row: Mapping[str, Any], narrow: bool, where: str) -> Case:
    text = row.get("question")
    if not isinstance(text, str) or not text.strip():
        raise QuestionError(f"{where}: there is no question; write it under 'question'.")
    answerable = _answerable(row)
    answers = _texts(row.get("answers"))
    groups = tuple(_texts(group) for group in row.get("answer_groups") or ())
    context = _texts(row.get("context_doc") if narrow else None)
    return Case(
        qid=str(row.get("qid") or _digest(text)[:12]),
        text=text,
        kind=str(row.get("type") or ("answerable" if answerable else "unanswerable")),
        answerable=answerable,
        answers=answers,
        groups=groups or (answers,),
        false_claims=_texts(row.get("wrong_answers")),
        evidence=frozenset(_documents(row.get("evidence"))),
        alternatives=frozenset(_documents(row.get("evidence_alt"))),
        only=frozenset(_texts(row.get("given_docs")) or context),
        exclude=frozenset(_texts(row.get("exclude_docs"))),
        history=tuple(_turns(row.get("history") or (), where)),
    )


def _answerable(row: Mapping[str, Any]) -> bool:
    return bool(row.get("answerable", bool(row.get("answers"))))


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _documents(value: object) -> Iterator[str]:
    for item in value if isinstance(value, list) else ():
        yield str(item["doc_id"]) if isinstance(item, dict) and "doc_id" in item else str(item)


def _turns(value: Sequence[Any], where: str) -> Iterator[Turn]:
    """Earlier turns: objects with question and answer, or pairs of them."""
    for item in value:
        if isinstance(item, dict) and "question" in item:
            yield Turn(str(item["question"]), str(item.get("answer") or ""))
        elif isinstance(item, list) and len(item) == 2:
            yield Turn(str(item[0]), str(item[1]))
        else:
            raise QuestionError(f"{where}: a turn of the history is neither a pair nor question and answer.")


def half_of(text: str) -> Half:
    """The half that a question belongs to: by its words, so that one asked twice stands in one half only."""
    words = " ".join(re.findall(r"\w+", text.casefold()))
    # Another hash than the sample's, or every sample would lie in one half.
    return Half.FIT if int(_digest(f"half of {words}")[-1], 16) % 2 == 0 else Half.REPORT


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

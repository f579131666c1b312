"""From a question to a cited answer: understand, find, judge, write, ground."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path

from index import Library
from index.article import Scope
from index.errors import QuestionError, WeightsError
from rag import judge, libraries
from rag.answers import Answer, Turn
from rag.evidence import evidence_of
from rag.model import engine
from rag.model.engine import Model
from rag.parts import parts
from rag.passages import choose, joined
from rag.questions import Kind, kind_of
from rag.retriever import LibraryRetriever
from rag.run import Run, finish, look_at, quoted, refuse, together
from rag.spelling import corrected
from rag.understand import stand_alone
from rag.verdict import decide
from rag.writing import write

LONGEST_QUESTION = 2_000  # characters
NO_MODEL = Path("none")  # as a model: answer with the articles' own sentences
_NO_MODEL_NOTE = "Answered in the articles' own sentences, without a language model."


def ask(
    question: str,
    *,
    history: Sequence[Turn] = (),
    library: Library | Path | None = None,
    model: Model | Path | None = None,
    scope: Scope | None = None,
) -> Generator[Answer]:
    """Snapshots of the answer while it is made; the last one is whole. Closing it stops the model."""
    run = Run(Answer(checked(question)), scope or Scope())
    yield from steps(run, history, library, model)


def steps(
    run: Run, history: Sequence[Turn], library: Library | Path | None, model: Model | Path | None
) -> Generator[Answer]:
    """The same, for a caller that wants to see the signals as well."""
    opened, run.note = libraries.resolve(library)
    llm = _model(model, run)
    spelt = partial(corrected, library=opened)
    run.show(understood=stand_alone(run.answer.question, history, spelt))
    run.clock("understood")
    asked = parts(run.answer.understood)
    yield from _each(run, asked, opened, llm) if len(asked) > 1 else _one(run, opened, llm)


def _one(run: Run, library: Library, llm: Model | None) -> Generator[Answer]:
    """Answer a question that asks one thing."""
    _find(run, library)
    run.clock("found")
    yield run.show(passages=run.found.passages)
    if not run.found.read:
        yield refuse(run, 0.0)
    elif llm is None:
        yield _extract(run)
    elif kind_of(run.answer.understood) is Kind.YES_NO:
        yield from decide(run, llm)
    else:
        yield from write(run, llm)


def _each(run: Run, asked: Sequence[str], library: Library, llm: Model | None) -> Generator[Answer]:
    """Answer the questions that one asks, and show together what they got."""
    each: list[Run] = []
    for question in asked:
        one = Run(Answer(question, understood=question), run.scope, claimed=True, started=run.started)
        each.append(one)
        for answer in _one(one, library, llm):
            for name in answer.timings.keys() - {"total"}:
                run.clock(name)
            run.found = joined([other.found for other in each])
            yield run.show(draft=answer.draft, passages=run.found.passages)
    yield together(run, each)


def checked(question: str) -> str:
    """The question without white space around it; QuestionError when there is none or far too much."""
    question = question.strip()
    if not question:
        raise QuestionError("The question is empty: type what you want to know.")
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters; the most is {LONGEST_QUESTION:,}. Ask a shorter one."
        )
    return question


def _model(model: Model | Path | None, run: Run) -> Model | None:
    if model is None and (named := os.environ.get("DATELINE_MODEL")):
        model = Path(named)
    if isinstance(model, Model):
        return model
    if model is not None and Path(model) == NO_MODEL:
        run.note = f"{_NO_MODEL_NOTE} {run.note}".strip()
        return None
    if model is None and engine.arriving.is_set():
        run.note = f"{_NO_MODEL_NOTE} It is still being fetched. {run.note}".strip()
        return None
    try:
        return engine.load(Path(model).expanduser() if model is not None else None)
    except WeightsError as error:
        run.note = f"{_NO_MODEL_NOTE} {error} {run.note}".strip()
        return None


def _find(run: Run, library: Library) -> None:
    question = run.answer.understood
    embedder = library.embedder
    vector = embedder.embed([question])[0]
    with library.snapshot() as snapshot:
        hits = LibraryRetriever(snapshot, embedder, run.scope).find(question, vector)
        run.found = choose(hits, question, vector, snapshot, embedder)
    run.signals = judge.look(run.found)
    run.nearness = partial(judge.near, vector, embedder)


def _extract(run: Run) -> Answer:
    assert run.signals is not None  # set by _find
    best = quoted(run, evidence_of(run.found.read))
    if not best:
        return refuse(run, 0.0)
    look_at(run, best)
    confidence = judge.EXTRACTED.probability(run.signals)
    return finish(run, best, confidence) if confidence >= judge.EXTRACTED.least else refuse(run, confidence)

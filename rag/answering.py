"""From a question to a cited answer: question, find, read, confirm."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index import Library, weights
from index.article import Scope
from index.errors import WeightsError
from rag import libraries
from rag.answers import NOT_FOUND, NOTHING_SEARCHED, Answer, Passage, Turn, composed
from rag.confidence import ALONE, HOPELESS, LEAST, LEAST_HEARD, SURE, Candidate, chosen, judged
from rag.finding import Coverage, find
from rag.question import Question, checked, corrected, parsed
from rag.reading import reader

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

NO_MODEL = Path("none")  # as a model: the reader answers alone
_NOT_FOUND = "The articles don't say."
_DIFFER = "Articles differ on this; what each of them says is shown, the newest first."
_ALONE = "Answered without the language model."
_FETCH = "`dateline models fetch` gets it, once (1.1 GB)."
_ARRIVING = (
    "It has not come whole yet: `dateline models fetch` goes on with it unless the page is fetching it."
)


@dataclass(frozen=True, slots=True)
class Trace:
    """An answer at one moment, and the candidates behind it, likeliest first, for whoever measures."""

    answer: Answer
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """What one question got: its passages, its candidates, and those of them that are shown."""

    passages: tuple[Passage, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    shown: tuple[Candidate, ...] = ()
    differ: bool = False

    @property
    def confidence(self) -> float:
        """The probability of the likeliest candidate."""
        return self.candidates[0].probability if self.candidates else 0.0


@dataclass(frozen=True, slots=True)
class _Clock:
    """Seconds since the question."""

    started: float = field(default_factory=time.perf_counter)

    def add(self, timings: Mapping[str, float], name: str) -> dict[str, float]:
        """The timings with this one, unless it is there."""
        seconds = round(time.perf_counter() - self.started, 3)
        return {**timings, name: timings.get(name, seconds)}


class _Model:
    """The language model of one question, opened when it is first needed; None where there is none."""

    def __init__(self, model: LLM | Path | None) -> None:
        if model is None and (named := os.environ.get("DATELINE_MODEL")):
            model = Path(named)
        self._model = model
        self.note = _ALONE if isinstance(model, Path) and model == NO_MODEL else ""
        if model is None and (state := weights.state("answering")) != "ready":
            self.note = f"{_ALONE} {_ARRIVING if state == 'partial' else _FETCH}"

    def get(self) -> LLM | None:
        """The model, loaded; raises ModelError when a file that was named is none."""
        if self.note:
            return None
        if self._model is not None and not isinstance(self._model, str | Path):
            return self._model
        from rag.model import engine  # llama-index takes seconds to import

        path = Path(self._model).expanduser() if self._model is not None else None
        try:
            self._model = engine.load(path)
        except WeightsError as error:
            self.note = f"{_ALONE} {error}"
            return None
        return self._model


def ask(
    question: str,
    *,
    history: Sequence[Turn] = (),
    library: Library | Path | None = None,
    model: LLM | Path | None = None,
    scope: Scope | None = None,
    sure: float | None = None,
) -> Generator[Answer]:
    """Snapshots of the answer while it is made; the last one is whole. Closing it stops the model."""
    for one in trace(question, history=history, library=library, model=model, scope=scope, sure=sure):
        yield one.answer


def trace(
    question: str,
    *,
    history: Sequence[Turn] = (),
    library: Library | Path | None = None,
    model: LLM | Path | None = None,
    scope: Scope | None = None,
    sure: float | None = None,
) -> Generator[Trace]:
    """As `ask`, with the candidates behind each snapshot."""
    clock = _Clock()
    asked = checked(question)
    opened, note = libraries.resolve(library)
    whole = asked
    if history:
        from rag.conversation import stand_alone

        whole = stand_alone(asked, history)
    parsed_question = parsed(asked, corrected(whole, opened))
    llm = _Model(model)
    answer = Answer(asked, understood=parsed_question.searched, timings=clock.add({}, "understood"))
    found: list[_Found] = []
    for part in parsed_question.parts:
        passages, candidates = _read(part, opened, scope)
        found.append(_Found(passages, candidates))
        answer = answer.with_(
            passages=_joined(found),
            draft=_nearest(found),
            timings=clock.add(answer.timings, "first_word" if candidates else "found"),
        )
        yield Trace(answer, candidates)
        for one in _confirmed(part, found[-1], llm, sure):
            found[-1] = one
            yield Trace(answer, candidates)
    yield _ended(parsed_question, answer, found, llm, note, clock)


def _read(
    question: str, library: Library, scope: Scope | None
) -> tuple[tuple[Passage, ...], tuple[Candidate, ...]]:
    """The passages found for a question, and what the reader makes of them."""
    with library.snapshot() as snapshot:
        passages = find(question, snapshot, library.embedder, scope)
        coverage = Coverage(question, snapshot)
    readings = [one for one in reader().read(question, passages) if not one.text.rstrip().endswith("?")]
    return passages, judged(readings, coverage.of, ALONE)


def _confirmed(question: str, found: _Found, llm: _Model, sure: float | None) -> Generator[_Found]:
    """What is shown, last; before it, what was found, again and again while the language model writes.

    The model is asked only where the reader is unsure.
    """
    candidates, least = found.candidates, LEAST
    unsure = HOPELESS <= found.confidence < max(SURE, sure or 0.0)
    if unsure and (model := llm.get()) is not None:
        from rag.confirming import heard

        for said in heard(question, found.candidates, model):
            candidates = said
            yield found
        least = LEAST_HEARD
    found = replace(found, candidates=candidates)
    if candidates and found.confidence >= (least if sure is None else sure):
        shown, differ = chosen(candidates)
        found = replace(found, shown=tuple(shown), differ=differ)
    yield found


def _ended(
    question: Question, answer: Answer, found: Sequence[_Found], llm: _Model, note: str, clock: _Clock
) -> Trace:
    """The whole answer, or the refusal."""
    least = min(found, key=lambda one: one.confidence)
    shown = list({(c.reading.article.id, c.reading.start): c for one in found for c in one.shown}.values())
    sentences = composed(candidate.reading for candidate in shown)
    untold = [part for part, one in zip(question.parts, found, strict=True) if not one.shown]
    reasons = []
    if not sentences:
        reasons.append(_NOT_FOUND)
    elif untold:
        reasons.append(f"{_NOT_FOUND[:-1]}: {' '.join(untold)}")
    if any(one.differ for one in found):
        reasons.append(_DIFFER)
    final = answer.with_(
        sentences=sentences,
        draft="",
        answered=bool(sentences),
        confidence=least.confidence if sentences else max(one.confidence for one in found),
        reason=" ".join(part for part in (*reasons, llm.note, note) if part),
        code="" if sentences else NOT_FOUND if answer.passages else NOTHING_SEARCHED,
        timings=clock.add(answer.timings, "total"),
    )
    return Trace(final, least.candidates)


def _nearest(found: Sequence[_Found]) -> str:
    """The likeliest sentence so far, on one line."""
    best = found[-1].candidates[:1]
    return " ".join(best[0].reading.text.split()) if best else ""


def _joined(found: Sequence[_Found]) -> tuple[Passage, ...]:
    """What was found for several questions, each passage once, numbered anew."""
    once = {(p.article.id, p.start): p for one in found for p in one.passages}
    return tuple(replace(passage, number=number) for number, passage in enumerate(once.values(), 1))

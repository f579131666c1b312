"""From a question to a cited answer: understand, find, judge, write, ground."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from llama_index.core.llms import LLM
from llama_index.core.schema import QueryBundle

from index import Library
from index.article import Scope
from index.chunker import sentences
from index.errors import QuestionError, WeightsError
from rag import engine, judge, libraries, prompts
from rag.answers import Answer, Turn
from rag.compose import compose, quotes
from rag.draft import without_cut_end
from rag.evidence import Evidence, evidence_of
from rag.extract import best_sentences, other_accounts
from rag.grounding import Grounded, ground
from rag.judge import Signals
from rag.passages import Found, choose
from rag.questions import Kind, is_of_kind, kind_of
from rag.retriever import LibraryRetriever
from rag.spelling import corrected
from rag.understand import stand_alone

LONGEST_QUESTION = 2_000  # characters
NO_MODEL = Path("none")  # as a model: answer with the articles' own sentences
_WRITTEN_TOKENS = {Kind.REASON: 160}
_PHRASE_TOKENS = 40
_NO_MODEL_NOTE = "Answered in the articles' own sentences, without a language model."
_NOT_FOUND = "The articles don't say."
_PAUSE = 0.06  # seconds between snapshots of a growing draft


@dataclass(slots=True)
class Run:
    """One question on its way: the answer so far, and what was seen on the way."""

    answer: Answer
    scope: Scope
    note: str = ""
    drafts: list[str] = field(default_factory=list)
    found: Found = field(default_factory=Found)
    signals: Signals | None = None
    nearness: Callable[[Sequence[Grounded]], list[float]] | None = None  # of sentences to the question
    started: float = field(default_factory=time.perf_counter)

    def show(self, **changes: object) -> Answer:
        """The answer with some fields changed."""
        self.answer = self.answer.with_(**changes)
        return self.answer

    def clock(self, name: str) -> None:
        """Note the seconds since the question, once a name."""
        if name not in self.answer.timings:
            seconds = round(time.perf_counter() - self.started, 3)
            self.answer = self.answer.with_(timings={**self.answer.timings, name: seconds})


def ask(
    question: str,
    *,
    history: Sequence[Turn] = (),
    library: Library | Path | None = None,
    model: LLM | Path | None = None,
    scope: Scope | None = None,
) -> Generator[Answer]:
    """Snapshots of the answer while it is made; the last one is whole. Closing it stops the model."""
    run = Run(Answer(checked(question)), scope or Scope())
    yield from steps(run, history, library, model)


def steps(
    run: Run, history: Sequence[Turn], library: Library | Path | None, model: LLM | Path | None
) -> Generator[Answer]:
    """The same, for a caller that wants to see the signals as well."""
    opened, run.note = libraries.resolve(library)
    llm = _model(model, run)
    spelt = partial(corrected, library=opened)
    run.show(understood=stand_alone(run.answer.question, history, spelt))
    run.clock("understood")
    _find(run, opened)
    run.clock("found")
    yield run.show(passages=run.found.passages)
    if not run.found.read:
        yield _refuse(run, 0.0)
    elif llm is None:
        yield _extract(run)
    else:
        yield from _write(run, llm)


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


def _model(model: LLM | Path | None, run: Run) -> LLM | None:
    if isinstance(model, LLM):
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
        retriever = LibraryRetriever(snapshot, embedder, run.scope)
        nodes = retriever.retrieve(QueryBundle(question, embedding=[float(x) for x in vector]))
        run.found = choose(nodes, question, vector, snapshot, embedder)
    run.signals = judge.look(run.found)
    run.nearness = partial(judge.near, vector, embedder)


def _refuse(run: Run, confidence: float, reason: str = _NOT_FOUND) -> Answer:
    run.clock("total")
    return run.show(
        text="",
        draft="",
        citations=(),
        answered=False,
        confidence=confidence,
        reason=f"{reason} {run.note}".strip(),
    )


def _finish(run: Run, grounded: Sequence[Grounded], confidence: float) -> Answer:
    text, citations = compose(grounded)
    run.clock("total")
    return run.show(text=text, citations=citations, answered=True, confidence=confidence, reason=run.note)


def _look_at(run: Run, answer: Sequence[Grounded]) -> None:
    """Add the signals of an answer that is borne out."""
    assert run.signals is not None  # set by _find
    assert run.nearness is not None
    around, near = judge.around(run.found, answer), max(run.nearness(answer))
    run.signals = replace(run.signals, around=around, near=near)


def _extract(run: Run) -> Answer:
    assert run.signals is not None  # set by _find
    assert run.nearness is not None
    kind = kind_of(run.answer.understood)
    evidence = evidence_of(run.found.read)
    cosines = run.nearness(quotes(evidence))
    best = quotes(best_sentences(run.answer.understood, kind, evidence, run.found.rarity, cosines))
    if not best:
        return _refuse(run, 0.0)
    _look_at(run, best)
    confidence = judge.EXTRACTED.probability(run.signals)
    return _finish(run, best, confidence) if confidence >= judge.EXTRACTED.least else _refuse(run, confidence)


def _write(run: Run, model: LLM) -> Generator[Answer]:
    assert run.signals is not None  # set by _find
    phrase = ""
    if (confidence := judge.READ.probability(run.signals)) >= judge.READ.least:
        phrase = yield from _phrase(run, model)
        confidence = judge.READ.probability(run.signals)
    if confidence < judge.READ.least:
        yield _refuse(run, confidence)
        return
    kind = kind_of(run.answer.understood)
    evidence = evidence_of(run.found.read)
    said = _checked(run, (yield from _draft(run, model, kind)), evidence)
    grounded = _supported(run, said, kind)
    if not grounded and all(one.supported or one.says_nothing for one in said):
        # An evasion may hide what a few words tell; of a claim that failed they would only hide the failure.
        grounded = _supported(run, _checked(run, phrase, evidence), kind)
    if not grounded:
        yield _refuse(run, min(confidence, judge.WRITTEN.least) / 2, _NOT_FOUND)
        return
    run.clock("grounded")
    grounded += other_accounts(kind, grounded, evidence, run.found.rarity)
    _look_at(run, grounded)
    confidence = judge.WRITTEN.probability(run.signals)
    if confidence < judge.WRITTEN.least:
        yield _refuse(run, confidence)
    else:
        yield _finish(run, grounded, confidence)


def _phrase(run: Run, model: LLM) -> Generator[Answer, None, str]:
    """Have the model answer in a few words; how sure it is of them tells whether it found or guessed them."""
    assert run.signals is not None  # set by _find
    pieces: list[engine.Piece] = []
    messages = prompts.about_passages(run.found.read, run.answer.understood, prompts.PHRASE)
    for piece in engine.reply(model, messages, _PHRASE_TOKENS):
        pieces.append(piece)
        yield run.answer  # where a reader may stop it
    run.clock("judged")
    known = [value for piece in pieces for value in piece.log_probabilities]
    run.signals = replace(run.signals, sure=sum(known) / len(known) if known else None)
    run.drafts.append("".join(piece.text for piece in pieces))
    return run.drafts[-1]


def _draft(run: Run, model: LLM, kind: Kind) -> Generator[Answer, None, str]:
    """Let the model write, shown as it grows."""
    draft, count, shown = "", 0, time.perf_counter()
    messages = prompts.about_passages(run.found.read, run.answer.understood, prompts.instruction(kind))
    longest = _WRITTEN_TOKENS.get(kind, 90)
    for piece in engine.reply(model, messages, longest):
        draft += piece.text
        count += 1  # a piece is a token
        run.clock("first_word")
        if time.perf_counter() - shown > _PAUSE:
            shown = time.perf_counter()
            yield run.show(draft=draft)
    if count >= longest:
        draft = without_cut_end(draft)
    yield run.show(draft=draft)
    run.drafts.append(draft)
    return draft


def _checked(run: Run, draft: str, evidence: Sequence[Evidence]) -> list[Grounded]:
    return [ground(draft[start:end], run.answer.understood, evidence) for start, end in sentences(draft)]


def _supported(run: Run, said: Sequence[Grounded], kind: Kind) -> list[Grounded]:
    """The sentences that the articles bear out; none unless they hold what was asked for."""
    supported = [sentence for sentence in said if sentence.supported]
    text = " ".join(sentence.text for sentence in supported)
    return supported if text and is_of_kind(kind, text, run.answer.understood) else []

"""A question set put to the product: the same path as the page's, every signal kept, resumable."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import QuestionError
from rag.answering import NO_MODEL, Trace, trace
from rag.evaluation.documents import Documents
from rag.evaluation.question_set import Case
from rag.evaluation.scoring import Prediction, Verdict, verdict
from rag.reading import weights_digest

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

_KEPT = 12  # candidates of a question that are written down
Answering = Callable[[Case, Documents], Generator[Trace]]
_FIELDS = [field.name for field in fields(Prediction)]


class Predictions:
    """Predictions by qid, kept in a file, one JSON object a line; without a path, in memory only.

    `model` names what answers: a file begun with another one is not gone on with.
    """

    def __init__(self, path: Path | None, model: str) -> None:
        self._path = path
        self._model = model
        self.held: dict[str, Prediction] = {}
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                self._read(path)

    def add(self, prediction: Prediction) -> None:
        """Keep it, on disk before anything else is asked."""
        self.held[prediction.qid] = prediction
        if self._path is not None:
            row = asdict(prediction)
            row["signals"] = {"model": self._model, **prediction.signals}
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    def _read(self, path: Path) -> None:
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if whole != data:
            path.write_bytes(whole)  # the last line was cut off in the writing
        for number, line in enumerate(whole.decode("utf-8", "replace").split("\n")[:-1], 1):
            try:
                row = json.loads(line)
                prediction = _prediction(row)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise QuestionError(
                    f"{path}, line {number}: is no prediction ({error}); name another file."
                ) from error
            if (model := prediction.signals.get("model")) != self._model:
                raise QuestionError(
                    f"{path} holds predictions of the model {model!r}, not {self._model!r}; name another file."
                )
            self.held[prediction.qid] = prediction


def answering(model: Path | None) -> tuple[Answering, str]:
    """What answers and its name; `model` is a GGUF file, NO_MODEL, or None for the default one."""
    name = str(NO_MODEL)
    loaded: LLM | Path = NO_MODEL
    if model != NO_MODEL:
        from rag.model import engine  # llama-index takes seconds to import

        opened = engine.load(model)
        loaded, name = opened, Path(opened.path).name

    def put(question: Case, documents: Documents) -> Generator[Trace]:
        yield from trace(
            question.text,
            history=question.history,
            library=documents.library,
            model=loaded,
            scope=documents.scope(question),
        )

    return put, f"{name} reader {weights_digest()[:12]}"


def evaluate(
    questions: Sequence[Case],
    documents: Documents,
    answering: Answering,
    predictions: Predictions,
    tell: Callable[[int, int], None],
) -> list[Verdict]:
    """Ask what has not been asked yet, and judge it all; `tell` hears how many of how many are done."""
    missing = [question for question in questions if question.qid not in predictions.held]
    tell(0, len(missing))
    for done, question in enumerate(missing, 1):
        predictions.add(predict(question, documents, answering))
        tell(done, len(missing))
    return [verdict(question, predictions.held[question.qid], documents.texts) for question in questions]


def predict(question: Case, documents: Documents, answering: Answering) -> Prediction:
    """One question's answer, with the documents it cites and found named as the set names them."""
    *_, last = answering(question, documents)
    answer = last.answer
    return Prediction(
        qid=question.qid,
        answer=" ".join(sentence.text for sentence in answer.sentences),
        refused=not answer.answered,
        citations=documents.named((c.article for c in answer.citations), question),
        quotes=tuple(citation.quote for citation in answer.citations),
        retrieved=documents.named((passage.article for passage in answer.passages), question),
        confidence=answer.confidence,
        seconds=answer.timings.get("total"),
        first_token_seconds=answer.timings.get("first_word"),
        signals=_signals(last, documents, question),
    )


def _signals(last: Trace, documents: Documents, question: Case) -> dict[str, Any]:
    """Whatever the weights may be fitted to without asking again."""
    return {
        "understood": last.answer.understood,
        "reason": last.answer.reason,
        "timings": dict(last.answer.timings),
        "candidates": [
            {
                "documents": documents.named([candidate.reading.article], question),
                "text": candidate.reading.text,
                "words": candidate.reading.answering,
                "probability": candidate.probability,
                **asdict(candidate.signals),
            }
            for candidate in last.candidates[:_KEPT]
        ],
        "passages": [
            {
                "documents": documents.named([passage.article], question),
                "start": passage.start,
                "end": passage.end,
                "score": passage.score,
            }
            for passage in last.answer.passages
        ],
    }


def _prediction(row: dict[str, Any]) -> Prediction:
    known = {name: row[name] for name in _FIELDS if name in row}
    lists = {name: tuple(known.get(name) or ()) for name in ("citations", "quotes", "retrieved")}
    return Prediction(**{**known, **lists})

"""A question set put to the product: the same path as the page's, every signal kept, resumable."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from index import Library
from index.errors import QuestionError
from rag.answers import Answer, Turn
from rag.evaluation.documents import Documents
from rag.evaluation.question_set import Question
from rag.evaluation.scoring import Prediction, Verdict, verdict
from rag.model import engine
from rag.pipeline import NO_MODEL, steps
from rag.run import Run

Answering = Callable[[Run, Sequence[Turn], Library], Generator[Answer]]
_MARKERS = re.compile(r"\s*\[\d+\]")
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
    """What answers, loaded, and its name; `model` is a GGUF file, NO_MODEL, or None for the default one."""
    if model == NO_MODEL:
        return lambda run, history, library: steps(run, history, library, NO_MODEL), str(NO_MODEL)
    loaded = engine.load(model)
    return lambda run, history, library: steps(run, history, library, loaded), Path(loaded.path).name


def evaluate(
    questions: Sequence[Question],
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


def predict(question: Question, documents: Documents, answering: Answering) -> Prediction:
    """One question's answer, with the documents it cites and found named as the set names them."""
    run = Run(Answer(question.text.strip()), documents.scope(question))
    for _ in answering(run, question.history, documents.library):
        pass  # each step leaves its mark on the run
    answer = run.answer
    return Prediction(
        qid=question.qid,
        answer=_MARKERS.sub("", answer.text),
        refused=not answer.answered,
        citations=documents.named((c.article for c in answer.citations), question),
        quotes=tuple(citation.quote for citation in answer.citations),
        retrieved=documents.named((passage.article for passage in answer.passages), question),
        confidence=answer.confidence,
        seconds=answer.timings.get("total"),
        first_token_seconds=answer.timings.get("first_word"),
        signals=_signals(run, documents, question),
    )


def _signals(run: Run, documents: Documents, question: Question) -> dict[str, Any]:
    """Whatever thresholds and weights may be fitted to without asking again."""
    return {
        **(asdict(run.signals) if run.signals is not None else {}),
        "understood": run.answer.understood,
        "reason": run.answer.reason,
        "drafts": list(run.drafts),
        "timings": dict(run.answer.timings),
        "passages": [
            {
                "documents": documents.named([passage.article], question),
                "start": passage.start,
                "end": passage.end,
                "score": passage.score,
                "read": passage in run.found.read,
            }
            for passage in run.answer.passages
        ],
    }


def _prediction(row: dict[str, Any]) -> Prediction:
    known = {name: row[name] for name in _FIELDS if name in row}
    lists = {name: tuple(known.get(name) or ()) for name in ("citations", "quotes", "retrieved")}
    return Prediction(**{**known, **lists})

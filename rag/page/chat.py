"""A conversation in one browser tab: a question on its way, its pictures, its end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from index.errors import DatelineError
from rag.answers import Answer, Turn
from rag.page import view

Ask = Callable[[str, Sequence[Turn]], Generator[Answer]]  # question and earlier turns to snapshots

_UPDATES = 0.08  # seconds between two pictures of an answer in the making: more only makes the browser work
_HEARTBEAT = 0.5  # seconds after which a picture is given again, so that a closed tab is noticed
_PATIENCE = 0.1  # seconds between two looks at whether a waiting question was stopped
_LOOKING = "Looking through the articles…"
_WAITING = "Waiting: another question is being answered…"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """What a tab shows at one moment: earlier turns (None: as before), the live turn, and the phase."""

    past: str | None
    live: str
    phase: str  # "first", "more" or "last" picture of a question


@dataclass
class Conversation:
    """What one browser tab has asked and been shown."""

    turns: list[Turn] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    run: Run | None = None

    def stop(self) -> None:
        """Stop the answer in the making, if there is one."""
        if self.run is not None:
            self.run.stop.set()


class Run:
    """One question on its way, in a thread of its own, so that stopping never waits for the model."""

    def __init__(self, stream: Callable[[], Generator[Answer]], model_free: threading.Lock) -> None:
        self.latest: Answer | None = None
        self.error: Exception | None = None
        self.started = threading.Event()
        self.stop = threading.Event()
        self.done = threading.Event()
        self._stream = stream
        self._model_free = model_free
        threading.Thread(target=self._work, name="answer", daemon=True).start()

    def _work(self) -> None:
        try:
            while not self._model_free.acquire(timeout=_PATIENCE):
                if self.stop.is_set():
                    return
            try:
                self._read()
            finally:
                self._model_free.release()
        except Exception as error:  # noqa: BLE001 - whatever it was, the reader gets an answer's end, not silence
            self.error = error
        finally:
            self.done.set()

    def _read(self) -> None:
        if self.stop.is_set():
            return
        self.started.set()
        snapshots = self._stream()
        try:
            for self.latest in snapshots:
                if self.stop.is_set():
                    return
        finally:
            snapshots.close()

    def bodies(self) -> Iterator[str]:
        """What to show in the answer's place until it is done or stopped, sometimes the same again.

        Gradio can close a generator only while it is not running, so this one never runs for long.
        """
        shown: object = None
        due = 0.0
        while not self.done.wait(_UPDATES) and not self.stop.is_set():
            now = (self.started.is_set(), self.latest)
            if now != shown or time.monotonic() >= due:
                shown, due = now, time.monotonic() + _HEARTBEAT
                yield self._body()

    def _body(self) -> str:
        if self.latest is not None:
            return view.unfinished(self.latest)
        return view.waiting(_LOOKING if self.started.is_set() else _WAITING)

    def outcome(self, number: int) -> tuple[str, str]:
        """How it ended: the state and what to show, as the turn with this number."""
        if self.stop.is_set():
            return "stopped", view.stopped()
        if self.error is not None:
            return "failed", view.trouble(explain(self.error))
        if self.latest is None:
            return "failed", view.trouble("No answer came back. Ask the question again.")
        return ("answered" if self.latest.answered else "refused"), view.finished(self.latest, number)


class Chat:
    """All tabs' conversations with one model, which answers one question at a time."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._model_free = threading.Lock()

    def respond(self, asked: str, conversation: Conversation) -> Iterator[Picture]:
        """Answer one question; closing the iterator stops the model. Nothing asked: no pictures."""
        question = asked.strip()
        if not question or conversation.run is not None:
            return
        number, history = len(conversation.shown) + 1, tuple(conversation.turns)
        run = conversation.run = Run(lambda: self._ask(question, history), self._model_free)
        try:
            waiting = view.turn(number, question, view.waiting(_LOOKING), "waiting")
            yield Picture("".join(conversation.shown), waiting, "first")
            for body in run.bodies():
                yield Picture(None, view.turn(number, question, body, "writing"), "more")
            state, body = run.outcome(number)
            conversation.shown.append(view.turn(number, question, body, state))
            if run.latest is not None and state in ("answered", "refused"):
                conversation.turns.append(Turn(question, run.latest.text or run.latest.reason))
            conversation.run = None
            yield Picture(None, conversation.shown[-1], "last")
        finally:  # a closed tab ends here, at any of the pictures
            run.stop.set()
            conversation.run = None


class Preparation:
    """Loads the weights once for all tabs and tells each of them how far it is."""

    def __init__(self, stages: Callable[[], Iterable[view.Stage]] | None) -> None:
        self._stages = stages
        self._now = ""
        self._done = threading.Event()
        self._first = threading.Lock()

    def watch(self) -> Iterator[str]:
        """The line to show, again and again; the last one is empty, or says what went wrong."""
        if self._first.acquire(blocking=False):
            threading.Thread(target=self._work, name="preparation", daemon=True).start()
        while not self._done.wait(_HEARTBEAT / 2):
            yield self._now
        yield self._now

    def _work(self) -> None:
        try:
            for now in self._stages() if self._stages else ():
                self._now = view.stage(now)
            self._now = ""
        except Exception as error:  # noqa: BLE001 - as above
            self._now = view.trouble(explain(error))
        finally:
            self._done.set()


def explain(error: Exception) -> str:
    """An error in words for the page; one that no reader can mend goes to the log as well."""
    if isinstance(error, DatelineError):
        return str(error)
    _log.error("answering failed", exc_info=error)
    return (
        f"Something inside Dateline failed ({type(error).__name__}: {error}). Ask again; if it keeps "
        "happening, the terminal that Dateline runs in shows where."
    )

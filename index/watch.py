"""Keeps a library in step with its folders while they change, until it is interrupted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from index.errors import DatelineError, LibraryError
from index.library import Library
from index.report import Report
from index.rules import below

# A change is followed once so many milliseconds have passed without another, or so many in all.
_QUIET_MS, _MOST_MS = 300, 3_000
_TICK_MS = 1_000  # how often a folder that was away is looked for
_AGAIN = 5.0  # seconds after which a sync that failed is tried again

Identity = tuple[int, int] | None


class Stop(Protocol):
    """What ends the watch, such as a `threading.Event`."""

    def is_set(self) -> bool:
        """True once the watch should end."""


def watch(
    library: Library,
    folders: Sequence[Path],
    sync: Callable[[], Report],
    failed: Callable[[DatelineError], None],
    stop: Stop | None = None,
) -> Iterator[Report]:
    """A report of each sync that changed something; `sync` is called whenever something may have changed.

    Begins with a sync, for what has changed since the caller's own. An error goes to `failed`, once, and
    the sync is tried again.
    """
    state = _State(sync, failed)
    while stop is None or not stop.is_set():
        here = {folder: _identity(folder) for folder in folders}
        present = [folder for folder, identity in here.items() if identity]
        state.dirty = True
        for changed in _ticks(present, library.path, stop):
            state.dirty = state.dirty or changed
            if report := state.step():
                yield report
            # A folder that came back, or was replaced, has to be watched anew.
            if here != {folder: _identity(folder) for folder in folders}:
                break


class _State:
    """Whether a sync is due, and what the last one said."""

    def __init__(self, sync: Callable[[], Report], failed: Callable[[DatelineError], None]) -> None:
        self.dirty = True
        self._sync = sync
        self._failed = failed
        self._error = ""
        self._skipped: object = None
        self._not_before = 0.0

    def step(self) -> Report | None:
        """Sync if it is due; the report if there is anything new in it."""
        if not self.dirty or time.monotonic() < self._not_before:
            return None
        try:
            report = self._sync()
        except DatelineError as error:
            self._not_before = time.monotonic() + _AGAIN
            if str(error) != self._error:
                self._error = str(error)
                self._failed(error)
            return None
        self.dirty, self._error, self._not_before = False, "", 0.0
        news = (report.added, report.changed, report.moved, report.removed) != (0, 0, 0, 0)
        news = news or (self._skipped is not None and report.skipped != self._skipped)
        self._skipped = report.skipped
        return report if news else None


def _ticks(folders: Sequence[Path], library: Path, stop: Stop | None) -> Iterator[bool]:
    """True after each burst of changes in the folders, False now and then without one."""
    if not folders:
        time.sleep(_TICK_MS / 1000)
        yield False
        return
    from watchfiles import watch as changes  # only a watch needs it

    own = str(library.resolve())
    try:
        for burst in changes(
            *folders,
            watch_filter=lambda _, path: _counts(path, own),
            debounce=_MOST_MS,
            step=_QUIET_MS,
            rust_timeout=_TICK_MS,
            yield_on_timeout=True,
            stop_event=stop,
            ignore_permission_denied=True,
        ):
            yield bool(burst)
    except FileNotFoundError:
        return  # gone since it was looked at
    except OSError as error:
        raise LibraryError(
            f"The folders cannot be watched ({error}). Where there are too many of them for the system, "
            "raise fs.inotify.max_user_watches, or set WATCHFILES_FORCE_POLLING=1."
        ) from error


def _counts(path: str, library: str) -> bool:
    """False for hidden files and for what is written to the library itself, which may lie in the folder."""
    return not os.path.basename(path).startswith(".") and not below(path, library)


def _identity(folder: Path) -> Identity:
    try:
        state = folder.stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino

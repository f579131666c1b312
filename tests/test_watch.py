"""A watched folder: every change reaches the library, and whoever reads it, without a restart."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Spawned

from index import Library, Report
from index.errors import DatelineError
from index.lock import writing
from index.watch import watch
from rag import ask
from rag.page.chat import Chat, Conversation

SECONDS = 30.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "news").mkdir()
    for name in ("Oslo", "Lima", "Cairo"):
        write(tmp_path / "news", name, "a bridge")
    return tmp_path / "news"


def write(folder: Path, city: str, thing: str) -> Path:
    path = folder / f"{city}.txt"
    path.write_text(f"{city} gets {thing}\n\nThe mayor of {city} opened {thing} on Friday.\n")
    return path


class Watched:
    """A watch in a thread of its own, with what it tells."""

    def __init__(self, library: Library, *folders: Path) -> None:
        self.reports: queue.SimpleQueue[Report] = queue.SimpleQueue()
        self.errors: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.syncs = 0
        self._library, self._folders = library, folders
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def _sync(self) -> Report:
        self.syncs += 1
        return self._library.sync(*self._folders, lock_seconds=0.1)

    def _work(self) -> None:
        def failed(error: DatelineError) -> None:
            self.errors.put(str(error))

        for report in watch(self._library, self._folders, self._sync, failed, self._stop):
            self.reports.put(report)

    def __enter__(self) -> Watched:
        self._thread.start()
        until(lambda: self.syncs > 0)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


def until(true: Callable[[], bool]) -> None:
    """Wait for it; the test fails when it does not come."""
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def library(folder: Path, tmp_path: Path) -> Library:
    library = Library(tmp_path / "library")
    library.sync(folder)
    return library


def test_changes_are_followed_until_it_is_stopped(library: Library, folder: Path) -> None:
    with Watched(library, folder) as watched:
        write(folder, "Quito", "a tram")
        report = watched.reports.get(timeout=SECONDS)
        assert (report.added, report.articles) == (1, 4)
        (folder / "Lima.txt").rename(folder / "Lima, again.txt")
        write(folder, "Oslo", "a theatre")
        (folder / "Cairo.txt").unlink()
        report = watched.reports.get(timeout=SECONDS)
        assert (report.changed, report.moved, report.removed) == (1, 1, 1)
        (folder / "deep" / "er").mkdir(parents=True)
        write(folder / "deep" / "er", "Turin", "a dam")
        assert watched.reports.get(timeout=SECONDS).added == 1
    assert watched.errors.empty()


def test_a_burst_of_changes_is_one_sync(library: Library, folder: Path) -> None:
    with Watched(library, folder) as watched:
        time.sleep(2)  # the sync that the watch begins with is over
        before = watched.syncs
        for number in range(30):
            write(folder, f"Town {number}", "a bridge")
            time.sleep(0.01)
        total = 0
        while total < 30:
            total += watched.reports.get(timeout=SECONDS).added
        assert watched.syncs - before <= 3


def test_a_library_in_its_own_folder_does_not_wake_its_watch(folder: Path) -> None:
    library = Library(folder / "library")
    library.sync(folder)
    with Watched(library, folder) as watched:
        write(folder, "Quito", "a tram")
        assert watched.reports.get(timeout=SECONDS).added == 1
        time.sleep(2.5)
        done = watched.syncs
        time.sleep(2.5)
        assert watched.syncs == done


def test_an_error_is_told_once_and_the_watch_goes_on(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.watch._AGAIN", 0.5)
    with Watched(library, folder) as watched:
        until(lambda: watched.syncs == 1)
        with writing(library.path, 1):
            write(folder, "Quito", "a tram")
            assert f"pid {os.getpid()}" in watched.errors.get(timeout=SECONDS)
            tried = watched.syncs
            until(lambda: watched.syncs > tried)
        assert watched.reports.get(timeout=SECONDS).added == 1
    assert watched.errors.empty()


def test_a_folder_that_goes_and_comes_back_is_followed_again(
    library: Library, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.watch._AGAIN", 0.5)
    with Watched(library, folder) as watched:
        folder.rename(tmp_path / "aside")
        assert "There is no folder" in watched.errors.get(timeout=SECONDS)
        assert library.status().articles == 3
        shutil.copytree(tmp_path / "aside", folder)
        time.sleep(2)
        write(folder, "Quito", "a tram")
        until(lambda: library.status().articles == 4)


@pytest.fixture
def watching(spawned: Spawned, library: Library, folder: Path) -> subprocess.Popen[str]:
    """The command in a process of its own, past its first sync."""
    process = spawned("index", folder, "--watch", "--library", library.path, stderr=subprocess.STDOUT)
    assert process.stdout
    for line in process.stdout:
        if line.startswith("Watching"):
            break
    return process


def test_open_readers_see_each_change_of_another_process(
    library: Library, folder: Path, watching: subprocess.Popen[str]
) -> None:
    page = Chat(lambda question, history: ask(question, library=library.path, model=Path("none")))
    conversation = Conversation()

    def answer(question: str) -> str:
        *_, last = page.respond(question, conversation)
        return last.live

    def found(word: str) -> int:
        with library.snapshot() as snap:
            return len(snap.search_text(word, 5))

    assert "a bridge" in answer("What did the mayor of Oslo open?")
    with library.snapshot() as before:
        write(folder, "Oslo", "a planetarium")
        until(lambda: found("planetarium") == 1)
        assert before.search_text("planetarium", 5) == []  # a question under way keeps its view
    assert "a planetarium" in answer("What did the mayor of Oslo open?")
    (folder / "Oslo.txt").unlink()
    until(lambda: found("planetarium") == 0)
    assert "planetarium" not in answer("What did the mayor of Oslo open?").split("</h2>")[1]
    assert conversation.run is None


def test_ctrl_c_ends_the_command_and_the_lock_is_free(
    library: Library, folder: Path, watching: subprocess.Popen[str]
) -> None:
    write(folder, "Quito", "a tram")
    assert watching.stdout
    assert "1 added" in watching.stdout.readline()
    assert library.sync(folder, lock_seconds=1).unchanged == 4  # held only while syncing
    watching.send_signal(signal.SIGINT)
    rest, _ = watching.communicate(timeout=SECONDS)
    assert watching.returncode == 130
    assert "Traceback" not in rest
    assert "kept" in rest

"""Kills indexing, watching and rebuilding at random moments, and looks whether anything is lost or half done.

    python tests/benchmarks/kills.py [--kills 200] [--seed 1]

Before each kill a folder of short articles changes at random; the command is then killed (SIGKILL) at a random moment
of its writing. All the while questions are asked of the library, without a model: none may fail or see half an article.
After each kill the next run has to end with a library equal to one that was built without a kill, and `dateline
doctor` has to find nothing. Exits with 1 when anything was otherwise. Takes half a minute a kill.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))  # run by path, a script sees only its own folder

import numpy as np  # noqa: E402  # found through the line above

from index import Library  # noqa: E402
from index.doctor import examine  # noqa: E402
from index.snapshot import Snapshot  # noqa: E402
from rag import answer  # noqa: E402
from tests.benchmarks.changing import Folder  # noqa: E402

MODES = {"index": [], "watch": ["--watch"], "rebuild": ["--rebuild"]}
# As the command, but for new vectors after every few changes, so that kills meet their building as well.
PROGRAM = (
    "import index.publish as p; p.REBUILD_CHUNKS, p.REBUILD_SHARE = 5, 0.0; "
    "from rag.cli import app; app(prog_name='dateline')"
)
PATIENCE = 60.0  # seconds for a command to begin to write
QUESTIONS = (
    "What did the council of ward 7 decide?",
    "Who opened the tram line?",
    "When was the bridge built?",
)


class Reader:
    """Asks a library questions, over and over, in a thread of its own."""

    def __init__(self, texts: set[str]) -> None:
        self.library: Library | None = None
        self.asked = 0
        self.failures: list[str] = []
        self.chunks: dict[str, set[tuple[tuple[int, int], ...]]] = {}
        self._texts = texts
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        for question in itertools.cycle(QUESTIONS):
            library = self.library
            if self._stop.wait(0.05):  # a reader, not a load test
                return
            if library is None or not library.exists:
                continue
            try:
                self._ask(library, question)
                self.asked += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
                if "There is no library" not in str(error):  # its first tables are being made
                    self.failures.append(f"{question}: {type(error).__name__}: {error}")

    def _ask(self, library: Library, question: str) -> None:
        if self.asked % 5 == 0:
            answer(question, library=library, model=Path("none"))
        vector = library.embedder.embed([question])[0]
        with library.snapshot() as snap:
            hits = [*snap.search_text(question, 10), *snap.search_vectors(vector, 10)]
            for chunk in snap.chunks([number for number, _ in hits]):
                article = snap.article(chunk.article)
                assert article.text in self._texts, f"{article.path} was never so"
                spans = tuple((c.start, c.end) for c in snap.article_chunks(article.id))
                self.chunks.setdefault(article.id, set()).add(spans)
                assert len(self.chunks[article.id]) == 1, f"{article.path} was seen in part"


def killed(mode: str, library: Library, folder: Folder, chance: random.Random, longest: float) -> bool:
    """Start the command and kill it while it writes; False when it was done before that."""
    program = [sys.executable, "-c", PROGRAM, "index", str(folder.path), *MODES[mode]]
    process = subprocess.Popen(
        [*program, "--library", str(library.path)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    if mode == "watch":
        for line in process.stderr:
            if line.startswith("Watching"):
                break
        time.sleep(1.5)  # past the sync that a watch begins with
        folder.change()
    writing = until_writing(library, process)
    time.sleep(chance.uniform(0, longest))
    in_time = writing and process.poll() is None and holder(library) == process.pid
    process.kill()
    process.communicate()
    return in_time


def until_writing(library: Library, process: subprocess.Popen[str]) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if holder(library) == process.pid:
            return True
        time.sleep(0.002)
    return False


def holder(library: Library) -> int:
    try:
        return int((library.path / "write.pid").read_text())
    except (OSError, ValueError):
        return 0


def compared(library: Library, clean: Library) -> str:
    """What differs between the two libraries; nothing when they are equal."""
    with library.snapshot() as ours, clean.snapshot() as theirs:
        if ours.article_ids() != theirs.article_ids():
            return "other articles"
        for key in theirs.article_ids():
            if ours.article(key) != theirs.article(key):
                return f"another article at {theirs.article(key).path}"
            chunks = [snap.article_chunks(key) for snap in (ours, theirs)]
            one, two = ([(chunk.start, chunk.end) for chunk in found] for found in chunks)
            if one != two:
                return f"other chunks of {theirs.article(key).path}"
            mine, other = (
                snap.vectors([chunk.id for chunk in found])
                for snap, found in zip((ours, theirs), chunks, strict=True)
            )
            if not np.allclose(mine, other, atol=0.05):
                return f"other vectors of {theirs.article(key).path}"
        words = [[hit for hit, _ in named(snap)] for snap in (ours, theirs)]
        if words[0] != words[1]:
            return "other words"
    faults = [check for check in examine(library, False) if check.state != "ok"]
    return faults[0].found if faults else ""


def named(snap: Snapshot) -> list[tuple[tuple[str, int], float]]:
    """Every hit of the word index for common words, by article and place."""
    hits = snap.search_text("council ward day approved refused discussed number", 100_000)
    chunks = snap.chunks([number for number, _ in hits])
    return sorted(((c.article, c.start), score) for c, (_, score) in zip(chunks, hits, strict=True))


def kill_again_and_again(kills: int, chance: random.Random, home: Path) -> tuple[list[str], list[str]]:
    """Kill so many times; what differed afterwards, and which questions failed."""
    folder = Folder(home / "news", chance)
    reader = Reader(folder.texts)
    longest = dict.fromkeys(MODES, 3.0)
    done: Counter[str] = Counter()
    failures: list[str] = []
    late = lives = 0
    library = Library(home / "0")
    try:
        while done.total() < kills:
            mode = chance.choice(list(MODES))
            if chance.random() < 0.25:  # from nothing
                lives += 1
                library = Library(home / str(lives))
            reader.library = library
            folder.change()
            if not killed(mode, library, folder, chance, longest[mode]):
                late += 1
                longest[mode] = max(0.2, longest[mode] * 0.8)
                continue
            longest[mode] *= 1.1
            done[mode] += 1
            if difference := after_the_next_run(library, folder.path, home / "clean"):
                failures.append(f"after kill {done.total()} ({mode}): {difference}")
                print(failures[-1], flush=True)
            if done.total() % 10 == 0 or done.total() == kills:
                print(
                    f"{done.total()} kills while writing {dict(done)}, {late} more came too late;"
                    f" {len(failures)} libraries differ from one built without a kill;"
                    f" {reader.asked} questions in between, {len(reader.failures)} failed",
                    flush=True,
                )
    finally:
        reader.stop()
    return failures, reader.failures


def after_the_next_run(library: Library, folder: Path, elsewhere: Path) -> str:
    """What is wrong with the library once it has been synced again; nothing when all is well."""
    clean = Library(elsewhere)
    try:
        library.sync(folder)
        clean.sync(folder)
        return compared(library, clean)
    except Exception as error:  # noqa: BLE001 - as above
        return f"{type(error).__name__}: {error}"
    finally:
        shutil.rmtree(elsewhere, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="kills-"))
    os.environ["XDG_DATA_HOME"] = str(home)
    failures, failed = kill_again_and_again(options.kills, random.Random(options.seed), home)
    if not failures and not failed:
        shutil.rmtree(home, ignore_errors=True)
        return 0
    print("\n".join([*failed[:10], f"What was left is in {home}"]))
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""A folder that changes at random, and the library that has to follow it: a state machine for hypothesis."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from numpy.typing import NDArray

from index import Library, Report, plan, publish
from index.article import Article
from index.articles import read_article
from index.drafts import embedded_text, heading
from index.embedder import Embedder
from index.sidecar import load_sidecar

STEPS = 60  # a run, that is, one folder's life
PICK = st.integers(0, 999)  # one of the files, or folders, that are there by then
NUMBER = st.integers(0, 40)  # few, so that the same text comes back
PLACES = ("", "a", "b", "a/c", "d 'quoted' ü")
NAMES = ("one.txt", "two.txt", "three.md", "four.txt", "5.txt", "Über uns.md")
PLACE, NAME = st.sampled_from(PLACES), st.sampled_from(NAMES)
BAD = (b"", b" \n\n", b"The mayor \xff\xfe spoke.", b"\x00\x01\x02")
TIMES = (1_000_000_000, 1_600_000_000, 1_600_000_000, 1_700_000_000)  # seconds since 1970
TITLES = (None, None, "Zeppelins over the fjord", "A quiet day", "One of 24 bridges")
WORDS = "mayor council ward bridge day note theatre approved"


def text_of(number: int) -> bytes:
    """An article, the same one for the same number; of some the first line is no title."""
    opening = f"Ward {number} and its bridge\n\n" if number % 3 else ""
    sentences = [
        f"The mayor of ward {number} approved the bridge number {number * 7 + day} on day {day}, and the council "
        f"of the theatre {'did not speak' if day % 2 else 'spoke at some length'} about what it will cost."
        for day in range(1 + number % 9)
    ]
    return f"{opening}{' '.join(sentences)}\n".encode()


class Recorder(Embedder):
    """The real embedder, which keeps the texts it is given."""

    def __init__(self) -> None:
        super().__init__()
        self._given: list[str] = []

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        self._given.extend(texts)
        return super().embed(texts)

    def taken(self) -> Counter[str]:
        """What was embedded since this was last asked."""
        given = Counter(self._given)
        self._given.clear()
        return given


@cache
def recorder() -> Recorder:
    return Recorder()


class ChangingFolder(RuleBasedStateMachine):
    """Changes a folder at random and syncs now and then; the library has to equal the folder."""

    operations = 0  # in all runs
    syncs = 0

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="folder-"))
        self.folder = self.home / "news"
        self.folder.mkdir()
        self.library = Library(self.home / "library", recorder())
        self.held: dict[str, str] = {}  # the library's articles, with what of their titles is embedded
        self.patches = pytest.MonkeyPatch()
        # So that unchanged files are passed over, and new vectors are published, in a folder so young and small.
        self.patches.setattr(plan, "_SETTLED_NS", 30_000_000)
        self.patches.setattr(publish, "REBUILD_CHUNKS", 150)
        recorder().taken()

    @initialize()
    def first(self) -> None:
        self._write(self.folder / "one.txt", text_of(1))
        self.sync()

    @rule(place=PLACE, name=NAME, number=NUMBER)
    def write(self, place: str, name: str, number: int) -> None:
        self._write(self.folder / place / name, text_of(number))

    @rule(place=PLACE, name=NAME, data=st.sampled_from(BAD))
    def write_what_is_no_article(self, place: str, name: str, data: bytes) -> None:
        self._write(self.folder / place / name, data)

    @precondition(lambda self: self._files())
    @rule(pick=PICK, number=NUMBER)
    def append(self, pick: int, number: int) -> None:
        path = self._file(pick)
        self._write(path, path.read_bytes()[:5_000] + f"A note {number} of the day was added.\n".encode())

    @precondition(lambda self: self._files())
    @rule(pick=PICK, keep_time=st.booleans())
    def change_a_letter(self, pick: int, keep_time: bool) -> None:
        """In place, so that size and inode, and perhaps the time, stay as they were."""
        path = self._file(pick)
        state, data = path.stat(), path.read_bytes()
        with path.open("r+b") as file:
            file.write(
                data.replace(b"mayor", b"major") if b"mayor" in data else data.replace(b"major", b"mayor")
            )
        if keep_time:
            os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
        self._count()

    @precondition(lambda self: self._files())
    @rule(pick=PICK, place=PLACE, name=NAME)
    def move(self, pick: int, place: str, name: str) -> None:
        self._put(self._file(pick).replace, self.folder / place / name)

    @precondition(lambda self: self._files())
    @rule(pick=PICK, place=PLACE, name=NAME, keep_time=st.booleans())
    def copy(self, pick: int, place: str, name: str, keep_time: bool) -> None:
        path = self._file(pick)
        with contextlib.suppress(shutil.SameFileError):
            self._put(
                lambda to: (shutil.copy2 if keep_time else shutil.copyfile)(path, to),
                self.folder / place / name,
            )

    @precondition(lambda self: len(self._files()) > 1)
    @rule(one=PICK, other=PICK)
    def swap(self, one: int, other: int) -> None:
        first, second, aside = self._file(one), self._file(other), self.folder / ".aside"
        first.rename(aside)
        if second != first:
            second.rename(first)
        aside.rename(second)
        self._count()

    @precondition(lambda self: self._files())
    @rule(pick=PICK)
    def delete(self, pick: int) -> None:
        self._file(pick).unlink()
        self._count()

    @rule(place=st.sampled_from(PLACES[1:]))
    def delete_folder(self, place: str) -> None:
        shutil.rmtree(self.folder / place, ignore_errors=True)
        self._count()

    @precondition(lambda self: any(folder.name != "news" for folder in self._folders()))
    @rule(pick=PICK, place=st.sampled_from(("e", "a/f")))
    def rename_folder(self, pick: int, place: str) -> None:
        folders = self._folders()[1:]
        target = self.folder / place
        source = folders[pick % len(folders)]
        if not target.exists() and not target.is_relative_to(source):
            self._put(source.rename, target)

    @precondition(lambda self: self._files())
    @rule(pick=PICK, seconds=st.sampled_from(TIMES))
    def touch(self, pick: int, seconds: int) -> None:
        os.utime(self._file(pick), (seconds, seconds))
        self._count()

    @rule(
        place=PICK,
        names=st.sets(NAME, min_size=1, max_size=3),
        title=st.sampled_from(TITLES),
        year=st.sampled_from((None, 2021, "2023-09")),
    )
    def describe(self, place: int, names: set[str], title: str | None, year: object) -> None:
        folders = self._folders()
        entry = {k: v for k, v in (("title", title), ("published", year), ("source", "The Bridge")) if v}
        path = folders[place % len(folders)] / "metadata.json"
        self._write(path, json.dumps(dict.fromkeys(sorted(names), entry)).encode())

    @rule(place=PICK)
    def describe_no_more(self, place: int) -> None:
        folders = self._folders()
        (folders[place % len(folders)] / "metadata.json").unlink(missing_ok=True)
        self._count()

    @rule()
    def sync(self) -> None:
        self._check(self.library.sync(self.folder))
        ChangingFolder.syncs += 1

    @rule()
    def sync_twice(self) -> None:
        self.sync()
        report = self.library.sync(self.folder)
        assert (report.added, report.changed, report.moved, report.removed) == (0, 0, 0, 0), report
        self._check(report)

    def teardown(self) -> None:
        try:
            self.sync()
            self._equals(Library(self.home / "fresh", recorder()))
        finally:
            self.patches.undo()
            shutil.rmtree(self.home)

    def _check(self, report: Report) -> None:
        """The library holds what the folder holds, and nothing was embedded that it knew."""
        expected, bad = self._expected()
        assert {skipped.path for skipped in report.skipped} == bad
        texts: Counter[str] = Counter()
        with self.library.snapshot() as snap:
            assert {key: snap.article(key) for key in snap.article_ids()} == expected
            assert report.articles == len(expected)
            numbers = []
            for key, article in expected.items():
                chunks = snap.article_chunks(key)
                assert all(chunk.text == article.text[chunk.start : chunk.end] for chunk in chunks)
                assert chunks
                numbers += [chunk.id for chunk in chunks]
                if self.held.get(key) != heading(article):
                    texts.update(embedded_text(heading(article), chunk.text) for chunk in chunks)
            vector = np.ones(384, np.float32) / np.float32(384**0.5)
            near = [number for number, _ in snap.search_vectors(vector, len(numbers) + 10)]
            assert sorted(near) == sorted(numbers)
            hits = [number for number, _ in snap.search_text(WORDS, len(numbers) + 10)]
            assert set(hits) <= set(numbers)
            assert len(set(hits)) == len(hits)
        assert recorder().taken() == texts
        self.held = {key: heading(article) for key, article in expected.items()}

    def _expected(self) -> tuple[dict[str, Article], set[Path]]:
        """The articles that the folder holds now, read afresh, and its files that are none."""
        paths: dict[str, Path] = {}
        bad = set()
        for path in sorted(self._files(), key=str):
            data = path.read_bytes()
            if data in BAD or b"\xff" in data or b"\x00" in data:
                bad.add(path)
            else:
                paths.setdefault(hashlib.sha256(data).hexdigest(), path)
        articles = {}
        for key, path in paths.items():
            entry = load_sidecar(path.parent).get(path.name)
            articles[key] = read_article(path, json.dumps(entry) if entry is not None else "")
            assert articles[key].text.encode() == path.read_bytes()
        return articles, bad

    def _equals(self, fresh: Library) -> None:
        """A library that is built now from the same folder can't be told from this one."""
        if not self.held:
            return  # of a folder without an article none is made
        fresh.sync(self.folder)
        recorder().taken()
        states = []
        for library in (self.library, fresh):
            with library.snapshot() as snap:
                chunks = [chunk for key in sorted(snap.article_ids()) for chunk in snap.article_chunks(key)]
                places = {chunk.id: (chunk.article, chunk.start, chunk.end) for chunk in chunks}
                hits = sorted((places[i], round(score, 9)) for i, score in snap.search_text(WORDS, 10_000))
                articles = [snap.article(key) for key in snap.article_ids()]
                states.append((articles, list(places.values()), hits, snap.vectors(list(places))))
        assert states[0][:3] == states[1][:3]
        np.testing.assert_allclose(states[0][3], states[1][3], atol=1e-5)

    def _folders(self) -> list[Path]:
        return [self.folder, *sorted(path for path in self.folder.rglob("*") if path.is_dir())]

    def _files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.suffix in (".txt", ".md"))

    def _file(self, pick: int) -> Path:
        files = self._files()
        return files[pick % len(files)]

    def _write(self, path: Path, data: bytes) -> None:
        self._put(lambda to: to.write_bytes(data), path)

    def _put(self, step: Any, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        step(target)
        self._count()

    def _count(self) -> None:
        ChangingFolder.operations += 1


def run(operations: int, first_seed: int) -> None:
    """Change folders so many times, or a few times more."""
    ChangingFolder.operations = ChangingFolder.syncs = 0
    number = first_seed
    while (left := operations - ChangingFolder.operations) > 0:
        seed(number)(ChangingFolder)
        run_state_machine_as_test(
            ChangingFolder,
            settings=settings(
                max_examples=max(10, left // STEPS),
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
        number += 1

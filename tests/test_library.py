"""A library equals its folders: what comes, changes, moves and goes; who may write; what survives a kill."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from index import Library, Report
from index.article import Scope
from index.errors import LibraryError
from index.snapshot import Snapshot

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"
CITIES = (
    "Oslo",
    "Lima",
    "Cairo",
    "Hanoi",
    "Quito",
    "Dakar",
    "Turin",
    "Perth",
    "Osaka",
    "Tunis",
    "Porto",
    "Delhi",
)
THINGS = ("a bridge", "a library", "a tram line", "a hospital", "a fish market", "a theatre", "a dam")


def story(number: int) -> str:
    """A short article unlike the others."""
    city, thing = CITIES[number % len(CITIES)], THINGS[number % len(THINGS)]
    return (
        f"{city} gets {thing}\n\nThe mayor of {city} opened {thing} on day {number} of the year. "
        f"It cost {number * 7 + 3} million and took {number % 9 + 2} years to build.\n"
    )


def write(folder: Path, numbers: range | list[int]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (folder / f"story{number:03}.txt").write_text(story(number))
    return folder


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return report.added, report.changed, report.moved, report.removed, report.unchanged


def contents(library: Library) -> dict[str, object]:
    """All a reader can see of each article, its vectors aside."""
    with library.snapshot() as snap:
        whole: dict[str, object] = {}
        for key in snap.article_ids():
            article = snap.article(key)
            chunks = snap.article_chunks(key)
            assert all(article.text[c.start : c.end] == c.text for c in chunks)
            whole[key] = (article, [(c.start, c.end) for c in chunks])
            assert snap.vectors([c.id for c in chunks]).shape == (len(chunks), 384)
        return whole


def paths(library: Library) -> list[str]:
    with library.snapshot() as snap:
        return [snap.article(key).path.name for key in snap.article_ids()]


def found(snap: Snapshot, query: str, scope: Scope | None = None) -> list[str]:
    hits = snap.search_text(query, 500, scope or Scope())
    return sorted({snap.article(chunk.article).path.name for chunk in snap.chunks([i for i, _ in hits])})


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "news", range(4))


def test_seeds_are_found_by_word_and_by_meaning(library: Library) -> None:
    report = library.sync(SEEDS)
    assert counts(report) == (5, 0, 0, 0, 0)
    assert (report.articles, report.skipped) == (5, ())
    with library.snapshot() as snap:
        assert (snap.article_count, snap.chunk_count) == (5, report.chunks)
        (best, _), *_ = snap.search_text("armoured train", 3)
        assert "train" in snap.chunks([best])[0].text
        vector = library.embedder.embed(["Who travelled together with the North Korean leader?"])[0]
        near = snap.search_vectors(vector, 5)
        assert [score for _, score in near] == sorted((score for _, score in near), reverse=True)
        assert any("entourage" in chunk.text for chunk in snap.chunks([i for i, _ in near]))
        own = snap.vectors([near[0][0]])[0]
        assert near[0][1] == pytest.approx(float(own @ vector), abs=1e-4)


def test_an_unchanged_folder_embeds_nothing(library: Library, folder: Path, embedded: list[str]) -> None:
    library.sync(folder)
    assert embedded
    embedded.clear()
    assert counts(library.sync(folder)) == (0, 0, 0, 0, 4)
    assert embedded == []


def test_added_changed_and_removed(library: Library, folder: Path, embedded: list[str]) -> None:
    library.sync(folder)
    embedded.clear()
    write(folder, [4])
    (folder / "story001.txt").write_text(story(1).replace("mayor", "governess"))
    (folder / "story002.txt").unlink()
    assert counts(library.sync(folder)) == (1, 1, 0, 1, 2)
    assert len(embedded) == 2
    assert paths(library) == ["story000.txt", "story001.txt", "story003.txt", "story004.txt"]
    with library.snapshot() as snap:
        assert found(snap, "governess") == ["story001.txt"]
        assert found(snap, "Cairo") == []  # the removed one
        assert snap.document_frequency(["mayor"]) == {"mayor": 3}


def test_a_change_of_the_same_size_and_within_the_same_second(library: Library, folder: Path) -> None:
    library.sync(folder)
    path = folder / "story000.txt"
    state = path.stat()
    path.write_text(story(0).replace("mayor", "miner"))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    path.write_text(story(0).replace("mayor", "baker"))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert counts(library.sync(folder)) == (0, 1, 0, 0, 3)


def test_a_change_whose_time_was_set_back(library: Library, folder: Path) -> None:
    path = folder / "story000.txt"
    os.utime(path, (1_600_000_000, 1_600_000_000))
    library.sync(folder)
    with path.open("r+") as file:  # the size and the inode stay as they are
        file.write(story(0).replace("mayor", "miner"))
    os.utime(path, (1_600_000_000, 1_600_000_000))
    assert counts(library.sync(folder)) == (0, 1, 0, 0, 3)


@pytest.mark.parametrize(
    "name", [pytest.param("renamed.txt", id="renamed"), pytest.param("sub/deep/story.txt", id="moved")]
)
def test_a_moved_file_is_known_by_its_bytes(
    library: Library, folder: Path, embedded: list[str], name: str
) -> None:
    library.sync(folder)
    embedded.clear()
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / "story001.txt").rename(folder / name)
    assert counts(library.sync(folder)) == (0, 0, 1, 0, 3)
    assert embedded == []
    with library.snapshot() as snap:
        assert folder / name in {snap.article(key).path for key in snap.article_ids()}


def test_files_that_change_places_are_not_embedded_again(
    library: Library, folder: Path, embedded: list[str]
) -> None:
    library.sync(folder)
    embedded.clear()
    one, two = folder / "story000.txt", folder / "story001.txt"
    one.rename(folder / "aside")
    two.rename(one)
    (folder / "aside").rename(two)
    assert counts(library.sync(folder)) == (0, 2, 0, 0, 2)
    assert embedded == []
    with library.snapshot() as snap:
        assert {snap.article(k).path.name: snap.article(k).title for k in snap.article_ids()}[
            "story000.txt"
        ] == "Lima gets a library"


def test_the_same_bytes_twice_are_one_article(library: Library, folder: Path, embedded: list[str]) -> None:
    (folder / "copy.txt").write_text(story(0))
    report = library.sync(folder)
    assert (report.added, report.articles, len(embedded)) == (5, 4, report.chunks)
    assert "copy.txt" in paths(library)  # the first by name stands for both
    embedded.clear()
    (folder / "copy.txt").unlink()
    report = library.sync(folder)
    assert (counts(report), report.articles, embedded) == ((0, 0, 0, 1, 4), 4, [])
    assert "story000.txt" in paths(library)


def test_metadata_is_followed(library: Library, folder: Path, embedded: list[str]) -> None:
    library.sync(folder)
    embedded.clear()
    entry: dict[str, str] = {"source": "The Daily Bridge", "published": "2023-09"}
    (folder / "metadata.json").write_text(json.dumps({"story000.txt": entry}))
    assert counts(library.sync(folder)) == (0, 1, 0, 0, 3)
    assert embedded == []  # only a title is part of what is embedded
    entry["title"] = "Zeppelins over the fjord"
    (folder / "metadata.json").write_text(json.dumps({"story000.txt": entry}))
    assert counts(library.sync(folder)) == (0, 1, 0, 0, 3)
    assert len(embedded) == 1
    assert embedded[0].startswith("Zeppelins over the fjord\n")
    with library.snapshot() as snap:
        assert found(snap, "zeppelin") == ["story000.txt"]
        article = snap.article(snap.article_ids()[0])
        assert (article.source, article.known_date) == ("The Daily Bridge", "2023-09")
        assert article.provenance["title"] == "metadata.json"
    (folder / "metadata.json").unlink()
    assert counts(library.sync(folder)) == (0, 1, 0, 0, 3)
    with library.snapshot() as snap:
        assert found(snap, "zeppelin") == []


def test_a_broken_metadata_file_changes_nothing(library: Library, folder: Path, embedded: list[str]) -> None:
    (folder / "metadata.json").write_text(json.dumps({"story000.txt": {"title": "Zeppelins"}}))
    library.sync(folder)
    before = contents(library)
    embedded.clear()
    (folder / "metadata.json").write_text('{"story000.txt": {"title":')
    report = library.sync(folder)
    assert counts(report) == (0, 0, 0, 0, 4)
    assert [s.path.name for s in report.skipped] == ["metadata.json"]
    assert (contents(library), embedded) == (before, [])


BAD_FILES = [
    pytest.param(b"", "holds no text", id="empty"),
    pytest.param(b"abc \xff\xfe def", "not valid UTF-8", id="broken-utf8"),
    pytest.param(b"PK\x03\x04\x00\x00", "binary", id="binary"),
]


@pytest.mark.parametrize(("data", "reason"), BAD_FILES)
def test_what_is_no_article_is_skipped_with_its_reason(
    library: Library, folder: Path, data: bytes, reason: str
) -> None:
    (folder / "bad.txt").write_bytes(data)
    for _ in range(2):  # the second time from memory
        report = library.sync(folder)
        assert [(s.path, reason in s.reason) for s in report.skipped] == [(folder / "bad.txt", True)]
        assert report.articles == 4
    (folder / "bad.txt").write_text(story(9))
    report = library.sync(folder)
    assert (report.added, report.skipped, report.articles) == (1, (), 5)
    (folder / "bad.txt").write_bytes(data)
    report = library.sync(folder)
    assert (len(report.skipped), report.articles) == (1, 4)  # what it held before is no longer there


def test_a_file_that_cannot_be_read_any_more_stays_as_it_was(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.sync(folder)
    path = folder / "story001.txt"
    path.write_text(story(1) + "More.")
    opened = open

    def refuse(name: object, *arguments: object, **named: object) -> object:
        if str(name) == str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(name, *arguments, **named)  # type: ignore[call-overload]  # passed on as given

    monkeypatch.setattr("builtins.open", refuse)
    report = library.sync(folder)
    assert [(s.path, "Permission denied" in s.reason) for s in report.skipped] == [(path, True)]
    assert (report.articles, paths(library)) == (4, [f"story00{n}.txt" for n in range(4)])
    monkeypatch.undo()
    assert counts(library.sync(folder)) == (0, 1, 0, 0, 3)


def test_folders_are_walked_whole_but_for_hidden_things(library: Library, folder: Path) -> None:
    write(folder / "a" / "b", [5])
    write(folder / ".hidden", [6])
    (folder / ".story.txt").write_text(story(7))
    (folder / "story.png").write_text(story(8))
    (folder / "a" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "dangling.txt").symlink_to(folder / "nowhere")
    report = library.sync(folder)
    assert (report.added, report.articles) == (5, 5)
    assert [s.path.name for s in report.skipped] == ["dangling.txt"]


def test_a_library_inside_its_folder_is_not_read(folder: Path) -> None:
    library = Library(folder / "library")
    library.sync(folder)
    (folder / "library" / "note.txt").write_text(story(9))
    assert counts(library.sync(folder)) == (0, 0, 0, 0, 4)


def test_other_folders_stay(library: Library, folder: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other", [10, 11])
    library.sync(folder, other)
    (folder / "story000.txt").unlink()
    (other / "story010.txt").unlink()
    assert counts(library.sync(folder)) == (0, 0, 0, 1, 3)
    assert "story010.txt" in paths(library)
    assert library.sync(other).removed == 1


def test_an_emptied_folder_empties_the_library_of_it(library: Library, folder: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other", [10])
    library.sync(folder, other)
    (other / "story010.txt").unlink()
    assert counts(library.sync(other)) == (0, 0, 0, 1, 0)
    assert len(paths(library)) == 4


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("missing", "There is no folder", id="missing"),
        pytest.param("file.txt", "is a file", id="file"),
        pytest.param("empty", "no article in", id="empty"),
    ],
)
def test_a_wrong_folder_is_refused_and_nothing_is_lost(
    library: Library, folder: Path, tmp_path: Path, name: str, says: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("x")
    with pytest.raises(LibraryError, match=says) as caught:
        library.sync(tmp_path / name)
    assert name in str(caught.value)
    assert not library.exists
    library.sync(folder)
    before = contents(library)
    with pytest.raises(LibraryError, match=says):
        library.sync(folder, tmp_path / name)
    assert contents(library) == before


def test_a_folder_of_nothing_readable_is_refused(library: Library, tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "bad.txt").write_bytes(b"\x00")
    with pytest.raises(LibraryError, match=r"bad\.txt: is a binary file"):
        library.sync(tmp_path / "news")


def test_one_folder_of_nothing_readable_is_named(library: Library, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "bad.txt").write_bytes(b"\x00")
    with pytest.raises(LibraryError, match=r"/bad could be read \(.*binary"):
        library.sync(folder, tmp_path / "bad")
    assert len(paths(library)) == 4


def test_the_only_folder_may_be_emptied(library: Library, folder: Path) -> None:
    library.sync(folder)
    for path in folder.iterdir():
        path.unlink()
    report = library.sync(folder)
    assert (counts(report), report.articles, report.chunks) == ((0, 0, 0, 4, 0), 0, 0)
    with library.snapshot() as snap:
        assert snap.search_text("mayor", 3) == []
        assert snap.search_vectors(np.ones(384, dtype=np.float32), 3) == []


def test_a_date_that_is_none_is_reported_until_it_is_corrected(library: Library, folder: Path) -> None:
    notes = folder / "metadata.json"
    library.sync(folder)
    before = contents(library)
    notes.write_text(json.dumps({"story000.txt": {"published": "someday"}}))
    for _ in range(2):
        report = library.sync(folder)
        assert [(s.path.name, "someday" in s.reason) for s in report.skipped] == [("story000.txt", True)]
        assert contents(library) == before
    write(folder, [9])
    notes.write_text(json.dumps({"story009.txt": {"published": "someday"}}))
    report = library.sync(folder)
    assert ([s.path.name for s in report.skipped], report.articles) == (["story009.txt"], 4)
    notes.write_text(json.dumps({"story009.txt": {"published": "2023"}}))
    report = library.sync(folder)
    assert (report.skipped, report.articles, counts(report)) == ((), 5, (1, 0, 0, 0, 4))


def test_a_missing_library_names_the_command(library: Library) -> None:
    with pytest.raises(LibraryError, match="dateline index FOLDER"), library.snapshot():
        pass
    assert not library.path.exists()


def test_a_library_whose_making_was_cut_short_is_none_yet(library: Library, folder: Path) -> None:
    library.path.mkdir()
    (library.path / "library.sqlite3").touch()
    with pytest.raises(LibraryError, match="There is no library"), library.snapshot():
        pass
    assert library.sync(folder).added == 4


@pytest.mark.parametrize("setting", ["embedder", "chunking"])
def test_other_settings_are_refused_and_rebuilt(
    library: Library, folder: Path, embedded: list[str], setting: str
) -> None:
    library.sync(folder)
    before = contents(library)
    with closing(sqlite3.connect(library.path / "library.sqlite3")) as connection, connection:
        connection.execute("UPDATE manifest SET value = 'of old' WHERE name = ?", [setting])
        connection.execute("UPDATE articles SET made = 'of old'")
    for refused in (lambda: library.sync(folder), lambda: library.snapshot().__enter__()):
        with pytest.raises(LibraryError, match=f"{setting} 'of old'.*--rebuild"):
            refused()
    embedded.clear()
    (folder / "story000.txt").unlink()
    report = library.sync(folder, rebuild=True)
    assert (report.articles, len(embedded)) == (3, 3)
    after = contents(library)
    assert {key: before[key] for key in after} == after


def test_rebuild_reaches_articles_whose_folder_is_away(
    library: Library, folder: Path, tmp_path: Path, embedded: list[str]
) -> None:
    other = write(tmp_path / "other", [10])
    library.sync(folder, other)
    before = contents(library)
    other.rename(tmp_path / "elsewhere")
    embedded.clear()
    library.sync(folder, rebuild=True)
    assert len(embedded) == 5
    assert contents(library) == before


@pytest.mark.parametrize("others", [pytest.param(2, id="few"), pytest.param(90, id="many")])
def test_a_rebuild_does_not_bring_back_what_a_file_held_before(
    library: Library, tmp_path: Path, others: int
) -> None:
    folder = write(tmp_path / "news", range(others))
    library.sync(folder)
    for number in range(others):
        (folder / f"story{number:03}.txt").write_text(story(number + 500))
    assert library.sync(folder, rebuild=True).articles == others
    assert library.sync(folder).unchanged == others
    with library.snapshot() as snap:
        assert found(snap, "mayor") == sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("version", "says"),
    [
        pytest.param(99, r"format 99 .*install Dateline 9\.8\.7 or newer", id="newer"),
        pytest.param(0, "not a Dateline", id="foreign"),
    ],
)
def test_other_formats_are_refused(library: Library, folder: Path, version: int, says: str) -> None:
    library.sync(folder)
    with closing(sqlite3.connect(library.path / "library.sqlite3")) as connection, connection:
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("UPDATE manifest SET value = '9.8.7' WHERE name = 'version'")
    with pytest.raises(LibraryError, match=says), library.snapshot():
        pass
    with pytest.raises(LibraryError, match=says):
        library.sync(folder, rebuild=True)


def test_a_library_of_the_first_format_is_read_and_written_on(library: Library, folder: Path) -> None:
    library.sync(folder)
    with closing(sqlite3.connect(library.path / "library.sqlite3")) as connection:
        for column in ("pages", "language", "signature"):
            connection.execute(f"ALTER TABLE articles DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 1")
    with Library(library.path).snapshot() as snap:
        assert found(snap, "mayor") == [f"story{number:03}.txt" for number in range(4)]
        assert {snap.article(key).pages for key in snap.article_ids()} == {()}
    assert counts(library.sync(folder)) == (0, 0, 0, 0, 4)


def test_a_damaged_file_says_what_to_do(library: Library, folder: Path) -> None:
    library.path.mkdir()
    (library.path / "library.sqlite3").write_bytes(b"not a database at all" * 100)
    with pytest.raises(LibraryError, match="is damaged: move that folder away"), library.snapshot():
        pass
    with pytest.raises(LibraryError, match="is damaged"):
        library.sync(folder)


def test_a_snapshot_stays_the_same_while_others_write(library: Library, folder: Path) -> None:
    library.sync(folder)
    (folder / "story000.txt").unlink()
    (folder / "story001.txt").write_text(story(21))
    write(folder, range(30, 34))
    other = Library(library.path)
    states: list[set[str]] = []

    def look(_: object) -> None:
        contents(other)  # every article whole, at every step
        states.append(set(paths(other)))

    with other.snapshot() as snap:
        before = found(snap, "mayor")
        library.sync(folder, progress=look)
        assert found(snap, "mayor") == before
        assert snap.article_count == 4
    assert states[0] == {f"story00{n}.txt" for n in range(4)}
    assert contents(other) == contents(library)
    assert len(paths(other)) == 7


def test_several_threads_read_one_library(library: Library, folder: Path) -> None:
    library.sync(folder)
    vector = library.embedder.embed(["the mayor"])[0]
    answers: list[list[int]] = []

    def read() -> None:
        for _ in range(5):
            with library.snapshot() as snap:
                answers.append([chunk for chunk, _ in snap.search_vectors(vector, 4)])

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [answers[0]] * 30


SCRIPT = """
import sys
from index import Library
def step(progress):
    print(progress.stage, progress.done, flush=True)
    if len(sys.argv) > 3: sys.stdin.readline()
Library(sys.argv[1]).sync(sys.argv[2], progress=step)
"""


def start(library: Library, folder: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(library.path), str(folder), *more],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def writer(library: Library, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the library and waits."""
    library.sync(folder)
    write(folder, [8])
    process = start(library, folder, "wait")
    assert process.stdout
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def test_a_second_writer_is_told_who_writes(
    library: Library, folder: Path, writer: subprocess.Popen[str]
) -> None:
    began = time.monotonic()
    with pytest.raises(LibraryError, match=rf"pid {writer.pid}\) is writing"):
        library.sync(folder, lock_seconds=0.3)
    assert time.monotonic() - began < 3
    assert len(paths(library)) == 4  # readers never wait
    writer.kill()
    writer.communicate()
    assert library.sync(folder, lock_seconds=0.3).added == 1


def test_a_second_writer_in_the_same_process_waits_its_turn(library: Library, folder: Path) -> None:
    library.sync(folder)
    write(folder, [8])
    refused: list[str] = []

    def step(_: object) -> None:
        if not refused:
            with pytest.raises(LibraryError) as caught:
                Library(library.path).sync(folder, lock_seconds=0.1)
            refused.append(str(caught.value))

    library.sync(folder, progress=step)
    assert f"pid {os.getpid()}" in refused[0]


def test_killed_runs_end_in_the_same_library(library: Library, tmp_path: Path) -> None:
    folder = write(tmp_path / "news", range(80))
    chance = random.Random(7)
    for _ in range(3):
        process = start(library, folder)
        assert process.stdout
        lines = chance.choice([1, 81, 110, 140, 161])
        for _, _ in zip(range(lines), process.stdout, strict=False):
            pass
        time.sleep(chance.random() / 10)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if library.exists:
            contents(library)
        for number in chance.sample(range(80), 3):
            (folder / f"story{number:03}.txt").write_text(story(number + 1000))
    assert library.sync(folder).articles == 80
    clean = Library(tmp_path / "clean")
    clean.sync(folder)
    assert contents(library) == contents(clean)
    vector = clean.embedder.embed(["the mayor of Lima"])[0]
    with library.snapshot() as ours, clean.snapshot() as theirs:
        near = [
            [snap.chunks([i])[0].article for i, _ in snap.search_vectors(vector, 80)]
            for snap in (ours, theirs)
        ]
        assert sorted(near[0]) == sorted(near[1]) == sorted(ours.article_ids())
        assert found(ours, "mayor of Lima") == found(theirs, "mayor of Lima")


def test_long_and_foreign_texts_fit_the_embedder(
    library: Library, tmp_path: Path, embedded: list[str]
) -> None:
    (tmp_path / "news").mkdir()
    numbers = " ".join(f"{n * 7919 % 1000003}.{n % 97}" for n in range(400))
    (tmp_path / "news" / "numbers.txt").write_text(f"The {'very ' * 60}long title\n\n{numbers}\n")
    (tmp_path / "news" / "han.txt").write_text("标题\n\n" + "新闻报道内容" * 300)
    library.sync(tmp_path / "news")
    assert max(library.embedder.token_count(text) for text in embedded) < 256
    with library.snapshot() as snap:
        for key in snap.article_ids():
            chunks = snap.article_chunks(key)
            assert all(one.end <= two.start for one, two in pairwise(chunks))
            text = snap.article(key).text
            covered = "".join(chunk.text for chunk in chunks)
            assert "".join(covered.split()) == "".join(text.split())


@pytest.mark.parametrize(
    "question",
    [
        pytest.param('"mayor" AND NOT (title:x', id="syntax"),
        pytest.param("mayor* ^NEAR(mayor, 3) -", id="operators"),
        pytest.param("who mayor\x00 \ud800 _", id="odd-characters"),
        pytest.param("mayor " * 5000, id="long"),
    ],
)
def test_questions_are_only_words(library: Library, folder: Path, question: str) -> None:
    library.sync(folder)
    with library.snapshot() as snap:
        assert len(snap.search_text(question, 10)) == 4


@pytest.mark.parametrize(
    ("question", "hits"),
    [
        pytest.param("what is it?", 4, id="only-stop-words"),
        pytest.param("opening of bridges", 1, id="inflections"),
        pytest.param("?!", 0, id="no-word"),
        pytest.param("", 0, id="empty"),
    ],
)
def test_stop_words_and_inflections(library: Library, folder: Path, question: str, hits: int) -> None:
    library.sync(folder)
    with library.snapshot() as snap:
        best = snap.search_text(question, 10)
        strong = [pair for pair in best if pair[1] > 0.5 * best[0][1]] if hits < 4 else best
        assert len(strong) == hits


SCOPES = [
    pytest.param(Scope(since="2023-09"), {"b", "c", "d"}, id="since-month"),
    pytest.param(Scope(since="2023-09-20"), {"b", "c", "d"}, id="since-day-in-a-partial-month"),
    pytest.param(Scope(until="2023"), {"a", "b", "c"}, id="until-year"),
    pytest.param(Scope(until="2023-08-31"), {"a", "c"}, id="until-day-in-a-partial-year"),
    pytest.param(Scope(since="2024-01-01", until="2024-12-31"), {"d"}, id="between"),
    pytest.param(Scope(sources=("the east", "West")), {"a", "b"}, id="sources-without-case"),
    pytest.param(Scope(sources=("Nobody",)), set(), id="no-such-source"),
    pytest.param(Scope(only=frozenset()), set(), id="none"),
]


@pytest.mark.parametrize(("scope", "expected"), SCOPES)
def test_scopes(library: Library, tmp_path: Path, scope: Scope, expected: set[str]) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    entries = {
        "a.txt": {"source": "The East", "published": "2022-05-01"},
        "b.txt": {"source": "WEST", "published": "2023-09"},
        "c.txt": {"source": "South", "published": "2023"},
        "d.txt": {"source": "South", "published": "2024-06-18"},
    }
    for number, name in enumerate(entries):
        (folder / name).write_text(story(number))
    (folder / "metadata.json").write_text(json.dumps(entries))
    library.sync(folder)
    vector = library.embedder.embed(["the mayor"])[0]
    with library.snapshot() as snap:
        for hits in (snap.search_text("mayor", 10, scope), snap.search_vectors(vector, 10, scope)):
            chunks = snap.chunks([i for i, _ in hits])
            assert {snap.article(chunk.article).path.stem for chunk in chunks} == expected


def test_scopes_of_folders_and_articles(library: Library, folder: Path, tmp_path: Path) -> None:
    write(folder / "sub", [7])
    other = write(tmp_path / "news2", [8])
    library.sync(folder, other)
    with library.snapshot() as snap:
        assert found(snap, "mayor", Scope(folders=(folder / "sub", other))) == [
            "story007.txt",
            "story008.txt",
        ]
        assert len(found(snap, "mayor", Scope(folders=(folder,)))) == 5
        keys = snap.article_ids()
        assert len(found(snap, "mayor", Scope(only=frozenset(keys[:3]), exclude=frozenset(keys[:1])))) == 2


def test_unknown_numbers_are_an_error(library: Library, folder: Path) -> None:
    library.sync(folder)
    with library.snapshot() as snap:
        assert snap.chunks([]) == []
        assert snap.vectors([]).shape == (0, 384)
        for ask in (
            lambda: snap.chunks([10**9]),
            lambda: snap.vectors([10**9]),
            lambda: snap.article("none"),
        ):
            with pytest.raises(LibraryError):
                ask()


def test_frequent_words_of_a_large_library_only_weigh(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.sync(folder)
    question = "the zeppelin and mayor of Lima who opened a library"
    with library.snapshot() as snap:
        assert len(found(snap, question)) == 4
        monkeypatch.setattr("index.search._MOST_RANKED", 2)
        assert found(snap, question) == ["story001.txt"]  # all of them have a mayor, who opened something
        (weighed,) = snap.search_text(question, 10)
        monkeypatch.setattr("index.search._MOST_WEIGHED", 0)
        (alone,) = snap.search_text(question, 10)
        assert weighed[1] > alone[1]
        assert len(found(snap, "the zeppelin's mayor")) == 4  # a word that nothing holds rules nothing out
        assert len(found(snap, "mayor of Lima", Scope(folders=(folder,)))) == 4

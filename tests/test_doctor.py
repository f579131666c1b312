"""Damage of every kind: readers answer around it, `dateline doctor` names it, and mends what it can."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from conftest import Dateline

from index import Library, weights
from index.doctor import Check, examine
from index.embedder import Embedder
from index.tables import FORMAT

COUNT = 40


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search by neighbours, as in a library that is too large to search one by one."""
    monkeypatch.setattr("index.snapshot._EXACT", 0)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library and its folder, to be copied: building one takes seconds."""
    home = tmp_path_factory.mktemp("built")
    (home / "news").mkdir()
    for number in range(COUNT):
        (home / "news" / f"{number:02}.txt").write_text(
            f"Ward {number} votes\n\nThe council of ward {number} met on day {number} and voted {number + 3} times.\n"
        )
    Library(home / "library").sync(home / "news")
    return home


@pytest.fixture
def library(built: Path, tmp_path: Path) -> Library:
    shutil.copytree(built / "library", tmp_path / "library")  # with other times: still whole
    return Library(tmp_path / "library")


def generation(library: Library) -> Path:
    (directory,) = (library.path / "chroma").iterdir()
    return directory


def index_file(library: Library, name: str) -> Path:
    (path,) = generation(library).glob(f"*/{name}")
    return path


def states(library: Library, fix: bool = False) -> dict[str, str]:
    return {check.name: check.state for check in examine(library, fix)}


def found(library: Library, name: str, fix: bool = False) -> Check:
    (check,) = (check for check in examine(library, fix) if check.name == name)
    return check


def answers_exactly(library: Library) -> bool:
    """True when the nearest chunks are those that a look at every vector finds."""
    vector = library.embedder.embed(["how often did ward 7 vote?"])[0]
    with library.snapshot() as snap:
        near = [chunk for chunk, _ in snap.search_vectors(vector, 5)]
        ids = [chunk.id for key in snap.article_ids() for chunk in snap.article_chunks(key)]
        return near == [ids[row] for row in np.argsort(-(snap.vectors(ids) @ vector))[:5]]


def test_all_is_well(library: Library, fetched: Path) -> None:
    assert set(states(library).values()) == {"ok"}
    assert answers_exactly(library)
    assert not (generation(library) / "suspect").exists()


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(path.stat().st_size))


def half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


DAMAGE = [
    # The first two crash the interpreter that opens them.
    pytest.param(lambda library: noise(index_file(library, "data_level0.bin")), "files are not", id="noise"),
    pytest.param(lambda library: zeros(index_file(library, "link_lists.bin")), "files are not", id="links"),
    pytest.param(lambda library: half(index_file(library, "length.bin")), "files are not", id="half"),
    pytest.param(lambda library: index_file(library, "header.bin").unlink(), "files are not", id="no-header"),
    pytest.param(lambda library: half(generation(library) / "sealed.json"), "files are not", id="seal"),
    pytest.param(
        lambda library: zeros(generation(library) / "chroma.sqlite3"), "cannot be opened", id="zeros"
    ),
    pytest.param(lambda library: shutil.rmtree(library.path / "chroma"), "is missing", id="missing"),
]


@pytest.mark.parametrize(("damage", "says"), DAMAGE)
def test_a_damaged_index_is_searched_around_and_mended(
    library: Library, damage: Callable[[Library], None], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(library)
    assert answers_exactly(library)
    (library.path / "chroma").mkdir(exist_ok=True)
    for suspect in (library.path / "chroma").glob("*/suspect"):
        suspect.unlink()  # what the reader saw does not tell the doctor
    broken = found(library, "vectors")
    assert (broken.state, says in broken.found, "--fix" in broken.found) == ("broken", True, True)
    monkeypatch.setattr(Embedder, "embed", None)  # nothing is embedded for it
    assert found(library, "vectors", fix=True).state == "repaired"
    monkeypatch.undo()
    assert states(library)["vectors"] == "ok"
    assert answers_exactly(Library(library.path))


@pytest.mark.parametrize("damaged", [False, True], ids=["whole", "damaged"])
def test_an_index_without_a_seal_is_tried_in_another_process(library: Library, damaged: bool) -> None:
    (generation(library) / "sealed.json").unlink()
    if damaged:
        noise(index_file(library, "data_level0.bin"))
    assert answers_exactly(library)
    assert (generation(library) / "suspect").exists() is damaged
    assert states(library)["vectors"] == ("broken" if damaged else "ok")


def test_the_next_sync_replaces_a_damaged_index(library: Library, built: Path) -> None:
    bad = generation(library)
    zeros(index_file(library, "link_lists.bin"))
    library.sync(built / "news")
    assert generation(library) != bad
    assert states(library)["vectors"] == "ok"


def test_an_index_of_another_library_is_out_of_step(library: Library, tmp_path: Path) -> None:
    other = Library(tmp_path / "other")
    (tmp_path / "else").mkdir()
    for number in range(COUNT):
        (tmp_path / "else" / f"{number}.txt").write_text(
            f"Rain\n\nIt rained for {number} hours in town {number}.\n"
        )
    other.sync(tmp_path / "else")
    target = generation(library)
    shutil.rmtree(target)
    shutil.copytree(generation(other), target)
    assert "out of step" in found(library, "vectors").found
    assert found(library, "vectors", fix=True).state == "repaired"
    assert answers_exactly(Library(library.path))


def test_an_index_far_behind_is_built_anew(
    library: Library, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "new.txt").write_text("A new ward\n\nThe council of a new ward met.\n")
    library.sync(tmp_path / "news")
    behind = found(library, "vectors")
    assert (behind.state, "1 passages came or went" in behind.found) == ("ok", True)
    monkeypatch.setattr("index.publish.REBUILD_CHUNKS", 0)
    monkeypatch.setattr("index.publish.REBUILD_SHARE", 0.0)
    assert "older than the library by 1" in found(library, "vectors").found
    assert found(library, "vectors", fix=True).state == "repaired"
    assert states(library)["vectors"] == "ok"


def execute(library: Library, statement: str) -> None:
    with closing(sqlite3.connect(library.path / "library.sqlite3")) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(statement)


def scramble(library: Library) -> None:
    execute(library, f"PRAGMA user_version = {FORMAT}")  # and so no journal is left beside it
    path = library.path / "library.sqlite3"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20_000] = np.random.default_rng(2).bytes(20_000)
    path.write_bytes(data)


UNREPAIRABLE = [
    pytest.param(scramble, "is damaged", id="scrambled"),
    pytest.param(lambda lib: noise(lib.path / "library.sqlite3"), "is damaged", id="noise"),
    pytest.param(lambda lib: execute(lib, "DELETE FROM vectors WHERE chunk < 5"), "36 vectors", id="vectors"),
    pytest.param(
        lambda lib: execute(lib, "DELETE FROM articles WHERE number = 3"), "not there", id="orphans"
    ),
    pytest.param(lambda lib: execute(lib, "PRAGMA user_version = 99"), "has format 99", id="newer"),
    pytest.param(
        lambda lib: execute(lib, "UPDATE manifest SET value = 'old' WHERE name = 'chunking'"),
        "--rebuild",
        id="other-chunking",
    ),
]


@pytest.mark.parametrize(("damage", "says"), UNREPAIRABLE)
def test_what_cannot_be_mended_is_named_with_the_way_out(
    library: Library, built: Path, damage: Callable[[Library], None], says: str
) -> None:
    damage(library)
    for fix in (False, True):
        (broken,) = (check for check in examine(library, fix) if check.state == "broken")
        assert says in broken.found
        if "is damaged" in broken.found:
            assert f"move {library.path} away and run `dateline index" in broken.found


def test_damaged_weights_are_fetched_again(
    tmp_path: Path, fetched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path))
    monkeypatch.setattr(weights, "_shipped", lambda _: None)  # a package without the files
    name = weights.WEIGHTS["tokenizer"].file
    (tmp_path / name).write_text("not a tokenizer")

    def fetch(asked: str) -> None:
        assert asked == "tokenizer"
        shutil.copy(fetched / name, tmp_path / name)

    none = Library(tmp_path / "none")
    assert states(none) == {
        "tokenizer weights": "broken",
        "embedder weights": "ok",
        "answering weights": "ok",
        "library": "ok",
    }
    (repaired,) = (check for check in examine(none, True, fetch) if check.name == "tokenizer weights")
    assert repaired.state == "repaired"
    assert set(states(none).values()) == {"ok"}


def test_the_command_tells_by_its_exit_status(dateline: Dateline, library: Library) -> None:
    place = ["--library", library.path]
    assert dateline("doctor", *place).exit_code == 0
    shutil.rmtree(library.path / "chroma")
    run = dateline("doctor", *place)
    assert (run.exit_code, "broken    vectors: Chroma's index is missing" in run.stdout) == (1, True)
    run = dateline("doctor", "--fix", *place)
    assert (run.exit_code, "repaired  vectors:" in run.stdout) == (0, True)
    assert dateline("doctor", *place).exit_code == 0
    assert dateline("doctor").exit_code == 0  # no library of one's own is no damage
    assert dateline("doctor", "--library", library.path / "none").exit_code == 1

"""Chroma's generations: built once, never written after, always replaceable from the stored vectors."""

from __future__ import annotations

import shutil
from pathlib import Path

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings
from llama_index.core.vector_stores.types import VectorStoreQuery
from numpy.typing import NDArray

import index.publish
from index import Library
from index.article import Scope
from index.embedder import Embedder
from index.snapshot import Snapshot
from index.vectors import Generations

NAMES = (
    "harbour",
    "orchard",
    "glacier",
    "violin",
    "satellite",
    "monastery",
    "bakery",
    "volcano",
    "library",
    "tramway",
)


def write(folder: Path, numbers: range) -> Path:
    folder.mkdir(exist_ok=True)
    for number in numbers:
        name = NAMES[number % len(NAMES)]
        (folder / f"{number:03}.txt").write_text(
            f"The {name} of district {number}\n\n"
            f"District {number} reopened its {name} after {number + 2} months.\n"
        )
    return folder


def directories(library: Library) -> list[Path]:
    return sorted((library.path / "chroma").iterdir(), key=lambda d: d.stat().st_mtime_ns)


def exactly(snap: Snapshot, vector: NDArray[np.float32], limit: int, keep: frozenset[str]) -> list[int]:
    """The best chunks of the articles in `keep`, by comparing every one."""
    ids = [chunk.id for key in snap.article_ids() if key in keep for chunk in snap.article_chunks(key)]
    scores = snap.vectors(ids) @ vector
    return [ids[row] for row in np.argsort(-scores)[:limit]]


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search by neighbours, as in a library that is too large to search one by one."""
    monkeypatch.setattr("index.snapshot._EXACT", 0)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


@pytest.fixture
def question(library: Library) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = library.embedder.embed(["music on a violin"])[0]
    return vector


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new generation after every three changes."""
    monkeypatch.setattr(index.publish, "REBUILD_CHUNKS", 2)
    monkeypatch.setattr(index.publish, "REBUILD_SHARE", 0.0)


def test_neighbours_are_the_nearest(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    vectors = chance.normal(size=(2000, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    generations = Generations(tmp_path)
    steps: list[int] = []
    generations.build("one", ((i * 3, "a", v) for i, v in enumerate(vectors)), 2000, steps.append)
    assert steps == [1000, 2000]
    hits = 0
    for row in range(20):
        query = vectors[row] + 0.05 * chance.normal(size=384).astype(np.float32)
        query /= np.linalg.norm(query)
        near = generations.search("one", query, 10)
        assert near is not None
        assert near[0][0] == row * 3
        assert near[0][1] == pytest.approx(float(vectors[row] @ query), abs=1e-4)
        hits += len({chunk for chunk, _ in near} & {int(i) * 3 for i in np.argsort(-(vectors @ query))[:10]})
    assert hits >= 190
    generations.close()


@pytest.mark.parametrize(
    "flush", [pytest.param(50_000, id="one-flush"), pytest.param(90, id="several-flushes")]
)
@pytest.mark.parametrize("size", [1, 2, 97, 400, 701])
def test_readers_write_nothing_to_the_index(
    tmp_path: Path, size: int, flush: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.vectors._FLUSH", flush)
    vectors = np.random.default_rng(5).normal(size=(size, 384)).astype(np.float32)
    Generations(tmp_path).build("one", ((i, "a", v) for i, v in enumerate(vectors)), size, lambda done: None)
    files = [path for path in tmp_path.rglob("*") if path.suffix in {".bin", ".pickle"}]
    before = {path: path.read_bytes() for path in files}
    assert before
    for row in (0, size - 1, size // 2):
        generations = Generations(tmp_path)
        near = generations.search("one", vectors[row], size)
        assert near is not None
        assert (near[0][0], len(near)) == (row, size)
        generations.close()
    assert {path: path.read_bytes() for path in files} == before


def test_chroma_prints_nothing(library: Library, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    library.sync(write(tmp_path / "news", range(3)))
    with library.snapshot() as snap:
        snap.search_vectors(np.ones(384, dtype=np.float32), 2)
    assert capfd.readouterr() == ("", "")


def test_new_and_removed_chunks_count_at_once(
    library: Library, tmp_path: Path, question: NDArray[np.float32]
) -> None:
    folder = write(tmp_path / "news", range(30))
    library.sync(folder)
    first = directories(library)
    write(folder, range(30, 45))
    for number in (3, 13, 23):  # the violins that were there
        (folder / f"{number:03}.txt").unlink()
    library.sync(folder)
    assert directories(library) == first
    with library.snapshot() as snap:
        near = snap.search_vectors(question, 42)
        assert [i for i, _ in near] == exactly(snap, question, 42, frozenset(snap.article_ids()))
        best = snap.article(snap.chunks([near[0][0]])[0].article)
        assert best.path.name in {"033.txt", "043.txt"}


def test_most_of_a_generation_may_be_gone(
    library: Library, tmp_path: Path, question: NDArray[np.float32]
) -> None:
    folder = write(tmp_path / "news", range(120))
    library.sync(folder)
    first = directories(library)
    for number in range(100):
        (folder / f"{number:03}.txt").unlink()
    library.sync(folder)
    assert directories(library) == first
    with library.snapshot() as snap:
        near = [i for i, _ in snap.search_vectors(question, 10)]
        assert near == exactly(snap, question, 10, frozenset(snap.article_ids()))


@pytest.mark.usefixtures("eager")
def test_generations_follow_and_old_ones_go(
    library: Library, tmp_path: Path, question: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "news", range(5))
    library.sync(folder)
    reader = Library(library.path)
    names: list[str] = []
    with reader.snapshot() as old:
        kept = old.search_vectors(question, 3)
        for step in range(1, 4):
            write(folder, range(5 * step, 5 * step + 5))
            library.sync(folder)
            with reader.snapshot() as snap:
                assert len(snap.search_vectors(question, 50)) == 5 * step + 5
            names.extend(d.name for d in directories(library))
            assert len(directories(library)) == 2  # the newest and the one before
        assert old.search_vectors(question, 3) == pytest.approx(np.array(kept), abs=1e-4)
    assert len(set(names)) == 4
    monkeypatch.setattr(Embedder, "embed", None)  # nothing is embedded for a new generation
    for path in folder.glob("00*.txt"):
        path.unlink()
    before = directories(library)[-1]
    library.sync(folder)
    assert directories(library)[-1] != before


@pytest.mark.parametrize("damage", ["missing", "truncated", "overwritten"])
def test_a_damaged_generation_is_searched_around_and_replaced(
    library: Library,
    tmp_path: Path,
    question: NDArray[np.float32],
    damage: str,
) -> None:
    folder = write(tmp_path / "news", range(20))
    library.sync(folder)
    (bad,) = directories(library)
    if damage == "missing":
        shutil.rmtree(bad)
    else:
        (bad / "chroma.sqlite3").write_bytes(b"" if damage == "truncated" else b"damaged" * 5000)
    reader = Library(library.path)
    with reader.snapshot() as snap:
        near = [i for i, _ in snap.search_vectors(question, 5)]
        assert near == exactly(snap, question, 5, frozenset(snap.article_ids()))
    library.sync(folder)
    assert bad not in directories(library)
    with library.snapshot() as snap:
        assert [i for i, _ in snap.search_vectors(question, 5)] == near
    assert len(library.vector_store().client.get()["ids"]) == 20


def test_an_unfinished_generation_is_cleared_away(library: Library, tmp_path: Path) -> None:
    folder = write(tmp_path / "news", range(4))
    library.sync(folder)
    (library.path / "chroma" / "unfinished").mkdir()
    library.sync(folder, rebuild=True)
    assert "unfinished" not in {directory.name for directory in directories(library)}


@pytest.mark.parametrize("few", [pytest.param(5_000, id="exact"), pytest.param(0, id="neighbours")])
@pytest.mark.parametrize("share", [pytest.param(4, id="few-articles"), pytest.param(55, id="most-articles")])
def test_scopes_hold_for_vectors(
    library: Library,
    tmp_path: Path,
    question: NDArray[np.float32],
    monkeypatch: pytest.MonkeyPatch,
    few: int,
    share: int,
) -> None:
    monkeypatch.setattr("index.snapshot._EXACT", few)
    library.sync(write(tmp_path / "news", range(60)))
    with library.snapshot() as snap:
        keys = frozenset(snap.article_ids()[:share])
        rest = frozenset(snap.article_ids()[share:])
        for scope, keep in ((Scope(only=keys), keys), (Scope(exclude=keys), rest)):
            near = [i for i, _ in snap.search_vectors(question, 8, scope)]
            assert near == exactly(snap, question, 8, keep)


def test_the_vectors_open_in_llama_index(
    library: Library, tmp_path: Path, question: NDArray[np.float32]
) -> None:
    library.sync(write(tmp_path / "news", range(12)))
    result = library.vector_store().query(
        VectorStoreQuery(query_embedding=[float(x) for x in question], similarity_top_k=3)
    )
    with library.snapshot() as snap:
        assert [int(i) for i in result.ids or []] == [i for i, _ in snap.search_vectors(question, 3)]
        chunks = snap.chunks([int(i) for i in result.ids or []])
        assert [node.metadata["article"] for node in result.nodes or []] == [
            chunk.article for chunk in chunks
        ]


def test_a_generation_of_several_graphs_is_read_as_one(
    library: Library, tmp_path: Path, question: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.vectors._MOST", 7)
    monkeypatch.setattr("index.snapshot._EXACT", 0)
    library.sync(write(tmp_path / "news", range(24)))
    (directory,) = directories(library)
    client = chromadb.PersistentClient(path=str(directory), settings=Settings(anonymized_telemetry=False))
    assert client.count_collections() == 4
    with library.snapshot() as snap:
        assert [i for i, _ in snap.search_vectors(question, 9)] == exactly(
            snap, question, 9, frozenset(snap.article_ids())
        )
        some = snap.article_ids()[3]
        nearest = [str(i) for i, _ in snap.search_vectors(question, 3)]
    store = library.vector_store()
    found = store.query(VectorStoreQuery(query_embedding=[float(x) for x in question], similarity_top_k=3))
    assert found.ids == nearest
    assert store.client.get(where={"article": some}, include=["metadatas"])["metadatas"] == [
        {"article": some}
    ]
    ids = store.client.get()["ids"]
    assert sorted(map(int, ids)) == list(range(1, 25))
    assert store.client.get(limit=5, offset=4)["ids"] == ids[4:9]
    assert library.status().generation == "ready"


def test_damage_to_one_of_several_graphs_is_seen(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.vectors._MOST", 7)
    library.sync(write(tmp_path / "news", range(24)))
    (directory,) = directories(library)
    last = sorted(directory.glob("*/*.bin"))[-1]
    last.write_bytes(b"damaged")
    assert Library(library.path).status().generation == "damaged"
    library.sync(tmp_path / "news")
    assert directory not in directories(library)

"""Chroma as the nearest-neighbour index: generations that are built once, published, and only read after."""

from __future__ import annotations

import math
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index import graphs, probe, seal
from index.errors import LibraryError

if TYPE_CHECKING:
    from llama_index.vector_stores.chroma import ChromaVectorStore

_MOST = 100_000  # vectors a collection; of a million in one, the search found 0.69 to 0.79 of the ten nearest
_BATCH = 1_000  # Chroma refuses more than 5,461 rows a call; with 250 it takes half as long again
_FLUSH = 50_000  # rows between two flushes, about; until then Chroma holds them twice
_SUSPECT = "suspect"  # left by a reader for the next writer
_HNSW = {"space": "cosine", "ef_construction": 200, "max_neighbors": 24}
# Neighbours that a search looks at in all collections together, and in each at least: with 100 a million chunks took
# 57 ms to find and 0.996 of the nearest ten were found, with 400 it was 80 ms and all of them.
_SEARCHED, _LEAST_SEARCHED = 400, 100

Row = tuple[int, str, NDArray[np.float32]]  # chunk id, article id, vector


class Generations:
    """The directories under `root`, one a generation, kept open once opened. Safe from several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()
        self._open: dict[str, tuple[Any, Any]] = {}  # name -> client, collection
        self._broken: set[str] = set()

    def build(self, name: str, rows: Iterable[Row], size: int, each: Callable[[int], None]) -> None:
        """Write a new generation of `size` rows and close it; `each` is told how many are in."""
        directory = self.root / name
        try:
            directory.mkdir(parents=True)
            self._build(directory, rows, size, each)
            seal.seal(directory)
        except BaseException as error:  # see `search`
            _let_pass(error)
            raise LibraryError(
                f"The vectors in {directory} could not be written ({error}). No article is lost: "
                "check the disk's space and run the command again."
            ) from error

    def _build(self, directory: Path, rows: Iterable[Row], size: int, each: Callable[[int], None]) -> None:
        parts = math.ceil(max(1, size) / _MOST)
        share, left = math.ceil(size / parts), iter(rows)
        # What Chroma has not flushed when it closes, every reader would replay and write to the index's
        # files. So it flushes after equal strides, the last of which is filled up with known rows.
        stride = max(1, math.ceil(share / math.ceil(max(1, share) / _FLUSH)))
        searched = max(_LEAST_SEARCHED, _SEARCHED // parts)
        hnsw = {**_HNSW, "ef_search": searched, "sync_threshold": stride}
        client = _client(directory)
        try:
            for number in range(parts):
                collection = graphs.open_collection(client, number, make=True, configuration={"hnsw": hnsw})
                _fill(collection, islice(left, share), stride, number * share, each)
        finally:
            client.close()

    def search(self, name: str, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]] | None:
        """Up to `limit` pairs of chunk id and cosine, best first; None when the generation cannot be read."""
        try:
            if name in self._broken:
                return None
            collection = self._collection(name)
            found = collection.query(query_embeddings=[vector], n_results=limit, include=["distances"])
            return [
                (int(chunk), 1.0 - float(distance))
                for chunk, distance in zip(found["ids"][0], found["distances"][0], strict=True)
            ]
        except BaseException as error:  # noqa: BLE001 - Chroma's Rust core panics with a bare BaseException
            _let_pass(error)
            self._give_up(name)
            return None

    def healthy(self, name: str) -> bool:
        """False when the generation is gone, its index has changed or a reader could not read it."""
        directory = self.root / name
        return (
            (directory / "chroma.sqlite3").is_file()
            and not (directory / _SUSPECT).exists()
            and seal.state(directory) != "changed"
        )

    def keep_only(self, names: Iterable[str]) -> None:
        """Delete every other generation; what another process has open there lives on until it closes it."""
        kept = set(names)
        with self._lock:
            for name in [name for name in self._open if name not in kept]:
                self._open.pop(name)[0].close()
        if not self.root.is_dir():
            return
        for directory in self.root.iterdir():
            if directory.name not in kept:
                shutil.rmtree(directory, ignore_errors=True)

    def store(self, name: str) -> ChromaVectorStore:
        """The generation as llama-index's own vector store; its nodes are named by chunk id."""
        from llama_index.vector_stores.chroma import ChromaVectorStore  # imports Chroma: over a second

        return ChromaVectorStore(chroma_collection=self._collection(name))

    def close(self) -> None:
        """Close every open generation."""
        with self._lock:
            while self._open:
                self._open.popitem()[1][0].close()

    def _collection(self, name: str) -> Any:
        """The open collection; LibraryError when opening it would fail, or crash the interpreter."""
        with self._lock:
            if name not in self._open:
                self._require(name)
                # One behind may still be in use by another thread; two behind is not.
                while len(self._open) > 1:
                    self._open.pop(next(iter(self._open)))[0].close()
                client = _client(self.root / name)
                self._open[name] = (client, graphs.open_all(client))
            return self._open[name][1]

    def _require(self, name: str) -> None:
        directory = self.root / name
        fault: object = "" if self.healthy(name) else "missing or damaged"
        if not fault and seal.state(directory) == "unsealed":
            fault = probe.probe(directory)
        if isinstance(fault, str) and fault:
            raise LibraryError(f"The vectors in {directory} are {fault}: run `dateline doctor --fix`.")

    def _give_up(self, name: str) -> None:
        with self._lock:
            self._broken.add(name)
        try:
            (self.root / name / _SUSPECT).touch()
        except OSError:
            return  # a library that may not be written is not ours to repair


def sample(directory: Path, most: int = 50) -> tuple[int, list[int], list[list[float]]]:
    """How many chunks a generation holds, and some of their ids and vectors from all over it.

    Each of them is searched for as well. Damaged files may crash the interpreter: see `index.probe`.
    """
    client = _client(directory)
    try:
        parts = graphs.collections(client)
        counts = [part.count() for part in parts]
        size = sum(counts)
        ids: list[int] = []
        vectors: list[list[float]] = []
        for part, count in zip(parts, counts, strict=True):
            for offset in range(0, count, max(1, size // most)):
                found = part.get(limit=1, offset=offset, include=["embeddings"])
                ids.append(int(found["ids"][0]))
                vectors.append([float(x) for x in found["embeddings"][0]])
            if vectors:
                part.query(
                    query_embeddings=vectors[-most:], n_results=min(most, count), include=["distances"]
                )
    finally:
        client.close()
    return size, ids, vectors


def _let_pass(error: BaseException) -> None:
    """Raise again what is meant for the whole program."""
    if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
        raise error


def _client(directory: Path) -> Any:
    # Importing Chroma takes over a second, which commands that never search need not pay.
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(directory), settings=Settings(anonymized_telemetry=False))


def _fill(
    collection: Any, rows: Iterable[Row], stride: int, before: int, each: Callable[[int], None]
) -> None:
    """Write the rows of a collection, `before` of others being in already."""
    done = 0
    first: list[Row] = []
    for batch in _batches(rows, stride):
        _upsert(collection, batch)
        done, first = done + len(batch), first or batch
        each(before + done)
    if rest := -done % stride:
        _upsert(collection, first[:rest])


def _upsert(collection: Any, batch: list[Row]) -> None:
    collection.upsert(
        ids=[str(chunk) for chunk, _, _ in batch],
        embeddings=[vector for _, _, vector in batch],
        metadatas=[{"article": article} for _, article, _ in batch],
    )


def _batches(rows: Iterable[Row], stride: int) -> Iterator[list[Row]]:
    """Batches of at most `_BATCH`, one of which ends at each multiple of `stride`."""
    batch: list[Row] = []
    for done, row in enumerate(rows, 1):
        batch.append(row)
        if len(batch) == _BATCH or done % stride == 0:
            yield batch
            batch = []
    if batch:
        yield batch

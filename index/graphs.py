"""The collections of a generation, read as one.

Chroma searches a collection through one graph (HNSW), and the more vectors that holds, the more of the nearest it
misses. So a generation of very many vectors is several collections.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_NAME = "chunks"
_THREADS = 2  # Chroma lets go of Python while it searches


def open_collection(client: Any, number: int, make: bool = False, **settings: Any) -> Any:
    """A generation's collection of that number, made with these settings if `make`."""
    step = client.create_collection if make else client.get_collection
    # embedding_function=None: the default one downloads a model.
    return step(f"{_NAME}-{number}" if number else _NAME, embedding_function=None, **settings)


def collections(client: Any) -> list[Any]:
    """A generation's collections in order."""
    return [open_collection(client, number) for number in range(max(1, client.count_collections()))]


def open_all(client: Any) -> Any:
    """All of them as one: Chroma's own if there is only one, else `Graphs`."""
    first, *others = collections(client)
    return Graphs([first, *others]) if others else first


class Graphs:
    """Several Chroma collections, searched and read like one of them."""

    def __init__(self, collections: Sequence[Any]) -> None:
        self._collections = list(collections)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="graphs")

    def count(self) -> int:
        """How many rows all of them hold."""
        return sum(int(collection.count()) for collection in self._collections)

    def query(self, *, n_results: int = 10, **asked: Any) -> dict[str, Any]:
        """The rows nearest to each query vector in any collection, in the form that Chroma gives them."""
        asked["include"] = list({*asked.get("include", ("metadatas", "documents")), "distances"})
        found = list(self._pool.map(lambda one: one.query(n_results=n_results, **asked), self._collections))
        nearest = [
            sorted(
                (d, n, row) for n, part in enumerate(found) for row, d in enumerate(part["distances"][query])
            )
            for query in range(len(found[0]["ids"]))
        ]
        merged = {
            key: [
                [found[n][key][query][row] for _, n, row in rows[:n_results]]
                for query, rows in enumerate(nearest)
            ]
            for key in ("ids", *asked["include"])
        }
        return {**dict.fromkeys(found[0]), **merged, "included": found[0]["included"]}

    def get(self, *, limit: int | None = None, offset: int = 0, **asked: Any) -> dict[str, Any]:
        """The rows asked for, of one collection after the other, in the form that Chroma gives them."""
        most = None if limit is None else offset + limit
        found = [collection.get(limit=most, **asked) for collection in self._collections]
        rows = slice(offset, most)
        joined = {
            key: [row for part in found for row in part[key]][rows]
            for key, value in found[0].items()
            if value is not None and key != "included"
        }
        return {**found[0], **joined}

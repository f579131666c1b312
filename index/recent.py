"""The vectors of chunks that are newer than the published generation, kept in memory between questions."""

from __future__ import annotations

import sqlite3
import threading

import numpy as np
from numpy.typing import NDArray

from index.search import matrix

_MOST = 120_000  # vectors, 185 MB; a library that far ahead of its generation is searched from the disk

Vectors = tuple[NDArray[np.int64], NDArray[np.float32]]


class Recent:
    """Chunk ids with their vectors, growing until the next generation. Safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generation = ""
        self._ids: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._vectors: NDArray[np.float32] = np.zeros((0, 384), dtype=np.float32)

    def since(self, connection: sqlite3.Connection, generation: str, last_chunk: int) -> Vectors | None:
        """All chunks after `last_chunk` (some may be gone again), or None when they are too many.

        What another, later snapshot has already loaded may be among them: the caller drops what it
        does not know.
        """
        with self._lock:
            if generation != self._generation:
                self._generation = generation
                self._ids = self._ids[:0]
                self._vectors = self._vectors[:0]
            last = int(self._ids[-1]) if len(self._ids) else last_chunk
            rows = connection.execute(
                "SELECT chunk, vector FROM vectors WHERE chunk > ? ORDER BY chunk LIMIT ?",
                [last, _MOST - len(self._ids) + 1],
            ).fetchall()
            if len(self._ids) + len(rows) > _MOST:
                return None
            if rows:
                self._ids = np.concatenate([self._ids, [chunk for chunk, _ in rows]]).astype(np.int64)
                self._vectors = np.concatenate([self._vectors, matrix([blob for _, blob in rows])])
            return self._ids, self._vectors

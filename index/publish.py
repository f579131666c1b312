"""When a library's vectors are given to Chroma as a new generation, and what is in it."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from index.report import Progress
from index.search import matrix
from index.vectors import Generations, Row

# How far a library may run ahead of its generation: so many chunks are searched one by one in a few
# milliseconds, while a new generation of a large library takes minutes.
REBUILD_CHUNKS = 1_000
REBUILD_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Published:
    """The newest generation: its name, the last chunk that is in it, and how many are."""

    name: str
    last_chunk: int
    size: int


def newest(connection: sqlite3.Connection) -> Published | None:
    """What readers search; None before anything was published."""
    row = connection.execute(
        "SELECT name, last_chunk, size FROM generations ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return Published(str(row[0]), int(row[1]), int(row[2])) if row else None


def behind(connection: sqlite3.Connection, generation: Published) -> int:
    """How many chunks came or went since the generation was built."""
    count = "SELECT count(*) FROM chunks WHERE id"
    kept = int(connection.execute(f"{count} <= ?", [generation.last_chunk]).fetchone()[0])
    newer = int(connection.execute(f"{count} > ?", [generation.last_chunk]).fetchone()[0])
    return (generation.size - kept) + newer


def far_behind(changes: int, size: int) -> bool:
    """True when a new generation is due."""
    return changes > max(REBUILD_CHUNKS, REBUILD_SHARE * size)


def publish(
    connection: sqlite3.Connection,
    generations: Generations,
    progress: Callable[[Progress], None],
    force: bool = False,
) -> bool:
    """Build the next generation if the last one is damaged or left far behind; True when one was built."""
    last = newest(connection)
    if last and not generations.healthy(last.name):
        last = None
    if last and not force and not far_behind(behind(connection, last), last.size):
        return False
    total, end = connection.execute("SELECT count(*), coalesce(max(chunk), 0) FROM vectors").fetchone()
    # What is older than the newest is in nobody's hands any more; the rest is damaged or unfinished.
    generations.keep_only([last.name] if last else [])
    name = uuid.uuid4().hex
    where = generations.root.parent
    generations.build(
        name, _rows(connection), total, lambda done: progress(Progress(done, total, where, "vectors"))
    )
    connection.execute(
        "INSERT INTO generations (name, last_chunk, size) VALUES (?, ?, ?)", [name, end, total]
    )
    return True


def _rows(connection: sqlite3.Connection) -> Iterator[Row]:
    rows = connection.execute(
        "SELECT chunk, articles.id, vector FROM vectors JOIN chunks ON chunks.id = chunk "
        "JOIN articles ON number = article ORDER BY chunk"
    )
    for chunk, article, vector in rows:
        yield chunk, article, matrix([vector])[0]

"""What a library holds, from where, how large it is on disk, and what was left out of it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index import copies, folders
from index.publish import behind, newest
from index.report import Skipped
from index.rules import Rule
from index.search import KNOWN_DATE
from index.store import FILE_NAME
from index.vectors import Generations


@dataclass(frozen=True, slots=True)
class Followed:
    """A folder that the library follows: its rule, its articles' files, when it was last synced (UTC)."""

    rule: Rule
    files: int
    synced: str


@dataclass(frozen=True, slots=True)
class Status:
    """A library at one moment. Dates are known ones: the file's own time is none.

    `generation` says how Chroma's vectors stand: ready, missing, damaged or, in a library without any, none;
    `copies` counts the articles that are copies or updates of another, None while that is not known;
    `behind` is how many chunks came or went since they were built, which are searched without them.
    """

    path: Path
    folders: tuple[Followed, ...]
    files: int
    articles: int
    copies: int | None
    chunks: int
    store_bytes: int
    vector_bytes: int
    first: str
    last: str
    undated: int
    outlets: Mapping[str, int]  # articles by outlet, most first
    synced: str
    skipped: tuple[Skipped, ...]
    generation: str
    behind: int

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready form."""
        values = {**asdict(self), "path": str(self.path), "outlets": dict(self.outlets)}
        values["folders"] = [
            {
                "path": str(followed.rule.root),
                "include": list(followed.rule.include),
                "exclude": list(followed.rule.exclude),
                "files": followed.files,
                "synced": followed.synced,
            }
            for followed in self.folders
        ]
        values["skipped"] = [{"path": str(s.path), "reason": s.reason} for s in self.skipped]
        return values


def read(connection: sqlite3.Connection, path: Path, generations: Generations) -> Status:
    """The status of the library at `path`."""
    followed = tuple(
        Followed(known.rule, _files(connection, known.rule), known.synced)
        for known in folders.remembered(connection)
    )
    first, last, dated = connection.execute(
        f"SELECT min(published), max(published), count(*) FROM articles WHERE {KNOWN_DATE}"
    ).fetchone()
    articles = _count(connection, "articles")
    state, changes = _generation(connection, generations)
    return Status(
        path=path,
        folders=followed,
        files=_count(connection, "files WHERE article IS NOT NULL"),
        articles=articles,
        copies=copies.count(connection),
        chunks=_count(connection, "chunks"),
        store_bytes=sum(_size(file) for file in path.glob(f"{FILE_NAME}*")),
        vector_bytes=sum(_size(file) for file in generations.root.rglob("*")),
        first=first or "",
        last=last or "",
        undated=articles - dated,
        outlets=outlets(connection),
        synced=max((known.synced for known in followed), default=""),
        skipped=folders.skipped(connection),
        generation=state,
        behind=changes,
    )


def outlets(connection: sqlite3.Connection) -> dict[str, int]:
    """Articles by outlet, most first."""
    return dict(
        connection.execute(
            "SELECT source, count(*) FROM articles WHERE source != '' GROUP BY source ORDER BY 2 DESC, 1"
        ).fetchall()
    )


def _generation(connection: sqlite3.Connection, generations: Generations) -> tuple[str, int]:
    last = newest(connection)
    if last is None:
        chunks = _count(connection, "chunks")
        return ("missing" if chunks else "none"), chunks
    changes = behind(connection, last)
    if generations.healthy(last.name):
        return "ready", changes
    return ("damaged" if (generations.root / last.name).is_dir() else "missing"), changes


def _files(connection: sqlite3.Connection, rule: Rule) -> int:
    stem = str(rule.root).rstrip("/")
    rows = connection.execute(
        "SELECT path FROM files WHERE article IS NOT NULL AND path > ? AND path < ?", [f"{stem}/", f"{stem}0"]
    )
    return sum(rule.wants(path) for (path,) in rows)


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _size(file: Path) -> int:
    # A writer may be clearing an old generation away.
    with contextlib.suppress(OSError):
        return file.stat().st_size if file.is_file() else 0
    return 0

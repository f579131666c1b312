"""What a library remembers of the folders it follows: their patterns, their last sync, what it left out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index.report import Skipped
from index.rules import Rule

# Versions that don't know these tables read and write the rest of the library as ever.
_TABLES = (
    "CREATE TABLE IF NOT EXISTS folders (path TEXT PRIMARY KEY, include TEXT NOT NULL, exclude TEXT NOT NULL, "
    "synced TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS skipped (path TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID",
)


@dataclass(frozen=True, slots=True)
class Remembered:
    """A folder that the library follows; `synced` is when (ISO 8601, UTC), empty before the first end."""

    rule: Rule
    synced: str


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where they are missing."""
    for table in _TABLES:
        connection.execute(table)


def remembered(connection: sqlite3.Connection) -> tuple[Remembered, ...]:
    """Every folder that the library follows, by path."""
    if not _prepared(connection):
        return ()
    rows = connection.execute("SELECT path, include, exclude, synced FROM folders ORDER BY path").fetchall()
    return tuple(
        Remembered(Rule(Path(path), tuple(json.loads(include)), tuple(json.loads(exclude))), synced)
        for path, include, exclude, synced in rows
    )


def skipped(connection: sqlite3.Connection) -> tuple[Skipped, ...]:
    """What the last syncs left out, by path."""
    if not _prepared(connection):
        return ()
    rows = connection.execute("SELECT path, reason FROM skipped ORDER BY path").fetchall()
    return tuple(Skipped(Path(path), reason) for path, reason in rows)


def remember(connection: sqlite3.Connection, rules: Iterable[Rule]) -> None:
    """Follow these folders from now on, by these rules."""
    connection.executemany(
        "INSERT INTO folders VALUES (?, ?, ?, '') ON CONFLICT (path) DO UPDATE SET "
        "include = excluded.include, exclude = excluded.exclude",
        [(str(rule.root), json.dumps(rule.include), json.dumps(rule.exclude)) for rule in rules],
    )


def forget(connection: sqlite3.Connection, roots: Iterable[Path]) -> None:
    """Follow these folders no longer."""
    connection.executemany("DELETE FROM folders WHERE path = ?", [(str(root),) for root in roots])


def finish(connection: sqlite3.Connection, roots: Sequence[Path], left_out: Iterable[Skipped]) -> None:
    """Note the end of a sync of these folders and what it left out of them."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for root in roots:
        connection.execute("UPDATE folders SET synced = ? WHERE path = ?", [now, str(root)])
        clear(connection, root)
    connection.executemany(
        "INSERT OR REPLACE INTO skipped VALUES (?, ?)",
        # A name that is not UTF-8 cannot be stored as it is.
        [(str(s.path).encode("utf-8", "replace").decode(), s.reason) for s in left_out],
    )


def clear(connection: sqlite3.Connection, path: Path) -> None:
    """Drop what is noted of files left out at `path` and below."""
    stem = str(path).rstrip("/")
    # "0" is the character after "/": the range holds exactly the paths below.
    connection.execute(
        "DELETE FROM skipped WHERE path = ? OR (path > ? AND path < ?)", [str(path), f"{stem}/", f"{stem}0"]
    )


def _prepared(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'folders'").fetchone())

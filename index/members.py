"""Files that hold many articles, as folders of articles: looked into when they change, carried on when not.

A collection has a row among the files without an article; its members' rows have paths below its own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from index import sandbox
from index.errors import ArticleError
from index.reader import is_collection
from index.source import Member, Refused, Source, source
from index.store import transaction

_STEP = 200  # members between two reports of progress
_OF_ALL = ("source", "published")  # what metadata.json may say of all members of a collection at once
_MEMBER = "collection = ? AND path != collection"


def under(folder: str) -> tuple[str, str]:
    """The bounds, both exclusive, of the paths below a folder or a collection."""
    # "0" is the character after "/": the range holds exactly the paths below.
    stem = folder.rstrip("/")
    return f"{stem}/", f"{stem}0"


def is_member(path: Path) -> bool:
    """True for a path that leads into a file."""
    return not path.exists() and any(is_collection(parent) for parent in path.parents)


def look(connection: sqlite3.Connection, afresh: bool) -> list[str]:
    """Carry the members of unchanged collections on; returns the collections to be looked into.

    `afresh` looks into all of them.
    """
    connection.execute("DROP TABLE IF EXISTS temp.spool")
    connection.execute("CREATE TEMP TABLE spool (path TEXT PRIMARY KEY, digest TEXT, content TEXT)")
    connection.execute("UPDATE seen SET outcome = 'collection' WHERE collection = path")
    if afresh:
        connection.execute("UPDATE seen SET digest = NULL WHERE collection = path")
    rows = connection.execute("SELECT path, digest FROM seen WHERE collection = path").fetchall()
    for path, digest in rows:
        if digest is not None:
            _carry(connection, path)
    return [path for path, digest in rows if digest is None]


def expand(connection: sqlite3.Connection, step: Callable[[Path, int, int], None]) -> None:
    """Look into the new and changed collections; their members become files like any other."""
    waiting = connection.execute(
        "SELECT path, sidecar FROM seen WHERE collection = path AND digest IS NULL ORDER BY path"
    ).fetchall()
    for done, (path, sidecar) in enumerate(waiting):
        step(Path(path), done, len(waiting))
        with transaction(connection):
            try:
                for at in _read(connection, path, sidecar):
                    step(at, done, len(waiting))
            except ArticleError as error:
                _forget(connection, path, error)
            _compare(connection, path)


def settle(connection: sqlite3.Connection) -> None:
    """Record the collections that were looked into, once all of their members are in the library.

    Killed before, the next run looks into them again.
    """
    connection.execute(
        "INSERT OR REPLACE INTO files (path, size, mtime_ns, inode, sidecar, article, reason) "
        "SELECT path, size, mtime_ns, inode, sidecar, NULL, reason FROM seen "
        "WHERE collection = path AND outcome = 'collection' AND digest IS NULL"
    )


def refused(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Path and reason of the members that were looked at and are no articles."""
    return connection.execute(
        "SELECT path, reason FROM seen "
        "WHERE collection != path AND outcome = 'skipped' AND digest IS NULL ORDER BY path"
    ).fetchall()


def spooled(connection: sqlite3.Connection, path: str) -> Source | None:
    """The member as it was read in this run."""
    row = connection.execute("SELECT digest, content FROM spool WHERE path = ?", [path]).fetchone()
    return row and source(Path(path), row[0], sandbox.content(json.loads(row[1])))


def _carry(connection: sqlite3.Connection, path: str) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO seen "
        "(path, size, mtime_ns, inode, sidecar, digest, known, reason, collection) "
        "SELECT files.path, size, mtime_ns, inode, sidecar, coalesce(id, ''), id, reason, ? "
        "FROM files LEFT JOIN articles ON number = article WHERE files.path > ? AND files.path < ?",
        [path, *under(path)],
    )


def _read(connection: sqlite3.Connection, path: str, sidecar: str) -> Iterator[Path]:
    """Put the collection's members into the tables; yields now and then how far it is."""
    shared = {k: v for k, v in json.loads(sidecar or "{}").items() if k in _OF_ALL}
    remarks: list[str] = []
    for count, piece in enumerate(sandbox.shared().members(Path(path)), 1):
        if isinstance(piece, Refused) and not piece.name:
            remarks.append(piece.reason)
        else:
            _see(connection, path, piece, shared)
        if count % _STEP == 0:
            yield Path(path, piece.name)
    connection.execute("UPDATE seen SET reason = ? WHERE path = ?", ["; ".join(remarks), path])


def _see(
    connection: sqlite3.Connection, collection: str, piece: Member | Refused, shared: Mapping[str, str]
) -> None:
    path = f"{collection}/{piece.name}"
    if isinstance(piece, Refused):
        outcome, reason, digest, entry = "skipped", piece.reason, None, ""
    else:
        outcome, reason, digest = "unchanged", "", piece.digest
        values = {**(piece.entry or {}), **shared}
        entry = json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""
        connection.execute(
            "INSERT OR REPLACE INTO spool VALUES (?, ?, ?)",
            [path, digest, json.dumps(asdict(piece.content))],
        )
    # A member has no file of its own to compare with; one that is named twice counts as it came last.
    connection.execute(
        "INSERT OR REPLACE INTO seen "
        "(path, size, mtime_ns, inode, sidecar, digest, outcome, reason, collection) "
        "VALUES (?, 0, 0, 0, ?, ?, ?, ?, ?)",
        [path, entry, digest, outcome, reason, collection],
    )


def _forget(connection: sqlite3.Connection, path: str, error: ArticleError) -> None:
    """The collection cannot be read: its members go, unless the disk is to blame."""
    connection.execute(f"DELETE FROM seen WHERE {_MEMBER}", [path])
    outcome = "collection"
    if isinstance(error.__cause__, OSError):
        _carry(connection, path)
        outcome = "skipped"
    connection.execute(
        "UPDATE seen SET outcome = ?, reason = ? WHERE path = ?",
        [outcome, str(error).removeprefix(f"{path}: "), path],
    )


def _compare(connection: sqlite3.Connection, path: str) -> None:
    """Tell the members that are new, changed and gone apart, wherever in the collection they stand now."""
    low, high = under(path)
    connection.execute("DROP TABLE IF EXISTS temp.before")
    connection.execute(
        "CREATE TEMP TABLE before AS SELECT files.path AS path, id, "
        "id IN (SELECT digest FROM seen WHERE collection = ? AND digest != '') AS stays "
        "FROM files LEFT JOIN articles ON number = article WHERE files.path > ? AND files.path < ?",
        [path, low, high],
    )
    connection.execute("CREATE INDEX temp.before_path ON before (path)")
    connection.execute(
        "UPDATE seen SET known = iif(digest IN (SELECT id FROM before), digest, "
        "(SELECT id FROM before WHERE before.path = seen.path AND NOT stays)) "
        f"WHERE {_MEMBER} AND digest != ''",
        [path],
    )
    connection.execute(
        "INSERT OR IGNORE INTO gone SELECT path, iif(stays, '', coalesce(id, '')) FROM before "
        "WHERE path NOT IN (SELECT path FROM seen)"
    )
    # Gone too is an article whose place another one has taken; no file has this path.
    connection.execute(
        "INSERT OR IGNORE INTO gone SELECT path || '/?', id FROM before JOIN seen USING (path) "
        "WHERE id IS NOT NULL AND NOT stays AND known IS NOT id"
    )

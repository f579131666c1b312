"""What a sync has to do: the folders' files beside those the library knows, compared in a temporary table."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from index import members
from index.errors import LibraryError
from index.formats import EXAMPLES
from index.reader import is_collection
from index.report import Skipped
from index.scan import Walk
from index.writer import remove_if_orphaned

# A file may change again within one tick of its clock; so young a file is looked into again next time.
_SETTLED_NS = 2_000_000_000
_SEEN = """
CREATE TEMP TABLE seen (
    path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, inode INTEGER, sidecar TEXT,
    digest TEXT, known TEXT, outcome TEXT NOT NULL DEFAULT 'unchanged', reason TEXT NOT NULL DEFAULT '',
    collection TEXT
) WITHOUT ROWID;
CREATE INDEX temp.seen_digest ON seen (digest);
CREATE INDEX temp.seen_collection ON seen (collection, digest);
CREATE TEMP TABLE gone (path TEXT PRIMARY KEY, digest TEXT) WITHOUT ROWID
"""


def look(connection: sqlite3.Connection, roots: Iterable[Path], walk: Walk, afresh: bool = False) -> None:
    """Fill the table of seen files and tell the new, changed and vanished ones apart.

    `afresh` takes every file that holds many articles for a changed one.
    """
    roots = list(roots)
    for table in ("seen", "gone"):
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
    for statement in _SEEN.split(";\n"):
        connection.execute(statement)
    settled = time.time_ns() - _SETTLED_NS
    connection.execute("BEGIN")
    for root in roots:
        connection.executemany(
            "INSERT OR IGNORE INTO seen (path, size, mtime_ns, inode, sidecar, collection) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    *(f.path, f.size if f.mtime_ns < settled else -1, f.mtime_ns, f.inode, f.sidecar),
                    f.path if is_collection(Path(f.path)) else None,
                )
                for f in walk.files(root)
            ),
        )
    connection.execute(
        "UPDATE seen SET known = articles.id, sidecar = coalesce(seen.sidecar, files.sidecar), "
        "digest = iif(seen.size >= 0 AND seen.size = files.size AND seen.mtime_ns = files.mtime_ns "
        "AND seen.inode = files.inode AND (articles.id IS NOT NULL "
        "OR coalesce(seen.sidecar, files.sidecar) = files.sidecar), coalesce(articles.id, ''), NULL), "
        "reason = files.reason "
        "FROM files LEFT JOIN articles ON article = number WHERE files.path = seen.path"
    )
    connection.execute("UPDATE seen SET sidecar = '' WHERE sidecar IS NULL")
    changed = members.look(connection, afresh)
    # What cannot be looked at, or has not been yet, is not known to be gone.
    _find_gone(connection, roots, [*walk.unreadable, *changed])
    connection.execute("COMMIT")


def require_files(connection: sqlite3.Connection, roots: Iterable[Path]) -> None:
    """LibraryError when a folder holds no file to read and never did: it is most likely a wrong name."""
    for root in roots:
        if not _any(connection, "SELECT 1 FROM seen WHERE", root):
            require_articles(connection, [root], ())


def require_articles(
    connection: sqlite3.Connection, roots: Iterable[Path], skipped: Sequence[Skipped]
) -> None:
    """LibraryError when a folder neither gave the library an article nor had given it one before."""
    for root in roots:
        if _any(connection, "SELECT 1 FROM files WHERE article IS NOT NULL AND", root):
            continue
        if _any(connection, "SELECT 1 FROM gone WHERE digest != '' AND", root):
            continue
        reasons = [f"{s.path}: {s.reason}" for s in skipped if s.path.is_relative_to(root)]
        if reasons:
            raise LibraryError(f"None of the files in {root} could be read ({'; '.join(reasons[:3])}).")
        raise LibraryError(f"There is no article in {root}: name a folder with {EXAMPLES} files.")


def _any(connection: sqlite3.Connection, query: str, root: Path) -> bool:
    return bool(
        connection.execute(f"{query} path > ? AND path < ? LIMIT 1", members.under(str(root))).fetchone()
    )


def _find_gone(connection: sqlite3.Connection, roots: list[Path], hidden: list[str]) -> None:
    for root in roots:
        connection.execute(
            "INSERT OR IGNORE INTO gone SELECT files.path, coalesce(id, '') "
            "FROM files LEFT JOIN articles ON article = number WHERE files.path > ? AND files.path < ? "
            "AND files.path NOT IN (SELECT path FROM seen)",
            members.under(str(root)),
        )
    for place in hidden:
        connection.execute("DELETE FROM gone WHERE path > ? AND path < ?", members.under(place))


def digest_files(connection: sqlite3.Connection, step: Callable[[Path, int, int], None]) -> None:
    """Hash the files that size, time and inode do not show to be unchanged."""
    paths = [
        row[0]
        for row in connection.execute(
            "SELECT path FROM seen WHERE digest IS NULL AND collection IS NULL ORDER BY path"
        )
    ]
    for done, path in enumerate(paths):
        step(Path(path), done, len(paths))
        try:
            with open(path, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            skip(connection, path, f"cannot be read ({error.strerror}): check its permissions and its disk")
            continue
        connection.execute("UPDATE seen SET digest = ? WHERE path = ?", [digest, path])
    connection.execute(
        "UPDATE seen SET outcome = 'added' WHERE known IS NULL AND digest != '' AND outcome != 'skipped'"
    )
    connection.execute(
        "UPDATE seen SET outcome = 'changed', reason = '' WHERE known IS NOT digest AND known IS NOT NULL "
        "AND outcome != 'skipped'"
    )
    connection.execute("UPDATE seen SET outcome = 'skipped' WHERE digest = '' AND collection IS NOT path")
    # As many files of the same bytes as have gone from one place and come up in another were moved.
    connection.execute(
        "UPDATE seen SET outcome = 'moved' WHERE path IN (SELECT path FROM ("
        "SELECT path, digest, row_number() OVER (PARTITION BY digest ORDER BY path) AS nth "
        "FROM seen WHERE outcome = 'added') AS fresh "
        "WHERE nth <= (SELECT count(*) FROM gone WHERE gone.digest = fresh.digest))"
    )


def attach(connection: sqlite3.Connection, digest: str | None = None) -> None:
    """Point the files of `digest`, or else of every known article, at their article.

    Articles that lose their last file go. Without a digest the vanished files go in the same step, so
    that a moved one is never missing.
    """
    changes = (
        "FROM seen JOIN articles ON seen.digest = articles.id LEFT JOIN files ON files.path = seen.path "
        "WHERE outcome != 'skipped' AND (files.path IS NULL OR (files.size, files.mtime_ns, files.inode, "
        "files.sidecar, files.article) IS NOT (seen.size, seen.mtime_ns, seen.inode, seen.sidecar, number))"
        + ("" if digest is None else " AND seen.digest = ?")
    )
    values = [] if digest is None else [digest]
    rows = connection.execute(f"SELECT DISTINCT files.article, number {changes}", values).fetchall()
    touched = {number for row in rows for number in row if number is not None}
    connection.execute(
        "INSERT OR REPLACE INTO files (path, size, mtime_ns, inode, sidecar, article) "
        f"SELECT seen.path, seen.size, seen.mtime_ns, seen.inode, seen.sidecar, number {changes}",
        values,
    )
    if digest is None:
        lost = connection.execute(
            "SELECT article FROM files JOIN gone USING (path) WHERE article IS NOT NULL"
        )
        touched |= {row[0] for row in lost}
        connection.execute("DELETE FROM files WHERE path IN (SELECT path FROM gone)")
    remove_if_orphaned(connection, sorted(touched))


def skip(connection: sqlite3.Connection, path: str, reason: str) -> None:
    """Leave the file out of this sync; what the library held of it stays."""
    connection.execute(
        "UPDATE seen SET outcome = 'skipped', reason = ? WHERE path = ?",
        [reason.removeprefix(f"{path}: "), path],
    )


def reject(connection: sqlite3.Connection, path: str, reason: str) -> None:
    """The file no longer holds an article: remember why, and let go of the one it held before."""
    skip(connection, path, reason)
    before = connection.execute("SELECT article FROM files WHERE path = ?", [path]).fetchone()
    connection.execute(
        "INSERT OR REPLACE INTO files (path, size, mtime_ns, inode, sidecar, article, reason) "
        "SELECT path, size, mtime_ns, inode, sidecar, NULL, reason FROM seen WHERE path = ?",
        [path],
    )
    if before and before[0] is not None:
        remove_if_orphaned(connection, [before[0]])


def skipped(connection: sqlite3.Connection, walk: Walk) -> tuple[Skipped, ...]:
    """Every file left out, by path, with its reason."""
    rows = connection.execute(
        "SELECT path, reason FROM seen WHERE outcome = 'skipped' OR (collection = path AND reason != '')"
    ).fetchall()
    return tuple(sorted([*walk.skipped, *(Skipped(Path(p), r) for p, r in rows)], key=lambda s: s.path))


def outcomes(connection: sqlite3.Connection) -> dict[str, int]:
    """How many files were added, changed, moved, unchanged and, as "removed", have gone for good."""
    counts = dict(connection.execute("SELECT outcome, count(*) FROM seen GROUP BY outcome").fetchall())
    gone = connection.execute("SELECT count(*) FROM gone WHERE digest != ''").fetchone()[0]
    return {**counts, "removed": gone - counts.get("moved", 0)}

"""The library's one SQLite file: its settings, its transactions, its errors in plain words."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from index.errors import LibraryError
from index.tables import FORMAT, MIGRATIONS, TABLES

FILE_NAME = "library.sqlite3"
_BUSY_MS = 10_000  # a reader only ever waits for another process to recover or close the file
# A title names the subject of every chunk under it; at full weight it would drown the words of the chunk.
_RANK = "bm25(0.6, 1.0)"


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing; LibraryError when there is no library at `path`."""
    if not (path / FILE_NAME).is_file():
        raise _none(path)
    connection = _connect(path)
    _migrate(connection)
    connection.execute("PRAGMA query_only = 1")
    return connection


def open_for_writing(path: Path, settings: Mapping[str, str]) -> sqlite3.Connection:
    """The writer's connection; a new library is made with `settings` as its manifest."""
    connection = _connect(path, create=True)
    connection.execute("PRAGMA journal_mode = WAL")
    with transaction(connection):
        fresh = not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        if fresh:
            for statement in TABLES.split(";\n"):
                connection.execute(statement)
            connection.execute("INSERT INTO words(words, rank) VALUES ('rank', ?)", (_RANK,))
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            made = {"library": uuid.uuid4().hex, "version": _own_version()}
            write_manifest(connection, {**settings, **made})
    _migrate(connection)
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring a library that an older version made to this version's format, whoever opens it first."""
    if _format(connection) not in MIGRATIONS:
        return
    with transaction(connection):
        while (found := _format(connection)) in MIGRATIONS:
            for statement in MIGRATIONS[found]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {found + 1}")


def _format(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _connect(path: Path, create: bool = False) -> sqlite3.Connection:
    mode = "rwc" if create else "rw"
    # Transactions are begun and ended in the open; a snapshot may be used by several threads in turn.
    connection = sqlite3.connect(
        f"{(path / FILE_NAME).absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    connection.execute("PRAGMA foreign_keys = ON")
    # Within WAL this still survives a killed process; a power cut may undo the last files, never half a one.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the block or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        # A full disk has already rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def read_manifest(connection: sqlite3.Connection) -> dict[str, str]:
    """The settings the library was made with."""
    return dict(connection.execute("SELECT name, value FROM manifest").fetchall())


def write_manifest(connection: sqlite3.Connection, settings: Mapping[str, str]) -> None:
    """Record the settings that everything in the library now agrees with."""
    connection.executemany(
        "INSERT INTO manifest VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        list(settings.items()),
    )


def check_format(connection: sqlite3.Connection, path: Path) -> None:
    """LibraryError unless this version of Dateline reads the file."""
    found = _format(connection)
    if found == FORMAT:
        return
    if found > FORMAT:
        maker = _maker(connection)
        raise LibraryError(
            f"The library at {path} has format {found}{f' (of Dateline {maker})' if maker else ''}, this version "
            f"of Dateline reads format {FORMAT}: install {f'Dateline {maker} or newer' if maker else 'a newer one'}"
            ", or choose another place with --library."
        )
    if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise _none(path)  # its writer was stopped before the first table was there
    raise LibraryError(
        f"{path / FILE_NAME} is not a Dateline library (format {found}, expected {FORMAT}): "
        "choose another place with --library."
    )


def _maker(connection: sqlite3.Connection) -> str:
    """The version of Dateline that made the library, if its manifest can still be read."""
    try:
        return read_manifest(connection).get("version", "")
    except sqlite3.DatabaseError:
        return ""


def _own_version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # only a new library needs it

    try:
        return version("dateline")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return ""


def check_settings(connection: sqlite3.Connection, path: Path, settings: Mapping[str, str]) -> None:
    """LibraryError unless the library was made with `settings`; it names both values and the repair."""
    made = read_manifest(connection)
    for name, expected in settings.items():
        found = made.get(name, "none")
        if found != expected:
            raise LibraryError(
                f"The library at {path} was made with {name} {found!r}, this version of Dateline uses "
                f"{expected!r}: run `dateline index FOLDER --rebuild` on the folder it was made from."
            )


def agrees(connection: sqlite3.Connection, settings: Mapping[str, str]) -> bool:
    """True when the library was made with `settings`."""
    return settings.items() <= read_manifest(connection).items()


def _none(path: Path) -> LibraryError:
    return LibraryError(f"There is no library at {path}: make one with `dateline index FOLDER`.")


@contextmanager
def explained(path: Path, files: bool = True) -> Iterator[None]:
    """Turn what SQLite and, if `files`, the file system say into a LibraryError with the next step."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise LibraryError(f"The library at {path} {_explain(str(error))} ({error}).") from error
    except OSError as error:
        if not files:
            raise
        reason = error.strerror or str(error)
        raise LibraryError(
            f"The library at {path} cannot be used: {reason} ({error.filename or path}). "
            "Check the disk's space and your permissions, then run the command again."
        ) from error


def _explain(message: str) -> str:
    for sign, meaning in (
        ("full", "cannot grow, the disk is full: free some space and run the command again"),
        (
            "readonly",
            "cannot be written: check the permissions of its files or choose another with --library",
        ),
        (
            "unable to open",
            "cannot be opened: check the permissions of its files or choose another with --library",
        ),
        ("locked", "is held by another program: wait until that has finished and run the command again"),
        ("malformed", "is damaged: move that folder away and run `dateline index FOLDER` again"),
        ("not a database", "is damaged: move that folder away and run `dateline index FOLDER` again"),
    ):
        if sign in message:
            return meaning
    return "could not be read or written: check the disk and its free space, then run the command again"

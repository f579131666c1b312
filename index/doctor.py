"""Finds what is wrong with a library and the model files, and repairs what can be repaired."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from index import folders, seal, store, weights
from index.errors import DatelineError, LibraryError
from index.library import Library, settings
from index.probe import probe
from index.publish import Published, behind, far_behind, newest
from index.search import matrix

_FIX = "run `dateline doctor --fix`"
_NEEDED = ("embedder", "tokenizer", "answering")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it is well, was repaired, or is broken, and what was found."""

    name: str
    state: Literal["ok", "repaired", "broken"]
    found: str


def examine(library: Library, fix: bool, fetch: Callable[[str], object] = weights.ensure) -> Iterator[Check]:
    """Every check in turn; with `fix`, damaged weights are fetched again and the vectors' index built anew."""
    for row in weights.rows():
        if row.weights.name in _NEEDED or row.state == "damaged":
            yield _weights(row, fix, fetch)
    if not library.exists:
        yield Check("library", "ok", f"none at {library.path} yet: `dateline index FOLDER` makes one")
        return
    fault = _store_fault(library)
    yield fault or Check("library", "ok", f"{library.path} is whole")
    if fault is None:
        yield _settings(library)
        try:
            with store.explained(library.path):
                yield _vectors(library, fix)
        except LibraryError as error:
            yield Check("vectors", "broken", str(error))


def _weights(row: weights.Row, fix: bool, fetch: Callable[[str], object]) -> Check:
    name = f"{row.weights.name} weights"
    if row.state == "ready":
        return Check(name, "ok", f"{row.path.name} has the published bytes")
    if row.state != "damaged":
        started = "not fetched yet" if row.state == "missing" else "fetched in part"
        return Check(name, "ok", f"{started}: `dateline models fetch {row.weights.name}` gets them")
    if not fix:
        return Check(name, "broken", f"{row.path} has not the published bytes: {_FIX} to fetch it again")
    try:
        fetch(row.weights.name)
    except DatelineError as error:
        return Check(name, "broken", str(error))
    return Check(name, "repaired", f"{row.path.name} was damaged and has been fetched again")


def _store_fault(library: Library) -> Check | None:
    followed: list[str] = []
    try:
        with library.reading() as connection:
            followed = [str(each.rule.root) for each in folders.remembered(connection)]
            faults = _faults(connection)
    except LibraryError as error:
        cause = error.__cause__
        if not isinstance(cause, sqlite3.DatabaseError) or isinstance(cause, sqlite3.OperationalError):
            return Check("library", "broken", str(error))  # no permission, another version's
        faults = [str(cause)]
    if not faults:
        return None
    again = " ".join(followed) or "FOLDER"
    return Check(
        "library",
        "broken",
        f"{library.path / store.FILE_NAME} is damaged ({faults[0]}). Your articles are not touched: move "
        f"{library.path} away and run `dateline index {again}`.",
    )


def _faults(connection: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong, or else tables that do not agree."""
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
    if found:
        return found
    if connection.execute("PRAGMA foreign_key_check").fetchone():
        return ["rows refer to rows that are not there"]
    counts = {
        what: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for what, table in (("passages", "chunks"), ("vectors", "vectors"), ("indexed", "words_docsize"))
    }
    if len(set(counts.values())) > 1:
        return [", ".join(f"{count:,} {what}" for what, count in counts.items()) + " should be as many"]
    if connection.execute("SELECT 1 FROM vectors WHERE length(vector) != 1536 LIMIT 1").fetchone():
        return ["a vector has not 384 numbers"]
    return []


def _settings(library: Library) -> Check:
    with library.reading() as connection:
        try:
            store.check_settings(connection, library.path, settings())
        except LibraryError as error:
            return Check("settings", "broken", str(error))
    return Check("settings", "ok", "made with this version's embedder and chunking")


def _vectors(library: Library, fix: bool) -> Check:
    with library.reading() as connection:
        last = newest(connection)
        if last is None and not connection.execute("SELECT 1 FROM chunks LIMIT 1").fetchone():
            return Check("vectors", "ok", "none yet")
        changes = behind(connection, last) if last else 0
        fault = _generation_fault(library, connection, last, changes)
    if not fault:
        late = f", {changes:,} passages came or went since" if changes else ""
        return Check("vectors", "ok", f"Chroma's index agrees with the library{late}")
    if not fix:
        return Check("vectors", "broken", f"{fault}: questions are answered without it, {_FIX} to build it")
    library.rebuild_vectors()
    return Check("vectors", "repaired", f"{fault}: built anew from the library, nothing was embedded")


def _generation_fault(
    library: Library, connection: sqlite3.Connection, last: Published | None, changes: int
) -> str:
    if last is None:
        return "Chroma's index was never built"
    directory = library.path / "chroma" / last.name
    if not directory.is_dir():
        return "Chroma's index is missing"
    if seal.state(directory, thorough=True) == "changed":
        return "Chroma's index is damaged (its files are not those that were published)"
    found = probe(directory)
    if isinstance(found, str):
        return f"Chroma's index is damaged: {found}"
    if far_behind(changes, last.size):
        return f"Chroma's index is older than the library by {changes:,} passages"
    stored = dict(
        connection.execute(
            "SELECT chunk, vector FROM vectors WHERE chunk IN "
            f"({', '.join(str(chunk) for chunk in found.ids) or 'NULL'})"
        ).fetchall()
    )
    # Those no longer in the library are left in the index until the next is built.
    agree = all(
        np.allclose(matrix([stored[chunk]])[0], vector, atol=1e-4)
        for chunk, vector in zip(found.ids, found.vectors, strict=True)
        if chunk in stored
    )
    if found.size != last.size or max(found.ids, default=0) > last.last_chunk or not agree:
        return "Chroma's index is out of step with the library"
    return "" if library.sound(last.name) else "Chroma's index could not be read by an earlier question"

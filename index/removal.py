"""Takes a folder or a file out of a library; what is on the disk stays as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from index import folders
from index.errors import LibraryError
from index.report import Removal
from index.rules import Rule, below
from index.writer import remove_if_orphaned


def remove(connection: sqlite3.Connection, library: Path, target: Path | str) -> Removal:
    """Take out all that is at the target or below it; LibraryError when the library has nothing from there.

    Folders followed there are forgotten; a folder around it will leave it out from now on.
    """
    rules = [known.rule for known in folders.remembered(connection)]
    place = _place(connection, library, Path(target).expanduser(), rules)
    rows = connection.execute(f"SELECT path, article FROM files WHERE {_AT}", _at(place)).fetchall()
    forgotten = tuple(rule.root for rule in rules if below(str(rule.root), str(place)))
    around = tuple(rule.root for rule in rules if rule.root not in forgotten and rule.covers(str(place)))
    connection.execute(f"DELETE FROM files WHERE {_AT}", _at(place))
    remove_if_orphaned(connection, sorted({number for _, number in rows if number is not None}))
    folders.forget(connection, forgotten)
    folders.remember(connection, [rule.without(place) for rule in rules if rule.root in around])
    folders.clear(connection, place)
    return Removal(
        path=place,
        files=sum(number is not None for _, number in rows),
        forgotten=forgotten,
        left_out_of=around,
        articles=int(connection.execute("SELECT count(*) FROM articles").fetchone()[0]),
        chunks=int(connection.execute("SELECT count(*) FROM chunks").fetchone()[0]),
    )


def _place(connection: sqlite3.Connection, library: Path, given: Path, rules: Sequence[Rule]) -> Path:
    """The target as the library names it: a link inside a folder keeps its own name there."""
    for place in (given.parent.resolve() / given.name, given.resolve()):
        known = connection.execute(f"SELECT 1 FROM files WHERE {_AT} LIMIT 1", _at(place)).fetchone()
        if known or any(below(str(rule.root), str(place)) for rule in rules):
            return place
    listed = ", ".join(str(rule.root) for rule in rules) or "none that it remembers"
    raise LibraryError(
        f"The library at {library} has nothing from {given.resolve()}: its folders are {listed}; "
        "`dateline status` shows more."
    )


# "0" is the character after "/": the range holds exactly the paths below.
_AT = "(path = ? OR (path > ? AND path < ?))"


def _at(place: Path) -> list[str]:
    stem = str(place).rstrip("/")
    return [str(place), f"{stem}/", f"{stem}0"]

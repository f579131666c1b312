"""How articles get into the tables and out of them; each function is called inside a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.copies import signature
from index.drafts import Draft

_COLUMNS = (
    "path, title, source, published, url, provenance, boilerplate, pages, language, signature, heading, basis, "
    "made"
)


def put(connection: sqlite3.Connection, draft: Draft, vectors: NDArray[np.float32], made: str) -> int:
    """Store the article with all its chunks in place of what it was before; returns its number."""
    article = draft.article
    row = connection.execute("SELECT number FROM articles WHERE id = ?", [article.id]).fetchone()
    if row:
        number = int(row[0])
        _remove_chunks(connection, number)
        describe(connection, number, article, draft.heading, draft.basis, made)
        connection.execute("UPDATE texts SET text = ? WHERE article = ?", [article.text, number])
    else:
        values = _values(article, draft.heading, draft.basis, made)
        cursor = connection.execute(
            f"INSERT INTO articles (id, {_COLUMNS}) VALUES (?{', ?' * len(values)})", [article.id, *values]
        )
        number = int(cursor.lastrowid or 0)
        connection.execute("INSERT INTO texts VALUES (?, ?)", [number, article.text])
    for (start, stop), vector in zip(draft.spans, vectors, strict=True):
        chunk = connection.execute(
            "INSERT INTO chunks (article, start, stop) VALUES (?, ?, ?)", [number, start, stop]
        ).lastrowid
        connection.execute("INSERT INTO vectors VALUES (?, ?)", [chunk, vector.astype(np.float32).tobytes()])
    _index_words(connection, number)
    return number


def describe(
    connection: sqlite3.Connection, number: int, article: Article, heading: str, basis: str, made: str
) -> None:
    """Change what is known about an article; its text and chunks stay."""
    assignments = ", ".join(f"{column} = ?" for column in _COLUMNS.split(", "))
    connection.execute(
        f"UPDATE articles SET {assignments} WHERE number = ?",
        [*_values(article, heading, basis, made), number],
    )


def retitle(
    connection: sqlite3.Connection, number: int, article: Article, heading: str, basis: str, made: str
) -> None:
    """Change what is known about an article and index its words under the title, if that is a new one."""
    row = connection.execute("SELECT title FROM articles WHERE number = ?", [number]).fetchone()
    renamed = row[0] != article.title
    if renamed:
        _forget_words(connection, number)
    describe(connection, number, article, heading, basis, made)
    if renamed:
        _index_words(connection, number)


def sign(connection: sqlite3.Connection, number: int) -> None:
    """Work out the signature of an article that has none, from its text as it is stored."""
    text, boilerplate = connection.execute(
        "SELECT text, boilerplate FROM articles JOIN texts ON article = number WHERE number = ?", [number]
    ).fetchone()
    connection.execute(
        "UPDATE articles SET signature = ? WHERE number = ?",
        [signature(text, json.loads(boilerplate)), number],
    )


def remove_if_orphaned(connection: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Remove those articles that no file holds any longer; each other one takes its first file's path."""
    for number in numbers:
        path = connection.execute("SELECT min(path) FROM files WHERE article = ?", [number]).fetchone()[0]
        if path is None:
            _forget_words(connection, number)
            # Chunks, vectors and text go with it.
            connection.execute("DELETE FROM articles WHERE number = ?", [number])
        else:
            connection.execute(
                "UPDATE articles SET path = ? WHERE number = ? AND path != ?", [path, number, path]
            )


def _remove_chunks(connection: sqlite3.Connection, number: int) -> None:
    _forget_words(connection, number)
    connection.execute("DELETE FROM chunks WHERE article = ?", [number])


def _index_words(connection: sqlite3.Connection, number: int) -> None:
    connection.executemany(
        "INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)", _words(connection, number)
    )


def _forget_words(connection: sqlite3.Connection, number: int) -> None:
    # The index keeps no text, so it has to be told the very words that were put in.
    connection.executemany(
        "INSERT INTO words (words, rowid, title, text) VALUES ('delete', ?, ?, ?)", _words(connection, number)
    )


def _words(connection: sqlite3.Connection, number: int) -> list[tuple[int, str, str]]:
    title, text = connection.execute(
        "SELECT title, text FROM articles JOIN texts ON article = number WHERE number = ?", [number]
    ).fetchone()
    rows = connection.execute("SELECT id, start, stop FROM chunks WHERE article = ?", [number])
    return [(chunk, title, text[start:stop]) for chunk, start, stop in rows.fetchall()]


def _values(article: Article, heading: str, basis: str, made: str) -> list[str | bytes | None]:
    return [
        str(article.path),
        article.title,
        article.source,
        article.published,
        article.url,
        json.dumps(dict(article.provenance), ensure_ascii=False, sort_keys=True),
        json.dumps(article.boilerplate),
        json.dumps(article.pages),
        article.language,
        article.signature,
        heading,
        basis,
        made,
    ]

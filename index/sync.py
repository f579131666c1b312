"""Makes a library equal to its folders: looks, then moves and removes, then embeds what is new."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index import members, plan, writer
from index.article import Article
from index.articles import as_article, read_article
from index.drafts import Draft, draft, heading
from index.errors import ArticleError
from index.report import Progress
from index.store import transaction
from index.stored import ARTICLE, stored_article

if TYPE_CHECKING:
    from index.embedder import Embedder

_TOGETHER = 64  # chunks embedded at once, gathered over several articles
_BASIS = "files.path || '|' || files.mtime_ns || '|' || files.sidecar"


@dataclass(frozen=True, slots=True)
class _Work:
    """A draft on its way into the library."""

    draft: Draft
    attach: bool  # a new article, whose files have to be pointed at it


class Sync:
    """One run of the writer over its connection; the caller holds the lock."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        embedder: Callable[[], Embedder],
        made: str,
        progress: Callable[[Progress], None],
    ) -> None:
        self._connection = connection
        self._embedder = embedder
        self._made = made
        self._progress = progress

    def move_and_remove(self) -> None:
        """All that needs no embedding, in one transaction; so files that change places are never missing."""

        def step(path: Path, done: int, total: int) -> None:
            self._progress(Progress(done, total, path, "look"))

        members.expand(self._connection, step)
        plan.digest_files(self._connection, step)
        with transaction(self._connection):
            plan.attach(self._connection)

    def sign(self) -> None:
        """Give the articles that an older version indexed what tells copies; no file is read again."""
        unsigned = self._connection.execute("SELECT number, path FROM articles WHERE signature IS NULL")
        rows = unsigned.fetchall()
        for done, (number, path) in enumerate(rows):
            self._progress(Progress(done, len(rows), Path(path), "look"))
            with transaction(self._connection):
                writer.sign(self._connection, number)

    def embed(self) -> None:
        """New articles, and known ones whose title or making has changed, each in its own transaction."""
        new = self._connection.execute(
            "SELECT digest, min(path) FROM seen WHERE digest != '' AND outcome != 'skipped' "
            "AND digest NOT IN (SELECT id FROM articles) GROUP BY digest ORDER BY 2"
        ).fetchall()
        total = len(new) + len(self._made_otherwise())
        self._store_all(self._all_new(new, total))
        # Asked again: an article whose file now holds a new one is gone, and must not come back.
        self._store_all(self._all_stale(self._made_otherwise(), len(new), total))

    def _store_all(self, works: Iterator[_Work]) -> None:
        pending: list[_Work] = []
        chunks = 0
        for work in works:
            pending.append(work)
            chunks += len(work.draft.spans)
            if chunks >= _TOGETHER:
                self._store(pending)
                pending, chunks = [], 0
        self._store(pending)
        with transaction(self._connection):
            for path, reason in members.refused(self._connection):
                plan.reject(self._connection, path, reason)
            members.settle(self._connection)

    def _made_otherwise(self) -> list[tuple[int, str, str, str, str]]:
        """Number, path, basis, sidecar and making of the known articles that have to be looked at again."""
        return self._connection.execute(
            f"SELECT number, articles.path, {_BASIS}, files.sidecar, made FROM articles "
            f"JOIN files ON files.path = articles.path WHERE made != ? OR basis != {_BASIS} ORDER BY 2",
            [self._made],
        ).fetchall()

    def _all_new(self, new: Sequence[tuple[str, str]], total: int) -> Iterator[_Work]:
        for done, (digest, path) in enumerate(new):
            self._progress(Progress(done, total, Path(path), "embed"))
            yield from self._new(digest)

    def _all_stale(
        self, stale: Sequence[tuple[int, str, str, str, str]], first: int, total: int
    ) -> Iterator[_Work]:
        for done, (number, path, basis, sidecar, made) in enumerate(stale, first):
            self._progress(Progress(done, total, Path(path), "embed"))
            yield from self._stale(number, Path(path), basis, sidecar, made)

    def _new(self, digest: str) -> Iterator[_Work]:
        """The article of these bytes, from the first of its files that can be read."""
        files = self._connection.execute(
            f"SELECT path, {_BASIS.replace('files.', '')}, sidecar FROM seen "
            "WHERE digest = ? AND outcome != 'skipped' ORDER BY path",
            [digest],
        ).fetchall()
        for path, basis, sidecar in files:
            article = self._read(path, sidecar)
            if article is None:
                continue
            if article.id != digest:  # written to since it was hashed
                self._connection.execute("UPDATE seen SET digest = ? WHERE path = ?", [article.id, path])
                digest = article.id
            yield _Work(draft(article, basis, self._embedder()), attach=True)
            return

    def _read(self, path: str, sidecar: str) -> Article | None:
        try:
            return self._article(path, sidecar)
        except ArticleError as error:
            with transaction(self._connection):
                if isinstance(error.__cause__, OSError):
                    plan.skip(self._connection, path, str(error))
                else:
                    plan.reject(self._connection, path, str(error))
            return None

    def _article(self, path: str, sidecar: str) -> Article:
        member = members.spooled(self._connection, path)
        return as_article(member, sidecar) if member else read_article(Path(path), sidecar)

    def _again(self, known: Article, sidecar: str) -> Article:
        """The known article as it is found now; written to since it was hashed, it stays as it was."""
        path = str(known.path)
        if members.is_member(known.path) and not members.spooled(self._connection, path):
            return known  # what holds it was not looked into, so it has not changed
        found = self._article(path, sidecar)
        return found if found.id == known.id else known

    def _stale(self, number: int, path: Path, basis: str, sidecar: str, made: str) -> Iterator[_Work]:
        """A known article read again: under a new title, or for other settings of the chunks."""
        row = self._connection.execute(
            f"SELECT {ARTICLE} FROM articles JOIN texts ON article = number WHERE number = ?", [number]
        ).fetchone()
        known = stored_article(row)
        article = known  # as the library holds it, while it is out of reach
        try:
            article = self._again(known, sidecar)
        except ArticleError as error:
            plan.skip(self._connection, str(path), str(error))
            if made == self._made:
                return
        # Another release of a format's parser may take other text from the same bytes.
        if made != self._made or heading(article) != heading(known) or article.text != known.text:
            yield _Work(draft(article, basis, self._embedder()), attach=False)
        else:
            with transaction(self._connection):
                writer.retitle(self._connection, number, article, heading(article), basis, made)
        self._connection.execute(
            "UPDATE seen SET outcome = 'changed' WHERE path = ? AND outcome = 'unchanged' AND ?",
            [str(path), replace(article, path=known.path) != known],
        )

    def _store(self, pending: Sequence[_Work]) -> None:
        if not pending:
            return
        texts = [text for work in pending for text in work.draft.texts()]
        # Part by part, so that the tokens of a whole book are never in memory at once.
        parts = [self._embedder().embed(texts[i : i + _TOGETHER]) for i in range(0, len(texts), _TOGETHER)]
        vectors = np.concatenate(parts) if parts else np.zeros((0, 0), dtype=np.float32)
        first = 0
        for work in pending:
            last = first + len(work.draft.spans)
            with transaction(self._connection):
                writer.put(self._connection, work.draft, vectors[first:last], self._made)
                if work.attach:
                    plan.attach(self._connection, work.draft.article.id)
            first = last

"""One consistent view of a library: everything asked of it is answered from the same moment."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index import search
from index.article import Article, Chunk, Scope
from index.errors import LibraryError
from index.recent import Recent
from index.stored import ARTICLE, stored_article
from index.vectors import Generations

EVERYTHING = Scope()
_EXACT = 5_000  # a scope of so few chunks is searched one by one, faster and more surely than by neighbours
_MOST_NEIGHBOURS = 2_000  # past this many candidates a look at every vector costs less


class Snapshot:
    """A read view of the library; made by `Library.snapshot()`, usable by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection, generations: Generations, recent: Recent) -> None:
        connection.create_function("casefold", 1, str.casefold, deterministic=True)
        self._connection = connection
        self._generations = generations
        self._recent = recent
        self._articles: dict[str, Article] = {}

    @property
    def chunk_count(self) -> int:
        """Chunks in the library."""
        return self._count("chunks")

    @property
    def article_count(self) -> int:
        """Articles in the library; files with the same bytes are one."""
        return self._count("articles")

    def count_in(self, scope: Scope) -> int:
        """Articles of the library that are in scope."""
        where, values = search.scope_sql(scope)
        return int(
            self._connection.execute(f"SELECT count(*) FROM articles WHERE {where}", values).fetchone()[0]
        )

    def article_ids(self) -> list[str]:
        """The ids of all articles, in the order of their paths."""
        return [row[0] for row in self._connection.execute("SELECT id FROM articles ORDER BY path")]

    def search_text(self, query: str, limit: int, scope: Scope = EVERYTHING) -> list[tuple[int, float]]:
        """Up to `limit` pairs of chunk id and BM25 score, best first, for any of the query's words.

        Where they are frequent in a large library, a chunk has to hold one of the rarer ones.
        """
        telling = search.telling_words(query)
        if not telling or limit < 1:
            return []
        every = search.any_of(telling)
        words = search.word_query(telling, self.document_frequency(telling))
        found = self._worded(words, limit, scope)
        if len(found) < limit and words != every and not scope.unrestricted:
            # In a part of the library even its frequent words may be rare.
            return self._worded(every, limit, scope)
        return found

    def search_vectors(
        self, vector: NDArray[np.float32], limit: int, scope: Scope = EVERYTHING
    ) -> list[tuple[int, float]]:
        """Up to `limit` pairs of chunk id and cosine to `vector` (384 floats of unit length), best first."""
        if limit < 1:
            return []
        vector = np.asarray(vector, dtype=np.float32).reshape(-1)
        generation = self._connection.execute(
            "SELECT name, last_chunk, size FROM generations ORDER BY number DESC LIMIT 1"
        ).fetchone()
        if generation and not self._few(scope):  # Chroma takes seconds to import
            name, last_chunk, size = generation
            recent = self._recent.since(self._connection, name, last_chunk)
            if recent is not None:
                found = self._neighbours(vector, limit, scope, name, size, recent)
                if found is not None:
                    return found
        return self._exact(vector, limit, scope)

    def vectors(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """The chunks' own vectors, shape (len(ids), 384), in the order asked."""
        if not ids:
            return np.zeros((0, 384), dtype=np.float32)
        rows = self._connection.execute(
            "SELECT chunk, vector FROM vectors WHERE chunk IN (SELECT value FROM json_each(?))", [_ids(ids)]
        )
        blobs = dict(rows.fetchall())
        self._require(ids, blobs)
        return search.matrix([blobs[i] for i in ids])

    def chunks(self, ids: Sequence[int]) -> list[Chunk]:
        """The chunks in the order asked."""
        rows = self._connection.execute(
            "SELECT chunks.id, articles.id, start, stop FROM chunks JOIN articles ON number = article "
            "WHERE chunks.id IN (SELECT value FROM json_each(?))",
            [_ids(ids)],
        )
        found = {row[0]: self._chunk(*row) for row in rows.fetchall()}
        self._require(ids, found)
        return [found[i] for i in ids]

    def article(self, article_id: str) -> Article:
        """The article with this id; read once a snapshot."""
        if article_id not in self._articles:
            row = self._connection.execute(
                f"SELECT {ARTICLE} FROM articles JOIN texts ON article = number WHERE id = ?",
                [article_id],
            ).fetchone()
            if row is None:
                raise LibraryError(
                    f"There is no article {article_id} in the library: index its folder again."
                )
            self._articles[article_id] = stored_article(row)
        return self._articles[article_id]

    def article_chunks(self, article_id: str) -> list[Chunk]:
        """All chunks of the article, in its order."""
        rows = self._connection.execute(
            "SELECT chunks.id, articles.id, start, stop FROM chunks JOIN articles ON number = article "
            "WHERE articles.id = ? ORDER BY start",
            [self.article(article_id).id],
        )
        return [self._chunk(*row) for row in rows.fetchall()]

    def document_frequency(self, words: Sequence[str]) -> dict[str, int]:
        """How many chunks (or their titles) hold each word, in any of its inflections."""
        folded = search.fold(words)
        counts = dict(
            self._connection.execute(
                "SELECT term, doc FROM vocabulary WHERE term IN (SELECT value FROM json_each(?))",
                [json.dumps(sorted({term for terms in folded for term in terms}))],
            ).fetchall()
        )
        # A word that the index splits ("U.S.") is at most as frequent as its rarest part.
        return {
            word: min((int(counts.get(term, 0)) for term in terms), default=0)
            for word, terms in zip(words, folded, strict=True)
        }

    def terms(self, prefix: str) -> list[str]:
        """The terms of the word index, lower case and without endings, that begin with `prefix`."""
        rows = self._connection.execute(
            "SELECT term FROM vocabulary WHERE term >= ? AND term < ?", [prefix, f"{prefix}\U0010ffff"]
        )
        return [row[0] for row in rows]

    def _worded(self, words: str, limit: int, scope: Scope) -> list[tuple[int, float]]:
        where, values = search.scope_sql(scope)
        inside, rank = "", "rank"
        # The signs keep SQLite from searching the words once for each chunk, and from ranking those out of scope.
        if not scope.unrestricted and self._few(scope):
            inside, rank = f"AND +rowid IN ({_CHUNKS_IN.format(where)})", "+rank"
        elif not scope.unrestricted:
            inside = f"AND EXISTS ({_CHUNKS_IN.format(where)} AND chunks.id = words.rowid)"
        rows = self._connection.execute(
            f"SELECT rowid, -rank FROM words WHERE words MATCH ? {inside} ORDER BY {rank} LIMIT ?",
            [words, *values, limit],
        )
        return [(int(chunk), float(score)) for chunk, score in rows]

    def _few(self, scope: Scope) -> bool:
        where, values = search.scope_sql(scope)
        row = self._connection.execute(
            f"SELECT count(*) FROM ({_CHUNKS_IN.format(where)} LIMIT {_EXACT + 1})", values
        ).fetchone()
        return int(row[0]) <= _EXACT

    def _neighbours(
        self,
        vector: NDArray[np.float32],
        limit: int,
        scope: Scope,
        name: str,
        size: int,
        recent: tuple[NDArray[np.int64], NDArray[np.float32]],
    ) -> list[tuple[int, float]] | None:
        """The best of the generation and of the chunks newer than it; None when that cannot be told."""
        scores = recent[1] @ vector
        wanted = limit + 16  # some may have been removed since the generation was built
        while True:
            old = self._generations.search(name, vector, min(wanted, size)) if size else []
            if old is None:
                return None
            new = [(int(recent[0][row]), float(scores[row])) for row in search.top(scores, wanted)]
            found = self._inside([*old, *new], scope)[:limit]
            # Beyond the last candidate of either kind there may be better ones than those found.
            complete = wanted >= size and wanted >= len(scores)
            if complete or (len(found) == limit and found[-1][1] >= _floor(old, new, wanted)):
                return found
            wanted *= 4
            if wanted > _MOST_NEIGHBOURS:
                return None

    def _inside(self, candidates: list[tuple[int, float]], scope: Scope) -> list[tuple[int, float]]:
        """Those candidates that are still in the library and in scope, best first."""
        where, values = search.scope_sql(scope)
        restriction = (
            "" if scope.unrestricted else f"AND article IN (SELECT number FROM articles WHERE {where})"
        )
        rows = self._connection.execute(
            f"SELECT id FROM chunks WHERE id IN (SELECT value FROM json_each(?)) {restriction}",
            [_ids([chunk for chunk, _ in candidates]), *([] if scope.unrestricted else values)],
        )
        alive = {row[0] for row in rows}
        kept = [pair for pair in candidates if pair[0] in alive]
        return sorted(kept, key=lambda pair: (-pair[1], pair[0]))

    def _exact(self, vector: NDArray[np.float32], limit: int, scope: Scope) -> list[tuple[int, float]]:
        where, values = search.scope_sql(scope)
        rows = self._connection.execute(
            "SELECT chunk, vector FROM vectors"
            + ("" if scope.unrestricted else f" WHERE chunk IN ({_CHUNKS_IN.format(where)})"),
            [] if scope.unrestricted else values,
        )
        return search.nearest(rows, vector, limit)

    def _chunk(self, chunk: int, article: str, start: int, stop: int) -> Chunk:
        return Chunk(chunk, article, start, stop, self.article(article).text[start:stop])

    def _count(self, table: str) -> int:
        return int(self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def _require(self, ids: Sequence[int], found: Mapping[int, object]) -> None:
        if missing := [i for i in ids if i not in found]:
            raise LibraryError(
                f"There is no chunk {missing[0]} in this snapshot: search again, the library has changed."
            )


_CHUNKS_IN = "SELECT chunks.id FROM chunks JOIN articles ON article = number WHERE {}"


def _floor(old: list[tuple[int, float]], new: list[tuple[int, float]], wanted: int) -> float:
    """The lowest score that each kind of candidate was searched down to."""
    return max((kind[-1][1] for kind in (old, new) if len(kind) >= wanted), default=-1.0)


def _ids(ids: Sequence[int]) -> str:
    return json.dumps([int(i) for i in ids])

"""Questions as the word index understands them, scopes as SQL, and exact search over stored vectors."""

from __future__ import annotations

import heapq
import json
import re
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from index.article import Scope
from index.tables import TOKENIZER

# A date that only the file's own time tells is none: it says when the article was copied.
KNOWN_DATE = """published != '' AND instr(provenance, '"published": "file time"') = 0"""
_MAX_WORDS = 64  # a pasted page as a question would otherwise match everything, slowly
# Chunks to rank for one question, about: BM25 takes a few microseconds for each, and for each that holds a word
# that is only weighed, a fraction of one.
_MOST_RANKED = 5_000
_MOST_WEIGHED = 60_000
_BLOCK = 4096  # vectors held at once by exact search, 6 MB
_WORD = re.compile(r"\w+(?:[.,]\w+)*")  # "U.S" and "1,000" stay together and are matched as phrases
_STOP_WORDS = """
a about above after again all also am an and any are as at be because been before being below between
both but by can could d did do does doing don down during each either few for from further had has have
having he her here hers herself him himself his how i if in into is it its itself just ll m may me might
more most much my myself no nor not now of off on once only or other our ours ourselves out over own re
s said same she should so some such t than that the their theirs them themselves then there these they
this those through to too under until up upon ve very was we were what when where which while who whom
whose why will with would you your yours yourself tell many
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


def telling_words(question: str) -> list[str]:
    """The words that a question is searched by, each once; all of them when none is telling."""
    words = list(dict.fromkeys(match.group() for match in _WORD.finditer(_clean(question).lower())))
    return ([word for word in words if word not in STOP_WORDS] or words)[:_MAX_WORDS]


def word_query(words: Sequence[str], frequency: Mapping[str, int]) -> str:
    """An FTS5 query for any of the words, of which so many chunks hold each; empty without a word.

    Where they are so frequent that to rank every chunk would take long, a chunk has to hold one of the rarest.
    The others then only count for those chunks, and the most frequent ones not at all.
    """
    rarest = sorted((word for word in words if frequency[word]), key=lambda word: frequency[word])
    ranked = list(accumulate(frequency[word] for word in rarest))
    # The first one always, however frequent.
    needed = rarest[: max(1, bisect_right(ranked, _MOST_RANKED))]
    if len(needed) == len(rarest):
        return any_of(words)
    weighed = [word for word in rarest if word in needed or frequency[word] <= _MOST_WEIGHED]
    return f"({any_of(needed)}) AND ({any_of(weighed)})"


def any_of(words: Sequence[str]) -> str:
    """An FTS5 query for any of the words."""
    # Quoted, nothing in a question is read as FTS5 syntax; a word itself never holds a quote.
    return " OR ".join(f'"{word}"' for word in words)


def fold(words: Sequence[str]) -> list[list[str]]:
    """Each word's terms as the word index knows them: lower case, without accents and endings."""
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.execute(f"CREATE VIRTUAL TABLE given USING fts5(word, tokenize='{TOKENIZER}')")
        memory.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(given, instance)")
        memory.executemany(
            "INSERT INTO given(rowid, word) VALUES (?, ?)", [(i, _clean(w)) for i, w in enumerate(words)]
        )
        folded: list[list[str]] = [[] for _ in words]
        for row, term in memory.execute("SELECT doc, term FROM terms ORDER BY doc, offset"):
            folded[row].append(term)
    return folded


def scope_sql(scope: Scope) -> tuple[str, list[str]]:
    """A condition on `articles` and its values. A partial date counts when any of its days does."""
    conditions: list[str] = ["1"]
    values: list[str] = []

    def require(condition: str, *given: str) -> None:
        conditions.append(condition)
        values.extend(given)

    if scope.only is not None:
        require("articles.id IN (SELECT value FROM json_each(?))", _json(scope.only))
    if scope.exclude:
        require("articles.id NOT IN (SELECT value FROM json_each(?))", _json(scope.exclude))
    if scope.since or scope.until:
        require(KNOWN_DATE)
    if scope.since:
        require("published || substr('9999-99-99', length(published) + 1) >= ?", scope.since)
    if scope.until:
        until = scope.until + "9999-99-99"[len(scope.until) :]
        require("published || substr('0000-00-00', length(published) + 1) <= ?", until)
    if scope.sources:
        require(
            "casefold(source) IN (SELECT value FROM json_each(?))", _json(s.casefold() for s in scope.sources)
        )
    if scope.folders:
        prefixes = [f"{str(folder.expanduser().resolve()).rstrip('/')}/" for folder in scope.folders]
        under = " OR ".join("substr(files.path, 1, length(?)) = ?" for _ in prefixes)
        require(
            f"number IN (SELECT article FROM files WHERE {under})",
            *(value for prefix in prefixes for value in (prefix, prefix)),
        )
    return " AND ".join(conditions), values


def matrix(blobs: Sequence[bytes]) -> NDArray[np.float32]:
    """Stored vectors as one matrix, shape (len(blobs), 384)."""
    return np.frombuffer(b"".join(blobs), dtype=np.float32).reshape(len(blobs), -1)


def nearest(rows: sqlite3.Cursor, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
    """The best of `rows` (chunk id, vector), compared one by one; memory does not grow with their number."""
    best: list[tuple[float, int]] = []
    while block := rows.fetchmany(_BLOCK):
        scores = matrix([blob for _, blob in block]) @ vector
        for row in top(scores, limit):
            best.append((float(scores[row]), int(block[row][0])))
        best = heapq.nlargest(limit, best)
    return [(chunk, score) for score, chunk in best]


def top(scores: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
    """Rows of the `limit` highest scores, best first."""
    if limit >= len(scores):
        return np.argsort(-scores)
    rows = np.argpartition(-scores, limit)[:limit]
    return rows[np.argsort(-scores[rows])]


def _clean(text: str) -> str:
    # Half a surrogate pair, which a terminal may pass on, cannot be given to SQLite.
    return text.encode("utf-8", "ignore").decode().replace("_", " ")


def _json(values: Iterable[str]) -> str:
    return json.dumps(sorted(values))

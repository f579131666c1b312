"""Copies and updates of one story, told by the runs of words that two articles have in common.

Nothing but an article's own signature is stored: which articles belong together is worked out when it is asked
for, so it never depends on the order in which they came, and nothing has to be mended when one goes.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Span

_RUN = 5  # words in a row; shorter runs are common phrases
_LEAST = 50  # words; half of a shorter text may be a phrase that anybody uses
_SLOTS = 128  # minimum hashes; the share of equal ones is mostly within 0.08 of the true one
_SEED = 1
# An update holds most of what it updates and may be several times as long, so the shorter text is the measure.
_SHARE = 0.5  # of the shorter one's runs
_OVERLAP = 0.1  # of all runs of both; of less, so few slots tell nothing
_BAND = 2  # slots that have to be equal for a pair to be looked at; of pairs near the limits some are missed
# Scripts without spaces count by character.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")

_Matrix = NDArray[np.uint32]  # a row an article: the number of its runs, then its slots


def signature(text: str, boilerplate: Sequence[Span] = ()) -> bytes:
    """What tells copies of the text: 129 little-endian 32-bit numbers; empty when it is too short to tell."""
    words = list(_words(text, boilerplate))
    if len(words) < _LEAST:
        return b""
    from rensa import RMinHash  # only whoever indexes needs it

    runs = {" ".join(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)}
    hashes = RMinHash(num_perm=_SLOTS, seed=_SEED)
    hashes.update(list(runs))
    return np.array([len(runs), *hashes.digest()], dtype="<u4").tobytes()


def same_story(first: Article, second: Article) -> bool:
    """True when one is a copy or an update of the other: at least half of the shorter one stands in both."""
    if first.id == second.id:
        return True
    if not first.signature or not second.signature:
        return False
    rows = _matrix([first.signature, second.signature])
    return bool(_alike(rows[0], rows[1:])[0])


def count(connection: sqlite3.Connection) -> int | None:
    """How many articles are copies or updates of another: all but one of each story.

    None while an article has no signature yet, since an older version indexed it.
    """
    signatures = [row[0] for row in connection.execute("SELECT signature FROM articles ORDER BY id")]
    if None in signatures:
        return None
    rows = _matrix([one for one in signatures if one])
    stories = list(range(len(rows)))  # each article's way to the first one of its story

    def story(row: int) -> int:
        while stories[row] != row:
            stories[row] = row = stories[stories[row]]
        return row

    for bucket in _buckets(rows):
        if len({story(row) for row in bucket}) > 1:
            for one, other in _pairs(rows, np.array(bucket)):
                low, high = sorted((story(one), story(other)))
                stories[high] = low
    return sum(row != first for row, first in enumerate(stories))


def _words(text: str, boilerplate: Sequence[Span]) -> Iterator[str]:
    for (_, start), (end, _) in pairwise([(0, 0), *boilerplate, (len(text), len(text))]):
        yield from _WORD.findall(text[start:end].casefold())


def _matrix(signatures: Sequence[bytes]) -> _Matrix:
    return np.frombuffer(b"".join(signatures), dtype="<u4").reshape(-1, _SLOTS + 1)


def _alike(row: _Matrix, rows: _Matrix) -> NDArray[np.bool_]:
    """Which of `rows` are of one story with `row`."""
    overlap = (rows[:, 1:] == row[1:]).mean(axis=1)
    sizes, size = rows[:, 0].astype(np.float64), float(row[0])
    common = overlap * (sizes + size) / (1 + overlap)
    alike: NDArray[np.bool_] = (overlap >= _OVERLAP) & (common >= _SHARE * np.minimum(sizes, size))
    return alike


def _buckets(rows: _Matrix) -> Iterator[list[int]]:
    """Rows that agree in a band of slots, so that by far most pairs are never compared."""
    for start in range(1, _SLOTS + 1, _BAND):
        band = rows[:, start : start + _BAND].astype(np.uint64)
        keys = band[:, 0] << np.uint64(32) | band[:, 1]
        order = np.argsort(keys, kind="stable")
        edges = np.flatnonzero(np.diff(keys[order])) + 1
        yield from (group.tolist() for group in np.split(order, edges) if len(group) > 1)


def _pairs(rows: _Matrix, bucket: NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    """Pairs that join all rows of a bucket which belong together; each row is found once."""
    while len(bucket):
        reached, bucket = [int(bucket[0])], bucket[1:]
        while reached and len(bucket):
            row = reached.pop()
            alike = _alike(rows[row], rows[bucket])
            yield from ((row, int(other)) for other in bucket[alike])
            reached.extend(bucket[alike].tolist())
            bucket = bucket[~alike]

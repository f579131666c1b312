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
_NEAREST = 16  # rows that agree in a band are each compared with so many next ones; a common phrase may join thousands
_BLOCK = 8_192  # pairs compared at once, 8 MB
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
    return first.id == second.id or copied(first, [second]) == {second.id}


def copied(article: Article, others: Sequence[Article]) -> set[str]:
    """The ids of those other articles that are copies or updates of `article`, or it of them."""
    signed = [other for other in others if other.signature and other.id != article.id]
    if not article.signature or not signed:
        return set()
    alike = _alike(_matrix([article.signature]), _matrix([other.signature or b"" for other in signed]))
    return {other.id for other, same in zip(signed, alike.tolist(), strict=True) if same}


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

    for one, other in _pairs(rows):
        low, high = sorted((story(one), story(other)))
        stories[high] = low
    return sum(row != first for row, first in enumerate(stories))


def _words(text: str, boilerplate: Sequence[Span]) -> Iterator[str]:
    for (_, start), (end, _) in pairwise([(0, 0), *boilerplate, (len(text), len(text))]):
        yield from _WORD.findall(text[start:end].casefold())


def _matrix(signatures: Sequence[bytes]) -> _Matrix:
    return np.frombuffer(b"".join(signatures), dtype="<u4").reshape(-1, _SLOTS + 1)


def _alike(ones: _Matrix, others: _Matrix) -> NDArray[np.bool_]:
    """Which rows of `ones`, or its only one, are of one story with the row of `others` in the same place."""
    overlap = (ones[:, 1:] == others[:, 1:]).mean(axis=1)
    sizes, others_sizes = ones[:, 0].astype(np.float64), others[:, 0].astype(np.float64)
    common = overlap * (sizes + others_sizes) / (1 + overlap)
    alike: NDArray[np.bool_] = (overlap >= _OVERLAP) & (common >= _SHARE * np.minimum(sizes, others_sizes))
    return alike


def _pairs(rows: _Matrix) -> Iterator[tuple[int, int]]:
    """Pairs of rows that are of one story, enough of them to join all that belong together."""
    ones, others = _candidates(rows)
    for start in range(0, len(ones), _BLOCK):
        one, other = ones[start : start + _BLOCK], others[start : start + _BLOCK]
        alike = _alike(rows[one], rows[other])
        yield from zip(one[alike].tolist(), other[alike].tolist(), strict=True)


def _candidates(rows: _Matrix) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of rows that agree in a band of slots: by far most pairs never have to be compared."""
    found = [np.zeros(0, dtype=np.int64)]
    for start in range(1, _SLOTS + 1, _BAND):
        band = rows[:, start : start + _BAND].astype(np.uint64)
        keys = band[:, 0] << np.uint64(32) | band[:, 1]
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        for step in range(1, _NEAREST + 1):
            equal = np.flatnonzero(keys[step:] == keys[:-step])
            if not len(equal):
                break
            found.append(order[equal] * len(rows) + order[equal + step])
    ones, others = np.divmod(np.unique(np.concatenate(found)), max(len(rows), 1))
    return ones, others

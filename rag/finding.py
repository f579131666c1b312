"""Find: the passages nearest to a question in one snapshot of the library, by word and by meaning."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.article import Chunk, Scope, Span
from index.chunker import sentences
from index.search import fold, telling_words
from index.sentences import split
from rag.answers import Passage

if TYPE_CHECKING:
    from index.embedder import Embedder
    from index.snapshot import Snapshot

PASSAGES = 12
_LEG = 50  # chunks each search contributes
_COSINE_SHARE = 0.7  # of the fused score; the rest is BM25 over the best BM25
_TIED = 3  # digits; of chunks with the same score so far, the newer article's is preferred
_LOOKED_BACK = 600  # characters in which the sentence before a chunk is looked for
_WORD = re.compile(r"\w+")


def find(
    question: str,
    snapshot: Snapshot,
    embedder: Embedder,
    scope: Scope | None = None,
    limit: int = PASSAGES,
) -> tuple[Passage, ...]:
    """Up to `limit` passages, best first: chunks with the sentence before them.

    A score is 0.7 cosine + 0.3 BM25 over the best BM25, about 0 to 1. A chunk whose every sentence stands in better
    ones is left out: copies and updates of a story repeat each other.
    """
    scope = scope or Scope()
    vector = embedder.embed([question])[0]
    near = dict(snapshot.search_vectors(vector, _LEG, scope))
    worded = dict(snapshot.search_text(question, _LEG, scope))
    ids = list(near | worded)
    if not ids:
        return ()
    best = max(worded.values(), default=0.0) or 1.0
    cosines = snapshot.vectors(ids) @ vector
    by_word = np.array([worded.get(i, 0.0) / best for i in ids])
    fused = _COSINE_SHARE * cosines + (1 - _COSINE_SHARE) * by_word
    chosen: list[tuple[Chunk, float]] = []
    told: set[tuple[str, ...]] = set()
    for chunk, score in _best_first(ids, fused, snapshot):
        says = set(_statements(chunk.text))
        if not says <= told:
            chosen.append((chunk, score))
            told |= says
        if len(chosen) == limit:
            break
    return tuple(_passage(number, *one, snapshot) for number, one in enumerate(chosen, 1))


class Coverage:
    """Tells which share of a question's telling words a text holds, rare ones counting more, in any inflection."""

    def __init__(self, question: str, snapshot: Snapshot) -> None:
        words = telling_words(question)
        frequency, total = snapshot.document_frequency(words), snapshot.chunk_count
        self._terms = [set(terms) for terms in fold(words)]
        self._weights = [math.log1p((total - frequency[w] + 0.5) / (frequency[w] + 0.5)) for w in words]

    def of(self, text: str) -> float:
        """The share, 0 to 1."""
        words = list(dict.fromkeys(_WORD.findall(text.lower())))
        held = {term for terms in fold(words) for term in terms}
        found = sum(w for w, terms in zip(self._weights, self._terms, strict=True) if terms <= held)
        return found / (sum(self._weights) or 1.0)


def widened(text: str, chunk: Span, boilerplate: Sequence[Span] = ()) -> Span:
    """The chunk with the sentence before it, which may name whom its first "he" means."""
    start, end = chunk
    earliest = max([0, *(stop for _, stop in boilerplate if stop <= start)])
    before = sentences(text, max(earliest, start - _LOOKED_BACK), start)
    return (before[-1][0], end) if before else chunk


def _best_first(
    ids: Sequence[int], fused: NDArray[np.float64], snapshot: Snapshot
) -> Iterator[tuple[Chunk, float]]:
    """The chunks with their scores; of equals the newer article's first."""
    order = (int(row) for row in np.argsort(-fused, kind="stable"))
    for _, group in groupby(order, key=lambda row: round(float(fused[row]), _TIED)):
        rows = list(group)
        chunks = snapshot.chunks([ids[row] for row in rows])
        dated = [(snapshot.article(chunk.article).known_date, chunk) for chunk in chunks]
        for row, (_, chunk) in sorted(zip(rows, dated, strict=True), key=lambda one: one[1][0], reverse=True):
            yield chunk, float(fused[row])


def _passage(number: int, chunk: Chunk, score: float, snapshot: Snapshot) -> Passage:
    article = snapshot.article(chunk.article)
    start, end = widened(article.text, (chunk.start, chunk.end), article.boilerplate)
    return Passage(number, article, start, end, score)


def _statements(text: str) -> Iterator[tuple[str, ...]]:
    """The words of each sentence in lower case; headings say nothing by themselves."""
    for sentence in split(text):
        if not sentence.heading:
            yield tuple(word.lower() for word in _WORD.findall(text, sentence.start, sentence.end))

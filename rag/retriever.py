"""Find: word and meaning search fused by chunk, as a llama-index retriever."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks import CallbackManager
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.article import Chunk, Scope
from rag.facts import FUNCTION_WORDS, fold
from rag.questions import asking_words, own_words
from rag.repeats import Stories, same_facts

if TYPE_CHECKING:
    from index.embedder import MiniLMEmbedding
    from index.snapshot import Snapshot

LIMIT = 24  # chunks handed on
_LEG = 50  # chunks each search contributes
_COSINE_SHARE = 0.7  # of the fused score; the rest is BM25 over the best BM25
_TOPIC_SHARE = 0.25  # of a word's weight, where only the conversation brought it in
_SAME_TEXT = 0.97  # cosine above which two chunks are copies of one text, unless figures or names differ
_TIED = 3  # digits; of chunks with the same score so far, the newer article's is preferred


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found, as a span of its article."""

    article: str
    start: int
    end: int
    score: float


class LibraryRetriever(BaseRetriever):
    """Chunks of one library snapshot, best first; a score is 0.7 cosine + 0.3 BM25 over the best BM25."""

    def __init__(
        self, snapshot: Snapshot, embedder: MiniLMEmbedding, scope: Scope | None = None, limit: int = LIMIT
    ) -> None:
        # An own callback manager keeps llama-index from reading its global Settings.
        super().__init__(callback_manager=CallbackManager())
        self._snapshot = snapshot
        self._embedder = embedder
        self._scope = scope or Scope()
        self._limit = limit

    def find(self, question: str, vector: np.ndarray) -> list[Hit]:
        """The chunks nearest to a question and its vector, best first."""
        nodes = self.retrieve(QueryBundle(question, embedding=[float(x) for x in vector]))
        return [Hit(**node.node.metadata, score=node.score or 0.0) for node in nodes]

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        vector = np.asarray(
            query_bundle.embedding or self._embedder.embed([query_bundle.query_str])[0], np.float32
        )
        near = dict(self._snapshot.search_vectors(vector, _LEG, self._scope))
        worded = dict(self._snapshot.search_text(query_bundle.query_str, _LEG, self._scope))
        ids = list(near | worded)
        if not ids:
            return []
        vectors = self._snapshot.vectors(ids)
        cosines = vectors @ vector
        best = max(worded.values(), default=0.0) or 1.0
        fused = _COSINE_SHARE * cosines + (1 - _COSINE_SHARE) * np.array(
            [worded.get(i, 0.0) / best for i in ids]
        )
        order = [int(row) for row in np.argsort(-fused, kind="stable")]
        kept = self._without_copies(ids, vectors, fused, order)
        return [
            NodeWithScore(
                node=TextNode(
                    id_=str(chunk.id),
                    text=chunk.text,
                    start_char_idx=chunk.start,
                    end_char_idx=chunk.end,
                    metadata={"article": chunk.article, "start": chunk.start, "end": chunk.end},
                ),
                score=float(fused[row]),
            )
            for row, chunk in kept
        ]

    def _without_copies(
        self, ids: list[int], vectors: np.ndarray, fused: np.ndarray, order: list[int]
    ) -> list[tuple[int, Chunk]]:
        """The best rows with their chunks; what copies and updates of one story repeat, only once."""
        stories = Stories(self._snapshot.article)
        kept: dict[int, Chunk] = {}
        for row, chunk in self._by_score(ids, fused, order):
            if len(kept) == self._limit:
                break
            near = [other for i, other in kept.items() if vectors[i] @ vectors[row] >= _SAME_TEXT]
            told = stories.told(chunk, list(kept.values()))
            if not told and not any(same_facts(chunk.text, other.text) for other in near):
                kept[row] = chunk
        needed = stories.needed(list(kept.values()))
        rows = [row for row, chunk in kept.items() if chunk in needed]
        return [(row, kept[row]) for row in sorted(rows, key=lambda row: -float(fused[row]))]

    def _by_score(self, ids: list[int], fused: np.ndarray, order: list[int]) -> Iterator[tuple[int, Chunk]]:
        """The rows with their chunks, best first; of equals the newer article's first."""
        for _, group in groupby(order, key=lambda row: round(float(fused[row]), _TIED)):
            rows = list(group)
            chunks = self._snapshot.chunks([ids[row] for row in rows])
            dates = [self._snapshot.article(chunk.article).known_date for chunk in chunks]
            tied = sorted(zip(dates, rows, chunks, strict=True), key=lambda one: one[0], reverse=True)
            yield from ((row, chunk) for _, row, chunk in tied)


def rarity(question: str, snapshot: Snapshot) -> dict[str, float]:
    """Inverse document frequency of the question's content words, by folded word.

    What the conversation put before a question, "Kim, Rome: where did they meet?", counts for little.
    """
    asked = own_words(question).lower()
    words = [w for w in dict.fromkeys(re.findall(r"\w+", question.lower())) if w not in FUNCTION_WORDS]
    frequency = snapshot.document_frequency(words)
    total = snapshot.chunk_count
    weights = {fold(w): math.log1p((total - frequency[w] + 0.5) / (frequency[w] + 0.5)) for w in words}
    own = {fold(word) for word in re.findall(r"\w+", asked)}
    # In a small library "many" of "how many" would be the rarest word of all.
    asking = {fold(word) for word in asking_words(question)} & weights.keys()
    if rest := [weight for word, weight in weights.items() if word not in asking]:
        weights |= {word: min(weights[word], sum(rest) / len(rest)) for word in asking}
    return {w: max(weight * (1 if w in own else _TOPIC_SHARE), 0.01) for w, weight in weights.items()}

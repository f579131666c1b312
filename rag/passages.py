"""From retrieved chunks to the few sentences the model reads.

Whole chunks fill a prompt with sentences that don't matter, and the fact asked for often stands just outside
the chunk. So single sentences of the best chunks are scored, and each one chosen brings its two neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from llama_index.core.schema import NodeWithScore
from numpy.typing import NDArray

from index.article import Article, Span
from index.chunker import sentences
from rag.answers import Passage

if TYPE_CHECKING:
    from index.embedder import MiniLMEmbedding
    from index.library import Snapshot

WORDS = 190  # of passages in a prompt; more costs seconds and finds little
_RESCORED = 12  # chunks whose sentences are looked at one by one
_SENTENCE_SHARE = 0.4  # of a chunk's final score, from its best sentence
_READ = 6  # chunks whose sentences may be chosen
_LISTED = 10  # passages an answer carries, read or not
_TITLE_WORDS = 25


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: `read` goes to the model, `others` came next; scores are those of the best chunk."""

    read: tuple[Passage, ...] = ()
    others: tuple[Passage, ...] = ()
    score: float = 0.0
    sentence_score: float = 0.0

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Everything found, best first."""
        return self.read + self.others


@dataclass(slots=True)
class _Sentence:
    article: str
    place: int  # number of the sentence within the looked-at part of its article
    span: Span
    chunk_score: float = 0.0
    cosine: float = 0.0

    @property
    def score(self) -> float:
        return 0.5 * self.cosine + 0.5 * self.chunk_score


def choose(
    nodes: Sequence[NodeWithScore], vector: NDArray[np.float32], snapshot: Snapshot, embedder: MiniLMEmbedding
) -> Found:
    """The sentences of `nodes` nearest to the question's vector, with neighbours, as numbered passages."""
    if not nodes:
        return Found()
    looked_at = [_sentences_of(node, snapshot) for node in nodes[:_RESCORED]]
    _score(looked_at, nodes, vector, snapshot, embedder)
    ranked = sorted(
        zip(nodes, looked_at, strict=False), key=lambda pair: _final(pair[0], pair[1]), reverse=True
    )
    read = _windows(ranked[:_READ], snapshot)
    rest = [node for node, _ in ranked] + list(nodes[_RESCORED:])
    others = _others(rest, read, snapshot)
    best_node, best_sentences = ranked[0]
    return Found(
        tuple(read),
        tuple(others),
        _final(best_node, best_sentences),
        max((sentence.cosine for _, group in ranked for sentence in group), default=0.0),
    )


def _article_of(node: NodeWithScore) -> str:
    return str(node.node.metadata["article"])


def _span_of(node: NodeWithScore) -> Span:
    start, end = node.node.start_char_idx, node.node.end_char_idx
    assert start is not None and end is not None  # the retriever sets both
    return start, end


def _sentences_of(node: NodeWithScore, snapshot: Snapshot) -> list[_Sentence]:
    article = _article_of(node)
    spans = sentences(snapshot.article(article).text, *_span_of(node))
    return [_Sentence(article, -1, span, node.score or 0.0) for span in spans]


def _score(
    groups: list[list[_Sentence]],
    nodes: Sequence[NodeWithScore],
    vector: NDArray[np.float32],
    snapshot: Snapshot,
    embedder: MiniLMEmbedding,
) -> None:
    flat = [sentence for group in groups for sentence in group]
    texts = [_titled(snapshot.article(sentence.article), sentence.span) for sentence in flat]
    for sentence, cosine in zip(flat, embedder.embed(texts) @ vector, strict=True):
        sentence.cosine = float(cosine)
    for group, node in zip(groups, nodes, strict=False):
        for sentence in group:
            sentence.chunk_score = _final(node, group)


def _titled(article: Article, span: Span) -> str:
    title = " ".join(article.title.split()[:_TITLE_WORDS])
    text = article.text[span[0] : span[1]]
    return f"{title}: {text}" if title else text


def _final(node: NodeWithScore, group: list[_Sentence]) -> float:
    best = max((sentence.cosine for sentence in group), default=0.0)
    return (1 - _SENTENCE_SHARE) * (node.score or 0.0) + _SENTENCE_SHARE * best


def _windows(ranked: Sequence[tuple[NodeWithScore, list[_Sentence]]], snapshot: Snapshot) -> list[Passage]:
    """Best sentences first, each with its neighbours, until the words are used up."""
    articles = list(dict.fromkeys(_article_of(node) for node, _ in ranked))
    sequences = {article: _around(article, ranked, snapshot) for article in articles}
    chosen: dict[str, set[int]] = {}
    words = 0
    candidates = sorted((s for _, group in ranked for s in group), key=lambda s: s.score, reverse=True)
    for sentence in candidates:
        sequence = sequences[sentence.article]
        place = sequence.index(sentence.span)
        taken = chosen.setdefault(sentence.article, set())
        for window in ((place - 1, place, place + 1), (place,)):
            new = [i for i in window if 0 <= i < len(sequence) and i not in taken]
            cost = sum(_words(snapshot.article(sentence.article).text, sequence[i]) for i in new)
            if words + cost <= WORDS or not words:
                taken.update(new)
                words += cost
                break
    scores = {article: max(s.score for s in candidates if s.article == article) for article in articles}
    return _passages([(article, sequences[article], chosen.get(article, set())) for article in articles], scores, snapshot)


def _around(
    article: str, ranked: Sequence[tuple[NodeWithScore, list[_Sentence]]], snapshot: Snapshot
) -> list[Span]:
    """The sentences of an article's looked-at chunks and of the chunks beside them, in order."""
    spans = {_span_of(node) for node, _ in ranked if _article_of(node) == article}
    chunks = [(chunk.start, chunk.end) for chunk in snapshot.article_chunks(article)]
    wanted = {j for i, span in enumerate(chunks) if span in spans for j in (i - 1, i, i + 1)}
    text = snapshot.article(article).text
    return [span for i, chunk in enumerate(chunks) if i in wanted for span in sentences(text, *chunk)]


def _words(text: str, span: Span) -> int:
    return len(text[span[0] : span[1]].split())


def _passages(
    picks: Sequence[tuple[str, list[Span], set[int]]], scores: dict[str, float], snapshot: Snapshot
) -> list[Passage]:
    found: list[Passage] = []
    for article_id, sequence, chosen in picks:
        article = snapshot.article(article_id)
        runs: list[Span] = []
        previous = -2
        for place in sorted(chosen):
            start, end = sequence[place]
            if place == previous + 1 and runs and not _marked(article, runs[-1][1], start):
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((start, end))
            previous = place
        found += [Passage(len(found) + i, article, *run, scores[article_id]) for i, run in enumerate(runs, 1)]
    return found


def _marked(article: Article, start: int, end: int) -> bool:
    """True when boilerplate, or much else that no chunk holds, lies between two offsets."""
    return any(first < end and start < last for first, last in article.boilerplate)


def _others(nodes: Sequence[NodeWithScore], read: Sequence[Passage], snapshot: Snapshot) -> list[Passage]:
    """The next chunks, of which nothing is being read."""
    found: list[Passage] = []
    for node in nodes:
        if len(read) + len(found) >= _LISTED:
            break
        start, end = _span_of(node)
        article = _article_of(node)
        if any(p.article.id == article and p.start < end and start < p.end for p in read):
            continue
        number = len(read) + len(found) + 1
        found.append(Passage(number, snapshot.article(article), start, end, node.score or 0.0))
    return found

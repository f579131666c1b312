"""From retrieved chunks to the passages an answer rests on, with each sentence scored by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.chunker import sentences
from rag import facts
from rag.answers import Passage
from rag.questions import kind_of, may_answer
from rag.retriever import Hit, rarity
from rag.windows import Sentence, limits, windows

if TYPE_CHECKING:
    from index.embedder import MiniLMEmbedding
    from index.snapshot import Snapshot

_RESCORED = 12  # chunks whose sentences are looked at one by one
_SENTENCE_SHARE = 0.4  # of a chunk's final score, from its best sentence
_LISTED = 10  # passages an answer carries, read or not
_TITLE_WORDS = 25


@dataclass(frozen=True, slots=True)
class Found:
    """What was found; scores are those of the best chunk."""

    first: tuple[Passage, ...] = ()  # what the model reads first
    read: tuple[Passage, ...] = ()  # what it reads where that leaves a doubt
    others: tuple[Passage, ...] = ()  # what came next
    score: float = 0.0
    rarity: Mapping[str, float] = field(default_factory=dict)  # of the question's words

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Everything found, best first."""
        return self.read + self.others


def joined(found: Sequence[Found]) -> Found:
    """What was found for several questions, each passage once."""
    read = _once(passage for one in found for passage in one.read)
    others = _once(passage for one in found for passage in one.others)
    numbered = [replace(p, number=number) for number, p in enumerate((read | others).values(), 1)]
    return Found(read=tuple(numbered[: len(read)]), others=tuple(numbered[len(read) :]))


def _once(passages: Iterable[Passage]) -> dict[tuple[str, int, int], Passage]:
    return {(p.article.id, p.start, p.end): p for p in passages}


def choose(
    hits: Sequence[Hit],
    question: str,
    vector: NDArray[np.float32],
    snapshot: Snapshot,
    embedder: MiniLMEmbedding,
) -> Found:
    """The sentences of `hits` nearest to the question's vector, with neighbours, as numbered passages."""
    if not hits:
        return Found()
    looked_at = [_sentences_of(hit, snapshot) for hit in hits[:_RESCORED]]
    asked = rarity(question, snapshot)
    _score(looked_at, hits, question, asked, vector, snapshot, embedder)
    ranked = sorted(
        zip(hits, looked_at, strict=False), key=lambda pair: _final(pair[0], pair[1]), reverse=True
    )
    first, read = windows(kind_of(question), ranked, snapshot)
    others = _others([hit for hit, _ in ranked] + list(hits[_RESCORED:]), read, snapshot)
    return Found(first, read, tuple(others), _final(*ranked[0]), asked)


def _sentences_of(hit: Hit, snapshot: Snapshot) -> list[Sentence]:
    text = snapshot.article(hit.article).text
    spans = sentences(text, hit.start, hit.end)
    return [Sentence(hit.article, span, text[slice(*span)], hit.score) for span in spans]


def _score(
    groups: list[list[Sentence]],
    hits: Sequence[Hit],
    question: str,
    asked: Mapping[str, float],
    vector: NDArray[np.float32],
    snapshot: Snapshot,
    embedder: MiniLMEmbedding,
) -> None:
    flat = [sentence for group in groups for sentence in group]
    near = embedder.recall([titled(snapshot.article(s.article).title, s.text) for s in flat])
    kind = kind_of(question)
    for sentence, cosine in zip(flat, near @ vector, strict=True):
        sentence.cosine = float(cosine)
        sentence.overlap = facts.weight_held(asked, facts.stated(sentence.text))
        sentence.fits = may_answer(kind, sentence.text, asked.keys())
    for group, hit in zip(groups, hits, strict=False):
        for sentence in group:
            sentence.chunk_score = _final(hit, group)
    _compare(flat, embedder, *limits(kind))


def _compare(flat: Sequence[Sentence], embedder: MiniLMEmbedding, cut: float, echo: float) -> None:
    """Compare with the best sentence those that may be read, by what they say: without their titles."""
    best = max(flat, key=attrgetter("score"))
    near = [s for s in flat if echo < 1.0 or s.score >= best.score - cut]
    vectors = embedder.recall([s.text for s in near])
    for sentence, likeness in zip(near, vectors @ vectors[near.index(best)], strict=True):
        sentence.echo = float(likeness)


def titled(title: str, text: str) -> str:
    """A sentence under its article's title, as it is compared with a question."""
    words = " ".join(title.split()[:_TITLE_WORDS])
    return f"{words}: {text}" if words else text


def _final(hit: Hit, group: list[Sentence]) -> float:
    best = max((sentence.cosine for sentence in group), default=0.0)
    return (1 - _SENTENCE_SHARE) * hit.score + _SENTENCE_SHARE * best


def _others(hits: Sequence[Hit], read: Sequence[Passage], snapshot: Snapshot) -> list[Passage]:
    """The next chunks, of which nothing is being read."""
    found: list[Passage] = []
    for hit in hits:
        if len(read) + len(found) >= _LISTED:
            break
        if any(p.article.id == hit.article and p.start < hit.end and hit.start < p.end for p in read):
            continue
        number = len(read) + len(found) + 1
        found.append(Passage(number, snapshot.article(hit.article), hit.start, hit.end, hit.score))
    return found

"""From retrieved chunks to the few sentences the model reads.

Whole chunks fill a prompt with sentences that don't matter, and the fact asked for often stands just outside
the chunk. So single sentences of the best chunks are scored, and each one chosen brings its two neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Span
from index.chunker import sentences
from rag import facts
from rag.answers import Passage
from rag.questions import Kind, kind_of, may_answer
from rag.retriever import Hit, rarity

if TYPE_CHECKING:
    from index.embedder import MiniLMEmbedding
    from index.snapshot import Snapshot

WORDS = 170  # of passages in a prompt; more costs seconds and finds little
_RESCORED = 12  # chunks whose sentences are looked at one by one
_SENTENCE_SHARE = 0.4  # of a chunk's final score, from its best sentence
_LISTED = 10  # passages an answer carries, read or not
_HEADING = 4  # words; what is shorter states nothing
_TITLE_WORDS = 25
_CUT = 0.2  # below the best sentence's score: what is further off misleads a small model
_ECHO = 0.55  # likeness to the best sentence from which one is read too, for "who": it may name the others
_SPREAD = 4  # sentences of other articles that are heard before the surroundings are filled in ...
_MATES = 3  # ... at most so many of one article


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: `read` goes to the model, `others` came next; scores are those of the best chunk."""

    read: tuple[Passage, ...] = ()
    others: tuple[Passage, ...] = ()
    score: float = 0.0
    rarity: Mapping[str, float] = field(default_factory=dict)  # of the question's words

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Everything found, best first."""
        return self.read + self.others


@dataclass(slots=True)
class _Sentence:
    article: str
    span: Span
    text: str
    chunk_score: float = 0.0
    cosine: float = 0.0
    overlap: float = 0.0  # share of the question's words it holds, rare ones counting more
    fits: bool = False  # holds something of the kind asked for
    echo: float = 0.0  # cosine to the best sentence

    @property
    def score(self) -> float:
        """Nearness to the question by itself, by its surroundings and by its words."""
        return 0.4 * self.cosine + 0.4 * self.chunk_score + 0.3 * self.overlap + 0.1 * self.fits


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
    read = _windows(ranked, snapshot, *_limits(kind_of(question)))
    rest = [hit for hit, _ in ranked] + list(hits[_RESCORED:])
    others = _others(rest, read, snapshot)
    best_hit, best_sentences = ranked[0]
    return Found(tuple(read), tuple(others), _final(best_hit, best_sentences), asked)


def _sentences_of(hit: Hit, snapshot: Snapshot) -> list[_Sentence]:
    text = snapshot.article(hit.article).text
    spans = sentences(text, hit.start, hit.end)
    return [_Sentence(hit.article, span, text[slice(*span)], hit.score) for span in spans]


def _score(
    groups: list[list[_Sentence]],
    hits: Sequence[Hit],
    question: str,
    asked: Mapping[str, float],
    vector: NDArray[np.float32],
    snapshot: Snapshot,
    embedder: MiniLMEmbedding,
) -> None:
    flat = [sentence for group in groups for sentence in group]
    near = embedder.embed([titled(snapshot.article(s.article).title, s.text) for s in flat])
    kind = kind_of(question)
    for sentence, cosine in zip(flat, near @ vector, strict=True):
        sentence.cosine = float(cosine)
        sentence.overlap = facts.weight_held(asked, facts.stated(sentence.text))
        sentence.fits = may_answer(kind, sentence.text, asked.keys())
    for group, hit in zip(groups, hits, strict=False):
        for sentence in group:
            sentence.chunk_score = _final(hit, group)
    _compare(flat, embedder, *_limits(kind))


def _compare(flat: Sequence[_Sentence], embedder: MiniLMEmbedding, cut: float, echo: float) -> None:
    """Compare with the best sentence those that may be read, by what they say: without their titles."""
    best = max(flat, key=lambda sentence: sentence.score)
    near = [s for s in flat if echo < 1.0 or s.score >= best.score - cut]
    vectors = embedder.embed([s.text for s in near])
    for sentence, likeness in zip(near, vectors @ vectors[near.index(best)], strict=True):
        sentence.echo = float(likeness)


def titled(title: str, text: str) -> str:
    """A sentence under its article's title, as it is compared with a question."""
    words = " ".join(title.split()[:_TITLE_WORDS])
    return f"{words}: {text}" if words else text


def _final(hit: Hit, group: list[_Sentence]) -> float:
    best = max((sentence.cosine for sentence in group), default=0.0)
    return (1 - _SENTENCE_SHARE) * hit.score + _SENTENCE_SHARE * best


def _windows(
    ranked: Sequence[tuple[Hit, list[_Sentence]]], snapshot: Snapshot, cut: float, echo: float
) -> list[Passage]:
    """Best sentences first, each with its neighbours, until the words are used up."""
    articles = list(dict.fromkeys(hit.article for hit, _ in ranked))
    sequences = {article: _around(article, ranked, snapshot) for article in articles}
    candidates = sorted((s for _, group in ranked for s in group), key=lambda s: s.score, reverse=True)
    candidates = [s for s in candidates if len(s.text.split()) >= _HEADING] or candidates
    candidates = [s for s in candidates if s.score >= candidates[0].score - cut or s.echo >= echo]
    chosen: dict[str, set[int]] = {article: set() for article in articles}
    words = 0
    for sentence, reach in _wishes(candidates):
        text, sequence = snapshot.article(sentence.article).text, sequences[sentence.article]
        place, taken = sequence.index(sentence.span), chosen[sentence.article]
        for window in ([place - 1, place, place + 1], [place - 1, place], [place])[2 - reach :]:
            new = [i for i in window if 0 <= i < len(sequence) and i not in taken]
            cost = sum(len(text[slice(*sequence[i])].split()) for i in new)
            if words + cost <= WORDS or not words:
                taken.update(new)
                words += cost
                break
    scores = {a: max((s.score for s in candidates if s.article == a), default=0.0) for a in articles}
    return _passages([(a, sequences[a], chosen[a]) for a in articles], scores, snapshot)


def _limits(kind: Kind) -> tuple[float, float]:
    """How far below the best one's score a sentence is read, and from which likeness to it in any case."""
    if kind is Kind.SEVERAL:
        return 1.0, 1.0
    return (_CUT, _ECHO) if kind is Kind.NAME else (_CUT, 1.0)


def _wishes(candidates: Sequence[_Sentence]) -> list[tuple[_Sentence, int]]:
    """Sentences in the order they are taken, each with how many neighbours it brings.

    The best one comes with both. Then those sentences of other articles have their say that are like the
    question and like the best sentence: they complete it or contradict it. The rest goes to surroundings.
    """
    best = candidates[0]
    spread: list[_Sentence] = []
    for sentence in sorted(candidates, key=lambda s: s.score + s.echo, reverse=True):
        mates = sum(other.article == sentence.article for other in spread)
        if sentence.article != best.article and mates < _MATES:
            spread.append(sentence)
    return [
        (best, 2),
        *((sentence, 0) for sentence in spread[:_SPREAD]),
        *((sentence, 2) for sentence in candidates),
    ]


def _around(article: str, ranked: Sequence[tuple[Hit, list[_Sentence]]], snapshot: Snapshot) -> list[Span]:
    """The sentences of an article's looked-at chunks and of the chunks beside them, in order."""
    spans = {(hit.start, hit.end) for hit, _ in ranked if hit.article == article}
    chunks = [(chunk.start, chunk.end) for chunk in snapshot.article_chunks(article)]
    wanted = {j for i, span in enumerate(chunks) if span in spans for j in (i - 1, i, i + 1)}
    text = snapshot.article(article).text
    return [span for i, chunk in enumerate(chunks) if i in wanted for span in sentences(text, *chunk)]


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

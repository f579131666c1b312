"""Which sentences the model reads: those nearest to the question, with their surroundings.

Whole chunks fill a prompt with sentences that don't matter, and the fact asked for often stands just outside
the chunk. So single sentences of the best chunks are chosen, and each one brings its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from index.article import Article, Span
from index.chunker import sentences
from rag.answers import Passage
from rag.questions import Kind
from rag.retriever import Hit

if TYPE_CHECKING:
    from index.snapshot import Snapshot

WORDS = 170  # of passages in a prompt; more costs seconds and finds little ...
MANY_WORDS = 250  # ... but where many of an article's sentences are nearly as near, any may hold the fact
_LEVEL = 0.1  # below the best sentence's score: nearly as near
FIRST_WORDS = 80  # of those that are read first: for most questions they are enough, in half the time
_HEADING = 4  # words; what is shorter states nothing
_CUT = 0.2  # below the best sentence's score: what is further off misleads a small model
_ECHO = 0.55  # likeness to the best sentence from which one is read too, for "who": it may name the others
_SINGLE = 5  # of the best sentences that are heard before more than the best one's surroundings are filled in
_SPREAD = 4  # sentences of other articles that are heard before the surroundings are filled in ...
_MATES = 3  # ... at most so many of one article
_RIVAL = 0.1  # below the best sentence's score: as near to the question, or nearly
_RIVALS = 2

Ranked = Sequence[tuple[Hit, list["Sentence"]]]  # chunks with their sentences, best chunk first


@dataclass(slots=True)
class Sentence:
    """A sentence of a chunk, and what brings it near to the question."""

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


def windows(
    kind: Kind, ranked: Ranked, snapshot: Snapshot
) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
    """What is read first, and what is read where that leaves a doubt."""
    articles = list(dict.fromkeys(hit.article for hit, _ in ranked))
    sequences = {article: _around(article, ranked, snapshot) for article in articles}
    candidates = _candidates(ranked, *limits(kind))
    scores = {a: max((s.score for s in candidates if s.article == a), default=0.0) for a in articles}
    first, read = (
        _passages(
            _taken(_wishes(kind, candidates, words), words, sequences, snapshot), sequences, scores, snapshot
        )
        for words in _words(kind, candidates)
    )
    return first, read


def limits(kind: Kind) -> tuple[float, float]:
    """How far below the best one's score a sentence is read, and from which likeness to it in any case."""
    if kind is Kind.SEVERAL:
        return 1.0, 1.0
    return (_CUT, _ECHO) if kind is Kind.NAME else (_CUT, 1.0)


def _candidates(ranked: Ranked, cut: float, echo: float) -> list[Sentence]:
    """The sentences that may be read, best first."""
    found = sorted((s for _, group in ranked for s in group), key=attrgetter("score"), reverse=True)
    found = [s for s in found if len(s.text.split()) >= _HEADING] or found
    return [s for s in found if s.score >= found[0].score - cut or s.echo >= echo]


def _taken(
    wishes: Iterable[tuple[Sentence, int]], most: int, sequences: Mapping[str, list[Span]], snapshot: Snapshot
) -> dict[str, set[int]]:
    """The places in their articles' sequences of the sentences that are taken until there are so many words."""
    chosen: dict[str, set[int]] = {article: set() for article in sequences}
    words = 0
    for sentence, reach in wishes:
        text, sequence = snapshot.article(sentence.article).text, sequences[sentence.article]
        place, taken = sequence.index(sentence.span), chosen[sentence.article]
        for window in ([place - 1, place, place + 1], [place - 1, place], [place])[2 - reach :]:
            new = [i for i in window if 0 <= i < len(sequence) and i not in taken]
            cost = sum(len(text[slice(*sequence[i])].split()) for i in new)
            if words + cost <= most or not words:
                taken.update(new)
                words += cost
                break
    return chosen


def _words(kind: Kind, candidates: Sequence[Sentence]) -> tuple[int, int]:
    """How much is read first, and in all.

    Everything is read at once where no sentence of the best article sticks out: the third best is nearly as near; and
    where another article may name more of those that "who" asks for.
    """
    best = candidates[0]
    own = [s.score for s in candidates if s.article == best.article]
    if len(own) > 2 and own[2] >= best.score - _LEVEL:
        return MANY_WORDS, MANY_WORDS
    more = kind is Kind.NAME and any(s.article != best.article and s.echo >= _ECHO for s in candidates)
    return (WORDS if more else FIRST_WORDS), WORDS


def _wishes(kind: Kind, candidates: Sequence[Sentence], most: int) -> list[tuple[Sentence, int]]:
    """Sentences in the order they are taken, each with how many neighbours it brings.

    The best one comes with both. Then those sentences of other articles have their say that are like the question and
    like the best sentence: they complete it or contradict it; and, for all but "who" before them, the next best ones.
    Of few words, nearly equal ones get theirs first.
    """
    best = candidates[0]
    spread: list[Sentence] = []
    for sentence in sorted(candidates, key=lambda s: s.score + s.echo, reverse=True):
        mates = sum(other.article == sentence.article for other in spread)
        if sentence.article != best.article and mates < _MATES:
            spread.append(sentence)
    single = candidates[: _SINGLE if most >= WORDS else 0]
    heard = [*spread[:_SPREAD], *single] if kind is Kind.NAME else [*single, *spread[:_SPREAD]]
    rivals = [s for s in spread if s.score >= best.score - _RIVAL][:_RIVALS] if most < WORDS else []
    return [
        *((sentence, 0) for sentence in [best, *rivals] if rivals),
        (best, 2),
        *((sentence, 0) for sentence in heard),
        *((sentence, 2) for sentence in candidates),
    ]


def _around(article: str, ranked: Sequence[tuple[Hit, list[Sentence]]], snapshot: Snapshot) -> list[Span]:
    """The sentences of an article's looked-at chunks and of the chunks beside them, in order."""
    spans = {(hit.start, hit.end) for hit, _ in ranked if hit.article == article}
    chunks = [(chunk.start, chunk.end) for chunk in snapshot.article_chunks(article)]
    wanted = {j for i, span in enumerate(chunks) if span in spans for j in (i - 1, i, i + 1)}
    text = snapshot.article(article).text
    return [span for i, chunk in enumerate(chunks) if i in wanted for span in sentences(text, *chunk)]


def _passages(
    places: Mapping[str, Set[int]],
    sequences: Mapping[str, list[Span]],
    scores: Mapping[str, float],
    snapshot: Snapshot,
) -> tuple[Passage, ...]:
    found: list[Passage] = []
    for article_id, chosen in places.items():
        article, sequence = snapshot.article(article_id), sequences[article_id]
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
    return tuple(found)


def _marked(article: Article, start: int, end: int) -> bool:
    """True when boilerplate, or much else that no chunk holds, lies between two offsets."""
    return any(first < end and start < last for first, last in article.boilerplate)

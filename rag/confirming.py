"""Confirm: the language model's few words over the reader's best sentences, agreeing with the reader or not."""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Sequence
from dataclasses import replace
from statistics import fmean

from index.chunker import sentences
from index.text.folding import folded
from rag.confidence import HEARD, Candidate, candidate
from rag.model import engine, prompts
from rag.model.engine import Model
from rag.reading import Reading

_SENTENCES = 5  # of the reader's best that the model reads ...
_WORDS = 120  # ... with their neighbours, so many words in all: reading them is most of an answer's time
_PHRASE_TOKENS = 40
_AROUND = 700  # characters either side of a sentence in which its neighbours are looked for
_NEVER = 0.001  # the least probability that is told from none
_WORD = re.compile(r"\w+")
_UNTOLD = -0.3  # mean log-probability assumed of a model that doesn't tell ...
_ELSEWHERE = -1.5  # ... and where its words don't stand in the sentence


def heard(question: str, candidates: Sequence[Candidate], model: Model) -> Generator[tuple[Candidate, ...]]:
    """The candidates while the model writes, and last with what it says to them, likeliest first.

    Closing the generator stops the model.
    """
    readings = [one.reading for one in candidates]
    excerpts = _excerpts(readings)
    pieces = []
    for piece in engine.reply(model, prompts.about(excerpts, question, prompts.PHRASE), _PHRASE_TOKENS):
        pieces.append(piece)
        yield tuple(candidates)
    phrase = "".join(piece.text for piece in pieces)
    logs = [log for piece in pieces for log in piece.log_probabilities]
    sure = max(fmean(logs), -3.0) if logs else _UNTOLD
    yes = engine.first_words(model, prompts.about(excerpts, question, prompts.ANSWERED)).get("yes", 0.0)
    stated = math.log((yes + _NEVER) / (1 - min(yes, 1 - _NEVER) + _NEVER))
    asked = set(_WORD.findall(folded(question)))
    told = set(_WORD.findall(folded(phrase)))
    telling = (told - asked) or told
    found = []
    for one in candidates:
        agrees = bool(telling) and telling <= set(_WORD.findall(folded(one.reading.text)))
        said = replace(
            one.signals, agrees=1.0 if agrees else -1.0, sure=sure if agrees else _ELSEWHERE, stated=stated
        )
        found.append(candidate(one.reading, said, HEARD))
    yield tuple(sorted(found, key=lambda one: -one.probability))


def _excerpts(readings: Sequence[Reading]) -> list[tuple[str, str]]:
    """The best sentences with their neighbours under their titles and dates, those of one article together."""
    taken: dict[str, set[tuple[int, int]]] = {}
    articles = {reading.article.id: reading.article for reading in readings}
    words = 0
    for reading in readings[:_SENTENCES]:
        text = reading.article.text
        first, last = max(0, reading.start - _AROUND), min(len(text), reading.end + _AROUND)
        near = sentences(text, first, last)
        place = next((i for i, span in enumerate(near) if span[0] <= reading.start < span[1]), None)
        wanted = near[max(0, place - 1) : place + 2] if place is not None else [(reading.start, reading.end)]
        held = taken.setdefault(reading.article.id, set())
        new = [span for span in wanted if span not in held]
        cost = sum(len(text[slice(*span)].split()) for span in new)
        if words + cost > _WORDS and words:
            new = [(reading.start, reading.end)] if (reading.start, reading.end) not in held else []
            cost = sum(len(text[slice(*span)].split()) for span in new)
        held.update(new)
        words += cost
    return [
        (
            ", ".join(part for part in (articles[key].title, articles[key].known_date) if part),
            " … ".join(" ".join(articles[key].text[slice(*span)].split()) for span in sorted(spans)),
        )
        for key, spans in taken.items()
        if spans
    ]

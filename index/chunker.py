"""Sentences and chunks of an article as exact spans into its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.article import Span
from index.sentences import Sentence, split

TARGET = 90  # words a chunk aims at
MOST = 110  # words a chunk of several sentences has at most, unless a short rest joins it
LONGEST = 180  # words; a longer sentence is cut
SHORT = 25  # words; a shorter rest joins the chunk before it ...
JOINED = 130  # ... where together they have at most this many
CHUNKING = f"2:{TARGET}/{MOST}/{LONGEST}/{SHORT}/{JOINED}"

# A word; scripts without spaces count by character, endless letters by pieces, so that no chunk is endless.
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\s\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,24}"
)
_CLAUSE_END = re.compile(r"[,;:–—)][”\"’']?\Z")


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a chunk is put together from: a sentence or, of an overlong one, a part."""

    start: int
    end: int
    words: int
    opens: bool  # a heading, which begins a new chunk


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences in `text[start:end]`, in order, trimmed of white space.

    Together they hold every character that is not white space.
    """
    return [(sentence.start, sentence.end) for sentence in split(text, start, end)]


def chunks(text: str, boilerplate: Sequence[Span] = ()) -> list[Span]:
    """Spans of whole consecutive sentences, about 60 to 110 words; none touches `boilerplate`.

    `boilerplate` is sorted and disjoint. A heading begins a chunk; a sentence over 180 words is cut.
    """
    found: list[Span] = []
    for start, end in _regions(text, boilerplate):
        for section in _sections(list(_pieces(text, start, end))):
            found.extend(_pack(section))
    return found


def _regions(text: str, boilerplate: Sequence[Span]) -> Iterator[Span]:
    """What lies between the marked spans."""
    position = 0
    for start, end in boilerplate:
        if position < start:
            yield position, start
        position = max(position, end)
    if position < len(text):
        yield position, len(text)


def _pieces(text: str, start: int, end: int) -> Iterator[_Piece]:
    found = split(text, start, end)
    for number, sentence in enumerate(found, 1):
        words = [word.start() for word in _WORD.finditer(text, sentence.start, sentence.end)]
        if len(words) > LONGEST:
            yield from _cut(text, sentence, words)
        else:
            # A short line with nothing below it is a closing note, not a heading.
            heads = sentence.heading and number < len(found)
            yield _Piece(sentence.start, sentence.end, len(words), heads)


def _cut(text: str, sentence: Sentence, words: list[int]) -> Iterator[_Piece]:
    """Parts of an overlong sentence, cut after a clause where there is one, else between words."""
    first = 0
    while len(words) - first > LONGEST:
        cut = _cut_place(text, words, first)
        yield _Piece(words[first], _trimmed_end(text, words[cut]), cut - first, False)
        first = cut
    yield _Piece(words[first], sentence.end, len(words) - first, False)


def _cut_place(text: str, words: list[int], first: int) -> int:
    """The number of the word to cut before: as near below `MOST` as a good place is found."""
    between_words = 0
    for number in range(first + MOST, first + TARGET // 2, -1):
        place = words[number]
        if text[place - 1].isspace():
            between_words = between_words or number
            if _CLAUSE_END.search(text, max(0, place - 4), _trimmed_end(text, place)):
                return number
    return between_words or first + MOST


def _trimmed_end(text: str, end: int) -> int:
    while text[end - 1].isspace():
        end -= 1
    return end


def _sections(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """Runs of pieces that one chunk may span; several headings in a row open one section."""
    section: list[_Piece] = []
    for piece in pieces:
        if piece.opens and section and not section[-1].opens:
            yield section
            section = []
        section.append(piece)
    if section:
        yield section


def _pack(section: list[_Piece]) -> list[Span]:
    """One section as chunks of consecutive pieces."""
    groups: list[tuple[int, int, int]] = []  # start, end, words
    for piece in section:
        if groups and _belongs(groups[-1][2], piece.words):
            start, _, words = groups.pop()
            groups.append((start, piece.end, words + piece.words))
        else:
            groups.append((piece.start, piece.end, piece.words))
    if len(groups) > 1 and groups[-1][2] < SHORT and groups[-2][2] + groups[-1][2] <= JOINED:
        (start, _, _), (_, end, _) = groups[-2:]
        groups[-2:] = [(start, end, 0)]
    return [(start, end) for start, end, _ in groups]


def _belongs(words: int, more: int) -> bool:
    """Whether a chunk of `words` takes a next sentence of `more`: it may not pass `MOST`, and
    has to come nearer to `TARGET`; a very short one takes a long sentence rather than stand alone."""
    if words + more > MOST:
        return words < SHORT and words + more <= JOINED
    return abs(words + more - TARGET) <= abs(words - TARGET)

"""Whether a passage says anything that other ones of the same story don't."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from index.article import Article, Chunk
from index.copies import copied
from index.sentences import split
from rag import facts
from rag.negation import negated

# A dateline with its agency, as in "NAIROBI, Kenya (AP) — ".
_DATELINE = re.compile(r"[A-Z][\w.,’'/ -]{1,60}\([A-Za-z]{2,12}\) ?[—–:-] ?|\([A-Za-z]{2,12}\) ?[—–:-] ?")
_BYLINE = re.compile(r"\W*By [A-Z].{1,120}(?<![.!?…])")
_CREDIT = re.compile(
    r"\W*(?:(?:additional |with )?(?:reporting|writing|editing)(?: and (?:writing|editing))? by|(?:filed|written) by"
    r"|copyright|©)\b",
    re.IGNORECASE,
)
# An editor puts them in and takes them out; every other word may change what is said.
_SMALL = frozenset("a an the of on in at to that also".split())


class Stories:
    """Tells which articles of one search are copies and updates of each other; each one is looked at once."""

    def __init__(self, article: Callable[[str], Article]) -> None:
        self._article = article
        self._copies: dict[str, set[str]] = {}  # of each article seen so far, all ids

    def told(self, chunk: Chunk, others: Sequence[Chunk]) -> bool:
        """True when those of `others` that are from copies and updates of the chunk's article tell all it does."""
        told = [other.text for other in others if self._copied(chunk, other)]
        return bool(told) and repeats(chunk.text, *told)

    def needed(self, chunks: Sequence[Chunk]) -> list[Chunk]:
        """The chunks, best first, without those that the others tell together; the best of a story stays.

        Copies are cut at other places, so what one chunk says may stand in two of a copy.
        """
        kept = list(chunks)
        for place in range(len(chunks) - 1, 0, -1):
            chunk, better = chunks[place], chunks[:place]
            others = [*better, *kept[place + 1 :]]
            if any(self._copied(chunk, other) for other in better) and self.told(chunk, others):
                del kept[place]
        return kept

    def _copied(self, chunk: Chunk, other: Chunk) -> bool:
        for key in (chunk.article, other.article):
            if key not in self._copies:
                copies = copied(self._article(key), [self._article(seen) for seen in self._copies])
                self._copies[key] = copies
                for copy in copies:
                    self._copies[copy].add(key)
        return other.article in self._copies[chunk.article]


def repeats(text: str, *others: str) -> bool:
    """True when each sentence of `text` stands in one of `others`, where it may have more words.

    Headings, bylines and credits count for nothing.
    """
    told = [sentence for other in others for sentence in _said(other)]
    return all(
        any(denied == other_denied and _in_order(words, others_words) for others_words, other_denied in told)
        for words, denied in _said(text)
    )


@lru_cache(maxsize=256)  # a chunk is compared with several others
def _said(text: str) -> list[tuple[list[str], bool]]:
    """The telling words of each statement, and whether it denies something."""
    return [(_telling(sentence), negated(sentence)) for sentence in statements(text)]


def same_facts(text: str, other: str) -> bool:
    """True when `text` states no number and names nobody that `other` doesn't."""
    known = facts.stated(other)
    stated = " ".join(statements(text))
    return facts.numbers(stated) <= known and all(
        token.folded in known or facts.held(token.folded, known) for token in facts.names(stated)
    )


def statements(text: str) -> Iterator[str]:
    """The sentences that state something: no bylines, credits, or headings without a figure."""
    for found in split(text):
        sentence = text[found.start : found.end]
        if found.heading and not any(map(str.isdigit, sentence)):
            continue
        if not _CREDIT.match(sentence) and not _BYLINE.fullmatch(sentence):
            dateline = _DATELINE.match(sentence)
            yield sentence[dateline.end() :] if dateline else sentence


def _telling(sentence: str) -> list[str]:
    return [token.folded for token in facts.tokens(sentence) if token.text.lower() not in _SMALL]


def _in_order(words: list[str], among: list[str]) -> bool:
    rest = iter(among)
    return all(word in rest for word in words)

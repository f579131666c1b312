"""The sentences of the passages, each as something that can be cited."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from index.article import Article
from index.chunker import sentences
from rag import facts
from rag.answers import Passage

_REACH = 700  # characters either side of a sentence in which a neighbour is looked for
_DANGLING = re.compile(
    r"\W*(?:(?:but|however|also|instead|still|later|meanwhile|and|so|yet),?\s+)?"
    r"(?:he|she|it|they|his|her|its|their|none of (?:them|these)|both of them|neither of them|others"
    r"|(?:nobody|no one|someone|everyone) else)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence of an article, with what it states."""

    article: Article
    start: int
    end: int
    passage: int
    words: frozenset[str]
    numbers: frozenset[str]
    acronyms: frozenset[str]

    @property
    def text(self) -> str:
        """The very words."""
        return self.article.text[self.start : self.end]

    @property
    def dangling(self) -> bool:
        """True when it begins with a "he" or "nobody else" that only the sentence before tells the meaning of."""
        return bool(_DANGLING.match(self.text))

    def before(self) -> Evidence | None:
        """The sentence before it, unless boilerplate stands between them or none is near."""
        article, nearest = self.article, max(0, self.start - _REACH)
        spans = sentences(article.text, nearest, self.start)
        if not spans or any(spans[-1][0] < end and start < self.start for start, end in article.boilerplate):
            return None
        # The first one of a stretch that was cut out may be no whole sentence.
        return _evidence(article, *spans[-1], self.passage) if len(spans) > 1 or not nearest else None

    def surroundings(self, each: int = 1) -> str:
        """The sentence with so many before it and after it."""
        text, reach = self.article.text, each * _REACH
        near = sentences(text, max(0, self.start - reach), min(len(text), self.end + reach))
        own = [i for i, (start, end) in enumerate(near) if start < self.end and self.start < end]
        return text[near[max(0, own[0] - each)][0] : near[min(len(near) - 1, own[-1] + each)][1]]

    def holds(self, word: str) -> bool:
        """True when the sentence states a folded word, a number or a name's initials."""
        return word in self.numbers or word in self.acronyms or facts.held(word, self.words)


def evidence_of(passages: Iterable[Passage]) -> list[Evidence]:
    """Every sentence of the passages, as something to cite."""
    return [
        _evidence(passage.article, start, end, passage.number)
        for passage in passages
        for start, end in sentences(passage.article.text, passage.start, passage.end)
    ]


def _evidence(article: Article, start: int, end: int, passage: int) -> Evidence:
    quote = article.text[start:end]
    words, numbers = frozenset(facts.words(quote)), frozenset(facts.numbers(quote))
    return Evidence(article, start, end, passage, words, numbers, frozenset(facts.initials(quote)))


def joined(one: Evidence, chosen: Iterable[Evidence]) -> list[Evidence]:
    """`one` with those of `chosen` that make one statement with it: the sentence before that tells who its "he" is,
    and the sentence behind whose "he" it tells."""
    return [
        e
        for e in chosen
        if e is one or (one.dangling and _follows(one, e)) or (e.dangling and _follows(e, one))
    ]


def _follows(one: Evidence, other: Evidence) -> bool:
    between = one.article.text[other.end : one.start]
    return one.article.id == other.article.id and other.end <= one.start and not between.strip()


def speaks_of(article: Article, name: str) -> bool:
    """True when a folded name stands anywhere in an article, its title or its outlet, or as initials of what does."""
    return facts.held(name, _vocabulary(f"{article.title} {article.source} {article.text}"))


@lru_cache(maxsize=64)  # asked of the same few articles for every sentence and name
def _vocabulary(text: str) -> frozenset[str]:
    return frozenset(facts.stated(text) | facts.initials(text))

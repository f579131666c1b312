"""The sentences of the passages, each as something that can be cited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from index.article import Article
from index.chunker import sentences
from rag import facts
from rag.answers import Passage

_REACH = 700  # characters either side of a sentence in which its neighbours are looked for


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

    def surroundings(self) -> str:
        """The sentence with the one before it and the one after it."""
        text = self.article.text
        near = sentences(text, max(0, self.start - _REACH), min(len(text), self.end + _REACH))
        own = [i for i, (start, end) in enumerate(near) if start < self.end and self.start < end]
        return text[near[max(0, own[0] - 1)][0] : near[min(len(near) - 1, own[-1] + 1)][1]]

    def holds(self, word: str) -> bool:
        """True when the sentence states a folded word, a number or a name's initials."""
        return word in self.numbers or word in self.acronyms or facts.held(word, self.words)


def evidence_of(passages: Iterable[Passage]) -> list[Evidence]:
    """Every sentence of the passages, as something to cite."""
    found = []
    for passage in passages:
        text = passage.article.text
        for start, end in sentences(text, passage.start, passage.end):
            quote = text[start:end]
            found.append(
                Evidence(
                    passage.article,
                    start,
                    end,
                    passage.number,
                    frozenset(token.folded for token in facts.tokens(quote)),
                    frozenset(facts.numbers(quote)),
                    frozenset(facts.initials(quote)),
                )
            )
    return found

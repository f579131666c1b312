"""Judge: do the articles hold the answer, and is it the one shown? A few signals in one small monotone model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from rag import facts
from rag.evidence import Evidence
from rag.grounding import Grounded
from rag.passages import Found, titled

if TYPE_CHECKING:
    from index.embedder import MiniLMEmbedding

_UNSURE = -3.0  # mean log-probability below which it no longer matters how unsure the model was
_USUAL = 8  # content words of a question; nine in ten have no more
_NEAR = 3  # sentences either side of a cited one
_TYPICAL = -0.3  # what is assumed of a model that doesn't tell


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer, each the better the higher; None where it was not looked at."""

    score: float  # fused score of the best chunk, about 0 to 1
    coverage: float  # share of the question's words in the passages, rare ones counting more
    sure: float | None = None  # mean log-probability of the tokens of the model's answer in a few words
    around: float | None = None  # the same share in the cited sentences, what stands about them, and titles
    near: float | None = None  # cosine of the question and the nearest cited sentence under its title


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic model: bias and one weight, never negative, a signal; `least` is the probability to go on from."""

    least: float
    bias: float
    score: float = 0.0
    coverage: float = 0.0
    sure: float = 0.0
    around: float = 0.0
    near: float = 0.0

    def probability(self, signals: Signals) -> float:
        """Probability that the articles answer the question and the answer is right."""
        sure = _TYPICAL if signals.sure is None else max(signals.sure, _UNSURE)
        around = signals.coverage if signals.around is None else signals.around
        near = signals.score if signals.near is None else signals.near
        total = self.bias + self.score * signals.score + self.coverage * signals.coverage
        total += self.sure * sure + self.around * around + self.near * near
        return 1 / (1 + math.exp(-total))


# One set of values for every library, fitted by logistic regression on three public sets, half of their questions
# without an answer: READ on 120 questions, to whether there is an answer; WRITTEN on 131 answers and EXTRACTED on 120
# questions, to whether the answer is right. READ's `least` decides whether anything is written, the others' whether it
# is shown. Those three and SURE, from which a first reading is enough, were chosen by hand.
READ = Weights(least=0.2, bias=-4.5, score=5.5, coverage=2.2, sure=1.8)
WRITTEN = Weights(least=0.43, bias=-2.1, sure=1.9, around=1.4, near=3.25)
SURE = 0.55
_WORDED = 0.75  # coverage from which an answer is looked for, however far in meaning: "What did X say of Y?"
EXTRACTED = Weights(least=0.38, bias=-4.0, around=2.3, near=3.5)


def hopeful(signals: Signals) -> bool:
    """True when it is worth the time to have the model answer, or write on."""
    return READ.probability(signals) >= READ.least or signals.coverage >= _WORDED


def look(found: Found) -> Signals:
    """The signals that need no model."""
    text = " ".join(f"{heading(p.article)} {p.text}" for p in found.read)
    return Signals(score=found.score, coverage=_share(found, text))


def around(found: Found, answer: Sequence[Grounded], others: Sequence[Evidence] = ()) -> float:
    """Share of the question's words, rare ones counting more, about what a shown sentence mainly rests on.

    What a long question asks about stands in several articles: there all that is cited counts, and `others`, which
    hold the same answer. For a short one that would blend who did one thing with who did another.
    """
    if is_long(found):
        return _about(found, [*(e for sentence in answer for e in sentence.evidence), *others])
    return max((_about(found, _home(sentence.evidence)) for sentence in answer), default=0.0)


def is_long(found: Found) -> bool:
    """True for a question of more words than most."""
    return len(found.rarity) > _USUAL


def _home(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Those of the first one's article."""
    return [e for e in evidence if e.article.id == evidence[0].article.id]


def _about(found: Found, places: Sequence[Evidence]) -> float:
    return _share(found, " ".join(f"{heading(e.article)} {e.surroundings(_NEAR)}" for e in places))


def near(question: NDArray[np.float32], embedder: MiniLMEmbedding, answer: Sequence[Grounded]) -> list[float]:
    """Cosine of the question's vector and, under its title, the sentence that each sentence shown mainly rests on."""
    cited = [titled(e.article.title, e.text) for e in (sentence.evidence[0] for sentence in answer)]
    return [float(cosine) for cosine in embedder.recall(cited) @ question] if cited else []


def heading(article: Article) -> str:
    """What stands over an article."""
    return f"{article.title} {article.source} {article.known_date}"


def _share(found: Found, text: str) -> float:
    """Of a long question, as much as makes up a usual one is enough: nobody writes all of it in one place."""
    share = facts.weight_held(found.rarity, facts.stated(text) | facts.initials(text))
    return min(1.0, share * max(1.0, len(found.rarity) / _USUAL))

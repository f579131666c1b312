"""Judge: do the articles hold the answer? Signals from finding, reading and writing in one monotone model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from llama_index.core.llms import LLM

from rag import facts, prompts
from rag.engine import yes_probability
from rag.grounding import Grounded
from rag.passages import Found


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer, each the better the higher; None where it was not looked at."""

    score: float  # fused score of the best chunk, about 0 to 1
    sentence_score: float  # cosine of the best sentence
    coverage: float  # share of the question's words in the passages, rare ones counting more
    named: float  # share of the question's names and numbers in the passages
    judge: float | None = None  # probability of "yes" to "do the passages state the answer?"
    fluency: float | None = None  # mean log-probability of the answer's tokens
    grounded: float | None = None  # share of the answer's words in the cited sentences
    cited: float | None = None  # share of the question's words in the cited sentences and their titles


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic model: bias and one weight, never negative, a signal."""

    bias: float
    score: float
    coverage: float
    named: float
    judge: float = 0.0
    cited: float = 0.0

    def probability(self, signals: Signals) -> float:
        """Probability that the articles answer the question and the answer is right."""
        total = self.bias + self.score * signals.score
        total += self.coverage * signals.coverage + self.named * signals.named
        if signals.judge is not None:
            total += self.judge * _logit(signals.judge)
        if signals.cited is not None:
            total += self.cited * signals.cited
        return 1 / (1 + math.exp(-total))


# One set for every library. READ was fitted on 55 questions of three public sets, 27 of them without an answer, and
# rounded; WRITTEN was set by hand from that fit, and EXTRACTED from WRITTEN.
READ = Weights(bias=-5.5, score=2.6, coverage=3.3, named=1.4, judge=0.2)
WRITTEN = Weights(bias=-5.2, score=2.5, coverage=2.7, named=0.5, judge=0.35, cited=1.8)
EXTRACTED = Weights(bias=-5.2, score=3.0, coverage=2.7, named=0.5, cited=1.8)
HOPELESS = 0.12  # below this, before writing, nothing is written
THRESHOLD = 0.5  # below this, an answer is not shown


def look(found: Found, question: str) -> Signals:
    """The signals that need no model."""
    text = " ".join(f"{p.article.title} {p.article.known_date} {p.text}" for p in found.read)
    held = facts.stated(text) | facts.initials(text)
    return Signals(
        score=found.score,
        sentence_score=found.sentence_score,
        coverage=facts.weight_held(found.rarity, held),
        named=_named(question, held),
    )


def read(signals: Signals, found: Found, question: str, model: LLM) -> Signals:
    """The signals with the model's own judgement of the passages."""
    return replace(
        signals, judge=yes_probability(model, prompts.about_passages(found.read, question, prompts.JUDGE))
    )


def cited(found: Found, answer: Sequence[Grounded]) -> float:
    """Share of the question's words, rare ones counting more, in the sentences that the answer cites."""
    texts = [f"{e.article.title} {e.text}" for sentence in answer for e in sentence.evidence]
    return facts.weight_held(found.rarity, facts.stated(" ".join(texts)))


def _named(question: str, held: set[str]) -> float:
    wanted = {token.folded for token in facts.names(question, frozenset({""}))} | facts.numbers(
        question, claimed=True
    )
    return sum(facts.held(word, held) for word in wanted) / len(wanted) if wanted else 1.0


def _logit(probability: float) -> float:
    bounded = min(max(probability, 0.001), 0.999)
    return math.log(bounded / (1 - bounded))

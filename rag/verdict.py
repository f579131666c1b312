"""Whether it is so: the sentences that a question's words stand in, and whether the model reads a yes in them.

A small model that has read a whole article says yes to nearly everything. So it is shown the sentences that would be
cited and nothing else: what it reads there, the reader can check. It never finds a no by itself.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Generator, Sequence
from dataclasses import replace

from rag import facts, judge, negation, prompts
from rag.answers import Answer
from rag.compose import quotes
from rag.evidence import Evidence, evidence_of, speaks_of
from rag.model import engine
from rag.model.engine import Model
from rag.run import Run, finish, look_at, of_another, refuse, told_together

# Probability of the model's "yes" from which it is believed, chosen by hand on a hundred questions about news. Of one
# claim it is easily persuaded; where each of several has to be told, or something of both, it seldom errs.
_ALONE, _EVEN = 0.85, 0.5
_BOTH = re.compile(r"\bboth\b", re.I)
_MOST = 3  # sentences behind a yes
_BY_MEANING = 1.0  # of the cosine beside the share of the words; half as much for the sentences that add
_ADDS = 0.15  # share of the question's words, rare ones counting more, that one more sentence has to bring
_NEVER = 0.001  # the least probability that is told from none


def answers(run: Run, model: Model, one: Evidence) -> bool:
    """True when the model finds an answer to the question in one sentence by itself."""
    messages = prompts.about_sentences([one], run.answer.understood, prompts.ANSWERED)
    return engine.first_words(model, messages).get("yes", 0.0) >= _EVEN


def decide(run: Run, model: Model) -> Generator[Answer]:
    """Answer with the sentences that tell whether it is so, behind a yes where they say that it is."""
    assert run.signals is not None  # set when the passages were found
    evidence = [one for one in evidence_of(run.found.read) if not of_another(run, one)]
    told = told_together(run, _covering(run, evidence))
    if not told or not judge.hopeful(run.signals):
        yield refuse(run, judge.READ.probability(run.signals) / 2)
        return
    cited = [e for one in told for e in one.evidence]
    messages = prompts.about_sentences(cited, run.answer.understood, prompts.SAYS_SO)
    chances = engine.first_words(model, messages)
    run.clock("first_word")
    run.drafts.append(max(chances, key=lambda word: chances[word], default=""))
    yield run.show(draft=run.drafts[-1])
    yes, no = chances.get("yes", 0.0), chances.get("no", 0.0)
    run.signals = replace(run.signals, sure=math.log(max(yes + no, _NEVER)))
    look_at(run, told)
    run.clock("judged")
    least = _EVEN if run.claimed or _BOTH.search(run.answer.understood) else _ALONE
    run.yes = yes >= least and not _lacks(run.answer.understood, cited)
    confidence = yes / (yes + no) if run.yes else judge.WRITTEN.probability(run.signals)
    yield finish(run, told, confidence) if confidence >= judge.WRITTEN.least else refuse(run, confidence)


def _lacks(question: str, cited: Sequence[Evidence]) -> bool:
    """True when the sentences lack a number or a name of the question, or say the opposite."""
    said = " ".join(f"{judge.heading(e.article)} {_month(e.article.known_date)} {e.text}" for e in cited)
    held = facts.stated(said) | facts.initials(said)
    if not all(word in held or facts.held(word, held) for word in facts.numbers(question, claimed=True)):
        return True
    for name in facts.runs(facts.names(question)):
        # Of a full name, the rest may stand elsewhere in the article.
        told = any(facts.held(word, held) for word in name)
        if not told or not all(any(speaks_of(e.article, word) for e in cited) for word in name):
            return True
    best = cited[0].text
    if negation.negated(question):
        return not any(negation.negated(e.text) for e in cited)
    if negation.denies_shared(best, question):
        return True
    return negation.opposite(question, best) or negation.unhedged(question, best)


def _month(date: str) -> str:
    """The name of an ISO date's month, if it has one."""
    return calendar.month_name[int(date[5:7])] if len(date) >= len("2018-03") else ""


def _covering(run: Run, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The sentence nearest to the question by words and meaning, then those that hold the most of the other words."""
    if not evidence:
        return []
    assert run.nearness is not None  # set when the passages were found
    cosines, left = run.nearness(quotes(evidence)), dict(run.found.rarity)
    words = [facts.stated(f"{judge.heading(e.article)} {e.text}") for e in evidence]
    total = sum(left.values())
    chosen: list[int] = []
    while left and len(chosen) < min(_MOST, len(evidence)):
        gains = [facts.weight_held(left, one) * sum(left.values()) / total for one in words]
        weight = _BY_MEANING / 2 if chosen else _BY_MEANING
        scores = [gain + weight * cosine for gain, cosine in zip(gains, cosines, strict=True)]
        best = max((place for place in range(len(evidence)) if place not in chosen), key=scores.__getitem__)
        if chosen and gains[best] < _ADDS:
            break
        chosen.append(best)
        left = {word: rare for word, rare in left.items() if not facts.held(word, words[best])}
    return [evidence[place] for place in chosen]

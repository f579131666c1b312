"""One question on its way to an answer, and how it ends: with an answer or with a refusal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from index.article import Scope
from rag import facts, judge
from rag.answers import Answer
from rag.clashes import clash, named_elsewhere
from rag.compose import compose, quotes
from rag.draft import without_markers
from rag.evidence import Evidence
from rag.extract import best_sentences, led
from rag.grounding import Grounded
from rag.judge import Signals
from rag.negation import opposite, unqualified
from rag.passages import Found
from rag.questions import Kind, kind_of, own_words

_NOT_FOUND = "The articles don't say."
_DISPUTED = "Two articles differ on this; what each of them says is shown."
_EVEN = 0.5  # confidence at most in what another article contradicts


@dataclass(slots=True)
class Run:
    """One question on its way: the answer so far, and what was seen on the way."""

    answer: Answer
    scope: Scope
    note: str = ""
    drafts: list[str] = field(default_factory=list)
    found: Found = field(default_factory=Found)
    signals: Signals | None = None
    shown: list[Grounded] = field(default_factory=list)
    disputed: bool = False  # another article contradicts what is shown
    claimed: bool = False  # it is one of several claims that a question for yes or no makes
    added: tuple[Grounded, ...] = ()  # of what is shown, another article's account
    yes: bool = False  # that was asked, and what is shown says so
    nearness: Callable[[Sequence[Grounded]], list[float]] | None = None  # of sentences to the question
    started: float = field(default_factory=time.perf_counter)

    def show(self, **changes: object) -> Answer:
        """The answer with some fields changed."""
        self.answer = self.answer.with_(**changes)
        return self.answer

    def clock(self, name: str) -> None:
        """Note the seconds since the question, once a name."""
        if name not in self.answer.timings:
            seconds = round(time.perf_counter() - self.started, 3)
            self.answer = self.answer.with_(timings={**self.answer.timings, name: seconds})


def refuse(run: Run, confidence: float) -> Answer:
    """End with a refusal that shows the nearest passages."""
    run.clock("total")
    return run.show(
        text="",
        draft="",
        citations=(),
        answered=False,
        confidence=confidence,
        reason=f"{_NOT_FOUND} {run.note}".strip(),
    )


def finish(run: Run, grounded: Sequence[Grounded], confidence: float) -> Answer:
    """End with an answer."""
    run.shown = list(grounded)
    text, citations = compose(_spoken(grounded) if run.yes else grounded)
    run.clock("total")
    reason = f"{_DISPUTED} {run.note}".strip() if run.disputed else run.note
    confidence = min(confidence, _EVEN) if run.disputed else confidence
    return run.show(text=text, citations=citations, answered=True, confidence=confidence, reason=reason)


def _spoken(told: Sequence[Grounded]) -> list[Grounded]:
    """A yes before what it rests on."""
    rests_on = {(e.article.id, e.start): e for one in told for e in one.evidence}
    return [Grounded("Yes", tuple(rests_on.values())), *told]


def together(run: Run, each: Sequence[Run]) -> Answer:
    """End with what each question of several got; those that got nothing are named."""
    run.drafts = [draft for one in each for draft in one.drafts]
    least = min(each, key=lambda one: one.answer.confidence)
    run.signals, run.disputed = least.signals, any(one.disputed for one in each)
    shown = {sentence.text: sentence for one in each for sentence in one.shown}
    if not shown:
        return refuse(run, least.answer.confidence)
    run.yes = all(one.yes for one in each)
    for one in each:
        if not (one.shown or _told(one, shown.values())):
            run.note = f"{_NOT_FOUND[:-1]}: {own_words(one.answer.question)} {run.note}".strip()
    return finish(run, list(shown.values()), least.answer.confidence)


def _told(one: Run, shown: Iterable[Grounded]) -> bool:
    """True when what is shown for another question holds the last few words that this one got as well."""
    words = facts.stated(without_markers(one.drafts[-1])[0]) if one.drafts else set()
    return bool(words) and any(all(e.holds(word) for word in words) for s in shown for e in s.evidence)


def look_at(run: Run, answer: Sequence[Grounded], others: Sequence[Evidence] = ()) -> None:
    """Add the signals of an answer that is borne out; `others` are further sentences that hold it."""
    assert run.signals is not None  # set when the passages were found
    assert run.nearness is not None
    around, near = judge.around(run.found, answer, others), max(run.nearness(answer))
    run.signals = replace(run.signals, around=around, near=near)


def quoted(run: Run, evidence: Sequence[Evidence], known: bool = False) -> list[Grounded]:
    """The sentence of the articles that answers best, or two of them, as the answer.

    `known`: each of them holds it, so that a second one has to be another story's.
    """
    assert run.nearness is not None  # set when the passages were found
    question = run.answer.understood
    evidence = [one for one in evidence if not of_another(run, one)]
    cosines = run.nearness(quotes(evidence))
    return told_together(
        run, best_sentences(question, kind_of(question), evidence, run.found.rarity, cosines, known)
    )


def told_together(run: Run, chosen: Sequence[Evidence]) -> list[Grounded]:
    """These sentences as the answer, behind those that tell who their "he" is; none if one speaks of another thing."""
    if any(of_another(run, one) for one in chosen):
        return []
    shown = {(e.article.id, e.start): e for one in chosen for e in led(one) or [one]}
    return quotes(shown.values())


def of_another(run: Run, one: Evidence) -> bool:
    """True when the sentence speaks of another thing than the question: of another year, or of a former president."""
    question, text, found = run.answer.understood, one.text, run.found
    if clash(question, one):
        return True
    # What a long question asks about stands in several articles, and none of them has all of its names.
    others = (passage.article for passage in found.passages)
    if not judge.is_long(found) and named_elsewhere(question, one.article, others):
        return True
    # "No" is an answer, and the opposite says it.
    yes_no = kind_of(question) is Kind.YES_NO
    return not yes_no and bool(opposite(question, text) or unqualified(question, text, question))

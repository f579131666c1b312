"""Understand: a follow-up becomes a question that stands alone; one that already does stays as it is.

No model is asked: it takes seconds, and a small one puts wrong names in as often as right ones. The names that
the conversation is about go in front, which is enough to find by and plain enough to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag import facts
from rag.answers import Turn

_POINTS_BACK = re.compile(
    r"\b(?:he|him|his|she|her|hers|they|them|their|theirs|it|its|this|that|these|those|there|then|one|ones|same"
    r"|other|others|former|latter|else|such)\b",
    re.I,
)
_GOES_ON = re.compile(
    r"^\W*(?:and|but|so|or|also|then|what about|how about|why|how come|really)\b[\s,]*", re.I
)
_CONJUNCTION = re.compile(r"^\W*(?:and|but|so|or|also|then)\b[\s,]*", re.I)
_SEVERAL = re.compile(r"\b(?:they|them|their|theirs|both|each other|together)\b", re.I)
_NAMES = 2  # names put in front; more would drown the question
_SHORT = 2  # content words; fewer can't stand alone
_TURNS = 3  # turns back that are looked at for names


def stand_alone(question: str, history: Sequence[Turn], spelt: Callable[[str], str] = str) -> str:
    """The question with what it leaves to the conversation put before it: "Kim: where did they meet?".

    `spelt` puts the words of a question right, of those asked before as well.
    """
    question = spelt(question)
    if not history or not _leans(question):
        return question
    history = [Turn(spelt(turn.question), turn.answer) for turn in history[-_TURNS:]]
    topic = _topic(question, history)
    asked = _CONJUNCTION.sub("", question)
    return f"{topic}: {asked}" if topic else f"{history[-1].question} {asked}"


def _leans(question: str) -> bool:
    """True when the question needs the turns before it to be understood."""
    if _POINTS_BACK.search(question) or _GOES_ON.match(question):
        return True
    return len(facts.content(question)) < _SHORT


def _topic(question: str, history: Sequence[Turn]) -> str:
    """What the last questions were about, in their own words; names that the question has itself left out."""
    own = {token.folded for token in facts.names(question, frozenset({""}))}
    for turn in reversed(history):
        # "They" stands for several, of whom the question before may have named only one.
        said = (
            [f"{turn.question} {turn.answer}"] if _SEVERAL.search(question) else [turn.question, turn.answer]
        )
        for text in said:
            if named := _names(text, own):
                return named
        if not _leans(turn.question):
            return turn.question.rstrip(" ?.!")
    return ""


def _names(text: str, own: set[str]) -> str:
    """Runs of capitalised words, as written, once each."""
    runs: list[str] = []
    last_end = -2
    for token in facts.names(text, frozenset({""})):
        if token.folded in own:
            continue
        if runs and token.start - last_end == 1:
            runs[-1] = f"{runs[-1]} {token.text}"
        else:
            runs.append(token.text)
        last_end = token.end
    return ", ".join(list(dict.fromkeys(runs))[:_NAMES])

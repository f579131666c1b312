"""A follow-up becomes a question that stands alone; one that already does stays as it is.

No model is asked: it takes seconds, and a small one puts wrong names in as often as right ones. The names that
the conversation is about go in front, which is enough to find by and plain enough to read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.search import STOP_WORDS
from rag.answers import Turn
from rag.names import names

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
_SHORT = 2  # telling words; fewer can't stand alone
_TURNS = 3  # turns back that are looked at for names


def stand_alone(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leaves to the conversation put before it: "Kim: where did they meet?"."""
    if not history or not _leans(question):
        return question
    history = history[-_TURNS:]
    topic = _topic(question, history)
    asked = _CONJUNCTION.sub("", question)
    return f"{topic}: {asked}" if topic else f"{history[-1].question} {asked}"


def _leans(question: str) -> bool:
    """True when the question needs the turns before it to be understood."""
    if _POINTS_BACK.search(question) or _GOES_ON.match(question):
        return True
    return sum(word not in STOP_WORDS for word in re.findall(r"\w+", question.lower())) < _SHORT


def _topic(question: str, history: Sequence[Turn]) -> str:
    """What the last questions were about, in their own words; names that the question has itself left out."""
    own = set(names(question))
    for turn in reversed(history):
        # "They" stands for several, of whom the question before may have named only one.
        several = _SEVERAL.search(question)
        for text in [f"{turn.question} {turn.answer}"] if several else [turn.question, turn.answer]:
            named = [name for name in dict.fromkeys(names(text)) if name not in own]
            if named:
                return ", ".join(named[:_NAMES])
        if not _leans(turn.question):
            return turn.question.rstrip(" ?.!")
    return ""

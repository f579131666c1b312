"""Understand: a follow-up becomes a question that stands alone; one that already does costs nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from llama_index.core.llms import LLM

from rag import facts, prompts
from rag.answers import Turn
from rag.engine import reply

_POINTS_BACK = re.compile(
    r"\b(?:he|him|his|she|her|hers|they|them|their|theirs|it|its|this|that|these|those|there|then|one|ones|same"
    r"|other|others|former|latter|else|such)\b",
    re.I,
)
_GOES_ON = re.compile(r"^\W*(?:and|but|so|or|also|what about|how about|why|how come|really|since when|who else)\b", re.I)
_SHORT = 2  # content words; fewer can't stand alone


def stand_alone(question: str, history: Sequence[Turn], model: LLM | None) -> str:
    """The question with what it leaves to the conversation filled in."""
    if not history or not _leans(question):
        return question
    if model is not None:
        pieces = reply(model, prompts.about_conversation(history, question), 60)
        rewritten = "".join(piece.text for piece in pieces).strip().split("\n")[0].strip('"“” ')
        rewritten = re.sub(r"^(?:rewritten|last)? ?question:\s*", "", rewritten, flags=re.I)
        if _usable(rewritten, question, history):
            return rewritten
    return _joined(question, history)


def _leans(question: str) -> bool:
    """True when the question needs the turns before it to be understood."""
    if _POINTS_BACK.search(question) or _GOES_ON.match(question):
        return True
    return len(facts.content(question)) < _SHORT


def _usable(rewritten: str, question: str, history: Sequence[Turn]) -> bool:
    """False for a rewriting that brings in what nobody said, or loses what was asked."""
    if not 8 <= len(rewritten) <= 300:
        return False
    said = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in history[-2:])])
    words = {token.folded for token in facts.tokens(said)}
    new = [word for word in facts.content(rewritten) if not any(facts.same_name(word, other) for other in words)]
    kept = set(facts.content(question)) & set(facts.content(rewritten))
    return len(new) <= 1 and (bool(kept) or not facts.content(question))


def _joined(question: str, history: Sequence[Turn]) -> str:
    """The names of the last turn put before the question: enough to find by, plain enough to read."""
    last = history[-1]
    named = " ".join(dict.fromkeys(token.text for token in facts.names(f"{last.question} {last.answer}")))
    return f"{named}: {question}" if named else f"{last.question} {question}"

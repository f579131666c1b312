"""A question that asks several things becomes the questions it is made of: each is found, judged and shown by itself."""

from __future__ import annotations

import re

from rag import facts
from rag.questions import TOPIC, Kind, kind_of

_ASKING = r"(?:who|whom|whose|what|when|where|which|why|how)"
_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)"
_BEFORE = r"(?:(?:by|with|to|from|for|in|on|at|of|under|since|until)\s+)?"
_OPENING = re.compile(rf"\W*{_BEFORE}{_ASKING}\b", re.I)
_NEXT = re.compile(rf"(?:\s*[,;]|\s)\s*(?:and|but)\s+(?={_BEFORE}{_ASKING}\b)|\?\s+(?=\w[^?]*\?)", re.I)
_ANY = re.compile(rf"\b{_ASKING}\b", re.I)
_BARE = re.compile(
    rf"\W*{_BEFORE}{_ASKING}(?:\s+(?:many|much|long|far|often|year|day|month|country|city))?\W*", re.I
)
# "Which company built the ferry and which was sued?" may ask for one company.
_RELATIVE = re.compile(rf"(?:who|which|whose)\s+(?:also|then|later)\b|which\s+{_AUXILIARY}\b", re.I)
_POINTS_BACK = re.compile(
    r"\b(?:he|him|his|she|her|hers|they|them|their|it|its|this|that|these|those|there|then|one|same)\b", re.I
)
_ASKS = re.compile(rf"\W*{_BEFORE}{_ASKING}\s+(?:(?:many|much|{_AUXILIARY})\s+)?", re.I)
_CLAIM = re.compile(  # "Does A say that ..., while B says ...?" and "Is it true that ... and that ...?"
    r",?\s+(?:while|whereas)\s+(?!\w+ing\b)"
    rf"|,?\s+and\s+(?=that\s(?!of\b)|{_AUXILIARY}\s+(?:(?:the|an?|it|he|she|they|his|her|its|their)\b|[\"'“‘]|(?-i:[A-Z])))",
    re.I,
)
_MOST = 3  # questions in one; what has more is no list of questions
_ENOUGH = 3  # content words that make a question clear
_LONGEST = 115  # characters of the first one that are put before another


def parts(question: str) -> list[str]:
    """The questions in the order they are asked, each able to stand alone; the question itself when it is but one.

    What the second leaves to the first is put to it: "Who bought the ferry, and when?" becomes "Who bought the
    ferry?" and "when bought the ferry?".
    """
    topic = match.group() if (match := TOPIC.match(question)) else ""
    if kind_of(question) is Kind.YES_NO:
        return [f"{topic}{claim}?" for claim in _claims(question[len(topic) :])]
    first, *others = _split(question[len(topic) :])
    if not 0 < len(others) < _MOST:
        return [question]
    opening = _OPENING.match(others[-1])
    if opening and _BARE.fullmatch(first):  # "When and where was she born?"
        rest = others[-1][opening.end() :]
        return [f"{topic}{one}{rest}?" for one in (first, *others[:-1], opening.group())]
    subject = _ASKS.sub("", first, count=1)[:_LONGEST]
    return [f"{topic}{first}?", *(_alone(one, subject, topic) for one in others)]


def _alone(question: str, subject: str, topic: str) -> str:
    """The question behind what the one before it was about, unless it is clear without."""
    if _BARE.fullmatch(question):
        return f"{topic}{question} {subject}?"
    named = any(token.capital for token in facts.tokens(question)[1:])
    leans = _POINTS_BACK.search(question) or (not named and len(facts.content(question)) < _ENOUGH)
    return f"{topic or (f'{subject}: ' if leans else '')}{question}?"


def _split(question: str) -> list[str]:
    """Where one question ends and the next begins; the whole of what isn't a list of questions."""
    found = [one.strip(" ,;?.") for one in _NEXT.split(question)]
    for place, one in enumerate(found):
        opening = _OPENING.match(one)
        if opening is None or _ANY.search(one, opening.end()) or (place and _RELATIVE.match(one)):
            return [question]
    return found


def _claims(question: str) -> list[str]:
    """What a question for yes or no asks about, one by one."""
    first, *others = [one.strip(" ,;?.") for one in _CLAIM.split(question)]
    subject = re.sub(rf"^\W*{_AUXILIARY}\s+", "", first, flags=re.I)[:_LONGEST]
    said = re.match(r".*?\bthat\b", first)
    found = [first]
    for one in others:
        if re.match(rf"{_AUXILIARY}\b", one, re.I):
            found.append(f"{subject}: {one}" if _POINTS_BACK.search(one) else one)
        elif one.startswith("that "):
            found.append(f"{said.group() if said else ''}{one.removeprefix('that')}")
        else:
            found.append(f"Is it true that {one}")
    alike = said or not any(one.startswith("that ") for one in others)
    return found if alike and len(found) <= _MOST else [question.rstrip("?")]

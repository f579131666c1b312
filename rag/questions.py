"""What a question asks for, told from its own words: the kind decides the instruction and the check."""

from __future__ import annotations

import re
from enum import StrEnum

from rag.facts import MONTHS, is_soft_number, number_of, tokens


class Kind(StrEnum):
    """What an answer has to hold."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    YES_NO = "yes or no"
    REASON = "reason"
    FACT = "fact"


_NUMBER = re.compile(
    r"\bhow (?:many|much|old|long|tall|far|big|large|high|deep|heavy|fast|often)\b"
    r"|\bwhat (?:number|percent(?:age)?|share|proportion|amount|population)\b|\bhow many\b",
    re.I,
)
_DATE = re.compile(r"\bwhen\b|\b(?:what|which|in what|in which) (?:year|date|day|month|century|decade|season)\b", re.I)
_NAME = re.compile(r"^\W*(?:and |but |so |then )?(?:by |with |to |for )?(?:who|whom|whose|who's)\b", re.I)
_REASON = re.compile(
    r"\bwhy\b|\bhow come\b|^\W*(?:explain|describe|tell me|summari[sz]e|how (?:do|does|did|can|could|is|are|was|were) )"
    r"|\bwhat (?:happens|happened|is the (?:purpose|difference|reason|role|meaning))\b|^\W*how\b",
    re.I,
)
_AUXILIARIES = (
    "is are was were am do does did has have had can could will would should shall may might must"
    " isn't aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't can't couldn't won't wouldn't".split()
)
_TIME = re.compile(
    r"\b(?:yesterday|today|tomorrow|tonight|morning|afternoon|evening|night|week|weekend|month|year|decade|century"
    r"|spring|summer|autumn|fall|winter|era|age|period|dynasty|war|after|before|during|ago|since|until|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|christmas|easter)s?\b",
    re.I,
)
_QUANTITY = re.compile(r"\b(?:none|no|several|dozens?|hundreds|thousands|millions|billions|half|few|many|quarter|third)\b", re.I)


def kind_of(question: str) -> Kind:
    """What the question asks for."""
    first = tokens(question)[:1]
    if first and first[0].text.lower().replace("’", "'") in _AUXILIARIES and " or " not in question.lower():
        return Kind.YES_NO
    if _NUMBER.search(question):
        return Kind.NUMBER
    if _DATE.search(question):
        return Kind.DATE
    if _NAME.search(question):
        return Kind.NAME
    return Kind.REASON if _REASON.search(question) else Kind.FACT


def is_of_kind(kind: Kind, answer: str) -> bool:
    """False when the answer lacks what every answer of this kind holds, whatever else it says."""
    words = tokens(answer)
    counted = any(number_of(word.text) is not None for word in words)
    if kind is Kind.NUMBER:
        return counted or bool(_QUANTITY.search(answer))
    if kind is Kind.DATE:
        dated = any(word.text.lower().rstrip(".") in MONTHS for word in words)
        digits = any(number_of(word.text) is not None and not is_soft_number(word.text) for word in words)
        return dated or digits or bool(_TIME.search(answer))
    return True

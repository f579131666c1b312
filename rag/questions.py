"""What a question asks for, told from its own words: the kind decides the instruction and the check."""

from __future__ import annotations

import re
from collections.abc import Set
from enum import StrEnum

from rag.facts import FUNCTION_WORDS, names, pieces, tokens
from rag.figures import MONTHS, is_soft_number, number_of


class Kind(StrEnum):
    """What an answer has to hold."""

    NUMBER = "number"
    COUNT = "count"
    MONEY = "sum of money"
    LENGTH = "time or distance"
    DATE = "date"
    NAME = "person"
    NAMED = "one of a kind, by name"
    PLACE = "place"
    YES_NO = "yes or no"
    REASON = "reason"
    SEVERAL = "several things"
    FACT = "fact"


_NUMBER = re.compile(
    r"\bhow (?:many|much|old|long|tall|far|big|large|high|deep|heavy|fast|often)\b"
    r"|\b(?:what|which) (?:number|percent(?:age)?|share|stake|proportion|amount|population)\b|\bhow many\b",
    re.I,
)
_COUNT = re.compile(r"\bhow many\b(?! per ?cent)", re.I)
_NOT_COUNTED = re.compile(  # a percentage or a date
    rf"\d[\d.,]*\s?(?:%|per ?cent\b)|\b(?:in|since|until|during)\s+(?:1\d|20)\d\d\b(?! [a-z]+s\b)"
    rf"|\b(?:{'|'.join(MONTHS)})\b\.?,?\s+\d[\d,]*(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?|\b\d\d?(?:st|nd|rd|th)?\s+(?:{'|'.join(MONTHS)})\b",
    re.I,
)
_MONEY = re.compile(
    r"\bhow much\b[^?]{0,80}\b(?:costs?|pa(?:ys?|id)|spen(?:ds?|t)|price|worth|charged?|earn(?:s|ed)?|raised?|donated?"
    r"|invest(?:s|ed)?|ow(?:e|es|ed)|s(?:ell|old)|b(?:uy|ought)|fund(?:s|ed|ing)?|money|salary|revenue|profit|fined?|sales"
    r"|debt|income|budget)\b",
    re.I,
)
_LENGTH = re.compile(r"\bhow long\b(?! ago)", re.I)
_DATE = re.compile(
    r"^\W*(?:[\w ,.]+:\s*)?(?:and |but |so )?(?:since |until |by )?when\b"
    r"|\bwhen (?:is|are|was|were|did|does|do|will|has|have|had|can|could|would)\b"
    r"|\b(?:what|which|in what|in which) (?:year|date|day|month|century|decade|season)\b",
    re.I,
)
_NAME = re.compile(r"^\W*(?:and |but |so |then )?(?:by |with |to |for )?(?:who|whom|whose|who's)\b", re.I)
_NAMED = re.compile(
    r"\b(?:names? of (?:the )?(?:[\w'’-]+ ){0,2}"
    r"|(?:which|what) (?:(?:of the|two|three|four|five|other|former|current|famous|main|\w+(?:ian|ish|ese|an))\s+){0,3})"
    r"(?:person|people|m[ae]n|wom[ae]n|leaders?|ministers?|presidents?|kings?|queens?|emperors?|players?|coach|manager"
    r"|act(?:or|ress)|singers?|authors?|writers?|directors?|scientists?|artists?|bands?|teams?|clubs?|compan(?:y|ies)|firms?"
    r"|universit(?:y|ies)|cit(?:y|ies)|countr(?:y|ies)|towns?|rivers?|newspapers?|politicians?|analysts?|judges?|senators?"
    r"|agenc(?:y|ies)|organi[sz]ations?|airlines?|runners?|athletes?|executives?|captain|driver|pilot|victims?)\b",
    re.I,
)
_PLACE = re.compile(r"^\W*(?:[\w ,.]+:\s*)?(?:and |but |so |then )?(?:from |to )?where\b", re.I)
_ORIGIN = re.compile(
    r"\bwhere (?:does|do|did) [^?]*\b(?:names?|(?:the|this) (?:\w+ )?(?:term|word|phrase|saying|expression|idea))\b",
    re.I,
)
_SECOND = re.compile(
    r"\w{3,}\W+and (?:(?:by|with|to|from|for|in) )?(?:who|whom|whose|what|when|where|which|why|how)\b|\?\s+\w.*\?",
    re.I,
)
TOPIC = re.compile(r"^[^:?]{1,120}: (?=\w)")
_REASON = re.compile(
    # "Who told them why he left?" asks who.
    r"^(?:(?!\b(?:who|whom|whose|what|when|where|which|how)\b).)*\bwhy\b|\bhow come\b"
    r"|^\W*(?:explain|describe|tell me|summari[sz]e|how (?:do|does|can|could|is|are) )"
    r"|\bwhat (?:happens|is the (?:purpose|difference|reason|role|meaning))\b",
    re.I,
)
_CAUSE = re.compile(
    r"\bwhat (?:caused|made|led|triggered|sparked|prompted|set off)\b|\bthe (?:\w+ )?causes? of\b", re.I
)
_FRAME = re.compile(
    r"\bhow (many|much|old|long|tall|far|big|large|high|deep|heavy|fast|often)\b"
    r"|\b(?:what|which) (?:is the |was the )?"
    r"(year|date|day|month|century|decade|season|number|percent(?:age)?|share|proportion|amount|type|kind|sort|name)\b",
    re.I,
)
# Shares of a sum are sums, and "free" is a price.
_SUM = re.compile(
    r"[$£€¥₩₹₽%]|\b(?:dollars?|pounds?|euros?|cents?|pence|yen|yuan|renminbi|rou?bles?|francs?|marks?|guilders?|rupees?|won"
    r"|crowns?|lir[ae]|pesos?|shillings?|florins?|ducats?|livres?|talents?|thalers?|denarii|kron[ae]r?|usd|eur|gbp|aud|cad"
    r"|percent|per cent|free|nothing|half|thirds?|quarters?|double)\b|\d\s?(?:k|m|bn|p)\b",
    re.I,
)
_EXTENT = re.compile(
    r"(?:second|minute|hour|day|night|week|weekend|month|year|decade|season|term|generation|episode|page|word|mile|yard"
    r"|met(?:re|er))s?\b"
    r"|\b(?:fortnight|centur(?:y|ies)|millenni(?:um|a)|km|cm|mm|mi|ft|feet|foot|inch(?:es)?|since|until|till|from|between"
    r"|to|through|forever|lifetime|life|indefinitely|permanent(?:ly)?|overnight|brief(?:ly)?)\b|\d\s?m\b|–",
    re.I,
)
_AUXILIARIES = (
    "is are was were am do does did has have had can could will would should shall may might must"
    " isn't aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't can't couldn't won't wouldn't".split()
)
_FRONTED = re.compile(  # "According to police, was the factory built without permission?"
    rf",\s+(?:{'|'.join(_AUXILIARIES)})\s+(?=(?:the|an?|it|he|she|they|there|his|her|its|their|any|both|\W?(?-i:[A-Z])))",
    re.I,
)
_ASKING = re.compile(r"\b(?:who|whom|whose|what|where|which|why|how)\b|^\W*when\b(?:\W*$|,)", re.I)
_AT_PLACE = re.compile(
    r"\b(?:in|at|near|outside|inside|across|off|around|between|through|along|within|under|over|from|to|of|on|by)"
    r"\s+(?!(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:a|the)?\s*\d|(?:that|which|this) (?:day|time|year))\w",
    re.I,
)
_BEFORE_PLACE = re.compile(r"\b(?:in|at|near|outside|inside|to|from|across|off)\s+(?:the\s+)?$", re.I)
_PERSONS = re.compile(
    r"\b(?:minister|president|leader|director|commander|officials?|delegation|spokes\w+|chief|coach|author|players?"
    r"|king|queen|founder|owner|secretary|professor|doctor|father|mother|wife|husband|brother|sister|son|daughter)\b",
    re.I,
)
_TIME = re.compile(
    r"\b(?:yesterday|today|tomorrow|tonight|morning|afternoon|evening|night|week|weekend|month|year|decade|century"
    r"|spring|summer|autumn|fall|winter|era|age|period|dynasty|war|after|before|during|ago|since|until|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|christmas|easter)s?\b",
    re.I,
)
_QUANTITY = re.compile(
    r"\b(?:none|no|several|dozens?|hundreds?|thousands?|millions?|billions?|trillions?|half|few|many|quarter|third)\b",
    re.I,
)


def own_words(question: str) -> str:
    """The question without the topic that the conversation put before it."""
    return TOPIC.sub("", question)


def asking_words(question: str) -> frozenset[str]:
    """Words that only ask, such as "many" of "how many": an answer has something else in their place."""
    return frozenset(word.lower() for match in _FRAME.findall(question) for word in match if word)


def asks_twice(question: str) -> bool:
    """True for two questions in one: "When did he resign, and who followed him?"."""
    return bool(_SECOND.search(question))


def asks_cause(question: str) -> bool:
    """True for "What caused the fire?", of which no sentence tells that only says there was one."""
    return bool(_CAUSE.search(question))


def kind_of(question: str) -> Kind:
    """What the question asks for, whatever topic was put before it: "Kim: where did they meet?"."""
    question = own_words(question)
    if asks_twice(question):
        return Kind.SEVERAL
    if _asks_whether(question):
        return Kind.YES_NO
    if _LENGTH.search(question):
        return Kind.LENGTH
    if _MONEY.search(question):
        return Kind.MONEY
    if _COUNT.search(question):
        return Kind.COUNT
    if _NUMBER.search(question):
        return Kind.NUMBER
    if _DATE.search(question):
        return Kind.DATE
    if _NAME.search(question):
        return Kind.NAME
    if _PLACE.search(question) and not _ORIGIN.search(question):
        return Kind.PLACE
    if _REASON.search(question):
        return Kind.REASON
    return Kind.NAMED if _NAMED.search(question) else Kind.FACT


def _asks_whether(question: str) -> bool:
    """True for what a yes or a no would answer."""
    if " or " in question.lower():
        return False
    first, fronted = tokens(question)[:1], _FRONTED.search(question)
    asked = bool(first) and first[0].text.lower().replace("’", "'") in _AUXILIARIES
    return asked or bool(fronted and not _ASKING.search(question[: fronted.start()]))


def may_answer(kind: Kind, sentence: str, asked: Set[str]) -> bool:
    """True when a sentence of an article holds something of the kind asked for that is not in the question."""
    new_names = [word for word in names(sentence, frozenset({""})) if word.folded not in asked]
    if kind is Kind.NAME:
        return bool(new_names) or bool(_PERSONS.search(sentence))
    if kind is Kind.NAMED:
        said = [word for word in tokens(sentence) if word.text.lower() not in FUNCTION_WORDS]
        return any(word.capital and word.folded not in asked for word in said)
    if kind is Kind.PLACE:
        return any(_BEFORE_PLACE.search(sentence[: word.start]) for word in new_names)
    if kind in (Kind.NUMBER, Kind.COUNT, Kind.MONEY, Kind.LENGTH, Kind.DATE):
        return is_of_kind(kind, sentence)
    return True


def is_of_kind(kind: Kind, answer: str, question: str = "") -> bool:
    """False when the answer lacks what every answer of this kind holds, whatever else it says.

    Of a place it names the question's own names are no answer: "Where will he go after Rome?" "To Rome."
    """
    words = [one for word in tokens(answer) for one in pieces(word.text) or (word.text,)]
    if kind is Kind.COUNT:
        return is_of_kind(Kind.NUMBER, _NOT_COUNTED.sub(" ", answer))
    if kind is Kind.NUMBER:
        return any(number_of(word) is not None for word in words) or bool(_QUANTITY.search(answer))
    if kind is Kind.MONEY:
        return bool(_SUM.search(answer))
    if kind is Kind.LENGTH:
        return bool(_EXTENT.search(answer))
    if kind is Kind.DATE:
        dated = any(word.lower().rstrip(".") in MONTHS for word in words)
        digits = any(number_of(word) is not None and not is_soft_number(word) for word in words)
        return dated or digits or bool(_TIME.search(answer))
    if kind is Kind.PLACE:
        asked = {word.folded for word in tokens(question)}
        named = [word.folded for word in names(answer, frozenset({""}))]
        if named and all(word in asked for word in named):
            return False
        sentence = len(words) > 6  # a bare place is named without "in" or "at"
        return not sentence or bool(_AT_PLACE.search(answer))
    return True

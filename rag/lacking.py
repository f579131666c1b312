"""Where a sentence of an article lacks something without which it can't answer the question, near as it is to it."""

from __future__ import annotations

import re

from rag import facts
from rag.evidence import Evidence
from rag.questions import Kind, asks_cause, is_of_kind, kind_of
from rag.roles import asked_doer

_RANK = re.compile(
    r"\b(?:came|come|finish\w*|placed|plac(?:e|ing)|rank\w*|ended)\b[^?]{0,20}?\b(second|third|fourth|fifth|sixth|last)\b"
    r"|\b(second|third|fourth|fifth|sixth|last) place\b",
    re.I,
)
_RANKED = {
    "second": r"second|2nd|no\.? ?2|silver|runners?-up|behind",
    "third": r"third|3rd|no\.? ?3|bronze",
    "fourth": r"fourth|4th|no\.? ?4",
    "fifth": r"fifth|5th|no\.? ?5",
    "sixth": r"sixth|6th|no\.? ?6",
    "last": r"last|bottom|final\w*",
}
_OFFICE = re.compile(
    r"\bwho(?:['’]s| is| was| were| are| became| becomes)\s+(?:the |an? )?(?:\w+ ){0,2}?"
    r"(governor|mayor|president|prime minister|minister|king|queen|chair(?:wo)?man|ceo|chief executive|captain|judge"
    r"|ambassador|secretary|commander|bishop|pope|chancellor|manager|coach|editor|prosecutor|spokes\w+|sheriff)\b",
    re.I,
)
_ALSO = {  # other words for an office
    "ceo": r"|chief executive|head|boss",
    "chief executive": r"|ceo|head|boss",
    "chairman": r"|chair",
    "chairwoman": r"|chair",
    "coach": r"|manager|boss",
    "manager": r"|coach|boss",
    "president": r"|head of state|leader",
    "prime minister": r"|premier|(?-i:PM)\b",
    "king": r"|monarch|reign|rule|crown|throne",
    "queen": r"|monarch|reign|rule|crown|throne",
    "captain": r"|skipper",
    "commander": r"|command",
    "judge": r"|justice",
}
_MEASURE = (
    r"(?:acres?|hectares?|miles?|km|kilomet\w+|met(?:er|re)s?|feet|foot|kg|kilos?|kilograms?|tons?|tonnes?|dollars?"
    r"|degrees?|mph|pounds?|euros?|inch\w*|per ?cent)\b"
)
_MEASURED = re.compile(rf"\d[\d.,]*(?:\s?(?:thousand|million|billion))?[\s-]?{_MEASURE}", re.I)
_ASKS_MEASURE = re.compile(rf"\bhow many (?:\w+ )?{_MEASURE}", re.I)
_JUDGED = re.compile(
    r"\b(?:the|is|was|are|were) (?:best|greatest)\b|\bmost (?:popular|famous|important|beautiful|successful|common)\b",
    re.I,
)
_JUDGES = re.compile(
    r"\b(?:best|great\w*|popular|fam(?:ous|e)|important|beautiful|success|common|top|leading|m(?:ost|ain|ajor)|record)",
    re.I,
)
_SEX = re.compile(r"\b(?:(men|boys)|(women|girls))(?:['’]s?\b|(?<=s)['’])", re.I)
# "How deep could the Gozo divers be?" asks what no Gozo does.
_MAY = re.compile(r"\b(?:can|could|will|would|should)\b", re.I)
_SEXES = re.compile(r"\b(?:(men|boys)|(women|girls))\b", re.I)
_TELLS_CAUSE = re.compile(
    r"\bbecause\b|\bdue to\b|\bcaus|\bblam|\bresult|\bled to\b|\blead(?:s|ing)? to\b|\bow(?:ed|ing) to\b|\bspark|\btrigger"
    r"|\battribut|\bthanks to\b|\bprompt|\bstem|\bfail|\bfaults?\b|\bset off\b|\bmade?\b|\bmak(?:e|es|ing)\b|\bbrought\b"
    r"|\bresponsible\b|\breason|\bfrom\b|\bdr[io]ve|\bforc|\berror|\bproduc|\bcontribut|\bexplain|\bby\b"
    r"|\b(?:start|began|begin|br[eo]ke|happen|occur|crash|collaps|explod)\w*\b.{0,60}\b(?:when|after|as|by)\b",
    re.I,
)


def lacking(question: str, evidence: Evidence) -> str:
    """What the sentence would have to say and doesn't, or ""."""
    if (rank := _unranked(question, evidence)) or (rank := _of_other_sex(question, evidence)):
        return rank
    if _JUDGED.search(question) and not _JUDGES.search(f"{evidence.article.title} {evidence.surroundings()}"):
        return "the articles don't rank it"
    if asks_cause(question) and not _TELLS_CAUSE.search(evidence.text):
        return "the articles give no cause"
    office = _OFFICE.search(question)
    if office and not _in_office(office[1].lower(), evidence):
        return f"the articles don't say who was {office[1]}"
    return _measures(question, evidence.text) or _of_another(question, evidence)


def _in_office(office: str, evidence: Evidence) -> bool:
    """False where nothing about the sentence names the office: who commands an army there is not the governor."""
    told = f"{evidence.article.title} {evidence.surroundings()}"
    return bool(re.search(rf"\b(?:{office}{_ALSO.get(office, '')})", told, re.I))


def _measures(question: str, text: str) -> str:
    """How many acres burnt doesn't tell how many people died."""
    if kind_of(question) is not Kind.COUNT or _ASKS_MEASURE.search(question):
        return ""
    counts = is_of_kind(Kind.COUNT, _MEASURED.sub(" ", text))
    return "" if counts else "the articles measure, and count nothing"


def _unranked(question: str, evidence: Evidence) -> str:
    """The first two of a race don't tell who came third."""
    asked = _RANK.search(question)
    if asked is None:
        return ""
    rank = (asked[1] or asked[2]).lower()
    told = re.search(rf"\b(?:{_RANKED[rank]})\b", evidence.surroundings(), re.I)
    return "" if told else f"the articles don't say who came {rank}"


def _of_other_sex(question: str, evidence: Evidence) -> str:
    """The women's race doesn't tell who won the men's."""
    asked = {bool(match[1]) for match in _SEX.finditer(question)}
    if len(asked) != 1:
        return ""
    own = list(_SEXES.finditer(evidence.text))
    told = own or list(_SEXES.finditer(evidence.article.text[: evidence.start]))[-1:]
    same = not told or asked & {bool(match[1]) for match in told}
    return "" if same else f"the articles speak of {told[0].group()}"


def _of_another(question: str, evidence: Evidence) -> str:
    """What one got is not told by a sentence that names others only: "Bell took 58%" doesn't tell Ward's share."""
    if kind_of(question) not in (Kind.NUMBER, Kind.COUNT, Kind.MONEY) or _MAY.search(question):
        return ""
    asked, _ = asked_doer(question)
    told = facts.stated(f"{evidence.article.title} {evidence.text}") | facts.initials(evidence.text)
    if not asked or any(facts.held(name, told) for name in asked):
        return ""
    known = facts.stated(question)
    others = [t for t in facts.names(evidence.text, frozenset({""})) if not facts.held(t.folded, known)]
    others = [t for t in others if t.folded not in facts.WEEKDAYS]
    return f"the articles say it of {others[0].text}" if others else ""

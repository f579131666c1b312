"""Where a sentence of an article speaks of something else than the question, though it shares most of its words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from index.article import Article
from rag import facts
from rag.evidence import Evidence, speaks_of
from rag.figures import MONTHS, ORDINAL_WORDS, number_of
from rag.lacking import lacking
from rag.negation import negated
from rag.questions import Kind, kind_of
from rag.roles import other_doer

_YEAR = re.compile(r"\b((?:1\d|20)\d\d)\b(?:[-–/](\d\d)\b)?(?!['’]s\b)")
_RELATIVE = re.compile(r"\b(?:last|next|previous|past|coming|ago|earlier|later)\b", re.I)
_NATIONAL = re.compile(r"\w+(?:ian|ican|ish|ese)s?")
_SPELT = 4  # capital letters from which initials are a name like any other: DART
_ABOUT = 3  # sentences either side that may name the year
_DATE = re.compile(r"\b(?:when|dates?|days?)\b", re.I)
_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
_DENIED = re.compile(
    rf"\b{_AUXILIARY}(?:n['’]t| not| never)\b|\b{_AUXILIARY}\b[^,?]{{1,40}}? (?:not|never)\b", re.I
)
_SUBORDINATE = re.compile(r"\w\W+(?:that|which|who|whom|when|if|where|because|although|for not|i)\b", re.I)
_EXCEPTED = re.compile(r"\b(?:except\w*|lack\w*|unable|without|un\w{4,}|instead|rather)\b", re.I)
_NON = re.compile(r"\bnon-?(\w{3,})", re.I)
_ROMAN = re.compile(r"L?X{0,3}(?:IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50}
_NOUNS = 2  # words behind an ordinal that it may count: "tenth and final season"


def clash(question: str, evidence: Evidence) -> str:
    """What the sentence says in the place of something in the question, or ""."""
    if _asks_what_is_not(question) and not (negated(evidence.text) or _EXCEPTED.search(evidence.text)):
        return "the articles don't deny it"
    if other := _other_number(question, evidence):
        return f"the articles speak of number {other}"
    if year := _other_year(question, evidence):
        return f"the articles speak of {year}"
    if year := _untold_year(question, evidence):
        return f"the articles don't say that it was in {year}"
    if kind_of(question) is not Kind.YES_NO and (
        doer := other_doer(question, evidence.text, evidence.article.title)
    ):
        return f"the articles say it of {doer}"
    return _excluded(question, evidence.text) or lacking(question, evidence)


def named_elsewhere(question: str, article: Article, others: Iterable[Article]) -> str:
    """A name in the question of which the article has no word, and one of the others all; else "".

    What was ordered at one air show is not told by an article about another one.
    """
    for name in _names(question):
        known = [*name, *facts.initials(" ".join(word.capitalize() for word in name))]
        if not any(speaks_of(article, word) for word in known) and any(
            all(speaks_of(other, word) for word in name) for other in others
        ):
            return " ".join(name)
    return ""


def _names(question: str) -> list[list[str]]:
    """The names in a question, each as its folded words.

    No initials of two or three letters, which an article may spell out, and no "Indian": it may tell that in other words.
    """
    return facts.runs(
        token
        for token in facts.names(question, frozenset({""}))
        if not (token.text.isupper() and len(token.text) < _SPELT) and not _NATIONAL.fullmatch(token.text)
    )


def _asks_what_is_not(question: str) -> bool:
    """True for "What does X not have?"; a reason or a "yes" needs no denial: "Why didn't he go?" "He was ill"."""
    if kind_of(question) in (Kind.YES_NO, Kind.REASON):
        return False
    return bool(_DENIED.search(question)) and not _SUBORDINATE.search(question)


def _other_number(question: str, evidence: Evidence) -> int:
    """The number of the season, act or king in the sentence, where the question asks for another one; else 0.

    Where the sentence has none of its own, its article's title counts: one on the Pi 4 doesn't tell what the Pi 5 costs.
    """
    asked = _numbered(question)
    if not asked:
        return 0
    title, text = evidence.article.title, evidence.text
    told, titled = _numbered(text), _numbered(title)
    stated = facts.numbers(f"{title} {text}")
    for thing, number in asked:
        others = [other for name, other in told if name == thing]
        others = others or [other for name, other in titled if name == thing]
        if others and number not in others and str(number) not in stated:
            return others[0]
    return 0


def _numbered(text: str) -> list[tuple[str, int]]:
    """Things told apart by number, each with its own: "first season", "George IV", "Act 3"."""
    found: list[tuple[str, int]] = []
    words = facts.tokens(text)
    for place, word in enumerate(words):
        if ordinal := _ordinal(word.text):
            nouns = [w for w in words[place + 1 : place + 4] if w.text.lower() not in facts.FUNCTION_WORDS]
            found += [(noun.folded, ordinal) for noun in nouns[:_NOUNS]]
        elif place and text[words[place - 1].end : word.start] == " ":
            before = words[place - 1]
            number = _cardinal(word.text) if before.capital or word.text.isdigit() else 0
            counted = before.text.lower().rstrip(".") not in MONTHS and number_of(before.text) is None
            if number and counted and before.text.lower() not in facts.FUNCTION_WORDS:
                found.append((before.folded, number))
    return found


def _ordinal(word: str) -> int:
    """Which one an ordinal names, or 0."""
    if figure := re.fullmatch(r"(\d{1,3})(?:st|nd|rd|th)", word, re.I):
        return int(figure[1])
    return ORDINAL_WORDS.get(word.lower(), 0)


def _cardinal(word: str) -> int:
    """The value of a figure of up to three digits, or of a Roman numeral; else 0."""
    if re.fullmatch(r"\d{1,3}", word):
        return int(word)
    if not _ROMAN.fullmatch(word):
        return 0
    values = [_ROMAN_DIGITS[letter] for letter in word]
    return sum(
        -value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True)
    )


def _other_year(question: str, evidence: Evidence) -> str:
    """A year of the sentence, where the question's own stands neither in it nor by it; else "".

    Of a date that is asked for, and where the sentence tells several years apart, it has to stand in the sentence or
    over its article: the next sentence's date is another one.
    """
    asked = _years(question)
    told = _years(evidence.text) if asked else set()
    if not told or asked & told:
        return ""
    article = evidence.article
    by_it = "" if _DATE.search(question) or len(told) > 1 else evidence.surroundings()
    return "" if asked & _years(f"{article.title} {article.known_date[:4]} {by_it}") else min(told)


def _untold_year(question: str, evidence: Evidence) -> str:
    """A year of the question that nothing about the sentence speaks of, though its article may; else "".

    An article without a date may name the year of all that it tells anywhere; one of the year before or after may
    say "last year" beside it.
    """
    article, asked = evidence.article, _years(question)
    about = evidence.surroundings(_ABOUT) if asked else ""
    told = f"{article.title} {article.known_date[:4]} {about if article.known_date else article.text}"
    # Of a number of four digits the question doesn't tell that it is no year: "1500 tons", in the article "1,500".
    if not asked or asked & (_years(told) | facts.numbers(told)):
        return ""
    published = int(article.known_date[:4] or 0)
    beside = any(abs(published - int(year)) == 1 for year in asked)
    return "" if beside and _RELATIVE.search(evidence.surroundings()) else min(asked)


def _years(text: str) -> set[str]:
    """The years that a text names; both of "2018–19"."""
    found = list(_YEAR.finditer(text))
    return {match[1] for match in found} | {
        after for match in found if match[2] and (after := str(int(match[1]) + 1)).endswith(match[2])
    }


def _excluded(question: str, text: str) -> str:
    """A word of the question that the text only has behind a "non-", said as a clash; else ""."""
    asked = {token.folded for token in facts.tokens(question)}
    told = {token.folded for token in facts.tokens(_NON.sub(" ", text))}
    for match in _NON.finditer(text):
        if facts.fold(match[1]) in asked - told and not _NON.search(question):
            return f"the articles speak of {match.group()}"
    return ""

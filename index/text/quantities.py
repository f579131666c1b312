"""Numbers of a text with unit, bound and what they count, and exact comparison of two of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf
from typing import NamedTuple

from index.text.nouns import counted
from index.text.numerals import Number, number, share
from index.text.times import Relation, masked, moments, tells
from index.text.tokens import Token, phrase, text_at, tokens
from index.text.units import currency, unit

_BOUNDS = {
    "about": """about, around, approximately, roughly, nearly, almost, some, circa, estimated, close to""",
    "least": """more than, over, at least, no fewer than, no less than, not less than, exceeding, above, minimum of""",
    "most": """up to, at most, less than, fewer than, under, below, no more than, not more than, as many as, as much as,
    maximum of""",
}
_BEFORE = {words.strip(): bound for bound, line in _BOUNDS.items() for words in line.split(",")}
_AFTER = {"or so": "about", "or more": "least", "+": "least", "or less": "most", "or fewer": "most"}
_LASTING = frozenset({"second", "month"})  # "over three days" is during them
_MINUS = re.compile(r"(?:\A|[\s(])(?:[-\u2212]|minus\s)\Z", re.IGNORECASE)
_DETERMINERS = frozenset("the a an this that his her its their our my your whose".split())
_NO_COUNT = frozenset("no the this that each every any some which another other".split())  # before "one"
_LINKS = frozenset({"-", "–", "—", "to"})
_OF = re.compile(r"(?:\s+of\b)?(?:\s+(?:the|all|its|their|his|her|these|those))*\b", re.IGNORECASE)
_REACH = 10  # nobody writes "more than 300" of 300,000
_FEW_DIGITS = 10  # what is written with a single digit, as "2 million", is no rounding of 1.6 million


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, and where it is written; `low` and `high` are the same unless it is a range."""

    start: int
    end: int
    low: Fraction
    high: Fraction
    unit: str = ""  # "metre", "percent", "USD"; "" for what is merely counted
    of: str = ""  # the stem of the counted noun, where it was found
    rank: bool = False  # "third", "3rd"
    bound: str = ""  # "about", "least" or "most"
    step: Fraction = Fraction(0)  # what it is rounded to; 0 where it is exact

    @property
    def value(self) -> Fraction | None:
        """The one value; None for a range."""
        return self.low if self.low == self.high else None

    @property
    def limits(self) -> tuple[Fraction | float, Fraction | float]:
        """The least and the most that it can stand for."""
        return (-inf if self.bound == "most" else self.low), (inf if self.bound == "least" else self.high)


class _Part(NamedTuple):
    """A number with its unit before it is joined to a range; `begin` and `end` are tokens."""

    number: Number
    begin: int
    end: int
    unit: str
    factor: Fraction
    prefixed: bool = False

    @property
    def value(self) -> Fraction:
        return self.number.value * self.factor


def quantities(text: str, language: str = "en") -> tuple[Quantity, ...]:
    """The quantities of `text` in order, without its dates, times and page numbers; `language` is an ISO 639-1 code."""
    found = tokens(masked(text, moments(text)), language)
    return tuple(_quantities(text, found))


def _quantities(text: str, found: Sequence[Token]) -> Iterator[Quantity]:
    at = 0
    while at < len(found):
        part = _part(text, found, at)
        ends = part and (_range(text, found, part) or (part, part))
        if ends and (quantity := _quantity(text, found, *ends)):
            yield quantity
        at = ends[1].end if ends else at + 1


def _part(text: str, found: Sequence[Token], begin: int, shared: str = "") -> _Part | None:
    """The number that begins at a token, with the unit before or behind it, or the currency `shared` in a range."""
    own = currency(found[begin].written)
    at, money = begin + bool(own), own or shared
    if at == len(found) or (money and found[at].value is None):
        return None
    read = (None if money else share(found, at)) or number(found, at, bool(money))
    if read is None:
        return None
    if money:
        return _Part(read, begin, read.end, money, Fraction(1), True)
    if read.share or read.rank:
        return _Part(read, begin, read.end, "percent" if read.share else "", Fraction(1))
    behind = read.end + (text_at(found, read.end) == "-")
    measure = unit([token.text for token in found[behind : behind + 4]], read.value)
    if measure:
        return _Part(read, begin, behind + measure.length, measure.name, measure.factor)
    end = found[read.end - 1].end
    # "3D" and "40s" are no counts; neither is "one" that stands for somebody.
    glued = end < len(text) and (text[end].isalpha() or text[end] == "_")
    pronoun = phrase(found, begin, read.end - begin) == "one" and (
        text_at(found, begin - 1) in _NO_COUNT or not counted(text, end, single=True)
    )
    return None if glued or pronoun else _Part(read, begin, read.end, "", Fraction(1))


def _range(text: str, found: Sequence[Token], low: _Part) -> tuple[_Part, _Part] | None:
    """The two ends of "10–12 km", "between 3 and 5 million euros" or "€10m to €12m" in one unit and scale."""
    link = text_at(found, low.end)
    between = link == "and" and text_at(found, low.begin - 1) == "between"
    if low.number.rank or low.end + 1 >= len(found) or not (between or link in _LINKS):
        return None
    high = _part(text, found, low.end + 1, low.unit if low.prefixed else "")
    if high is None or high.number.rank:
        return None
    if low.prefixed and link == "to" and high.number.scale == 1 and not currency(found[high.begin].written):
        return None  # "gave €5 to 30 people"
    if not low.unit:
        low = low._replace(unit=high.unit, factor=high.factor)
    one, other = low.number, high.number
    if one.scale == 1 and one.value * other.scale < other.value:
        low = low._replace(number=one._replace(value=one.value * other.scale))
    return (low, high) if low.unit == high.unit and low.value < high.value else None


def _quantity(text: str, found: Sequence[Token], low: _Part, high: _Part) -> Quantity | None:
    """The quantity of one part, or of a range's two, with what stands before and behind it."""
    begin, end, rank, bound, ranges = low.begin, high.end, high.number.rank, "", low is not high
    before = text_at(found, begin - 1)
    if (
        rank
        and found[begin].text == "first"
        and not (before in _DETERMINERS or before.endswith(("'s", "’s")))
    ):
        return None  # "he first met her"
    minus = _MINUS.search(text[max(0, found[begin].start - 7) : found[begin].start]) is not None
    if minus or (ranges and before in ("between", "from")):
        begin -= 1
    if not (rank or ranges):
        begin, end, bound = _bounded(found, begin, end, high.unit)
    last = found[end - 1].end
    noun = _OF.match(text, last) if high.unit else None
    of = counted(text, noun.end() if noun else last, single=rank or high.value == 1)
    step = high.number.step or (_place(high.number.value) if bound == "about" else Fraction(0))
    least = -low.value if minus else low.value
    most = high.value if ranges else least
    rounded = Fraction(0) if ranges else step * high.factor
    return Quantity(found[begin].start, last, least, most, high.unit, of, rank, bound, rounded)


def _bounded(found: Sequence[Token], begin: int, end: int, measured: str) -> tuple[int, int, str]:
    """The first token, the one behind the last and the bound: "more than 300", "300 or more"."""
    for length in (3, 2, 1):
        words = phrase(found, begin - length, length)
        if words in _BEFORE and not (words == "over" and measured in _LASTING):
            return begin - length, end, _BEFORE[words]
    for length in (2, 1):
        if (words := phrase(found, end, length)) in _AFTER:
            return begin, end + length, _AFTER[words]
    return begin, end, ""


def _place(value: Fraction) -> Fraction:
    """The place of the last digit that isn't zero: 1000 of 24,000, a tenth of 7.5; 1 where there is no last digit."""
    place = Fraction(1)
    while value and value % (place * 10) == 0:
        place *= 10
    while value % place and place > Fraction(1, 10**6):
        place /= 10
    return Fraction(1) if value % place else place


def _equal(first: Quantity, second: Quantity) -> bool:
    """True for one value, or one that the other approximates, both in one unit."""
    if first.limits == second.limits:
        return True
    about = [one for one in (first, second) if one.bound == "about"]
    if first.value is None or second.value is None or {first.bound, second.bound} - {"", "about"}:
        return False
    return any(2 * abs(first.value - second.value) <= one.step for one in about)


def _closer(first: Quantity, second: Quantity) -> bool:
    """True when the first says more exactly what the second says: 104 and "more than 100", 1,234,567 and "1.2 million"."""
    if first.of and second.of and first.of != second.of:
        return False
    (low, high), (least, most) = first.limits, second.limits
    if first.limits != second.limits and least <= low and high <= most:
        return abs(first.low) <= _REACH * abs(second.low) and abs(second.low) <= _REACH * abs(first.low)
    if first.value is None or second.value is None or first.bound or second.bound in ("least", "most"):
        return False
    rounds = first.step < second.step and second.step * _FEW_DIGITS <= abs(second.value)
    return rounds and 2 * abs(first.value - second.value) <= second.step


def compare(first: Quantity, second: Quantity) -> Relation:
    """How two quantities relate; what they count parts them only where their values differ."""
    if (first.unit, first.rank) != (second.unit, second.rank):
        return "unrelated"
    if _equal(first, second):
        return "equal"
    if _closer(first, second) or _closer(second, first):
        return "closer"
    return "unrelated" if first.of and second.of and first.of != second.of else "different"


def missing(claim: str, sources: Sequence[str], published: str = "") -> str:
    """The first quantity, date or time of the claim, as written, that no source states as exactly; "" without one.

    `published` is the ISO date of publication, of which "on Friday" is told in the claim and in the sources.
    """
    counts = [tuple(_with_ends(source)) for source in sources]
    times = [moment for source in sources for moment in moments(source, published)]
    undated = {moment.start: moment for moment in moments(claim) if moment.month}  # "May 9" of another year
    spans = [
        (one.start, one.end) for one in quantities(claim) if not any(_stated(one, told) for told in counts)
    ]
    for moment in moments(claim, published):
        forms = (moment, undated.get(moment.start, moment))
        if not any(tells(one, form) for one in times for form in forms):
            spans.append((moment.start, moment.end))
    return claim[slice(*min(spans))] if spans else ""


def _with_ends(source: str) -> Iterator[Quantity]:
    """The quantities of a source; "from 3 to 5 percent" mostly tells of a change, which states both its ends."""
    for one in quantities(source):
        yield one
        if one.value is None and source[one.start : one.start + 4].lower() == "from":
            yield from (replace(one, low=value, high=value) for value in (one.low, one.high))


def _stated(claimed: Quantity, source: Sequence[Quantity]) -> bool:
    """True when one source states it, not of something else while it tells another number of the same."""
    alike = [one for one in source if (one.unit, one.rank) == (claimed.unit, claimed.rank)]
    if claimed.of and any(one.of == claimed.of for one in alike):
        alike = [one for one in alike if one.of in (claimed.of, "")]
    return any(_equal(one, claimed) or _closer(one, claimed) for one in alike)

"""Dates, weekdays and times of day as a text writes them, those of relative words resolved where that is exact."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from index.text.nouns import counted
from index.text.viewpoint import Viewpoint

Relation: TypeAlias = Literal["equal", "closer", "different", "unrelated"]

_MONTHS = "january february march april may june july august september october november december".split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_DAYS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth"
    " twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first".split()
)
_VERBS = frozenset({"may", "march"})
_LEAP_YEAR = 2000
_FUTURE = 2100  # no year from here on

_LONG = "|".join(rf"{name}\b" for name in _MONTHS)
_SHORT = "|".join(rf"{name[:3]}\b\.?" for name in _MONTHS)
_MONTH = rf"(?P<month>{_LONG}|{_SHORT}|sept\b\.?)"
_YEAR = r"(?P<year>1[5-9]\d\d|20\d\d)(?![\w%]|[.,]\d)"
_WEEKDAY = rf"(?P<weekday>{'|'.join(_WEEKDAYS)})\b"
_WHICH = r"(?:\b(?P<which>last|this|next|coming)\s+)?"
_NO_NUMBER = r"(?<![\w$€£¥])(?<!\d[.,])"
_DAY_FIRST = re.compile(
    rf"(?:\b{_WEEKDAY},?\s+)?(?:\bthe\s+)?{_NO_NUMBER}"
    rf"(?:(?P<other>\d{{1,2}})\s?(?:[-–]|and\s|to\s)\s?)?(?P<day>\d{{1,2}}(?:st|nd|rd|th)?|{'|'.join(_DAYS[::-1])})"
    rf"\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"(?:\b{_WEEKDAY},?\s+)?\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s?[-–]\s?(?P<other>\d{{1,2}}))?"
    rf"(?![\w:%]|[.,]\d|\s?[ap]\.?m\b)(?:,?\s+{_YEAR})?",
    re.IGNORECASE,
)
_ISO = re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?![\d-])")
_NUMERIC = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?P<mark>[./])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4})(?!\d)"
)
_CLOCK = re.compile(
    r"(?<![\w:.,])(?P<hour>1[0-2]|0?\d)(?:[:.](?P<minute>[0-5]\d))?\s?(?:(?P<half>[ap])\.?m\b\.?|o['’]clock\b)"
    r"|(?<![\w:.,])(?P<hours>[01]?\d|2[0-3]):(?P<minutes>[0-5]\d)(?::[0-5]\d)?(?![\w:])|\b(?P<name>noon|midnight)\b",
    re.IGNORECASE,
)
_MONTH_ALONE = re.compile(
    rf"(?P<cue>\b(?:in|since|until|till|by|from|through|during|before|after|early|late|mid|of)[\s-]+)?"
    rf"{_WHICH}\b{_MONTH}(?:,?\s+(?:of\s+)?{_YEAR})?",
    re.IGNORECASE,
)
_WEEKDAY_ALONE = re.compile(rf"{_WHICH}\b{_WEEKDAY}", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\b(?P<day>yesterday|today|tonight|tomorrow|last night)\b|\b(?P<which>last|this|next) (?P<unit>year|month)\b",
    re.IGNORECASE,
)
_YEAR_ALONE = re.compile(
    rf"{_NO_NUMBER}(?:(?P<decade>(?:1[5-9]|20)\d0)['’]?s\b|{_YEAR}(?:[-–/](?P<until>\d{{2}}(?:\d\d)?)(?![\w%]|[.,]\d))?)"
)
# Before a number of four digits: what makes a year of it although a plural follows, and what makes it a count.
_DATED = re.compile(r"\b(?:in|since|until|during|the|early|late|mid|spring|summer|autumn|winter)[\s-]+\Z")
_COUNTED = re.compile(
    r"(?:[$€£¥]|\b(?:than|over|least|most|up to|nearly|almost|some|roughly|many as|few as|[a-z]{2,3}\$))\s*\Z"
)
_MEASURED = re.compile(
    r"[\s-]?(?:%|°|[$€£¥]|(?:per ?cent|feet|foot|km|k?m|k?g|lb|ft|mph|yen|yuan|[mb]illion|thousand|metre|meter|mile)\b)"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, weekday or time of day, and where it is written; None is what the text leaves open."""

    start: int
    end: int
    year: int | None = None  # the first of a decade's
    month: int | None = None
    day: int | None = None
    weekday: int | None = None  # Monday is 0
    clock: int | None = None  # minutes after midnight
    decade: bool = False

    @property
    def fields(self) -> dict[str, int]:
        """What is told, by name."""
        names = ("year", "month", "day", "weekday", "clock")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


def moments(text: str, published: str = "") -> tuple[Moment, ...]:
    """The dates and times of `text` in order, those without a year resolved against the ISO date `published`.

    The latest up to publication is meant, or the next one where the clause tells of the future; what cannot be
    told stays open, and "yesterday" or "this spring" without a day that it means is no moment.
    """
    view = Viewpoint(text, published)
    found: list[Moment] = []
    for form, read in _FORMS:
        new = [moment for match in form.finditer(text) for moment in read(match, view)]
        text = masked(text, new)
        found += new
    return tuple(sorted(found, key=lambda moment: moment.start))


def masked(text: str, found: Iterable[Moment]) -> str:
    """`text` with the moments blotted out and every other character where it was."""
    pieces, at = [], 0
    for moment in sorted(found, key=lambda moment: moment.start):
        pieces += [text[at : moment.start], "\0" * (moment.end - moment.start)]
        at = moment.end
    return "".join(pieces) + text[at:]


def tells(first: Moment, second: Moment) -> bool:
    """True when the first tells all that the second does: "9 May 2023" tells "May 9", 1994 tells "the 1990s"."""
    if second.decade and not first.decade:
        return first.year is not None and second.year is not None and first.year // 10 == second.year // 10
    return first.decade == second.decade and second.fields.items() <= first.fields.items()


def compare_moments(first: Moment, second: Moment) -> Relation:
    """How two moments relate; "closer" when one tells all that the other does and more."""
    both = (tells(first, second), tells(second, first))
    if any(both):
        return "equal" if all(both) else "closer"
    one, other = first.fields, second.fields
    return "different" if any(one[name] != other[name] for name in one.keys() & other.keys()) else "unrelated"


def _of_day(start: int, end: int, day: date) -> Moment:
    return Moment(start, end, day.year, day.month, day.day, day.weekday())


def _days(match: re.Match[str], view: Viewpoint) -> Iterator[Moment]:
    """A day of a month, or the two of "9–11 May"."""
    parts = match.groupdict()
    written, year = parts["month"], parts["year"]
    before = match.string[max(0, match.start() - 3) : match.start()].lower()
    # "Of the 12 may return"; "in May 12 people were hurt".
    if written in _VERBS or (before == "in " and not year and counted(match.string, match.end())):
        return
    spans = {"day": match.span()}
    if parts.get("other"):
        first, last = sorted(("day", "other"), key=match.start)
        spans = {first: (match.start(), match.end(first)), last: (match.start(last), match.end())}
    named = len(spans) == 1 and parts.get("weekday")
    weekday, month = _WEEKDAYS.index(named.lower()) if named else None, _month(written)
    for name, span in spans.items():
        day = _day(parts[name])
        with suppress(ValueError):  # 31 February
            known = date(int(year or _LEAP_YEAR), month, day)
            resolved = known if year else view.day(month, day, match.start())
            yield _of_day(*span, resolved) if resolved else Moment(*span, None, month, day, weekday)


def _month(written: str) -> int:
    return (
        int(written) if written.isdigit() else [name[:3] for name in _MONTHS].index(written[:3].lower()) + 1
    )


def _day(written: str) -> int:
    """The day that is written "9", "9th" or "ninth"."""
    digits = written.lower().rstrip("stndrh")
    return int(digits) if digits.isdigit() else _DAYS.index(written.lower()) + 1


def _numeric(match: re.Match[str], view: Viewpoint) -> Iterator[Moment]:
    """A date in digits; of "03/04/2024" only the year is told, since nobody knows which of the two is the month."""
    year, day, month = (int(match[name]) for name in ("year", "day", "month"))
    if match["mark"] == "/" and day != month and max(day, month) <= 12:
        yield Moment(*match.span(), year)
        return
    with suppress(ValueError):
        yield _of_day(*match.span(), date(year, *sorted((day, month)) if month > 12 else (month, day)))


def _time(match: re.Match[str], view: Viewpoint) -> Iterator[Moment]:
    hour, minute, half = match["hour"], match["minute"], (match["half"] or "").lower()
    if match["name"]:
        hour, half = ("12", "p") if match["name"].lower() == "noon" else ("0", "")
    if match["hours"]:
        hour, minute = match["hours"], match["minutes"]
    hours = int(hour) % 12 + 12 * (half == "p") if half else int(hour)
    yield Moment(*match.span(), clock=60 * hours + int(minute or 0))


def _month_alone(match: re.Match[str], view: Viewpoint) -> Iterator[Moment]:
    written, which, year = match["month"].lower(), (match["which"] or "").lower(), match["year"]
    if not year and (written not in _MONTHS or (written in _VERBS and not (match["cue"] or which))):
        return
    month = _month(written)
    resolved = int(year) if year else view.year_of(month, which, match.start())
    yield Moment(match.start("which" if which else "month"), match.end(), resolved, month)


def _weekday_alone(match: re.Match[str], view: Viewpoint) -> Iterator[Moment]:
    weekday = _WEEKDAYS.index(match["weekday"].lower())
    resolved = view.weekday(weekday, (match["which"] or "").lower(), match.start())
    yield _of_day(*match.span(), resolved) if resolved else Moment(*match.span(), weekday=weekday)


def _relative(match: re.Match[str], view: Viewpoint) -> Iterator[Moment]:
    shift = {"yesterday": -1, "last": -1, "next": 1, "tomorrow": 1}.get(match[0].lower().split()[0], 0)
    unit = (match["unit"] or "").lower()
    months = {"year": 12, "month": 1}.get(unit, 0) * shift
    resolved = view.shifted(month=months) if unit else view.shifted(day=shift)
    if resolved and not unit:
        yield _of_day(*match.span(), resolved)
    elif resolved:
        yield Moment(*match.span(), resolved.year, resolved.month if unit == "month" else None)


def _years(match: re.Match[str], view: Viewpoint) -> Iterator[Moment]:
    """A year, the two of "2019–2021" or a decade; not the "2000" of "2000 people"."""
    if match["decade"]:
        yield Moment(*match.span(), int(match["decade"]), decade=True)
        return
    before = match.string[max(0, match.start() - 12) : match.start()].lower()
    plural = counted(match.string, match.end()) and not _DATED.search(before)
    if plural or _COUNTED.search(before) or _MEASURED.match(match.string, match.end()):
        return
    year, until = match["year"], match["until"] or ""
    last = int(year[: 4 - len(until)] + until)
    if until and int(year) < last < _FUTURE:
        yield Moment(match.start(), match.end("year"), int(year))
        yield Moment(match.start("until"), match.end(), last)
    else:
        yield Moment(*match.span(), int(year))


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Viewpoint], Iterator[Moment]]], ...] = (
    (_ISO, _days),
    (_NUMERIC, _numeric),
    (_DAY_FIRST, _days),
    (_MONTH_FIRST, _days),
    (_CLOCK, _time),
    (_MONTH_ALONE, _month_alone),
    (_WEEKDAY_ALONE, _weekday_alone),
    (_RELATIVE, _relative),
    (_YEAR_ALONE, _years),
)

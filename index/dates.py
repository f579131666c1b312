"""Dates as articles, file names and metadata write them, read into ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?"
    r"|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_ISO = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2})(?:[T ]\d{2}:?\d{2}.{0,24})?)?)?")
_WRITTEN = (
    re.compile(rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>(?:19|20)\d\d)\b", re.IGNORECASE),
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? {_MONTH},? (?P<year>(?:19|20)\d\d)\b", re.IGNORECASE),
    re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)"),
)
_DAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?"
# A line is about the date when nothing but these words remains beside it.
_DATE_WORDS = re.compile(
    rf"\b(?:first |last )?(?:published|posted|updated|modified|issued|date|on|at|{_DAY}"
    rf"|\d{{1,2}}[:.]\d\d(?:[:.]\d\d)?"
    r"|[ap]\.?m\b\.?|ET|EST|EDT|PT|PST|PDT|GMT|UTC|BST|CET|IST|IT)(?!\w)|[\W_]+",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"\W*(?:last )?(?:updated|modified)\b", re.IGNORECASE)
_FILE_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)[-_.]?(?P<month>0[1-9]|1[0-2])[-_.]?"
    r"(?P<day>0[1-9]|[12]\d|3[01])(?!\d)"
)


def iso_date(value: str) -> str:
    """`value` as 2023, 2023-09 or 2023-09-14, a time of day cut off; `ValueError` if it is no date."""
    match = _ISO.fullmatch(value.strip())
    if match is None:
        raise ValueError(f"{value!r} is no date")
    year, month, day = match["year"], match["month"], match["day"]
    date(int(year), int(month or 1), int(day or 1))
    return "-".join(part for part in (year, month, day) if part)


def _checked(year: str, month: str, day: str) -> str:
    """The parts as an ISO date; empty when there is no such day."""
    number = month if month.isdigit() else str(_MONTHS.index(month[:3].lower()) + 1)
    try:
        return date(int(year), int(number), int(day)).isoformat()
    except ValueError:
        return ""


def written_date(line: str) -> str:
    """The first full date written out in `line`; empty without one."""
    matches: Iterator[re.Match[str] | None] = (form.search(line) for form in _WRITTEN)
    match = next((match for match in matches if match), None)
    return _checked(*match.group("year", "month", "day")) if match else ""


def any_date(value: str) -> str:
    """A date in ISO form or written out, as ISO; empty if `value` is none."""
    try:
        return iso_date(value)
    except ValueError:
        return written_date(value)


def without_date(line: str) -> str:
    """`line` with the dates written in it blanked out."""
    for form in _WRITTEN:
        line = form.sub(" ", line)
    return line


def date_line(line: str) -> str:
    """The date of a line that says nothing else."""
    if len(line) > 120 or not (value := written_date(line)):
        return ""
    return "" if _DATE_WORDS.sub("", without_date(line)) else value


def file_name_date(name: str) -> str:
    """The day in a file's name, as in 2023-09-14-summit.txt or 20230914.txt; empty without one."""
    match = _FILE_DATE.search(name)
    return _checked(*match.group("year", "month", "day")) if match else ""


def is_update(line: str) -> bool:
    """True for a line that tells when an article was changed rather than published."""
    return _UPDATED.match(line) is not None

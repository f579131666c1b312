"""Which day a text means by "on Friday", "9 May" or "last month", seen from the day on which it was published."""

from __future__ import annotations

import re
from bisect import bisect_right
from contextlib import suppress
from datetime import date, timedelta
from typing import Literal, TypeAlias

from index import sentences

_Outlook: TypeAlias = Literal["past", "ahead", "open"]

# What a sentence tells by: that something is to come, or that somebody has told it.
_TELLING = re.compile(
    r"(?P<ahead>\b(?:will|shall|won['’]t|next|due|scheduled|plan(?:s|ned)? to|(?:is|are) to)\b|['’]ll\b)"
    r"|\b(?:said|told|reported|announced)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:–—]\s")
_LOOKED_BACK = 160  # characters of the clause before a day in which its verb is looked for
_LEAP_GAP = 9  # years at most from one 29 February to another


class Viewpoint:
    """The day of publication, and which sentences of the text tell of the future."""

    def __init__(self, text: str, published: str) -> None:
        """`published` is an ISO date; without a full one nothing is resolved."""
        self.today: date | None = None
        with suppress(ValueError):
            self.today = date.fromisoformat(published[:10])
        self._text = text
        self._clauses: list[int] = [0]  # where each begins, and whether its sentence tells of the future
        self._ahead: list[bool] = [False]
        for sentence in sentences.split(text) if self.today else []:
            span = (sentence.start, sentence.end)
            ahead = any(match["ahead"] for match in _TELLING.finditer(text, *span))
            starts = [sentence.start, *(match.end() for match in _CLAUSE.finditer(text, *span))]
            self._clauses += starts
            self._ahead += [ahead] * len(starts)

    def _outlook(self, at: int, which: str) -> _Outlook:
        """Where to look for the day meant, told by "last" or "next", else by the verb before it in its clause.

        Of "will rule on Friday" it lies ahead, of "said on Friday that it will rule" in the past; of "who met on
        Friday, will rule" it stays open.
        """
        if which == "last":
            return "past"
        if which:
            return "open" if which == "this" else "ahead"
        clause = bisect_right(self._clauses, at) - 1
        if not self._ahead[clause]:
            return "past"
        start = max(self._clauses[clause], at - _LOOKED_BACK)
        told = [bool(match["ahead"]) for match in _TELLING.finditer(self._text, start, at)]
        return "open" if not told else "ahead" if told[-1] else "past"

    def day(self, month: int, day: int, at: int) -> date | None:
        """The latest such day up to publication, or in the future the earliest from it on."""
        outlook = self._outlook(at, "")
        if self.today is None or outlook == "open":
            return None
        step = 1 if outlook == "ahead" else -1
        for year in range(self.today.year, self.today.year + step * _LEAP_GAP, step):
            with suppress(ValueError):  # 29 February
                found = date(year, month, day)
                if (found - self.today).days * step >= 0:
                    return found
        return None

    def weekday(self, weekday: int, which: str, at: int) -> date | None:
        """The latest such weekday up to publication, or in the future the first after it; Monday is 0."""
        outlook = self._outlook(at, which)
        if self.today is None or outlook == "open":
            return None
        if outlook == "ahead":
            return self.today + timedelta((weekday - self.today.weekday() - 1) % 7 + 1)
        latest = self.today - timedelta(which == "last")
        return latest - timedelta((latest.weekday() - weekday) % 7)

    def year_of(self, month: int, which: str, at: int) -> int | None:
        """The year of "in May": of the latest up to publication, or in the future of the next."""
        outlook = self._outlook(at, which)
        if self.today is None or (outlook == "open" and which != "this"):
            return None
        if outlook == "past":
            return self.today.year - (month > self.today.month - (which == "last"))
        return self.today.year + (outlook == "ahead" and month < self.today.month + bool(which))

    def shifted(self, day: int = 0, month: int = 0) -> date | None:
        """The day of publication moved by days or whole months, then the first of its month."""
        if self.today is None or not month:
            return self.today and self.today + timedelta(day)
        year, index = divmod(12 * self.today.year + self.today.month - 1 + month, 12)
        return date(year, index + 1, 1)

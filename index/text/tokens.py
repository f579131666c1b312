"""The figures, words and signs of a text, each figure with its value: "4 000", "1’234’567", "7½"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from index.text.units import currency

# Languages that write 4.000 and 3,5 for what English writes as 4,000 and 3.5; none of these groups with commas.
_COMMA_DECIMAL = frozenset(
    "de es fr it nl pt da sv no nb fi pl cs sk hu ro bg hr sl sr el tr ru uk id vi is".split()
)
_LONGEST = 30  # digits; what is longer is no number that anyone counted
_LABEL = re.compile(
    r"\b(?:pages?|pp?\.|nos?\.|number|chapter|issue|vol(?:ume|\.)|edition|article|section)\s*\Z",
    re.IGNORECASE,
)
_BEFORE = 12  # characters before a figure in which its label stands
_SPACES = " \u00a0\u2009\u202f"
VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"


def _pattern(groups: str, decimals: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<whole>\d{{1,3}}(?P<mark>[{groups}'’{_SPACES}])\d{{3}}(?:(?P=mark)\d{{3}}){{0,8}}+|\d++){decimals}"
        rf"(?P<vulgar>[{VULGAR}])?(?!\d|[.,:/'’]\d)"
        rf"|\d[\d.,:/]*+|[{VULGAR}]"
        r"|(?:US|AU|CA|NZ|HK|[ACSR])?\$|[€£¥₹₽₩₺₴₪]"
        r"|km/h|m/s|[kc]?m[²³]|[kc]?m[23](?!\w)|°\s?[CF](?!\w)"
        rf"|(?:[A-Za-z]\.){{2,}}|(?:(?![{VULGAR}])[^\W\d_])+(?:['’][^\W\d_]+)*+"
        r"|\n[ \t\r]*+\n|\0+|\S"
    )


# Both read "3,5" as a decimal: in English no group has less than three digits.
_ENGLISH = _pattern(",", r"(?:\.(?P<part>\d++)|,(?P<comma>\d{1,2}))?")
_OTHER = _pattern(".", r"(?:,(?P<part>\d++)|\.(?P<comma>\d{1,2}))?")


class Token(NamedTuple):
    """A number in figures, a word or a sign, where it stands and as it is compared."""

    text: str  # in lower case, without dots or inner space
    written: str
    start: int
    end: int
    value: Fraction | None = None
    step: Fraction = Fraction(0)  # the place of the last decimal; 0 without decimals


def tokens(text: str, language: str) -> list[Token]:
    """The words, figures and signs of `text`; digits that are no number, as in 1.2.3, have no value."""
    return [_token(match) for match in (_OTHER if language in _COMMA_DECIMAL else _ENGLISH).finditer(text)]


def _token(match: re.Match[str]) -> Token:
    written = match[0]
    whole = re.sub(r"\D", "", match["whole"] or "")
    if len(whole) > _LONGEST or not (whole or written in VULGAR) or _in_name(match):
        text = written.lower() if len(written) == 1 else re.sub(r"[\s.]", "", written.lower())
        return Token(text, written, *match.span())
    decimals = (match["part"] or match["comma"] or "")[:_LONGEST]
    vulgar = match["vulgar"] or ("" if whole else written)
    value = Fraction(f"{whole or 0}.{decimals or 0}")
    value += Fraction(unicodedata.numeric(vulgar)).limit_denominator(10) if vulgar else 0
    return Token(
        written, written, *match.span(), value, Fraction(1, 10 ** len(decimals)) if decimals else Fraction(0)
    )


def _in_name(match: re.Match[str]) -> bool:
    """True for figures that count nothing: of "A380", "COVID-19", ".5" and "page 12"."""
    before = match.string[max(0, match.start() - _BEFORE) : match.start()]
    glued = re.search(r"[\w.]\Z|[^\W\d_]-\Z", before) and not currency(before[-3:])
    return bool(glued) or _LABEL.search(before) is not None


def text_at(found: Sequence[Token], at: int) -> str:
    """The text of the token at `at`; "" outside."""
    return found[at].text if 0 <= at < len(found) else ""


def phrase(found: Sequence[Token], at: int, length: int) -> str:
    """The texts of `length` tokens from `at` on, a space between them; "" where there are not so many."""
    inside = 0 <= at <= len(found) - length
    return " ".join(token.text for token in found[at : at + length]) if inside else ""

"""Numbers and months as they are written: "four", "1,200", "21st", "September"."""

from __future__ import annotations

import re

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_MONTHS = "january february march april may june july august september october november december".split()
SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "trillion": 10**12,
    "bn": 10**9,
    "tn": 10**12,
    "m": 1_000_000,
    "k": 1_000,
}

# What stands behind a number and may be written in another way: "5 kilometres", "5 km".
UNITS = frozenset(
    """percent per cent km kilometre kilometer mile metre meter m cm mm feet foot ft inch kg kilogram kilo gram g ton
    tonne pound lb dollar euro rouble ruble yen won yuan hour hr minute min second sec degree litre liter mph kph am pm
    o'clock""".split()
) | frozenset(SCALES)

NUMBER_WORDS: dict[str, int] = {word: value for value, word in enumerate(_UNITS)}
NUMBER_WORDS |= {word: 20 + 10 * i for i, word in enumerate(_TENS)}
NUMBER_WORDS |= {
    f"{tens}-{unit}": 20 + 10 * i + value
    for i, tens in enumerate(_TENS)
    for value, unit in enumerate(_UNITS[:10])
    if value
}
NUMBER_WORDS |= {"dozen": 12, "half": 2, "twice": 2, "once": 1, "both": 2}
ORDINAL_WORDS: dict[str, int] = {word: i for i, word in enumerate(_ORDINALS, 1)}
MONTHS: dict[str, int] = {month[:n]: i for i, month in enumerate(_MONTHS, 1) for n in (3, len(month))}
MONTHS["sept"] = 9
_SOFT_NUMBERS = frozenset("one once twice both half zero".split())
_NUMERIC = re.compile(r"(\d+(?:[.,]\d+)*)(st|nd|rd|th|s)?$")


def number_of(word: str) -> float | None:
    """The value of one written number or ordinal, else None."""
    lower = word.lower()
    if lower in NUMBER_WORDS or lower in ORDINAL_WORDS:
        return NUMBER_WORDS.get(lower, ORDINAL_WORDS.get(lower))
    match = _NUMERIC.match(lower)
    if not match:
        return None
    digits = match.group(1)
    # "1,200" groups thousands; "3,5" is a decimal comma.
    digits = (
        digits.replace(",", "")
        if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", digits)
        else digits.replace(",", ".")
    )
    try:
        return float(digits)
    except ValueError:
        return None


def is_soft_number(word: str) -> bool:
    """True for number words that are mostly used without counting: "one of them", "first", "both"."""
    return word.lower() in ORDINAL_WORDS or word.lower() in _SOFT_NUMBERS


def canonical(value: float) -> str:
    """The one way of writing a number by which two are compared."""
    return str(int(value)) if value == int(value) else f"{value:.6g}"

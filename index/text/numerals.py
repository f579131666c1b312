"""Numbers as they are written, figures and words, read exactly: "4 000", "7½", "2.4M", "twenty-one", "half a million"."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from index.text.nouns import closes, stem
from index.text.tokens import VULGAR, Token, phrase, text_at
from index.text.units import unit

_SMALL = {
    word: value
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen""".split()
    )
}
_TENS = {
    word: value
    for value, word in zip(
        range(20, 100, 10), "twenty thirty forty fifty sixty seventy eighty ninety".split(), strict=True
    )
}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
        fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""".split(),
        1,
    )
} | {word[:-1] + "ieth": value for word, value in _TENS.items()}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_MULTIPLES = _SCALES | {"hundred": 100, "dozen": 12, "bn": 10**9, "mn": 10**6, "mln": 10**6, "tn": 10**12}
_LETTERS = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}  # glued to the number, or behind a sum of money
_PARTS = {"half": 2, "third": 3, "quarter": 4} | {word: n for word, n in _ORDINALS.items() if 4 <= n <= 10}
_WHOLE_HALF = frozenset("first second third other the this that each latter former top bottom".split())


class Number(NamedTuple):
    """A number that was read; `end` is the index of the token behind it."""

    value: Fraction
    end: int
    scale: int = 1  # the last "thousand" or "million", which a range shares: "10 to 12 million"
    step: Fraction = Fraction(0)  # what it is rounded to; 0 where it is written out
    rank: bool = False
    share: bool = False  # of a whole, in percent


def number(found: Sequence[Token], at: int, money: bool = False) -> Number | None:
    """The number that begins at `at` with all that scales it; `money` where the sign of a currency precedes it."""
    first = found[at]
    read = _spelt(found, at) if first.value is None else Number(first.value, at + 1, step=first.step)
    if read is None or read.rank:
        return read
    if (
        first.value is not None
        and text_at(found, at + 1) in ("st", "nd", "rd", "th")
        and _glued(found, at + 1)
    ):
        return Number(first.value, at + 2, rank=True)
    value, end, scale, step = read.value, read.end, read.scale, read.step
    if phrase(found, end, 3) in ("and a half", "and a quarter"):
        value += Fraction(1, _PARTS[found[end + 2].text])
        end += 3
    while factor := _multiple(found, end, money):
        value *= factor
        end += 1 + (found[end].text == "-")
        scale *= factor
        step = (step or 1) * Fraction(factor) if factor >= 1000 else step
    return Number(value, end, scale, step)


def _glued(found: Sequence[Token], at: int) -> bool:
    return at < len(found) and found[at].start == found[at - 1].end


def _multiple(found: Sequence[Token], at: int, money: bool) -> int:
    """What the word at `at` multiplies the number before it by; 0 if it doesn't."""
    word = text_at(found, at + (text_at(found, at) == "-"))
    if word in _MULTIPLES:
        return _MULTIPLES[word]
    if word not in _LETTERS or word != text_at(found, at) or not (money or _glued(found, at)):
        return 0
    following = text_at(found, at + 1)
    many = len(following) > 3 and stem(following) != following  # 12m people, but 12m high
    return (
        _LETTERS[word] if money or found[at].written in "KMB" or word == "k" or (word == "m" and many) else 0
    )


def _spelt(found: Sequence[Token], at: int) -> Number | None:
    """The number in words from `at` on: "three hundred and five", "twenty-first"."""
    total, current, scale, end = 0, None, 0, at
    if text_at(found, at) in ("a", "an") and text_at(found, at + 1) in _MULTIPLES:
        current, end = 1, at + 1
    while True:
        here = end + _joined(found, end, current, scale) if end > at else at
        word = text_at(found, here)
        open_tens = current is not None and current % 100 >= 20 and current % 10 == 0
        open_hundred = current is None or (current >= 100 and current % 100 == 0)
        digit = _SMALL.get(word, _ORDINALS.get(word))
        if digit is not None and (open_hundred or (open_tens and 0 < digit < 10)):
            current = (current or 0) + digit
            if word in _ORDINALS:
                return Number(Fraction(total + current), here + 1, rank=True)
        elif word in _TENS and open_hundred:
            current = (current or 0) + _TENS[word]
        elif word == "hundred" and current is not None and 0 < current < 100:
            current *= 100
        elif word in _SCALES and current is not None and (not scale or _SCALES[word] < scale):
            scale = _SCALES[word]
            total, current = total + current * scale, None
        else:
            break
        end = here + 1
    if end == at:
        return None
    rounded = Fraction(scale) if current is None else Fraction(0)
    return Number(Fraction(total + (current or 0)), end, scale if rounded else 1, rounded)


def _joined(found: Sequence[Token], at: int, current: int | None, scale: int) -> int:
    """1 where a hyphen or "and" at `at` leads on inside a number, not to another one: "two hundred and five"."""
    if text_at(found, at) == "-":
        return 1
    if text_at(found, at) != "and" or not (current is None or current >= 100):
        return 0
    after = at + 2 + 2 * (text_at(found, at + 2) == "-")
    following = text_at(found, after)
    leads = text_at(found, at + 1) in _SMALL.keys() | _TENS.keys()
    return int(leads and following != "hundred" and not 0 < scale <= _SCALES.get(following, 0))


def share(found: Sequence[Token], at: int) -> Number | None:
    """A part of a whole in percent: "half of", "a third of", "two-thirds", "one in three"; "half a mile" is no share."""
    over, end, denominator = Fraction(1), at, 0
    if text_at(found, at) in VULGAR and text_at(found, at + 1) == "of":
        return _of_what(found, at + 1, found[at].value or over)
    if text_at(found, at) == "half":
        if text_at(found, at - 1) in _WHOLE_HALF:
            return None
        end, denominator = at + 1, 2
    else:
        read = number(found, at) if text_at(found, at) not in ("a", "an") else Number(Fraction(1), at + 1)
        if read is None or read.rank or read.scale > 1:
            return None
        over, end = read.value, read.end
        if ratio := _ratio(found, over, end):
            return ratio
        end += text_at(found, end) == "-"
        word = text_at(found, end)
        denominator = _PARTS.get(stem(word), 0)
        ends = text_at(found, end + 1)
        alone = word == "quarter" or not ends[:1].isalpha() or closes(ends)  # no third attempt
        if not denominator or (over > 1) != (stem(word) != word) or (over == 1 and not alone) or ends == "-":
            return None
        end += 1
    return _of_what(found, end, over / denominator)


def _ratio(found: Sequence[Token], over: Fraction, at: int) -> Number | None:
    """ "One in three", "nine out of ten": neither has a unit behind it, as in "two in three days"."""
    length = 1 if text_at(found, at) == "in" else 3 if phrase(found, at, 2) == "out of" else 0
    length -= length == 3
    if not length or at + length >= len(found):
        return None
    under = number(found, at + length)
    if (
        under is None
        or under.rank
        or not 0 < over < under.value
        or (over.denominator, under.value.denominator) != (1, 1)
    ):
        return None
    if unit([token.text for token in found[under.end : under.end + 3]], under.value):
        return None
    return Number(100 * over / under.value, under.end, share=True)


def _of_what(found: Sequence[Token], end: int, part: Fraction) -> Number | None:
    """The part of a million, of a unit or of a whole."""
    article = (
        end + 2
        if phrase(found, end, 2) in ("of a", "of an")
        else end + (text_at(found, end) in ("a", "an", "-"))
    )
    if factor := _MULTIPLES.get(text_at(found, article)):
        return Number(part * factor, article + 1, factor)
    if article > end:
        if unit([token.text for token in found[article : article + 4]], part):
            return Number(part, article)
        if text_at(found, end) == "-":
            return None
    if text_at(found, end) in ("past", "time"):
        return None
    return Number(100 * part, end, share=True, step=Fraction(part.denominator % 3 == 0))

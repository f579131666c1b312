"""Units and currencies in the spellings that news uses; two that measure in one system have one name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from index.text.nouns import stem

# Name; factor; spellings in the singular. Nothing is converted from one system into another: a mile is no kilometre.
_MEASURES = """
percent; 1; %, percent, per cent, pct
percentage point; 1; percentage point
percentage point; 1/100; basis point
metre; 1; m, metre, meter
metre; 1000; km, kilometre, kilometer
metre; 1/100; cm, centimetre, centimeter
metre; 1/1000; mm, millimetre, millimeter
foot; 1; ft, foot
foot; 1/12; inch
foot; 3; yd, yard
foot; 5280; mi, mile
nautical mile; 1; nautical mile
gram; 1; g, gram, gramme
gram; 1/1000; mg, milligram
gram; 1000; kg, kilo, kilogram, kilogramme
gram; 1000000; tonne, metric ton
ton; 1; ton
pound; 1; lb
pound; 1/16; oz, ounce
second; 1; sec, second
second; 60; min, minute
second; 3600; h, hr, hour
second; 86400; day
second; 604800; week
second; 1209600; fortnight
month; 1; month
month; 12; yr, year
month; 120; decade
month; 1200; century
square metre; 1; m², m2, square metre, square meter, sq m
square metre; 1000000; km², km2, square kilometre, square kilometer, sq km
square metre; 10000; ha, hectare
acre; 1; acre
acre; 640; square mile, sq mi
acre; 1/43560; square foot, sq ft
litre; 1; l, litre, liter
litre; 1/1000; ml, millilitre, milliliter
litre; 1000; m³, m3, cubic metre, cubic meter
gallon; 1; gallon
gallon; 1/8; pint
cubic foot; 1; cubic foot
metre per second; 1; m/s, metre per second, meter per second, metre a second, meter a second
metre per second; 5/18; km/h, kmh, kph, kilometre per hour, kilometer per hour, kilometre an hour, kilometer an hour
mile per hour; 1; mph, mile per hour, mile an hour
knot; 1; knot
degree; 1; °, degree
degree Celsius; 1; °c, degree c, celsius, centigrade, degree celsius, degree centigrade
degree Fahrenheit; 1; °f, degree f, fahrenheit, degree fahrenheit
watt; 1; watt
watt; 1000; kw, kilowatt
watt; 1000000; mw, megawatt
watt; 1000000000; gw, gigawatt
watt hour; 1000; kwh, kilowatt hour
watt hour; 1000000; mwh, megawatt hour
GBP; 1/100; pence, penny
cent; 1; cent
"""
# Code; signs; words. A bare "dollar" or "pound" is that of the United States or the United Kingdom.
_CURRENCIES = """
USD; $ us$; dollar, us dollar, american dollar
EUR; €; euro
GBP; £; pound, pound sterling, british pound
JPY; ¥; yen, japanese yen
CNY;; yuan, renminbi, chinese yuan
CHF;; swiss franc
AUD; a$ au$; australian dollar
CAD; c$ ca$; canadian dollar
NZD; nz$; new zealand dollar
HKD; hk$; hong kong dollar
SGD; s$; singapore dollar
INR; ₹; rupee, indian rupee
RUB; ₽; rouble, ruble, russian rouble, russian ruble
KRW; ₩; won, south korean won
KPW;; north korean won
SEK;; krona, kronor, swedish krona, swedish kronor
NOK;; norwegian krone, norwegian kroner
DKK;; danish krone, danish kroner
krone;; krone, kroner
PLN;; zloty, zlotys
CZK;; koruna, czech koruna
HUF;; forint
TRY; ₺; lira, turkish lira
UAH; ₴; hryvnia
ILS; ₪; shekel
BRL; r$; brazilian real
MXN;; mexican peso
peso;; peso
ZAR;; rand
"""
_WORDS = frozenset({"TRY", "krone", "peso"})  # no code, or one that is a word
_LONGEST = 4  # words of a unit
_LEAST_WON = 100  # "the four won" is no sum of money; nothing costs four won


class Unit(NamedTuple):
    """A unit by its name, by what a value is multiplied into it, and the number of tokens it is written in."""

    name: str
    factor: Fraction
    length: int


def _key(words: Sequence[str]) -> str:
    return " ".join(map(stem, words))


def _currencies() -> Iterator[tuple[str, list[str], list[str]]]:
    for line in _CURRENCIES.strip().splitlines():
        code, signs, words = line.split(";")
        codes = [] if code in _WORDS else [code]
        yield code, signs.split() + codes, [word.strip() for word in words.split(",")]


_UNITS: dict[str, tuple[str, Fraction]] = {}
for _line in _MEASURES.strip().splitlines():
    _name, _factor, _spellings = _line.split("; ")
    _UNITS |= {_key(spelling.split()): (_name, Fraction(_factor)) for spelling in _spellings.split(", ")}
_PREFIXES: dict[str, str] = {}
for _name, _before, _after in _currencies():
    _PREFIXES |= dict.fromkeys(_before, _name)
    _UNITS |= {_key(one.lower().split()): (_name, Fraction(1)) for one in [*_before, *_after]}


def unit(words: Sequence[str], value: Fraction) -> Unit | None:
    """The longest unit that the tokens behind a number begin with."""
    for length in range(min(_LONGEST, len(words)), 0, -1):
        if found := _UNITS.get(_key(words[:length])):
            return None if words[0] == "won" and value < _LEAST_WON else Unit(*found, length)
    return None


def currency(written: str) -> str:
    """The code of a currency whose sign or code stands before a number, or ""."""
    return _PREFIXES.get(written.lower() if written.endswith("$") else written, "")

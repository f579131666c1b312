"""What a text states that can be checked word by word: numbers, dates, names, negation, content words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

from rag.figures import MONTHS, NUMBER_WORDS, SCALES, canonical, is_soft_number, number_of
from rag.irregular import IRREGULAR
from rag.lookalikes import latin

# Words that carry no claim; pronouns among them, since grounding resolves none.
FUNCTION_WORDS = frozenset(
    """a about above after again against all also although am among an and any are around as at be because been
    before being below between both but by can could did do does doing down during each either etc every few for
    from further had has have having he her here hers herself him himself his how however i if in into is it its
    itself just may me might more most much must my myself no nor not of off on once only onto or other our ours
    out over own per s same she should since so some such t than that the their theirs them themselves then there
    these they this those through thus to too under until up upon us very via was we were what when where whether
    which while who whom whose why will with within without would yes yet you your yours""".split()
)
# What turns a word into another form of itself: Russia, Russian; defence, defense; but not Niger, Nigeria.
_ENDINGS = frozenset("a e y n s an ian ean en er or ese ish i ic al ly d ed se ce ing ion ment es".split())
WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
# Of a compound with one of these its parts mean another thing: an ex-president, a semi-final, a father-in-law.
_LIMITING = frozenset(
    """anti counter deputy elect ex father free grand great half in inter law like mother multi near non off over post
    pre pro pseudo quarter quasi semi sister step sub trans under up vice""".split()
)

_WORD = re.compile(
    r"(?:[A-Za-z]\.){2,}"  # U.S., a.m.
    r"|\d+(?:[.,]\d+)*(?:st|nd|rd|th|s)?(?![\w])(?![.,]\d)"  # 1,200  3.5  21st  1990s
    r"|\d+(?:[.,]\d+)*(?=[a-z]{1,3}\b)"  # the figure of $3.5bn, 30m and 12km
    r"|[^\W_]+(?:['’-][^\W_]+)*"
    r"|%"
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word as written, where it stands, and its folded form."""

    text: str
    start: int
    end: int
    folded: str

    @property
    def capital(self) -> bool:
        """True for a word that starts with a capital letter."""
        return self.text[0].isupper()


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Token, ...]:
    """The words and numbers of `text` in order."""
    found = _WORD.finditer(text)
    return tuple(Token(one.group(), one.start(), one.end(), fold(one.group())) for one in found)


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Lower case, without dots, possessive or plural and verb endings: equal for forms of one word."""
    word = latin(word).lower()
    word = word if word[0].isdigit() else word.replace("’", "'").replace(".", "")
    word = word.removesuffix("'s").removesuffix("'")
    word = IRREGULAR.get(word, word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending in ("ing", "ed", "es", "s"):
        if len(word) > len(ending) + 3 and word.endswith(ending) and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    # Both spellings of defence and armour.
    return word if len(word) <= 4 else re.sub(r"enc$", "ens", re.sub(r"our$", "or", word.removesuffix("e")))


@lru_cache(maxsize=4096)
def pieces(word: str) -> tuple[str, ...]:
    """The words that a compound is made of, "London" and "based"; none where they mean another thing, or of one word."""
    split = tuple(word.split("-"))
    if len(split) < 2 or word.lower() in NUMBER_WORDS or any(piece.lower() in _LIMITING for piece in split):
        return ()
    return split


def words(text: str) -> set[str]:
    """Every folded word of a text, and those that its compounds are made of."""
    found = tokens(text)
    return {token.folded for token in found} | {fold(one) for token in found for one in pieces(token.text)}


def numbers(text: str, claimed: bool = False) -> set[str]:
    """Every number stated, written one way: "four" and "4", "1.2 million" and "1,200,000", months as "month 9".

    With `claimed`, words such as "one" and "first" are left out: they seldom count anything.
    """
    found: set[str] = set()
    words = tokens(text)
    for position, token in enumerate(words):
        following = words[position + 1].text.lower() if position + 1 < len(words) else ""
        for word in pieces(token.text) or (token.text,):
            value = None if claimed and is_soft_number(word) else number_of(word)
            month = MONTHS.get(word.lower().rstrip("."))
            if month and word[0].isupper() and (word.lower() != "may" or _beside_number(words, position)):
                found.add(f"month {month}")
            if value is None:
                continue
            scale = SCALES.get(following.removesuffix("s"), 1)
            found |= {canonical(value), canonical(value * scale)}
    return found


def _beside_number(words: tuple[Token, ...], position: int) -> bool:
    beside = [words[i].text[0] for i in (position - 1, position + 1) if 0 <= i < len(words)]
    return any(letter.isdigit() for letter in beside)


def names(text: str, known: frozenset[str] = frozenset()) -> list[Token]:
    """Capitalised words that name something.

    A sentence's first word counts only when it is among `known` (folded words capitalised inside a sentence
    elsewhere) or a capitalised word follows it: "Police" at the start of a sentence names nothing.
    """
    found = []
    words = tokens(text)
    for position, token in enumerate(words):
        if (
            not token.capital
            or token.text.lower() in FUNCTION_WORDS
            or token.text.lower().rstrip(".") in MONTHS
        ):
            continue
        if number_of(token.text) is not None:
            continue
        starts = position == 0 or re.search(r"[.!?:\n]\W*$", text[words[position - 1].end : token.start])
        follows = position + 1 < len(words) and words[position + 1].capital
        if not starts or token.folded in known or token.text[1:2].isupper() or (follows and not known):
            found.append(token)
    return found


def runs(found: Iterable[Token]) -> list[list[str]]:
    """The folded words of `found`, in order, those that stand a space apart together: the names of several words.

    "Vik's" ends a name: what follows is another one.
    """
    joined: list[list[str]] = []
    end = -2
    for token in found:
        if token.start == end + 1:
            joined[-1].append(token.folded)
        else:
            joined.append([token.folded])
        end = -2 if token.text.endswith(("'s", "’s")) else token.end
    return joined


def named_words(text: str) -> frozenset[str]:
    """Folded words that are capitalised inside a sentence of `text`."""
    return frozenset(token.folded for token in names(text, frozenset({""})))


def content(text: str) -> list[str]:
    """Folded content words in order: no function words, no numbers, no months."""
    return [
        token.folded
        for token in tokens(text)
        if token.text.lower() not in FUNCTION_WORDS
        and (number_of(token.text) is None or is_soft_number(token.text))
        and (token.text.lower().rstrip(".") not in MONTHS or not token.capital)
        and token.text != "%"
    ]


def same_name(first: str, second: str) -> bool:
    """True for two folded forms of one name: Russia and Russian, Korea and Korean."""
    if first == second:
        return True
    short, long = sorted((first, second), key=len)
    if len(short) < 4 or len(long) - len(short) > 3:
        return False
    stem = short[:-1] if short[-1] in "aeiouy" else short
    return long.startswith(stem) and long[len(stem) :] in _ENDINGS


def initials(text: str) -> set[str]:
    """Acronyms a text could be written as: "United Nations" gives "un", "Korean Central News Agency" "kcna"."""
    found: set[str] = set()
    run: list[str] = []
    previous_end = 0
    for token in tokens(text):
        linked = text[previous_end : token.start].strip() in ("", "-")
        previous_end = token.end
        if not linked:
            run = []
        if token.capital and number_of(token.text) is None:
            run.append(token.text[0].lower())
            found.update("".join(run[i:]) for i in range(len(run) - 1))
        elif token.text.lower() not in ("of", "the", "and", "for"):
            run = []
    return found


def held(word: str, words: Collection[str]) -> bool:
    """True when a folded word, another form of that name, or all that a compound is made of is among folded `words`."""
    return any(same_name(word, other) for other in words) or (
        "-" in word and bool(pieces(word)) and all(held(fold(one), words) for one in pieces(word))
    )


def weight_held(weights: Mapping[str, float], words: Set[str]) -> float:
    """Share of the weight of folded words that `words` holds; 1 when there are none."""
    total = sum(weights.values())
    found = sum(weight for word, weight in weights.items() if word in words or held(word, words))
    return found / total if total > 0 else 1.0


def stated(text: str) -> set[str]:
    """Every folded word and canonical number of a text."""
    return words(text) | numbers(text)

"""Where sentences end in English prose, found by rules alone, in time linear in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.article import Span

_LINE = re.compile(r"[^\r\n]+")
_BREAK = re.compile(r"\r\n|\r|\n")
_LIST_ITEM = re.compile(r"\s*(?:[-*•◦▪‣\u2043–—>|]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s")
_MARKDOWN_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
_UNDERLINE = re.compile(r"\s{0,3}(?:={3,}|-{3,})\s*")
_CLOSED = re.compile(r"[.!?…:;,\u3002\uff01\uff1f][\"'”’»)\]]*\s*\Z")
_WIDEST = 120  # characters; nobody wraps lines later than this, so longer ones are whole paragraphs
_WINDOW = 20_000  # characters looked at on either side to see whether lines are wrapped
_HEADING_WORDS, _HEADING_LENGTH = 14, 110

# Possessive, and only from the first of several stops, so that a megabyte of dots stays linear.
_STOP = re.compile(
    r"(?<![.!?…])(?P<stop>[.!?…]++)(?P<close>(?<=\s[.!?])\s''(?=\s)|[\"'”’»)\]*_]*+)(?:\[[\w ]{1,24}\])*+(?=\s)"
    r"|[\u3002\uff01\uff1f]++[\u300d\u300f\uff09”’]*+"  # the stops of Chinese and Japanese
    r"|(?<=[a-z]{3})[.!?]”?(?=[A-Z][a-z]*[\s,])"  # a space lost when the page was copied
)
_LAST_WORD = re.compile(r"(?P<word>[^\W_](?:[\w.&’'-]*\w)?)\s?\Z")  # texts cut into words have " ." for "."
_NEXT_WORD = re.compile(r"\s+(?P<open>[\"'`“‘«(\[¿¡*_—–-]*)\s?(?P<word>[^\W_]+)(?P<dot>\.?)")
_OPENING = frozenset(' \t\n\r\u00a0"“‘«([')
_DOTTED = re.compile(r"(?:[a-z]\.)+[a-z]|ph\.d|m\.sc|b\.sc")  # U.S, p.m, D.C (the last stop is the candidate)
_ENUMERATOR = re.compile(r"\W*(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})")


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


# Never the end of a sentence.
_BEFORE_NAMES = _words(
    "mr mrs ms mx dr prof gen sen rep gov lt col sgt capt cpt cmdr maj cpl pvt adm brig rev fr hon mt ft",
    "messrs pres supt insp det amb vs v e.g i.e cf viz lit approx ca c est spc pfc ofc atty asst",
)
# An end only where no number follows.
_BEFORE_NUMBERS = _words("no nos nr p pp art vol fig figs sec ch eq para op ver rs ref ex")
# An end only where a word follows that begins sentences and is no name.
_SOFT = _words(
    "inc corp ltd co cos bros llc plc jr sr etc al st ave blvd rd dept univ assn natl intl govt mph ed"
)
# The same, but only with a capital: "mass", "sun" and "miss" are words of their own.
_SOFT_NAMES = _words(
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun",
    "ala ariz ark",
    "calif colo conn del fla ga ill ind kan ky la mass md mich minn miss mo mont neb nev okla ore pa",
    "tenn tex",
    "va vt wash wis wyo ont que",
)
_STARTERS = _words(
    "the a an he she it they we i you his her its their our my your this that these those there here in on",
    "at for from by with as but and so yet or nor if when while after before since until although",
    "though because",
    "however meanwhile moreover therefore thus hence indeed instead still then now once earlier",
    "later both some",
    "many most several all no not none never even also what who whom whose which where why how one",
    "another each",
    "every other others such did do does is are was were has have had can could would should about",
    "under over",
    "during despite unlike like between within without through among according asked",
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A trimmed span; `heading` says that it stands alone on its line and names what follows."""

    start: int
    end: int
    heading: bool = False


def split(text: str, start: int = 0, end: int | None = None) -> list[Sentence]:
    """The sentences of `text[start:end]` in order; together they hold all that is not white space."""
    end = len(text) if end is None else end
    found: list[Sentence] = []
    for first, last, lines in _paragraphs(text, start, end):
        inside = list(_in_paragraph(text, first, last))
        alone = lines == len(inside) == 1 and _is_heading(text[first:last])
        found.extend([Sentence(first, last, heading=True)] if alone else inside)
    return found


def _paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Start, end (trimmed) and number of lines of each paragraph, wrapped lines joined."""
    width = _wrap_width(text[max(0, start - _WINDOW) : end + _WINDOW])
    opened, lines, previous = -1, 0, (start, start)
    for match in _LINE.finditer(text, start, end):
        if match.group().isspace():
            continue
        line = _trimmed(text, *match.span())
        if opened >= 0 and not _continues(text, previous, line, width):
            yield opened, previous[1], lines
            opened, lines = -1, 0
        opened, lines, previous = (line[0] if opened < 0 else opened), lines + 1, line
    if opened >= 0:
        yield opened, previous[1], lines


def _wrap_width(text: str) -> int:
    """The width that lines were wrapped at; 0 where lines are whole paragraphs."""
    lengths = [match.end() - match.start() for match in _LINE.finditer(text)]
    wrapped = sorted(length for length in lengths if length <= _WIDEST)
    if len(wrapped) < 2 or 2 * sum(wrapped) < sum(lengths):
        return 0
    # Not the longest one: a long address may stick out.
    return wrapped[int(0.95 * (len(wrapped) - 1))]


def _continues(text: str, line: Span, following: Span, width: int) -> bool:
    """Whether a line break was only put in to keep the line short."""
    if len(_BREAK.findall(text, line[1], following[0])) > 1:
        return False
    upper, lower = text[line[0] : line[1]], text[following[0] : following[1]]
    if _UNDERLINE.fullmatch(lower):
        return True
    if _LIST_ITEM.match(lower + " ") or _MARKDOWN_HEADING.match(lower) or _MARKDOWN_HEADING.match(upper):
        return False
    if _UNDERLINE.fullmatch(upper):
        return False
    if lower[0].islower() and not upper.endswith((".", "!", "?", "…")):
        return True
    return len(upper) + 1 + len(lower.split(maxsplit=1)[0]) > width > 0


def _is_heading(line: str) -> bool:
    if _MARKDOWN_HEADING.match(line):
        return True
    if len(line) > _HEADING_LENGTH or len(line.split()) > _HEADING_WORDS or _LIST_ITEM.match(line):
        return False
    return not _CLOSED.search(line) and not line[0].islower() and any(map(str.isalpha, line))


def _in_paragraph(text: str, start: int, end: int) -> Iterator[Sentence]:
    first = start
    for match in _STOP.finditer(text, start, end):
        stop = match.end()
        if stop < end and _ends_sentence(text, start, match):
            yield Sentence(first, stop)
            first = _skip_space(text, stop, end)
    if first < end:
        yield Sentence(first, end)


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    mark = match["stop"]
    if mark is None:  # no space follows, and none is needed
        before = _LAST_WORD.search(text, max(start, match.start() - 24), match.start())
        return before is None or before["word"].lower() not in _BEFORE_NAMES | _SOFT
    following = _NEXT_WORD.match(text, match.end(), match.end() + 60)
    if following is None:  # dots in a row, or a rule of stars: the words come later
        return False
    word = following["word"]
    if word[0].islower() or (match["close"] and following["open"].startswith("(")):
        return False
    if mark != "." or match["close"]:
        # "I think … maybe": an ellipsis with nothing before it is a pause.
        return mark == "." or mark[0] not in ".…" or text[match.start() - 1 : match.start()] not in _OPENING
    return _full_stop_ends(text, start, match.start(), following)


def _full_stop_ends(text: str, start: int, dot: int, following: re.Match[str]) -> bool:
    """Whether a lone full stop ends a sentence, or belongs to an abbreviation, initial or number."""
    found = _LAST_WORD.search(text, max(start, dot - 24), dot)
    if found is None:
        return text[max(start, dot - 2) : dot].rstrip()[-1:] not in {"", ".", "…"}
    last, word = found["word"], following["word"]
    folded = last.lower()
    capital = len(last) == 1 and last.isupper()
    initial = capital and text[found.start() - 1 : found.start()] != "°"
    if (folded in _BEFORE_NAMES and not capital) or (
        dot - start < 8 and _ENUMERATOR.fullmatch(text, start, dot)
    ):
        return False
    if folded in _BEFORE_NUMBERS and not initial:
        return not word[0].isdigit()
    abbreviated = folded in _SOFT or (last[0].isupper() and folded in _SOFT_NAMES)
    if not initial and not abbreviated and not _DOTTED.fullmatch(folded):
        return True
    if following["dot"] and len(word) == 1:  # J. A. Smith
        return False
    return word.lower() in _STARTERS or following["open"][:1] in {'"', "“", "‘", "«"}


def _trimmed(text: str, start: int, end: int) -> Span:
    while text[start].isspace():
        start += 1
    while text[end - 1].isspace():
        end -= 1
    return start, end


def _skip_space(text: str, position: int, end: int) -> int:
    while position < end and text[position].isspace():
        position += 1
    return position

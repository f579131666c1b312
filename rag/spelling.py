"""Misspelt words of a question become the words that the articles write; every other word stays.

Careful before clever: a word that may be right stays, since one name put for another would make the articles
seem to answer what they don't.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from string import ascii_lowercase
from typing import TYPE_CHECKING

from index import Library
from index.search import fold
from rag.facts import FUNCTION_WORDS

if TYPE_CHECKING:
    from index.embedder import MiniLMEmbedding
    from index.snapshot import Snapshot

_SHORTEST = 5  # letters; shorter words have too many neighbours that are words as well
_LONGEST = 24  # letters; what is longer is no word
_SHORTEST_ASKING = 3  # letters of a misspelt "who" or "where"
_ROOMY = 8  # letters from which on a slip seldom makes another word
_LONG = 9  # letters from which on two slips are put right
_KEPT = 3  # letters at the start of a word with two slips that must be right
_MOST = 2  # words put right; a question with more that the library lacks is foreign to it
_SEVERAL = 2  # chunks that must hold what could be a name
_RIVAL = 0.25  # another word this often as frequent leaves it open which was meant
_LOOKED_AT = 12  # chunks looked through for how the articles write a word
_TERMS = 5  # terms of the word index looked at for two slips
_ALIKE = 0.7  # of 1; terms less like the word are further away than two slips
_VOWELS = "aeiouy"
_ENDINGS = ("", "e", "s", "ed", "ing", "er", "or", "ion")
_ASKING = frozenset("who what when where which why how".split())
_WORD = re.compile(r"(?<!\S)[^\w\s]*(\w+)(?:['’]s)?[^\w\s]*(?!\S)")  # no part of an address or a compound
_WRITTEN = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A word of the question that may be misspelt, and how far it may be changed."""

    text: str
    start: int
    asking: str  # the one question word that it may be, or nothing
    named: bool  # its lower case may hide a name

    @property
    def word(self) -> str:
        return self.text.lower()

    @property
    def loose(self) -> bool:
        """True where less likely slips are thought of as well."""
        return not self.named or len(self.text) >= _ROOMY


def corrected(question: str, library: Library) -> str:
    """The question with its misspelt words as the articles write them; mostly the question itself."""
    embedder = library.embedder
    suspects = list(_suspects(question, embedder))
    if not suspects:
        return question
    with library.snapshot() as snapshot:
        known = snapshot.document_frequency([suspect.text for suspect in suspects])
        missing = _foreign([suspect for suspect in suspects if not known[suspect.text]], embedder)
        few = sum(not suspect.asking for suspect in missing) <= _MOST
        for suspect in reversed(missing):
            meant = suspect.asking or (_meant(suspect, snapshot, embedder) if few else "")
            if meant:
                end = suspect.start + len(suspect.text)
                question = question[: suspect.start] + _cased(meant, suspect.text) + question[end:]
    return question


def _suspects(question: str, embedder: MiniLMEmbedding) -> Iterator[_Suspect]:
    """The words that the embedder doesn't know and that aren't written like a name."""
    words = [match for match in _WORD.finditer(question) if match[1].isalpha()]
    asks = any(match[1].lower() in _ASKING for match in words)
    shouted = question.isupper()
    capitals = not shouted and any(match[1][0].isupper() for match in words[1:])
    for match in words:
        text = match[1]
        # Whoever types an accent means it.
        if not text.isascii() or text.lower() in FUNCTION_WORDS or embedder.knows(text):
            continue
        asking = "" if asks else _asking(text.lower())
        if asking and (text.islower() or shouted or match.start() == 0):
            yield _Suspect(text, match.start(1), asking, False)
        elif _SHORTEST <= len(text) <= _LONGEST and (text.islower() or shouted):
            yield _Suspect(text, match.start(1), "", not capitals)


def _foreign(suspects: list[_Suspect], embedder: MiniLMEmbedding) -> list[_Suspect]:
    """Those that are no inflection of an English word either."""
    stems = fold([suspect.text for suspect in suspects])
    forms = {form for stem in stems for form in _forms(" ".join(stem)) if embedder.knows(form)}
    english = fold(sorted(forms))
    return [suspect for suspect, stem in zip(suspects, stems, strict=True) if stem not in english]


def _forms(stem: str) -> Iterator[str]:
    """Words that may have this stem."""
    yield from (stem + ending for ending in _ENDINGS)
    if stem.endswith("i"):
        yield f"{stem[:-1]}y"


def _meant(suspect: _Suspect, snapshot: Snapshot, embedder: MiniLMEmbedding) -> str:
    """The one word that was meant, or nothing when none or several may have been."""
    for candidates in _candidates(suspect, snapshot):
        found = list(_likely(suspect, candidates, snapshot, embedder))
        if found:
            return found[0] if len(found) == 1 else ""
    return ""


def _candidates(suspect: _Suspect, snapshot: Snapshot) -> Iterator[set[str]]:
    """What may have been meant, likely slips first."""
    likely = _one_slip(suspect.word)
    yield likely
    if suspect.loose:
        yield _one_slip(suspect.word, loose=True) - likely
    if len(suspect.word) >= _LONG and not suspect.named:
        yield _two_slips(suspect.word, snapshot)


def _likely(
    suspect: _Suspect, candidates: Iterable[str], snapshot: Snapshot, embedder: MiniLMEmbedding
) -> Iterator[str]:
    """The candidate that most chunks hold, and those nearly as frequent, as the articles write them."""
    counts = snapshot.document_frequency(sorted(candidates))
    held = [word for word, count in counts.items() if count and len(word) >= _SHORTEST]
    inflected: dict[str, list[str]] = {}
    for word, stem in zip(held, fold(held), strict=True):
        inflected.setdefault(" ".join(stem), []).append(word)
    most = 0
    for words in sorted(inflected.values(), key=lambda words: -counts[words[0]]):
        count = counts[words[0]]
        if count < most * _RIVAL:
            return
        written = _as_written(words, snapshot) or next(filter(embedder.knows, words), "")
        # What may be a name needs more to go by, unless it comes out as an English word.
        enough = count >= _SEVERAL or not suspect.named or (suspect.loose and embedder.knows(written))
        if written and enough and (suspect.named or written.islower()):
            most = max(most, count)
            yield written


def _as_written(words: list[str], snapshot: Snapshot) -> str:
    """The one of these inflections that the articles mostly write, with capitals and accents; or nothing."""
    ids = [chunk for chunk, _ in snapshot.search_text(words[0], _LOOKED_AT)]
    seen = Counter(form for form in _read(ids, snapshot) if _plain(form) in words)
    # A name is never written small; any other word has a capital where a sentence begins.
    return max(seen, key=lambda form: (form.islower(), seen[form]), default="")


def _read(ids: list[int], snapshot: Snapshot) -> Iterator[str]:
    """Every word of the chunks and their titles."""
    for chunk in snapshot.chunks(ids):
        yield from _WRITTEN.findall(f"{snapshot.article(chunk.article).title} {chunk.text}")


def _one_slip(word: str, loose: bool = False) -> set[str]:
    """What it may be a slip for: a letter left out, doubled or swapped; if `loose`, one too many, a wrong vowel.

    The first letter is right. A consonant for another is seldom a slip: it mostly makes another word.
    """
    near: set[str] = set()
    for at in range(1, len(word) + 1):
        before, after = word[:at], word[at:]
        near.update(before + letter + after for letter in ascii_lowercase)
        if after and (after[0] == before[-1] or (loose and len(word) >= _ROOMY)):
            near.add(before + after[1:])
        if after and loose and after[0] in _VOWELS:
            near.update(before + vowel + after[1:] for vowel in _VOWELS)
        if len(after) > 1:
            near.add(before + after[1] + after[0] + after[2:])
    return near - {word}


def _two_slips(word: str, snapshot: Snapshot) -> set[str]:
    """Words of the articles that are two slips away; the beginning is right."""
    stem = " ".join(fold([word])[0])
    terms = get_close_matches(stem, snapshot.terms(word[:_KEPT]), _TERMS, _ALIKE)
    ids = {chunk for term in terms for chunk, _ in snapshot.search_text(term, _LOOKED_AT)}
    words = {_plain(form) for form in _read(sorted(ids), snapshot)}
    near = _one_slip(word, loose=True)
    return {
        form
        for form in words
        if form.startswith(word[:_KEPT]) and not near.isdisjoint(_one_slip(form, loose=True))
    }


def _asking(word: str) -> str:
    """The one question word of which it swaps two letters or lacks one, else nothing."""
    if len(word) < _SHORTEST_ASKING:
        return ""
    meant = {asked for asked in _ASKING if word in _slipped(asked)}
    return meant.pop() if len(meant) == 1 else ""


def _slipped(word: str) -> set[str]:
    """The word with one letter left out, or with two neighbours swapped."""
    lacking = {word[:at] + word[at + 1 :] for at in range(len(word))}
    return lacking | {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}


def _plain(word: str) -> str:
    """Lower case, without accents, as the word index compares."""
    if word.isascii():
        return word.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))


def _cased(word: str, like: str) -> str:
    if like.isupper():
        return word.upper()
    return word.capitalize() if like[0].isupper() else word

"""A question, parsed once: as asked, as searched, and the questions that it is made of.

Misspelt words are searched as the articles write them. Careful before clever: a word that may be right stays, since
one name put for another would make the articles seem to answer what they don't.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import QuestionError
from index.search import STOP_WORDS, fold
from index.text.folding import folded

if TYPE_CHECKING:
    from index import Library
    from index.snapshot import Snapshot

LONGEST = 2_000  # characters
_ASKING = "who whom whose what when where which why how"
_NEXT = re.compile(
    rf"(?:\s*[,;]|\s)\s*(?:and|but)\s+(?=(?:{'|'.join(_ASKING.split())})\b)|\?\s+(?=\w[^?]*\?)", re.I
)
_MOST_PARTS = 3  # what has more is no list of questions
_WHOLE = 4  # words of a part that can stand alone

_SHORTEST = 5  # letters; shorter words have too many neighbours that are words as well
_LONGEST = 24  # letters; what is longer is no word
_LONG = 9  # letters from which on two slips are put right
_MOST = 2  # words put right; a question with more that the library lacks is foreign to it
_RIVAL = 4  # times as frequent as the next word that is as near, or it is open which was meant
_LOOKED_AT = 12  # chunks looked through for how the articles write a word
_NEAREST = 16  # terms of the word index looked at ...
_ENDING = 2  # ... which lack the word's ending
_SEVERAL = 2  # chunks that must hold what may be a name
_WORD = re.compile(
    r"(?<!\S)[^\w\s]*([a-zA-Z]+)(?:['’]s)?[^\w\s]*(?!\S)"
)  # no part of an address or a compound
_WRITTEN = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked and what is searched: a follow-up made whole; `parts` are the questions it asks, often one."""

    asked: str
    searched: str
    parts: tuple[str, ...]


def parsed(asked: str, searched: str = "") -> Question:
    """The question; `searched` is how it stands alone where that differs."""
    searched = searched or asked
    return Question(asked, searched, _parts(searched))


def checked(question: str) -> str:
    """The question without white space around it; QuestionError when there is none or far too much."""
    question = question.strip()
    if not question:
        raise QuestionError("The question is empty: type what you want to know.")
    if len(question) > LONGEST:
        raise QuestionError(
            f"The question has {len(question):,} characters; the most is {LONGEST:,}. Ask a shorter one."
        )
    return question


def _parts(question: str) -> tuple[str, ...]:
    """Each thing asked as a question of its own: "Who built it, and who paid for it?" asks two."""
    found = [part.strip(" ,;?") for part in _NEXT.split(question)]
    if not 1 < len(found) <= _MOST_PARTS or any(len(part.split()) < _WHOLE for part in found):
        return (question,)
    return tuple(f"{part}?" for part in found)


def corrected(question: str, library: Library) -> str:
    """The question with its misspelt words as the articles write them; mostly the question itself."""
    shouted = question.isupper()
    suspects = [
        (match[1], match.start(1))
        for match in _WORD.finditer(question)
        if _SHORTEST <= len(match[1]) <= _LONGEST
        and match[1].lower() not in STOP_WORDS
        and (shouted or match[1].islower())  # what has a capital may be a name, and stays
        and not any(map(library.embedder.knows, (match[1], " ".join(fold([match[1]])[0]))))
    ]
    if not suspects:
        return question
    with library.snapshot() as snapshot:
        known = snapshot.document_frequency([word for word, _ in suspects])
        missing = [(word, start) for word, start in suspects if not known[word]]
        if len(missing) > _MOST:
            return question
        for word, start in reversed(missing):
            if meant := _meant(word.lower(), snapshot):
                cased = meant.upper() if shouted else meant
                question = f"{question[:start]}{cased}{question[start + len(word) :]}"
    return question


def _meant(word: str, snapshot: Snapshot) -> str:
    """The one word of the articles that was meant, or nothing when none or several may have been."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    most = 2 if len(word) >= _LONG else 1
    stem = " ".join(fold([word])[0])
    near = process.extract(
        stem, snapshot.terms(word[0]), scorer=OSA.distance, limit=_NEAREST, score_cutoff=most + _ENDING
    )
    found: list[tuple[int, int, str]] = []
    for term, _, _ in near:
        written = _as_written(term, word, snapshot)
        distance = OSA.distance(word, folded(written))
        held = snapshot.document_frequency([written])[written] if written else 0
        if held and distance <= most and (written.islower() or held >= _SEVERAL):
            found.append((distance, -held, written))
    found.sort()
    if len(found) > 1 and found[0][0] == found[1][0] and found[0][1] > _RIVAL * found[1][1]:
        return ""
    return found[0][2] if found else ""


def _as_written(term: str, word: str, snapshot: Snapshot) -> str:
    """The form of a stem nearest to the word, as the articles mostly write it; nothing where it has none."""
    from rapidfuzz.distance import OSA

    ids = [chunk for chunk, _ in snapshot.search_text(term, _LOOKED_AT)]
    forms = Counter(
        form
        for chunk in snapshot.chunks(ids)
        for form in _WRITTEN.findall(f"{snapshot.article(chunk.article).title} {chunk.text}")
        if folded(form)[:1] == term[:1]
    )
    stems = dict(zip(forms, fold(list(forms)), strict=True))
    own = [form for form in forms if " ".join(stems[form]) == term]
    # A name is never written small; any other word has a capital where a sentence begins.
    return min(
        own, key=lambda form: (OSA.distance(word, folded(form)), not form.islower(), -forms[form]), default=""
    )

"""An independent look at shown answers: does each number, date and name stand in the words that it cites?

It shares no code with the check that the answers went through. What stands in the question is told apart
from what nobody said. The exit code is 1 when an answer says something that neither its quotes nor the
question hold:

    python -m tests.quality.checker --questions questions.jsonl out.jsonl
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

_WORD = re.compile(r"\d[\d,]*(?:\.\d+)?|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?:…][\"”’')\]]*$")
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
_TENS = dict(zip("thirty forty fifty sixty seventy eighty ninety".split(), range(30, 100, 10), strict=True))
_ALL_TENS = [("twenty", 20), *_TENS.items()]
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth".split()
_NUMBERS = {
    **{word: str(value) for value, word in enumerate(_SMALL)},
    **{word: str(value) for word, value in _TENS.items()},
    **{word: str(value) for value, word in enumerate(_ORDINALS)},
    **{f"{tens}-{_SMALL[unit]}": str(value + unit) for tens, value in _ALL_TENS for unit in range(1, 10)},
}
_MONTHS = "january february march april may june july august september october november december".split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_ENDING = re.compile(r"(?:['’]s?|ese|ians?|ans?|ish|ns?|s)$|[aeiouy]+$")
_CAPITALS = re.compile(r"[A-Z][\w’'-]*(?: (?:of |the |and |for )?[A-Z][\w’'-]*)+")
_SHORT = re.compile(r"\b(?:[A-Z]\.?){2,6}(?![\w])")
_STEM = 3  # letters a word keeps when its ending goes


@dataclass(frozen=True, slots=True)
class Claim:
    """A number, a date word or a name that an answer says."""

    kind: str
    written: str
    key: str


def claims(text: str) -> Iterator[Claim]:
    """What the text says that could be made up, in its order."""
    end = 0
    words = list(_WORD.finditer(text))
    for place, match in enumerate(words):
        gap = text[end : match.start()]
        begins = place == 0 or bool(_SENTENCE_END.search(gap.rstrip() or " ")) or "\n" in gap
        follows = place + 1 < len(words) and text[match.end() : words[place + 1].start()] == " "
        # The capital that begins a sentence says nothing, unless the next word has one too.
        proper = not begins or (follows and words[place + 1].group()[0].isupper())
        end = match.end()
        if claim := _claim(match.group(), proper):
            yield claim


def missing(answer: str, quotes: list[str]) -> list[Claim]:
    """The claims of the answer that the quotes don't hold."""
    said = " ".join(quotes)
    held = _keys(said)
    return [
        claim
        for claim in claims(answer)
        if claim.key not in held
        and not _short_for(claim.written, said)
        and not _spelt_out(claim.written, answer, said)
    ]


def _claim(word: str, proper: bool) -> Claim | None:
    folded = _fold(word)
    if word[0].isdigit():
        return Claim("number", word, _number(word))
    if folded in _NUMBERS and folded not in ("one", "first", "second"):  # these mostly count nothing
        return Claim("number", word, _NUMBERS[folded])
    if not (proper and word[0].isupper()) or len(word) == 1:
        return None
    return Claim("date" if _month(folded) or folded in _DAYS else "name", word, _key(folded))


def _keys(text: str) -> set[str]:
    keys: set[str] = set()
    for match in _WORD.finditer(text):
        if match.group()[0].isdigit():
            keys.add(_number(match.group()))
            continue
        folded = _fold(match.group())
        for part in (folded, *folded.split("-")):
            keys |= {_key(part), _NUMBERS.get(part, "")}
    return keys


def _key(folded: str) -> str:
    """A word without its ending: Russia, Russian and Russians are the same."""
    if month := _month(folded):
        return month
    for _ in range(2):
        shorter = _ENDING.sub("", folded)
        folded = shorter if len(shorter) >= _STEM else folded
    return folded


def _month(folded: str) -> str:
    return next((m for m in _MONTHS if folded == m or (len(folded) in (3, 4) and m.startswith(folded))), "")


def _number(word: str) -> str:
    digits = word.replace(",", "").rstrip(".")
    return str(float(digits)).removesuffix(".0") if digits else word


def _fold(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return plain.casefold().replace("’", "'").replace(".", "")


def _short_for(word: str, quoted: str) -> bool:
    """True for "UN" or "UN's" where "United Nations" is quoted."""
    letters = re.sub(r"['’]s$", "", word).replace(".", "")
    if len(letters) < 2 or not letters.isupper():
        return False
    return any(_initials(run).endswith(letters) for run in _CAPITALS.findall(quoted))


def _spelt_out(word: str, answer: str, quoted: str) -> bool:
    """True for "Nations" of the answer's "United Nations" where "UN" is quoted."""
    short = tuple(letters.replace(".", "") for letters in _SHORT.findall(quoted))
    runs = [run for run in _CAPITALS.findall(answer) if word in run.split()]
    return any(_initials(run).endswith(short) for run in runs)


def _initials(run: str) -> str:
    return "".join(word[0] for word in run.split() if word[0].isupper())


def main(
    predictions: Annotated[Path, typer.Argument(help="Predictions, one JSON object a line.")],
    questions: Annotated[Path, typer.Option(help="The questions they answer.")],
) -> None:
    """Report every shown answer that says a number, date or name that it doesn't quote."""
    asked = {row["qid"]: str(row["question"]) for row in _rows(questions)}
    shown = [row for row in _rows(predictions) if not row["refused"] and row["qid"] in asked]
    bad, echoes = 0, 0
    for row in shown:
        unquoted = missing(row["answer"], row["quotes"])
        known = _keys(asked[row["qid"]])
        invented = [claim for claim in unquoted if claim.key not in known]
        echoes += len(invented) < len(unquoted)
        bad += bool(invented)
        for claim in unquoted:
            where = "invented" if claim in invented else "from the question"
            typer.echo(f"{row['qid']}: {claim.kind} {claim.written!r}, {where}: {row['answer']}")
    typer.echo(
        f"{len(shown)} answers shown; {bad} say what neither quotes nor question hold, "
        f"{echoes} repeat something of the question that the quotes lack."
    )
    raise typer.Exit(1 if bad else 0)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


if __name__ == "__main__":
    typer.run(main)

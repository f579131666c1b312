"""Question–passage pairs to train the reader on, made from the rows of the data folder."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from index.article import Span
from index.chunker import chunks, sentences
from rag.finding import widened
from rag.reading import headed

# Rows taken of each set; all of them state a licence under which weights trained on them may be passed on.
SETS = {
    "squad2_subset_ml": 3_000,
    "unansq_squad2train_joined": 8_100,
    "nq_subset_ml": 3_700,
    "musique_subset_ml": 1_500,
    "qadiscourse": 2_500,
    "qamr": 2_500,
    "squad1_subset_ec": 1_500,
    "squad1_subset_rl": 1_500,
    "fairytaleqa": 1_500,
    "fairytaleqa_nearmiss": 600,
    "selqa_nearmiss": 1_000,
    "mrqa_relation_extraction": 260,
}
_TAKEN_OUT = 0.25  # of the rows with an answer that are asked again of the passage without its sentence
_NEXT_BEST = 0.3  # ... of the passage of another row that is nearest to the question
_SWAPPED = 0.2  # ... with another year or name in the question
_LEAST, _MOST = 60, 130  # words of a passage that is cut out of a longer one
_UNTITLED = 0.3
_SLIPS = 0.08
_YEAR = re.compile(r"\b(1[89]|20)\d\d\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b")


Row = dict[str, Any]  # of a data file
Window = tuple[str, str, str, Span]  # article id, title, text, and the part of it that is read


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a passage, and where in it the answer stands; no answer when `start` is -1."""

    question: str
    passage: str
    start: int = -1
    end: int = -1


def everyday(folder: Path, rng: random.Random) -> Iterator[Pair]:
    """Pairs of the folders of invented news, with windows as the product cuts them."""
    for place in sorted(folder.iterdir()):
        articles = {a["id"]: a for a in _rows(place / "articles.jsonl")}
        windows = [
            (a["id"], a["title"], a["text"], span)
            for a in articles.values()
            for span in (widened(a["text"], chunk) for chunk in chunks(a["text"]))
        ]
        nearness = _Nearness([f"{title} {text[slice(*span)]}" for _, title, text, span in windows])
        for row in _rows(place / "questions.jsonl"):
            for ask in row["ask"]:
                text = articles[row["article"]]["text"]
                yield from _asked_of_folder(ask, row, text, windows, nearness, rng)


def _asked_of_folder(
    ask: str,
    row: Row,
    text: str,
    windows: Sequence[Window],
    nearness: _Nearness,
    rng: random.Random,
) -> Iterator[Pair]:
    key = row.get("sentence") or row["near"]
    at = text.find(key)
    if at < 0:
        return
    holding, others = [], []
    for number in nearness.ranked(ask):
        article, title, of, (start, end) = windows[number]
        own = article == row["article"]
        if own and start <= at and at + len(key) <= end:
            holding.append((title, of, start, end))
        elif not row["answer"] or row["answer"].lower() not in of[start:end].lower():
            others.append((title, of, start, end))
    question = _slipped(ask, rng)
    for title, of, start, end in holding[:2]:
        head = "" if rng.random() < _UNTITLED else title
        if not row["answer"]:
            yield Pair(question, headed(head, of[start:end]))
            continue
        place = at + key.find(row["answer"])
        passage = headed(head, of[start:end])
        shift = len(passage) - (end - start) - start
        yield Pair(question, passage, place + shift, place + len(row["answer"]) + shift)
        if rng.random() < _TAKEN_OUT:
            rest = f"{of[start:at]}{of[at + len(key) : end]}"
            if row["answer"].lower() not in rest.lower() and len(rest.split()) > _LEAST // 2:
                yield Pair(question, headed(head, rest))
    near = others[:4]
    wanted = rng.randint(1, 2) if row["answer"] else rng.randint(0, 1)
    for title, of, start, end in rng.sample(near, min(len(near), wanted)):
        yield Pair(question, headed("" if rng.random() < _UNTITLED else title, of[start:end]))


def public(folder: Path, rng: random.Random) -> Iterator[Pair]:
    """Pairs of the public sets, with negatives made from the answered ones."""
    for name, most in SETS.items():
        rows = [r for r in _rows(folder / f"{name}.jsonl.gz") if r["answers"] or not r["answerable"]]
        rows = rng.sample(rows, min(len(rows), most))
        nearness = _Nearness([row["passage"] for row in rows])
        names = sorted({m for row in rows for m in _NAME.findall(row["question"])})
        for row in rows:
            yield from _asked_of_passage(row, rows, nearness, names, rng)


def _asked_of_passage(
    row: Row, rows: Sequence[Row], nearness: _Nearness, names: Sequence[str], rng: random.Random
) -> Iterator[Pair]:
    question, passage = _slipped(row["question"], rng), row["passage"]
    title = "" if rng.random() < _UNTITLED else row.get("title") or ""
    if not row["answers"]:
        span = _cut(passage, 0, 0, rng) if len(passage.split()) > 2 * _MOST else (0, len(passage))
        yield Pair(question, headed(title, passage[slice(*span)]))
        return
    answer = row["answers"][0]
    start = row["start"] if row.get("start") is not None else passage.find(answer)
    if start < 0 or passage[start : start + len(answer)] != answer:
        return
    first, last = _cut(passage, start, start + len(answer), rng)
    cut = headed(title, passage[first:last])
    shift = len(cut) - (last - first) - first
    yield Pair(question, cut, start + shift, start + len(answer) + shift)
    if rng.random() < _TAKEN_OUT:
        rest = _without(passage, start)
        if answer.lower() not in rest.lower() and len(rest.split()) > _LEAST // 2:
            span = _cut(rest, min(start, len(rest) - 1), min(start, len(rest) - 1) + 1, rng)
            yield Pair(question, headed(title, rest[slice(*span)]))
    if rng.random() < _NEXT_BEST:
        for number in nearness.ranked(row["question"])[:8]:
            other = rows[number]["passage"]
            if other != passage and answer.lower() not in other.lower():
                span = _cut(other, 0, 0, rng) if len(other.split()) > _MOST else (0, len(other))
                yield Pair(question, headed(rows[number].get("title") or "", other[slice(*span)]))
                break
    if rng.random() < _SWAPPED and (swapped := _swapped(row["question"], cut, names, rng)):
        yield Pair(swapped, cut)


def _swapped(question: str, passage: str, names: Sequence[str], rng: random.Random) -> str:
    """The question with a year or name that its passage doesn't hold; empty where it has none to swap."""
    if (year := _YEAR.search(question)) and year[0] in passage:
        other = str(int(year[0]) + rng.choice([-7, -3, -2, -1, 1, 2, 3, 8]))
        return "" if other in passage else question.replace(year[0], other)
    found = [name for name in _NAME.findall(question) if name in passage]
    if not found or not names:
        return ""
    other = rng.choice(names)
    return "" if other.lower() in passage.lower() else question.replace(rng.choice(found), other)


def _cut(text: str, start: int, end: int, rng: random.Random) -> tuple[int, int]:
    """Whole sentences around `text[start:end]`, 60 to 130 words where there are so many."""
    spans = sentences(text)
    held = [i for i, (a, b) in enumerate(spans) if a < end and start < b] or [
        min(range(len(spans)), key=lambda i: abs(spans[i][0] - start))
    ]
    first, last = held[0], held[-1]
    wanted = rng.randint(_LEAST, _MOST)

    def words(a: int, b: int) -> int:
        return len(text[spans[a][0] : spans[b][1]].split())

    while words(first, last) < wanted and (first > 0 or last < len(spans) - 1):
        back = first > 0 and (last == len(spans) - 1 or rng.random() < 0.5)
        if words(first - back, last + (not back)) > _MOST + 30:
            break
        first, last = first - back, last + (not back)
    return spans[first][0], spans[last][1]


def _without(text: str, place: int) -> str:
    for start, end in sentences(text):
        if start <= place < end:
            return f"{text[:start]}{text[end:].lstrip()}"
    return text


def _slipped(question: str, rng: random.Random) -> str:
    """The question as it may be typed: now and then with a slip, or without its mark."""
    if rng.random() < 0.3:
        question = question.rstrip("? ")
    if rng.random() >= _SLIPS or len(question) < 12:
        return question
    at = rng.randrange(4, len(question) - 2)
    if not question[at : at + 2].isalpha():
        return question
    swapped = question[:at] + question[at + 1] + question[at] + question[at + 2 :]
    return swapped if rng.random() < 0.5 else question[:at] + question[at + 1 :]


class _Nearness:
    """The order in which texts come near a question, by TF-IDF."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
        self._texts = self._vectorizer.fit_transform(texts)

    def ranked(self, question: str) -> list[int]:
        scores = (self._texts @ self._vectorizer.transform([question]).T).toarray()[:, 0]
        return [int(i) for i in np.argsort(-scores, kind="stable")[:40]]


def _rows(path: Path) -> list[Row]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in text.decode("utf-8").split("\n") if line]

"""The reader: which sentence answers, which words of it, every one of them in its place in the article."""

from __future__ import annotations

import pytest
from conftest import article_of

from index.chunker import sentences
from rag import Passage
from rag.reading import TOKENS, Reader, Reading, reader, weights_digest

BRIDGE = (
    "The new bridge in Springfield opened on Friday. It cost 12 million dollars, the council said. "
    "Mayor Ann Lee cut the ribbon. It is painted green."
)
MUSEUM = "The railway museum shows 40 locomotives.\n\nRobert Stone built the oldest in 1831, in a barn."
COST = "How much did the new bridge in Springfield cost?"


@pytest.fixture(scope="module")
def real() -> Reader:
    return reader()


def passage(text: str, title: str = "", start: int = 0, end: int | None = None, number: int = 1) -> Passage:
    return Passage(number, article_of(text, title), start, len(text) if end is None else end, 0.5)


def check(readings: tuple[Reading, ...], passages: list[Passage]) -> None:
    """Each sentence is read once, likeliest first, and its words lie inside it."""
    assert [one.score for one in readings] == sorted((one.score for one in readings), reverse=True)
    read = [(one.article.id, one.start, one.end) for one in readings]
    assert len(set(read)) == len(read)
    whole = {(p.article.id, *span) for p in passages for span in sentences(p.article.text, p.start, p.end)}
    assert set(read) <= whole
    for one in readings:
        first, last = one.words
        assert one.start <= first < last <= one.end
        assert one.text == one.article.text[one.start : one.end]
        assert one.article.text[slice(*one.words)] == one.answering == one.answering.strip()


@pytest.mark.parametrize(
    "question",
    [COST, "Who cut the ribbon?", "Which colour is it?", "?", "", "🚆", "word " * 400],
    ids=["cost", "who", "colour", "mark", "empty", "emoji", "long"],
)
def test_every_sentence_of_a_passage_is_read(question: str, real: Reader) -> None:
    passages = [passage(BRIDGE, "A bridge"), passage(MUSEUM, "Locomotives", number=2)]
    readings = real.read(question, passages)
    check(readings, passages)
    assert len(readings) == 6
    assert {one.nearness for one in readings} == {0.5}


def test_the_sentence_that_answers_comes_first_with_the_words_that_do(real: Reader) -> None:
    best, *others = real.read(COST, [passage(MUSEUM), passage(BRIDGE)])
    assert best.text == "It cost 12 million dollars, the council said."
    assert "12 million" in best.answering
    assert best.score > max(one.score for one in others)


def test_a_passage_that_answers_scores_above_one_that_does_not(real: Reader) -> None:
    def best(question: str, text: str) -> float:
        return real.read(question, [passage(text)])[0].score

    assert best(COST, BRIDGE) > best(COST, MUSEUM)
    assert best("Who built the oldest locomotive?", MUSEUM) > best("Who built the oldest locomotive?", BRIDGE)


def test_a_part_of_an_article_is_read_at_its_own_place(real: Reader) -> None:
    start = BRIDGE.index("Mayor")
    part = passage(BRIDGE, start=start)
    readings = real.read("Who cut the ribbon?", [part])
    check(readings, [part])
    assert {one.text for one in readings} == {"Mayor Ann Lee cut the ribbon.", "It is painted green."}
    assert all(one.start >= start for one in readings)


def test_a_sentence_of_two_passages_is_read_once(real: Reader) -> None:
    passages = [passage(BRIDGE), passage(BRIDGE, end=BRIDGE.index("Mayor") - 1, number=2)]
    check(real.read(COST, passages), passages)


@pytest.mark.parametrize(
    "text",
    ["word " * 3_000 + "end.", "All is well. " * 400, "a" * 20_000, "桥" * 2_000, "🚆" * 500],
    ids=["one sentence", "many sentences", "one word", "no spaces", "emoji"],
)
def test_an_overlong_passage_is_survived(text: str, real: Reader) -> None:
    passages = [passage(text, "A title " * 200), passage(BRIDGE, number=2)]
    readings = real.read(COST, passages)
    check(readings, passages)
    assert sum(one.article.text == BRIDGE for one in readings) == 4
    assert len(text) > TOKENS


@pytest.mark.parametrize("text", ["", " \n ", "\x00", "?!"], ids=["empty", "blank", "null", "marks"])
def test_a_passage_without_words_is_survived(text: str, real: Reader) -> None:
    passages = [passage(text), passage(BRIDGE, number=2)]
    check(real.read(COST, passages), passages)
    check(real.read(COST, passages[:1]), passages[:1])


def test_nothing_to_read(real: Reader) -> None:
    assert real.read(COST, []) == ()


def test_reading_again_gives_the_same(real: Reader) -> None:
    passages = [passage(BRIDGE, "A bridge"), passage(MUSEUM, "Locomotives", number=2)]
    first, again = real.read(COST, passages), real.read(COST, passages)
    assert first == again
    assert [one.words for one in first] == [one.words for one in again]


def test_there_is_one_reader_and_its_weights_have_a_name(real: Reader) -> None:
    assert reader() is real
    assert len(weights_digest()) == 64
    assert weights_digest() == weights_digest()

"""Misspelt words are searched as the articles write them; whatever may be right stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import Library
from index.embedder import Embedder
from rag import Turn, answer
from rag.answering import NO_MODEL
from rag.page.view import finished
from rag.question import LONGEST, corrected

ARTICLES = {
    "fair.txt": "The fair in Australia drew 900 visitors. A bouquet cost 20 francs. The king feasted.",
    "market.txt": "Australia freed one person from prison. The Hotel Marina opened. Nobody complained about the harbour.",
    "visit.txt": "President Erdoğan praised the restaurant. The commander travelled by ferry to Gozo.",
    "second.txt": "Later Erdoğan flew home. The restaurant closed. A spokesman for the harbour apologised.",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Library:
    """A library whose every word is seen above."""
    folder = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    library = Library(tmp_path_factory.mktemp("small") / "library", embedder)
    library.sync(folder)
    return library


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("When was the satelite launch?", "When was the satellite launch?"),
        ("Who acompanied Kim?", "Who accompanied Kim?"),
        ("When was the satelllite launched?", "When was the satellite launched?"),
        ("When was the staellite launched?", "When was the satellite launched?"),
        ("What is the cammander's name?", "What is the commander's name?"),
        ("who was in the delagation", "who was in the delegation"),
        ("what did puttin want", "what did Putin want"),
        ("WHEN WAS THE SATELITE LAUNCH?", "WHEN WAS THE SATELLITE LAUNCH?"),
        ("Which wepons did the delagation see?", "Which weapons did the delegation see?"),
    ],
    ids="lacking lacking-again doubled swapped vowel lower-case name shouted two-words".split(),
)
def test_a_slip_is_put_right(question: str, understood: str, seed_library: Library) -> None:
    assert corrected(question, seed_library) == understood


@pytest.mark.parametrize(
    "question",
    [
        "How many visitors came from Austria?",
        "how many visitors came from austria",
        "What did the banquet cost in France?",
        "Who opened the Hotel Marena?",
        "who opened the hotel marna",
        "Who opened the Gozo marna?",
        "Who left the prson in Australia?",
        "Which king of Australia fasted?",
        "what is boquet-shop.example/harbor",
        "Did they use 20francs?",
        "Wie viele Besucher kamen zur Ausstellung nach Australien?",
    ],
    ids="country country-lower-case english-words name name-in-one-chunk written-as-a-name person-or-prison inflection address"
    " digits other-language".split(),
)
def test_what_may_be_right_stays(question: str, small: Library) -> None:
    assert corrected(question, small) == question


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("what did erdogn praise", "what did Erdoğan praise"),
        ("When did the comanders leave?", "When did the commander leave?"),
        ("Which restaraunt did President Erdoğan praise?", "Which restaurant did President Erdoğan praise?"),
        ("Nobody complaned about what?", "Nobody complained about what?"),
    ],
    ids=["accent", "inflection", "two-slips", "written-once"],
)
def test_words_come_back_as_the_articles_write_them(question: str, understood: str, small: Library) -> None:
    assert corrected(question, small) == understood


@pytest.mark.parametrize(
    "question",
    [
        "When was the satellite launched, and why?",
        "a" * LONGEST,
        "?!",
        "Puttin met Kimm",
        "what did erdöan say",
    ],
    ids=["known", "long", "marks", "names", "accent"],
)
def test_without_a_suspect_the_library_is_not_opened(
    question: str, tmp_path: Path, embedder: Embedder
) -> None:
    assert corrected(question, Library(tmp_path / "none", embedder)) == question


def test_the_reader_sees_what_was_searched(seed_library: Library) -> None:
    asked, searched = "When did Putin last viist Pyongyang?", "When did Putin last visit Pyongyang?"
    found = answer(asked, library=seed_library, model=NO_MODEL)
    assert (found.question, found.understood) == (asked, searched)
    assert found.answered
    assert "July 2000" in found.text
    assert str(found).startswith(f"Searched as: {searched}\n\n{found.text}")
    assert f"Searched as: {searched}" in finished(found, 1)


def test_nothing_is_said_of_a_question_that_stays(seed_library: Library) -> None:
    found = answer("When did Putin last visit Pyongyang?", library=seed_library, model=NO_MODEL)
    assert found.understood == found.question
    assert "Searched as" not in str(found) + finished(found, 1)


def test_a_misspelt_question_does_not_spoil_the_next(seed_library: Library) -> None:
    history = [Turn("when was the satelite launched", "In May. [1]")]
    found = answer("and why?", history=history, library=seed_library, model=NO_MODEL)
    assert found.understood == "when was the satellite launched: why?"


def test_the_other_question_of_the_articles_stays_unanswered(seed_library: Library) -> None:
    found = answer("What is the capital of Fraance?", library=seed_library, model=NO_MODEL)
    assert found.understood == found.question
    assert not found.answered

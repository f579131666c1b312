"""A follow-up becomes a question that stands alone; one that already does stays as it is."""

from __future__ import annotations

import pytest

from rag import Turn
from rag.understand import stand_alone

KIM = (Turn("Who accompanied Kim Jong Un?", "His defense minister accompanied him. [1]"),)


@pytest.mark.parametrize(
    "question",
    [
        "Where did the Vostochny summit take place?",
        "When did Putin last visit Pyongyang?",
        "Which newspaper published the letter?",
    ],
    ids=["where", "when", "which"],
)
def test_a_whole_question_stays(question: str) -> None:
    assert stand_alone(question, KIM) == question


@pytest.mark.parametrize("question", ["Where did they meet?", "Why?", "What about Tokyo?"], ids=lambda q: q)
def test_without_history_everything_stays(question: str) -> None:
    assert stand_alone(question, ()) == question


@pytest.mark.parametrize(
    "question",
    ["And where did they meet?", "Where did he go then?", "Why?", "What about his train?"],
    ids=["conjunction", "pronoun", "bare", "what about"],
)
def test_a_follow_up_names_what_it_is_about(question: str) -> None:
    understood = stand_alone(question, KIM)
    assert understood.startswith("Kim Jong Un: ")
    assert understood.removesuffix("?").endswith(question.removesuffix("?").removeprefix("And "))


def test_names_come_from_the_answer_when_the_question_had_none() -> None:
    history = [Turn("Who came along?", "The guest was General Park. [1]")]
    assert stand_alone("Where did he land?", history) == "General Park: Where did he land?"


def test_the_last_turn_counts_most() -> None:
    history = [
        *KIM,
        Turn("When did Putin last visit Pyongyang?", "Putin last visited Pyongyang in July. [1]"),
    ]
    assert "Kim" not in stand_alone("Why did he go there?", history)
    assert stand_alone("Why did he go there?", history).startswith("Putin, Pyongyang: ")


def test_a_chain_of_follow_ups_reaches_back() -> None:
    history = [
        Turn("Who leads the delegation from Hanoi?", ""),
        Turn("why?", ""),
        Turn("and then?", ""),
    ]
    assert "Hanoi" in stand_alone("When was that?", history)


def test_a_turn_without_names_is_the_topic_itself() -> None:
    history = [Turn("how do armoured trains cross borders?", "")]
    assert stand_alone("And why?", history) == "how do armoured trains cross borders: why?"

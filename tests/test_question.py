"""A question, parsed once: its parts, whether yes or no answers it, and a follow-up that stands alone."""

from __future__ import annotations

import pytest

from rag import Turn
from rag.conversation import stand_alone
from rag.question import parsed

KIM = (Turn("Who accompanied Kim Jong Un?", "His defense minister accompanied him. [1]"),)


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "Who built the Marsa, and when was it sold?",
            ["Who built the Marsa?", "when was it sold?"],
        ),
        ("When did it open? Who paid for it?", ["When did it open?", "Who paid for it?"]),
        ("Who bought and sold the ferry?", ["Who bought and sold the ferry?"]),
        ("When and where was it built?", ["When and where was it built?"]),
        ("Who built it, and why?", ["Who built it, and why?"]),
        ("Kim and Putin", ["Kim and Putin"]),
    ],
    ids=["two", "two sentences", "two verbs", "two words", "too short", "none"],
)
def test_each_thing_asked_is_a_part(question: str, parts: list[str]) -> None:
    assert list(parsed(question).parts) == parts


def test_what_is_searched_is_what_is_parsed() -> None:
    question = parsed("And did he?", "Kim: did he travel by train, and where did he go then?")
    assert question.asked == "And did he?"
    assert len(question.parts) == 2


# In a conversation


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

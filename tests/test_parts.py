"""Questions that ask several things, taken apart."""

from __future__ import annotations

import pytest

from rag.parts import parts


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Who bought the ferry, and when?", ["Who bought the ferry?", "when bought the ferry?"]),
        ("When and where was Ana Reis born?", ["When was Ana Reis born?", "where was Ana Reis born?"]),
        (
            "Who sold the mill and who received it in Vik?",
            ["Who sold the mill?", "sold the mill: who received it in Vik?"],
        ),
        (
            "How many people died at Vik, and how many were hurt?",
            ["How many people died at Vik?", "people died at Vik: how many were hurt?"],
        ),
        ("What did Reis say and what did Lund say?", ["What did Reis say?", "what did Lund say?"]),
        ("Who won? Where was it held?", ["Who won?", "won: Where was it held?"]),
        (
            "Reis: who came with her and how did they travel?",
            ["Reis: who came with her?", "Reis: how did they travel?"],
        ),
        (
            "Does the Vik paper say that Reis won, while 'The Post' says that Lund lost?",
            ["Does the Vik paper say that Reis won?", "Is it true that 'The Post' says that Lund lost?"],
        ),
        (
            "Is it true that Reis won and that Lund lost?",
            ["Is it true that Reis won?", "Is it true that Lund lost?"],
        ),
        ("Did Reis win, and did Lund lose?", ["Did Reis win?", "did Lund lose?"]),
        ("Did Reis win and was she paid?", ["Did Reis win?", "Reis win: was she paid?"]),
    ],
    ids=[
        *("bare", "two at once", "it", "clipped", "clear", "two sentences", "topic"),
        *("two articles", "two claims", "two times yes or no", "she"),
    ],
)
def test_a_question_of_several_is_taken_apart(question: str, asked: list[str]) -> None:
    assert parts(question) == asked


@pytest.mark.parametrize(
    "question",
    [
        "Why did Reis resign?",
        "Who sold the mill and the ferry?",
        "Which company built the mill and which was sued by Vik?",
        "Which of those who won and who later died was Danish?",
        "Explain how the lock works and why it was built.",
        "What is the difference between what Reis said and what Lund said?",
        "Reis came by train. Who was with her? And where did they go?",
        "Who won and who lost and who drew and who was ill?",
        "Who?",
        "Did Reis and Lund win while travelling in Italy?",
        "Between the report of May and that of June, was there a change?",
    ],
)
def test_what_may_be_one_question_stays_whole(question: str) -> None:
    assert parts(question) == [question]

"""Sentences near to a question that lack what would make them an answer."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from index.article import Article
from rag.answers import Passage
from rag.claim import named_again
from rag.clashes import clash
from rag.evidence import Evidence, evidence_of
from rag.grounding import ground


def evidence(text: str, title: str = "") -> list[Evidence]:
    article = Article(hashlib.sha256(text.encode()).hexdigest(), Path("a.txt"), text, title)
    return evidence_of([Passage(1, article, 0, len(text), 1.0)])


@pytest.mark.parametrize(
    ("question", "text", "title"),
    [
        ("Who came third in the election?", "Ana Reis and Tove Lund took the top two places.", ""),
        ("Who took second place?", "Ana Reis won the race.", ""),
        ("Who won the men's race?", "In the women's race Ana Reis won.", ""),
        ("Who won the men's race?", "In a women-only race Ana Reis won.", ""),
        ("Who is the best diver of all time?", "Ana Reis is a diver from Vik.", ""),
        ("What caused the fire in the mill?", "The mill burnt on Sunday, while 40 people were at work.", ""),
        ("Who was the governor of Vik?", "The army chief in Vik, Ana Reis, spoke of 97 dead.", ""),
        ("Who is the prime minister of Vik?", "Ana Reis spoke in Vik at 3 pm.", ""),
        ("How many people died in the fire?", "The fire has burnt 40,000 acres.", ""),
        ("What was the cause of the wreck?", "The ferry went down off Vik with 31 people aboard.", ""),
        ("What share of the vote did Lund get?", "The count gave Reis 57% of the vote.", ""),
        ("How much does the Harbour 5 cost?", "It costs 40 crowns.", "The Harbour 4 is here"),
    ],
    ids=[
        "third",
        "second",
        "women",
        "only",
        "best",
        "fire",
        "office",
        "hour",
        "acres",
        "wreck",
        "share",
        "title",
    ],
)
def test_what_a_sentence_does_not_tell(question: str, text: str, title: str) -> None:
    assert clash(question, evidence(text, title)[0])


@pytest.mark.parametrize(
    ("question", "text", "title"),
    [
        ("Who came third in the election?", "Ana Reis was third.", ""),
        ("Who took second place?", "Tove Lund won silver.", ""),
        ("Who came third?", "Reis and Lund led. Moe was the next. He got the bronze medal.", ""),
        ("Who won the men's race?", "In the men's race Ole Moe won.", ""),
        ("Who won the men's race?", "Ole Moe won.", ""),
        ("What caused the fire in the mill?", "The fire broke out when a heater fell over.", ""),
        ("Who is the best diver of all time?", "Many call Ana Reis the greatest diver.", ""),
        ("What caused the fire in the mill?", "The mill's owner blamed a worn cable.", ""),
        ("What share of the vote did Lund get?", "The count gave Lund 41% of the vote.", ""),
        ("What share of the vote did Lund get?", "She got 41% of the vote.", ""),
        ("Who is the prime minister of Vik?", "Ana Reis, premier of Vik, spoke.", ""),
        ("Who is the CEO of Vik Sails?", "Reis heads it. She became chief executive in May. She is 40.", ""),
        ("Who played the king?", "Ana Reis played him.", ""),
        ("How many people died in the fire?", "It burnt 40,000 acres and killed 12.", ""),
        ("How many acres burnt?", "The fire has burnt 40,000 acres.", ""),
        ("How deep could the Gozo divers have been?", "They were 30 metres down, said Ana Reis.", ""),
        ("What year did the storm cause the wreck?", "The Marsa sank in 1968.", ""),
        ("What share of the vote did Lund get?", "Reis was ahead with 57%.", "Lund loses"),
        ("How much does the Harbour 5 cost?", "The Harbour 5 costs 60 crowns.", "The Harbour 4 is here"),
        ("How much does the Harbour 5 cost?", "It costs 60 crowns.", "The Harbour 5 is here"),
    ],
)
def test_what_a_sentence_tells(question: str, text: str, title: str) -> None:
    assert not clash(question, evidence(text, title)[-2 if "next" in text else 0])


def test_the_race_told_last_is_the_one_spoken_of() -> None:
    told = evidence(
        "Ole Moe won the men's race. The women's race was run at noon. Ana Reis took third place."
    )
    assert clash("Who came third in the men's race?", told[2])
    assert not clash("Who came third in the women's race?", told[2])


@pytest.mark.parametrize(
    ("words", "question", "text", "again"),
    [
        ("Stefan Lund", "Who was elected in place of Lund?", "Stefan Lund resigned.", {"stefan"}),
        ("Vik Sails Ltd", "Which company owns Vik Sails?", "The yard of Vik Sails Ltd burnt.", {"ltd"}),
        (
            "Vik Sails Corporation's captain",
            "What is the name of Vik Sails' captain?",
            "It rained.",
            {"corporation"},
        ),
        # There are two of them, so the fuller name may be the other one's.
        ("Kim Yo Jong", "Who accompanied Kim?", "Kim Jong Un came with Kim Yo Jong.", set()),
        ("Vik Group", "Who owns Vik Sails?", "Vik Group owns Vik Sails.", set()),
        ("Henry Vik", "Who founded Vik?", "Henry Vik opened the yard in 1901.", set()),
        ("Ana Reis", "Who followed Lund?", "Ana Reis followed Stefan Lund.", set()),
    ],
)
def test_a_fuller_name_of_the_one_asked_about_tells_nobody(
    words: str, question: str, text: str, again: set[str]
) -> None:
    assert named_again(words, question, evidence(text)) == again


def test_a_fuller_name_is_borne_out_as_no_answer() -> None:
    told = evidence("Prime minister Stefan Lund resigned on Monday.")
    found = ground("Stefan Lund was elected in place of Lund.", "Who was elected in place of Lund?", told)
    assert not found.supported


def test_the_questions_verb_has_to_be_the_articles() -> None:
    told = evidence("The freight train left the rails and three railway workers died.")
    found = ground(
        "The freight train was carrying three railway workers.", "What was the freight train carrying?", told
    )
    assert found.failure == "the articles don't say 'carry' of it"
    assert ground("Three railway workers died.", "Who died?", told).supported

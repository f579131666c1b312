"""Sentences that share the question's words and speak of something else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from index.article import Article, Scope
from rag.answers import Answer, Passage
from rag.clashes import clash, named_elsewhere
from rag.evidence import Evidence, evidence_of
from rag.grounding import ground
from rag.run import Run, quoted


def evidence(text: str, title: str = "", published: str = "") -> list[Evidence]:
    article = Article(
        hashlib.sha256(text.encode()).hexdigest(), Path("a.txt"), text, title, published=published
    )
    return evidence_of([Passage(1, article, 0, len(text), 1.0)])


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (
            "When did the first season of Harbour Lights begin?",
            "The ninth and last season of Harbour Lights began in May.",
        ),
        ("Who designed Dock 4?", "Dock 7 was designed by Ana Reis."),
        ("What stands beside King Olav V Bridge?", "A mill stands beside King Olav III Bridge."),
        ("Who won the 3rd race?", "Ana Reis won the 12th race."),
        ("What does the ferry not carry?", "The ferry carries bicycles and post."),
        ("Which of the towns hasn't a harbour?", "Vik has a harbour with two piers."),
        ("Who led the council in 2019?", "Ana Reis led the council in 2014."),
        ("Who led the council in 2019?", "Ana Reis led the council."),
        ("Which residents pay the toll?", "Non-residents pay the toll."),
        ("How much did Carthage bid for the island?", "Rome has bid 300 talents for the island."),
        ("When did Ana Reis open the mill?", "In May, Tove Lund opened the mill."),
    ],
    ids=[
        "ordinal",
        "number",
        "numeral",
        "figure",
        "denied",
        "denied briefly",
        "year",
        "no year",
        "non-",
        "bidder",
        "opener",
    ],
)
def test_another_one_is_told_apart(question: str, sentence: str) -> None:
    assert clash(question, evidence(sentence)[0])


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("When did the first season of Harbour Lights begin?", "Harbour Lights began in May."),
        (
            "Who was the first mayor?",
            "Ana Reis, the fourth mayor of the family, was the first woman of 1 party.",
        ),
        ("Who designed Dock 4?", "Ana Reis designed Dock 4 and Dock 7."),
        ("Who fought in World War I?", "I fought in it, said Ana Reis."),
        ("What does the ferry not carry?", "The ferry carries everything except cars."),
        ("Why did the ferry not sail?", "The crew was ill."),
        ("Didn't the ferry sail?", "The ferry sailed at noon."),
        ("Who said that the ferry would not sail?", "Ana Reis told passengers to go home."),
        ("Who led the council in 2019?", "Ana Reis led the council in the season of 2018–19."),
        ("Who led the council in the 1980's?", "Ana Reis led the council."),
        ("Which residents pay the toll?", "Residents and non-residents pay the toll."),
        ("Who sold 1500 tons of grain?", "Ana Reis sold 1,500 tons of grain."),
        ("Which non-residents pay?", "Non-residents from Vik pay."),
        ("When did Ana Reis open the mill?", "She opened the mill in May."),
        (
            "When did Ana Reis open the mill?",
            "The mill, which Tove Lund built and Reis opened, is from 1902.",
        ),
        ("What did the Harbour Office say?", "Tove Lund said that the ferry was late."),
    ],
    ids=[
        "unnumbered",
        "said too",
        "both",
        "pronoun",
        "exception",
        "reason",
        "yes or no",
        "clause",
        "span",
        "decade",
        "both kinds",
        "no year",
        "non- asked for",
        "she",
        "named too",
        "speaker",
    ],
)
def test_what_answers_is_let_through(question: str, sentence: str) -> None:
    assert not clash(question, evidence(sentence)[0])


def test_a_year_may_stand_beside_the_sentence_or_in_the_articles_date() -> None:
    told = "The election of 2019 was close. Ana Reis, mayor since 2014, won it."
    assert not clash("Who won in 2019?", evidence(told)[1])
    assert not clash(
        "Who won in 2019?", evidence("Ana Reis, mayor since 2014, won.", published="2019-05-02")[0]
    )


@pytest.mark.parametrize(
    ("text", "published", "told"),
    [
        ("It was 2019. {} Ana Reis led the council.", "", True),
        ("It was 2019. {} Ana Reis led the council.", "2024-05-02", False),
        ("Last year Ana Reis led the council.", "2020-01-02", True),
        ("Last year Ana Reis led the council.", "2022-01-02", False),
        ("Last year it rained. It snowed. Ana Reis leads the council.", "2020-01-02", False),
        ("Ana Reis leads the council.", "2019-01-02", True),
        ("Ana Reis leads the council.", "2015-19-02", False),
    ],
    ids=["undated", "dated", "last year", "another last year", "further off", "published", "no span"],
)
def test_the_year_asked_for_has_to_be_told(text: str, published: str, told: bool) -> None:
    sentence = evidence(text.format("It rained. " * 5), published=published)[-1]
    assert bool(clash("Who led the council in 2019?", sentence)) is not told


@pytest.mark.parametrize(
    ("question", "text", "elsewhere"),
    [
        ("Who was minister at the time of the Marsa Ferry fire?", "Reis is minister.", "marsa ferry"),
        ("Who was minister at the fire of Marsa?", "Reis is minister.", "marsa"),
        ("Who was minister at the time of the Marsa Ferry fire?", "The ferry burnt. Reis is minister.", ""),
        ("Who was minister at the time of the Marsa Ferry fire?", "The MF burnt. Reis is minister.", ""),
        ("Who was minister at the time of the Lund Mill fire?", "Reis is minister.", ""),
        ("Who was minister at Vik's MARSA fire?", "Reis of Vik is minister.", "marsa"),
        ("Who was minister in the UK?", "Reis is minister.", ""),
        ("Which Indian was minister?", "Reis is minister.", ""),
    ],
    ids=["elsewhere", "one word", "here", "initials", "nowhere", "capitals", "letters", "nation"],
)
def test_a_name_that_only_another_article_speaks_of(question: str, text: str, elsewhere: str) -> None:
    other = evidence("The Indian Marsa Ferry burnt in Vik in the UK.")[0].article
    article = evidence(text)[0].article
    assert named_elsewhere(question, article, [article, other]) == elsewhere


def test_a_sentence_that_tells_years_apart_speaks_of_none_beside_it() -> None:
    told = "In 2019 nothing was counted. By 2014 the ferry carried 40 cars, up from 12 in 2010."
    assert clash("How many cars did the ferry carry in 2019?", evidence(told)[1])


def test_the_title_may_name_who_did_it() -> None:
    sentence = "Tove Lund opened the mill in May."
    assert clash("When did Vik open the mill?", evidence(sentence)[0])
    assert not clash("When did Vik open the mill?", evidence(sentence, "Vik gets its mill back")[0])


def test_a_sentence_about_another_one_bears_nothing_out() -> None:
    found = ground("It was Ana Reis.", "Who designed Dock 4?", evidence("Ana Reis designed Dock 7 in May."))
    assert "number 7" in found.failure


def test_no_sentence_about_another_one_is_quoted() -> None:
    def quote(question: str, text: str) -> str:
        run = Run(Answer(question, understood=question), Scope(), nearness=lambda answer: [0.5] * len(answer))
        return " ".join(one.text for one in quoted(run, evidence(text)))

    former = "Ana Reis, the former president of the league, spoke in Vik."
    assert quote("Who is the president of the league?", former) == ""
    assert quote("Who was the former president of the league?", former) == former
    assert quote("Who led the council in 2019?", "Ana Reis led the council in 2014.") == ""

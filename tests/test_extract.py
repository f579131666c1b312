"""Answers in the articles' own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.article import Article
from rag import facts
from rag.answers import Passage
from rag.evidence import Evidence, evidence_of
from rag.extract import best_sentences, can_answer, covering, disputing, led, other_accounts
from rag.facts import fold
from rag.grounding import ground
from rag.questions import Kind, kind_of

WHO = "Who accompanied the sultan?"
RARITY = {fold("accompanied"): 2.0, fold("sultan"): 1.0}


def evidence(*texts: str) -> list[Evidence]:
    articles = [Article(f"{i:064}", Path(f"{i}.txt"), text, "") for i, text in enumerate(texts)]
    return evidence_of(Passage(i, one, 0, len(one.text), 1.0) for i, one in enumerate(articles, 1))


def said(question: str, *texts: str, known: bool = False) -> list[str]:
    found = evidence(*texts)
    rarity = dict.fromkeys(facts.content(question), 1.0)
    cosines = [0.0] * len(found)
    best = best_sentences(question, kind_of(question), found, rarity, cosines, known)
    return [one.text for one in best]


def test_the_sentence_with_the_questions_words_wins() -> None:
    text = "The harbour is old. The dredger Elbe cleared the harbour in May. Prices rose."
    assert said("When did the dredger clear the harbour?", text) == [
        "The dredger Elbe cleared the harbour in May."
    ]


def test_a_sentence_of_the_kind_asked_for_wins() -> None:
    text = "The dredger cleared the harbour slowly. The dredger cleared it in nine days."
    assert said("How many days did the dredger need?", text)[0] == "The dredger cleared it in nine days."


def test_a_second_article_is_heard_when_it_says_as_much() -> None:
    one, other = "Vizier Omar accompanied the sultan.", "General Aziz accompanied the sultan."
    assert said(WHO, one, other) == [one, other]
    assert said(WHO, one, "The weather was fine in Muscat.") == [one]
    assert said(WHO, f"{one} {other}") == [one, other]
    assert said(WHO, f"{one} {other}", known=True) == [one]
    assert said(WHO, one, other, known=True) == [one, other]


def test_two_sentences_of_one_article_come_in_its_order() -> None:
    earlier, later = "Omar accompanied the sultan, as always.", "Aziz accompanied the sultan."
    assert said(WHO, f"{earlier} {later}") == [earlier, later]


def test_no_sentence_is_better_than_one_that_says_nothing_new() -> None:
    assert said(WHO) == []
    assert said(WHO, "Who accompanied the sultan?") == []
    assert said(WHO, "It rained.") == []


def test_meaning_decides_where_words_are_alike() -> None:
    found = evidence("Omar rode to Muscat. Aziz sailed to Muscat.")
    rarity = {fold("travelled"): 2.0, fold("Muscat"): 1.0}
    for cosines, quote in (([0.7, 0.3], "Omar rode to Muscat."), ([0.3, 0.7], "Aziz sailed to Muscat.")):
        best = best_sentences("How was Muscat reached?", Kind.FACT, found, rarity, cosines)
        assert [one.text for one in best] == [quote]


def test_another_account_names_somebody_else() -> None:
    found = evidence("Vizier Omar accompanied the sultan.", "General Aziz accompanied the sultan too.")
    shown = [ground("Vizier Omar accompanied the sultan.", WHO, found)]
    (added,) = other_accounts(Kind.NAME, shown, found, RARITY)
    assert added.text == "General Aziz accompanied the sultan too."
    assert added.evidence == (found[1],)


def test_an_account_of_the_same_person_or_for_another_kind_adds_nothing() -> None:
    found = evidence("Vizier Omar accompanied the sultan.", "Omar accompanied the sultan.")
    shown = [ground("Vizier Omar accompanied the sultan.", WHO, found)]
    assert other_accounts(Kind.NAME, shown, found, RARITY) == []
    others = evidence("Vizier Omar accompanied the sultan.", "General Aziz accompanied the sultan too.")
    assert other_accounts(Kind.DATE, shown, others, RARITY) == []


DIED = "How many passengers of the ferry Marsa died?"
TWELVE = "The ferry Marsa sank off Gozo in a storm on Monday and 12 passengers died."


@pytest.mark.parametrize(
    ("other", "disputes"),
    [
        ("The ferry Marsa sank off Gozo in a storm on Monday and 15 passengers died.", True),
        ("On 3 May 2021 at 4 p.m. the ferry Marsa sank off Gozo in a storm and 15 passengers died.", True),
        ("In a storm on Monday the ferry Marsa sank off Gozo: 15 of its passengers died.", True),
        ("The ferry Marsa sank off Gozo in a storm on Monday.", False),
        ("The ferry Marsa sank off Gozo in a heavy storm on Monday and passengers died.", False),
        ("The ferry Elbe sank off Gozo in a storm on Monday and 15 passengers died.", False),
        ("The ferry Marsa was raised by 15 divers in June.", False),
        ("The ferry Marsa sank off Gozo in a heavy storm on Monday and 12 passengers died.", False),
    ],
)
def test_a_sentence_with_another_figure_in_the_same_words_disputes_it(other: str, disputes: bool) -> None:
    found = evidence(TWELVE, other)
    shown = [ground(TWELVE, DIED, found[:1])]
    added = disputing(DIED, shown, found, [one for one in found if one.holds("12")])
    assert [one.text for one in added] == ([other] if disputes else [])


def test_an_account_that_leaves_out_what_was_asked_adds_nothing() -> None:
    found = evidence("Vizier Omar accompanied the sultan.", "General Aziz met the sultan.")
    shown = [ground("Vizier Omar accompanied the sultan.", WHO, found)]
    assert other_accounts(Kind.NAME, shown, found, RARITY) == []


@pytest.mark.parametrize(
    ("question", "sentence", "alone"),
    [
        ("Where did Omar go?", "Omar went to Muscat.", True),
        ("Where did Omar go?", "He went to Muscat.", False),
        ("Where did Omar go?", "Omar left on Friday.", False),
        ("Who left?", "“We left,” said Omar.", True),
        ("Who left?", "“We left, Omar and I.", False),
        ("Who left?", "It rained.", False),
        ("When did Omar go?", "Omar went in May.", True),
        ("When did Omar go?", "Omar went to Muscat.", False),
    ],
)
def test_a_sentence_that_leaves_a_he_open_or_lacks_the_kind_asked_for_is_no_answer(
    question: str, sentence: str, alone: bool
) -> None:
    (one,) = evidence(sentence)
    assert can_answer(one, kind_of(question), set(facts.content(question))) is alone


def test_a_he_is_told_by_the_sentence_before() -> None:
    first, second, third, fourth = evidence("Omar left on Friday. He went to Muscat. He slept. He woke.")
    asked = set(facts.content("Where did Omar go?"))
    assert led(first) == [first]
    assert led(second) == [first, second]
    assert can_answer(second, Kind.PLACE, asked)
    assert led(third) == [first, second, third]
    assert led(fourth) == []


def test_boilerplate_before_a_sentence_tells_no_he() -> None:
    text = "Read more about Omar here. He went to Muscat."
    article = Article("0" * 64, Path("0.txt"), text, "", boilerplate=((0, 27),))
    (one,) = evidence_of([Passage(1, article, 27, len(text), 1.0)])
    assert led(one) == []


def test_the_credit_of_a_photograph_names_nobody_who_came_along() -> None:
    found = evidence(
        "Vizier Omar accompanied the sultan.",
        "Those who accompanied the sultan looked tired [Aziz Rahman/Gulf Photos]",
    )
    shown = ground("Vizier Omar accompanied the sultan.", WHO, found[:1])
    assert other_accounts(Kind.NAME, [shown], found, RARITY) == []


@pytest.mark.parametrize(
    ("items", "places"),
    [
        ([["muscat"], ["aden"]], [0, 2]),
        ([["muscat"], ["basra"]], [0]),
        ([["muscat"], ["rome"]], []),
        ([["muscat"]], []),
        ([["muscat"], ["zanzibar"]], []),
    ],
    ids=["two sentences", "one", "not all", "no list", "another article's"],
)
def test_a_list_is_told_by_the_sentences_that_hold_it_between_them(
    items: list[list[str]], places: list[int]
) -> None:
    found = evidence(
        "The sultan saw Muscat and Basra. He was ill in May. Then he sailed to Aden.", "Omar saw Zanzibar."
    )
    assert [found.index(one) for one in covering(items, found)] == places

"""What a question asks for, and whether a sentence can be an answer of that kind."""

from __future__ import annotations

import pytest

from rag.questions import Kind, is_of_kind, kind_of, may_answer


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who accompanied Kim?", Kind.NAME),
        ("With whom did Kim meet?", Kind.NAME),
        ("Whose invitation did Putin accept?", Kind.NAME),
        ("By whom was it built?", Kind.NAME),
        ("And who else came?", Kind.NAME),
        ("When did Putin visit?", Kind.DATE),
        ("In which year was it signed?", Kind.DATE),
        ("On what date did it start?", Kind.DATE),
        ("Where did they meet?", Kind.PLACE),
        ("Kim: where did they meet?", Kind.PLACE),
        ("From where did he come?", Kind.PLACE),
        ("How many people died?", Kind.COUNT),
        ("How old is Kim?", Kind.NUMBER),
        ("How much did the bridge cost?", Kind.MONEY),
        ("How much of the wall was rebuilt?", Kind.NUMBER),
        ("How long did the talks last?", Kind.LENGTH),
        ("How long ago was it built?", Kind.NUMBER),
        ("What percentage of voters agreed?", Kind.NUMBER),
        ("How many percent of voters agreed?", Kind.NUMBER),
        ("Which two African leaders were there?", Kind.NAMED),
        ("In what city did they meet?", Kind.NAMED),
        ("What type of bridge is it?", Kind.FACT),
        ("Where does the bridge get its name from?", Kind.FACT),
        ("Where did the term come from?", Kind.FACT),
        ("Where does Vik stand in terms of wealth?", Kind.PLACE),
        ("Which stake did Denmark hold?", Kind.NUMBER),
        ("Did Putin accept?", Kind.YES_NO),
        ("Didn’t he go?", Kind.YES_NO),
        ("Has anyone been arrested?", Kind.YES_NO),
        ("Is it in Russia or in China?", Kind.FACT),
        ("According to police, was the mill insured?", Kind.YES_NO),
        ("When Reis bought the mill, did she borrow the money?", Kind.YES_NO),
        ("In which year, after the war, was the mill built?", Kind.DATE),
        ("When, exactly, was the mill built?", Kind.DATE),
        ("What is the name of the king's driver?", Kind.NAMED),
        ("What is the name of the sea?", Kind.FACT),
        ("Why did he go?", Kind.REASON),
        ("Kim: but why did he go?", Kind.REASON),
        ("Who told them why he went?", Kind.NAME),
        ("Explain the treaty.", Kind.REASON),
        ("What did Kim give?", Kind.FACT),
        ("When is Choe visiting, and who said so?", Kind.SEVERAL),
        ("What did Kim say and what did Putin say?", Kind.SEVERAL),
        ("Where did they meet? When was it?", Kind.SEVERAL),
        ("Kim: who came with him and how did they travel?", Kind.SEVERAL),
        ("Who wrote Command and Conquer?", Kind.NAME),
        ("", Kind.FACT),
    ],
    ids=lambda value: value.name if isinstance(value, Kind) else value or "empty",
)
def test_kinds(question: str, kind: Kind) -> None:
    assert kind_of(question) is kind


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (Kind.NUMBER, "Four hours."),
        (Kind.NUMBER, "About 1,200 people came."),
        (Kind.NUMBER, "Dozens of people came."),
        (Kind.NUMBER, "Their number rose by 8%."),
        (Kind.NUMBER, "A six-year term."),
        (Kind.COUNT, "In 2019 it carried 40 cars."),
        (Kind.COUNT, "2000"),
        (Kind.COUNT, "It was installed in 1500 homes."),
        (Kind.DATE, "In mid-June."),
        (Kind.MONEY, "About £14m."),
        (Kind.MONEY, "Two thirds of it."),
        (Kind.LENGTH, "Eighteen months."),
        (Kind.LENGTH, "Since 1997."),
        (Kind.DATE, "In July."),
        (Kind.DATE, "2023"),
        (Kind.DATE, "He arrived on Wednesday evening."),
        (Kind.PLACE, "The two leaders met at the Vostochny Cosmodrome."),
        (Kind.PLACE, "Vladivostok"),
        (Kind.NAME, "His top military commander came with him."),
        (Kind.FACT, "An armoured train."),
    ],
    ids=lambda value: value.name if isinstance(value, Kind) else value,
)
def test_answers_of_their_kind(kind: Kind, answer: str) -> None:
    assert is_of_kind(kind, answer)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (Kind.NUMBER, "The talks lasted long."),
        (Kind.COUNT, "Their number rose by 8% in May 2019."),
        (Kind.COUNT, "They came on 3 May and in 2019."),
        (Kind.MONEY, "The school welcomed 640 pupils."),
        (Kind.LENGTH, "About 400 people came."),
        (Kind.DATE, "Putin visited Pyongyang."),
        (Kind.DATE, "It was his first visit."),
        (Kind.PLACE, "The two leaders met and held long talks."),
    ],
    ids=["number", "percentage", "dates", "money", "length", "date", "first is no date", "place"],
)
def test_evasions_of_their_kind(kind: Kind, answer: str) -> None:
    assert not is_of_kind(kind, answer)


@pytest.mark.parametrize(
    ("kind", "sentence", "may"),
    [
        (Kind.NAME, "Then Shoigu joined Kim.", True),
        (Kind.NAME, "A minister joined Kim.", True),
        (Kind.NAME, "It was good for Kim.", False),
        (Kind.NAMED, "Greenland and Kim agreed.", True),
        (Kind.NAMED, "The two leaders met Kim.", False),
        (Kind.PLACE, "Kim went to Vladivostok.", True),
        (Kind.PLACE, "Kim went away.", False),
        (Kind.NUMBER, "Kim stayed for four days.", True),
        (Kind.NUMBER, "Kim stayed.", False),
        (Kind.FACT, "Kim stayed.", True),
    ],
    ids=[
        "name",
        "person",
        "asked name only",
        "named first",
        "unnamed",
        "place",
        "no place",
        "number",
        "no number",
        "anything",
    ],
)
def test_a_sentence_may_answer_with_something_new(kind: Kind, sentence: str, may: bool) -> None:
    assert may_answer(kind, sentence, {"kim"}) == may

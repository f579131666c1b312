"""What a text states that can be checked: numbers, dates, names, negation, content words."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import facts
from rag.negation import asserts_denied, denies_shared, negated


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("four days", "4 days"),
        ("twenty-one ships", "21 ships"),
        ("the twelfth round", "the 12th round"),
        ("1,200,000 people", "1200000 people"),
        ("two hundred soldiers", "2 hundred soldiers"),
        ("a dozen cars", "12 cars"),
        ("3,5 metres", "3.5 metres"),
        ("Sept. 9, 2023", "9 September 2023"),
        ("3 May", "May 3"),
        ("the 1990s", "in 1990"),
        ("a 30-day trial", "30 days of trial"),
        ("a six-year term", "a term of six years"),
        ("mid-June 2020", "June 2020"),
        ("70 percent", "70%"),
    ],
    ids=lambda text: text,
)
def test_one_number_in_two_spellings(one: str, other: str) -> None:
    assert facts.numbers(one) == facts.numbers(other) != set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("four days", "five days"),
        ("2000", "2001"),
        ("1.2 million", "1.3 million"),
        ("July 2000", "June 2000"),
        ("3.5", "35"),
        ("two hundred", "two thousand"),
    ],
    ids=lambda text: text,
)
def test_two_numbers(one: str, other: str) -> None:
    assert facts.numbers(one) != facts.numbers(other)


def test_millions_are_stated_in_full_as_well() -> None:
    assert {"1.2", "1200000"} <= facts.numbers("1.2 million people")
    assert facts.numbers("1,200,000 people") <= facts.numbers("1.2 million people")


@pytest.mark.parametrize(
    ("text", "has_month"),
    [("on May 3", True), ("3 May", True), ("in June", True), ("It may rain", False), ("May I go?", False)],
    ids=["month-day", "day-month", "june", "verb", "question"],
)
def test_may_is_a_month_beside_a_number(text: str, has_month: bool) -> None:
    assert any(number.startswith("month") for number in facts.numbers(text)) == has_month


@pytest.mark.parametrize(
    "text", ["one of the talks", "both leaders", "the first summit", "once more"], ids=lambda text: text
)
def test_what_seldom_counts_is_not_claimed(text: str) -> None:
    assert facts.numbers(text)
    assert not facts.numbers(text, claimed=True)


@given(st.integers(0, 10**12))
@settings(max_examples=60, deadline=None)
def test_grouping_changes_no_number(value: int) -> None:
    assert facts.numbers(f"about {value:,} people") == facts.numbers(f"about {value} people") == {str(value)}


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_words_stand_where_they_say(text: str) -> None:
    words = facts.tokens(text)
    assert [text[word.start : word.end] for word in words] == [word.text for word in words]
    assert all(first.end <= second.start for first, second in pairwise(words))
    facts.names(text)
    facts.initials(text)
    assert facts.numbers(text, claimed=True) <= facts.numbers(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("visited", "visiting"),
        ("visits", "visit"),
        ("Putin’s", "Putin"),
        ("cities", "city"),
        ("stopped", "stops"),
        ("U.S.", "US"),
        ("agreed", "agree"),
        ("signing", "signs"),
        ("\u0421osmodrome", "Cosmodrome"),
        ("Kr\u0435mlin", "Kremlin"),
    ],
    ids=lambda word: word,
)
def test_forms_of_one_word_fold_to_one(one: str, other: str) -> None:
    assert facts.fold(one) == facts.fold(other)


def test_words_of_another_script_stay_as_they_are() -> None:
    assert facts.fold("Москва") == "москва"
    assert facts.fold("\u0420\u0410\u0421\u0421\u0412\u0415\u0422") != facts.fold("PACCBET")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Police met Ms Orlova in Bern.", ["Ms", "Orlova", "Bern"]),
        ("He came. Trains were late in Oslo.", ["Oslo"]),
        ("On Thursday, KCNA said nothing.", ["Thursday", "KCNA"]),
        ("In March he left with 12 Men.", ["Men"]),
        ("nobody came", []),
    ],
    ids=["middle", "second sentence", "capitals", "month", "none"],
)
def test_names_are_capitalised_inside_a_sentence(text: str, named: list[str]) -> None:
    assert [word.text for word in facts.names(text, frozenset({""}))] == named


def test_a_first_word_is_a_name_when_it_is_one_elsewhere() -> None:
    text = "Putin said so."
    assert not facts.names(text)
    known = facts.named_words("Then Putin left.")
    assert [word.text for word in facts.names(text, known)] == ["Putin"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("russia", "russian", True),
        ("korea", "korean", True),
        ("china", "chinese", True),
        ("kim", "kimono", False),
        ("iran", "iraq", False),
        ("austria", "australia", False),
        ("lavrov", "belousov", False),
    ],
    ids=lambda value: str(value),
)
def test_forms_of_one_name(one: str, other: str, same: bool) -> None:
    assert facts.same_name(one, other) == facts.same_name(other, one) == same


@pytest.mark.parametrize(
    ("text", "acronym"),
    [
        ("the United Nations said", "un"),
        ("Korean Central News Agency", "kcna"),
        ("the Organisation for Economic Co-operation", "oec"),
    ],
    ids=["two", "four", "over small words"],
)
def test_names_are_known_by_their_initials(text: str, acronym: str) -> None:
    assert acronym in facts.initials(text)


def test_initials_do_not_cross_a_comma() -> None:
    assert "ab" not in facts.initials("Andrei, Boris")


def test_content_leaves_out_numbers_months_and_small_words() -> None:
    words = facts.content("In September the two leaders held talks for 4 hours.")
    assert words == [facts.fold(word) for word in ("leaders", "held", "talks", "hours")]


def test_the_share_of_words_held_counts_the_rare_more() -> None:
    weights = {"summit": 3.0, "said": 1.0}
    assert facts.weight_held(weights, {"summit"}) == pytest.approx(0.75)
    assert facts.weight_held(weights, {"said"}) == pytest.approx(0.25)
    assert facts.weight_held({}, {"said"}) == 1.0


@pytest.mark.parametrize(
    "text",
    ["He did not sign.", "He didn’t sign.", "Nobody signed.", "They cannot sign.", "He left without it."],
    ids=["not", "contracted", "nobody", "cannot", "without"],
)
def test_denials(text: str) -> None:
    assert negated(text)


@pytest.mark.parametrize(
    "text", ["He signed.", "He noted it.", "The knot held.", "A notable guest"], ids=lambda text: text
)
def test_assertions(text: str) -> None:
    assert not negated(text)


@pytest.mark.parametrize(
    ("source", "claim", "denied"),
    [
        ("The minister did not sign the treaty.", "The minister signed the treaty.", True),
        ("The minister signed the treaty.", "The minister signed the treaty.", False),
        (
            "The minister signed the treaty, but nobody saw the text.",
            "The minister signed the treaty.",
            False,
        ),
        ("Nothing else happened.", "The minister signed the treaty.", False),
    ],
    ids=["denied", "asserted", "another clause", "another matter"],
)
def test_a_denial_counts_in_its_own_clause(source: str, claim: str, denied: bool) -> None:
    assert denies_shared(source, claim) == denied


def test_a_part_that_the_articles_only_deny() -> None:
    source = "While not trained as an engineer, Altman was heard in the valley."
    known = set(facts.content("Who is the voice of the valley?"))
    assert asserts_denied("Altman, an engineer, was not heard in the city.", [source], known)
    assert not asserts_denied("Altman, who is no engineer, was heard in the valley.", [source], known)
    assert not asserts_denied("Altman, an engineer, came.", [source, "He is an engineer."], known)


@pytest.mark.parametrize(
    ("word", "text", "held"),
    [
        ("London", "a London-based firm", True),
        ("yellow", "a black-and-yellow logo", True),
        ("black-and-yellow", "black and yellow", True),
        ("Jong-un", "Kim Jong Un", True),
        ("Jong-un", "Kim Jong-il", False),
        ("president", "the vice-president", False),
        ("final", "the semi-final", False),
        ("father", "his father-in-law", False),
    ],
    ids=lambda value: str(value),
)
def test_a_compound_states_what_it_is_made_of(word: str, text: str, held: bool) -> None:
    assert facts.held(facts.fold(word), facts.words(text)) == held

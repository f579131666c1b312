"""Which sentences of the articles bear out a sentence of the model's, and which sentences nothing does."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from rag.answers import Passage
from rag.compose import closed, compose, quotes
from rag.draft import evades, without_cut_end, without_markers, without_rounds
from rag.evidence import Evidence, evidence_of
from rag.grounding import ground

FIRST = (
    "Ingrid Solberg opened the Tromsø observatory on 4 June 2021. The building cost 12 million euros. "
    "Nobody was hurt when its roof fell in. The Norwegian Space Agency runs it with 40 engineers."
)
SECOND = "Karla Novak defeated Mia Torres in Lisbon. The final lasted four hours. She did not lose a set."
QUESTION = "What happened at the observatory?"


def article(text: str, title: str = "", name: str = "a.txt") -> Article:
    return Article(hashlib.sha256(text.encode()).hexdigest(), Path(name), text, title)


def whole(*articles: Article) -> list[Evidence]:
    return evidence_of(Passage(i, one, 0, len(one.text), 1.0) for i, one in enumerate(articles, 1))


@pytest.fixture
def evidence() -> list[Evidence]:
    return whole(article(FIRST, "Observatory opens"), article(SECOND, "Novak wins", "b.txt"))


def test_evidence_is_the_sentences_verbatim(evidence: list[Evidence]) -> None:
    assert len(evidence) == 7
    assert [one.text for one in evidence[:2]] == [
        "Ingrid Solberg opened the Tromsø observatory on 4 June 2021.",
        "The building cost 12 million euros.",
    ]
    assert {one.passage for one in evidence} == {1, 2}


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        (
            "Ingrid Solberg opened it in June 2021.",
            "Ingrid Solberg opened the Tromsø observatory on 4 June 2021.",
        ),
        ("The Tromsø observatory was opened by Ingrid Solberg.", "Ingrid Solberg opened the Tromsø"),
        ("The building cost twelve million euros.", "The building cost 12 million euros."),
        ("The final lasted 4 hours.", "The final lasted four hours."),
        ("The NSA runs it with 40 engineers.", "The Norwegian Space Agency runs it"),
        ("Nobody was hurt when the roof fell.", "Nobody was hurt when its roof fell in."),
    ],
    ids=["shorter", "passive", "number word", "digits", "initials", "denial"],
)
def test_what_the_articles_say_is_supported(sentence: str, quote: str, evidence: list[Evidence]) -> None:
    found = ground(sentence, QUESTION, evidence)
    assert found.supported, found.failure
    assert found.evidence[0].text.startswith(quote)


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("Ingrid Solberg opened it on 5 June 2021.", "number 5"),
        ("Ingrid Solberg opened it on 4 July 2021.", "number month 7"),
        ("The building cost 13 million euros.", "number 13"),
        ("Erna Berg opened the Tromsø observatory.", "name"),
        ("Ingrid Solberg opened the Bergen observatory.", "name bergen"),
        ("Ingrid Solberg did not open the Tromsø observatory.", "denies"),
        ("People were hurt when its roof fell in.", "deny"),
        ("Mia Torres defeated Karla Novak in Lisbon.", "the other way round"),
        ("Purple elephants dance beautifully.", "no sentence"),
        ("The passages do not say.", "no answer"),
        ("The observatory happened.", "repeats"),
        ("[1]", "empty"),
        ("", "empty"),
    ],
    ids=("day month amount name place denial denied roles nonsense evasion echo marker nothing".split()),
)
def test_what_they_do_not_say_is_not(sentence: str, why: str, evidence: list[Evidence]) -> None:
    found = ground(sentence, QUESTION, evidence)
    assert not found.supported
    assert why in found.failure


def test_a_number_counts_what_the_article_counts() -> None:
    told = whole(article("The Marsa lost 31 sailors, twelve cooks and 7 pilots off Vik; it had sailed 5 km."))
    asked = "Who was lost off Vik?"
    assert ground("The Marsa lost 31 sailors, 12 cooks and 7 pilots.", asked, told).supported
    wrong = ground("The Marsa lost 31 sailors, 12 cooks and 7 divers.", asked, told)
    assert "divers" in wrong.failure
    assert ground("The Marsa had sailed 5 kilometres.", asked, told).supported


def test_what_is_one_painters_is_not_the_others() -> None:
    told = whole(article('The missing pictures include the "Red Boat". The other one is Berg\'s "Old Mill".'))
    asked = "Which pictures are missing?"
    assert ground('The missing pictures are the "Red Boat" and Berg\'s "Old Mill".', asked, told).supported
    wrong = ground('The missing pictures are Berg\'s "Red Boat" and the "Old Mill".', asked, told)
    assert "whose 'Red Boat'" in wrong.failure


def test_a_number_from_another_sentence_bears_nothing_out(evidence: list[Evidence]) -> None:
    assert not ground("Karla Novak defeated Mia Torres in 40 minutes.", QUESTION, evidence).supported


def test_a_sentence_may_rest_on_two_articles(evidence: list[Evidence]) -> None:
    claim = "Ingrid Solberg opened the Tromsø observatory and Karla Novak defeated Mia Torres in Lisbon."
    found = ground(claim, QUESTION, evidence)
    assert found.supported, found.failure
    assert len({one.article.id for one in found.evidence}) == 2


def test_markers_are_hints_and_never_proofs(evidence: list[Evidence]) -> None:
    twice = whole(article("The bridge is closed."), article("The bridge is closed. It is old.", name="b.txt"))
    assert ground("The bridge is closed [2].", "What is new?", twice).evidence[0].passage == 2
    assert ground("The bridge is closed.", "What is new?", twice).evidence[0].passage == 1
    wrong = ground("The building cost 12 million euros [2].", QUESTION, evidence)
    assert wrong.supported
    assert wrong.evidence[0].passage == 1


def test_a_bare_name_of_the_question_is_no_answer(evidence: list[Evidence]) -> None:
    assert not ground("Karla Novak", "Whom did Karla Novak defeat?", evidence).supported
    assert ground("Mia Torres", "Whom did Karla Novak defeat?", evidence).supported


def test_nothing_is_borne_out_by_nothing() -> None:
    assert not ground("Karla Novak won.", QUESTION, []).supported
    assert evidence_of([]) == []


@pytest.mark.parametrize(
    ("sentence", "text", "hints"),
    [
        ("Kim left [1].", "Kim left.", (1,)),
        ("Kim left [1][2].", "Kim left.", (1, 2)),
        ("Kim left [1, 3].", "Kim left.", (1, 3)),
        ("Kim left (passage 2).", "Kim left.", (2,)),
        ("Kim left 【4】.", "Kim left.", (4,)),
        ("Kim left [passages 1 and 2].", "Kim left.", (1, 2)),
        ("Kim left [99].", "Kim left.", (99,)),
        ("Kim left, as stated in passage [2].", "Kim left.", (2,)),
        ("Kim left, according to the article [2].", "Kim left.", (2,)),
        ("Kim left by train, according to", "Kim left by train", ()),
        ("Answer: Kim left.", "Kim left.", ()),
        ("According to passage 2, Kim left.", "Kim left.", ()),
        ("The passage states that Kim left.", "Kim left.", ()),
        ("**Kim left** [1]", "Kim left", (1,)),
        ("He left in (2019).", "He left in (2019).", ()),
        ("He “left [sic]”.", "He “left [sic]”.", ()),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_markers_and_leads_are_taken_off(sentence: str, text: str, hints: tuple[int, ...]) -> None:
    assert without_markers(sentence) == (text, hints)


@pytest.mark.parametrize(
    "text",
    [
        "The passages do not say.",
        "None of the passages mention it.",
        "It is unknown.",
        "There is no information about it.",
        "I don't know.",
    ],
    ids=lambda text: text,
)
def test_evasions_are_seen(text: str) -> None:
    assert evades(text)


@pytest.mark.parametrize("text", ["He did not leave.", "Kim left.", "No ship sailed."], ids=lambda text: text)
def test_answers_are_no_evasions(text: str) -> None:
    assert not evades(text)


def test_one_citation_for_each_span(evidence: list[Evidence]) -> None:
    first = ground("Ingrid Solberg opened it in June 2021.", QUESTION, evidence)
    second = ground("The final lasted four hours.", QUESTION, evidence)
    text, citations = compose([first, second, first])
    assert [citation.marker for citation in citations] == [1, 2]
    assert text == f"{first.text} [1] {second.text} [2] {first.text} [1]"
    for citation in citations:
        assert citation.article.text[citation.start : citation.end] == citation.quote


def test_a_quote_is_shown_on_one_line_and_cited_as_it_stands() -> None:
    (only,) = whole(article("The minister\nleft Oslo on\nFriday."))
    text, (citation,) = compose(quotes([only]))
    assert text == "The minister left Oslo on Friday. [1]"
    assert citation.quote == "The minister\nleft Oslo on\nFriday."


@pytest.mark.parametrize(
    ("text", "shown"),
    [(" kim left", "Kim left."), ("Left?", "Left?"), ("“He left.”", "“He left.”"), ("Gone!", "Gone!")],
    ids=["bare", "question", "quoted", "exclaimed"],
)
def test_a_sentence_is_closed(text: str, shown: str) -> None:
    assert closed(text) == shown


@given(st.text(max_size=120), st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_whatever_a_model_writes_is_judged(sentence: str, question: str) -> None:
    evidence = whole(article(FIRST))
    found = ground(sentence, question, evidence)
    assert found.supported == (not found.failure)
    assert not found.supported or found.evidence


@pytest.mark.parametrize(
    ("source", "question", "sentence", "why"),
    [
        (
            "It was a gift to then Norwegian President Ola Dahl.",
            "Who is the Norwegian president?",
            "Ola Dahl is the Norwegian president.",
            "'then'",
        ),
        (
            "It was a gift to then Norwegian President Ola Dahl.",
            "Who is the Norwegian president?",
            "Ola Dahl.",
            "'then'",
        ),
        ("It was a gift to then Norwegian President Ola Dahl.", "Who got a gift?", "President Ola Dahl.", ""),
        (
            "Then Norwegian President Ola Dahl met then Swedish Chancellor Eva Lund in Rome.",
            "Who is the president of Norway?",
            "The Norwegian President is Ola Dahl, who met then Swedish Chancellor Eva Lund in Rome.",
            "'then'",
        ),
        (
            "Then Norwegian President Ola Dahl met then Swedish Chancellor Eva Lund in Rome.",
            "Who is the president of Norway?",
            "It was then President Ola Dahl, who met then Chancellor Eva Lund in Rome.",
            "",
        ),
        (
            "Ola Dahl, the former mayor of Oslo, and Eva Lund, the mayor, met.",
            "Who is the mayor of Oslo?",
            "Eva Lund is the mayor of Oslo.",
            "",
        ),
        (
            "Police questioned the alleged thief, Ola Dahl.",
            "Who is Ola Dahl?",
            "Ola Dahl is the thief whom police questioned.",
            "'alleged'",
        ),
        (
            "A spokesman said Tuesday that Ola Dahl will visit Rome.",
            "When will Ola Dahl visit Rome?",
            "Ola Dahl will visit Rome on Tuesday.",
            "when it was told",
        ),
        (
            "A spokesman said Tuesday that Ola Dahl will visit Rome on Friday.",
            "When will Ola Dahl visit Rome?",
            "Ola Dahl will visit Rome on Friday.",
            "",
        ),
        (
            "A spokesman said Tuesday that Ola Dahl will visit Rome.",
            "When did the spokesman speak?",
            "The spokesman said on Tuesday that Ola Dahl will visit Rome.",
            "",
        ),
    ],
    ids=[
        "then",
        "bare name",
        "past",
        "another's then",
        "its then",
        "another holds it",
        "alleged",
        "day of telling",
        "its day",
        "telling",
    ],
)
def test_qualifiers_and_days_of_telling_are_kept(source: str, question: str, sentence: str, why: str) -> None:
    found = ground(sentence, question, whole(article(source)))
    assert found.supported == (not why), found.failure
    assert why in found.failure


def test_a_date_of_something_else_is_no_answer() -> None:
    node = article("The node begins the signal of the heart.", "Sinoatrial node", "n.txt")
    ship = article("The ferry sank on 8 December 1985.", "Ferry sinks", "s.txt")
    question = "When does the node begin its signal?"
    found = ground("The node begins its signal on 8 December 1985.", question, whole(node, ship))
    assert "something else" in found.failure
    sunk = ground("The ferry sank on 8 December 1985.", "When did the ferry sink?", whole(node, ship))
    assert sunk.supported


def test_a_thing_beside_two_names_is_not_what_one_did_with_it_to_the_other() -> None:
    source = "Eva Lund, who loves cars, took a seat in the car of Ola Dahl after the talks."
    found = ground(
        "Ola Dahl gave Eva Lund a car.", "What did Ola Dahl give Eva Lund?", whole(article(source))
    )
    assert "something else" in found.failure
    given = source.replace("took a seat in the car of", "was given a car by")
    assert ground("Ola Dahl gave Eva Lund a car.", "What did Ola Dahl give?", whole(article(given))).supported


def test_a_title_completes_what_was_found() -> None:
    cup = article("The purse was 2 million dollars in 2011.", "Senior Open Championship")
    question = "What is the purse of the Senior Open?"
    assert ground(
        "The purse of the Senior Open Championship is 2 million dollars.", question, whole(cup)
    ).supported
    assert not ground("It is the Senior Open Championship.", question, whole(cup)).supported


@pytest.mark.parametrize(
    ("draft", "kept"),
    [
        ("Kim left. He took the train to", "Kim left."),
        ("Kim left [1]. He took the train [", "Kim left [1]."),
        ("Kim left. He took the train. [2]", "Kim left. He took the train. [2]"),
        ("Kim, Lee, Park and", "Kim, Lee, Park and"),
    ],
    ids=["broken off", "in a marker", "whole", "one sentence"],
)
def test_a_reply_that_was_cut_off_ends_with_a_whole_sentence(draft: str, kept: str) -> None:
    assert without_cut_end(draft) == kept


def test_what_is_left_of_a_marker_is_dropped() -> None:
    assert without_markers("Kim left by train [")[0] == "Kim left by train"
    assert without_markers("Kim left by train [1")[0] == "Kim left by train"
    assert without_markers("Kim, Lee, Park,")[0] == "Kim, Lee, Park"


def test_the_month_of_may_is_no_doubt() -> None:
    found = ground(
        "Karla Novak won in May.", "When did Novak win?", whole(article("Karla Novak won the cup in May."))
    )
    assert found.supported, found.failure


def test_an_outlet_that_the_question_names_is_borne_out_by_its_own_article() -> None:
    text = "The roof of the observatory fell in after heavy snow."
    one = Article(hashlib.sha256(text.encode()).hexdigest(), Path("a.txt"), text, "", source="Nordlys")
    other = Article(hashlib.sha256(text.encode()).hexdigest(), Path("a.txt"), text, "", source="Harbour Post")
    question = "Does the Nordlys article say that the observatory's roof fell in?"
    claim = "Yes, the Nordlys article says that the roof of the observatory fell in after heavy snow."
    assert ground(claim, question, whole(one)).supported
    assert "nordly" in ground(claim, question, whole(other)).failure


def test_what_a_sentence_says_of_its_he_belongs_to_the_name_before_it() -> None:
    told = "The Tromsø concert took place in the old harbour hall on a stormy night. It was headlined by Ane Vik."
    claim = "Ane Vik headlined the Tromsø concert in the old harbour hall."
    found = ground(claim, "Who headlined the concert?", whole(article(told)))
    assert found.supported, found.failure
    assert len(found.evidence) == 2
    apart = told.replace(" It was", " Mia Torres played later. Another evening was")
    assert not ground(claim, "Who headlined the concert?", whole(article(apart))).supported


def test_two_articles_are_not_blended_into_one_statement() -> None:
    question = "Who wrote the music of The Lantern Tower?"
    articles = [
        article("The musical Tin Boats has music written by Ana Reis and a book by Olaf Lund."),
        article("The Lantern Tower is the most played piece of its time. Its music is much loved."),
    ]
    sentence = "Ana Reis wrote the music of The Lantern Tower."
    assert "lantern" in ground(sentence, question, whole(*articles)).failure
    both = article(f"{articles[1].text} The music was written by Ana Reis.")
    assert ground(sentence, question, whole(articles[0], both)).supported


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        (
            "The tide turns, as the moon draws the sea, as the moon draws the sea, as the moon dr",
            "The tide turns, as the moon draws the sea",
        ),
        (
            "It fell because of the long rain because of the long rain and the wind.",
            "It fell because of the long rain and the wind.",
        ),
        ("He went to Rome and to Paris and to Vik.", "He went to Rome and to Paris and to Vik."),
        ("One sentence is enough for this. One sentence is enough for that.", None),
    ],
    ids=["cut off", "twice", "no round", "two sentences"],
)
def test_a_reply_that_goes_round_is_cut_where_it_begins_to(reply: str, kept: str | None) -> None:
    assert without_rounds(reply) == (kept or reply)


def test_a_date_out_of_a_sentence_on_something_else_is_no_answer() -> None:
    text = (
        "Rovers sign striker Okonjo from Bergen\n\nRovers have signed Emeka Okonjo from Bergen.\n\n"
        "Rovers finished 14th last season and open the new one at home to Carrow Athletic on 10 August."
    )
    article = Article("1" * 64, Path("1.txt"), text, "Rovers sign striker Okonjo from Bergen")
    found = evidence_of([Passage(1, article, 0, len(text), 1.0)])
    claimed = ground(
        "Okonjo will return to Bergen on 10 August.", "When will Okonjo return to Bergen?", found
    )
    assert claimed.failure == "the sentence that holds it speaks of something else"

"""From a question to a cited answer, through the public door: what is shown, and what is refused."""

from __future__ import annotations

import json
import re

import pytest
from conftest import Pages, ScriptedReader, check_citations

from index import Library
from index.errors import QuestionError
from rag import Scope, Turn, answer
from rag.answering import NO_MODEL
from rag.answers import NEAREST, NOT_FOUND, NOTHING_SEARCHED
from rag.libraries import DEMO_NOTE
from rag.question import LONGEST

# Far from every threshold: the articles say the first two in so many words, and nothing of the last.
LAST_VISIT = "When did Putin last visit Pyongyang?"
JOIN = "Who will join Putin on the trip to North Korea?"
FRANCE = "What is the capital of France?"

BUILT = "The ferry Marsa was built in 1962 by Borg of Vik."
SOLD = "Tove Lund bought the ferry Marsa from the council."
FERRY = {"ferry.txt": f"The ferry Marsa\n\n{BUILT} It carried post. {SOLD} She paid in cash.\n"}
WHEN_BUILT = "When was the ferry Marsa built?"
BOTH = "When was the ferry Marsa built, and who bought the old ferry?"

# What is answered


@pytest.mark.parametrize(
    ("question", "told"),
    [(LAST_VISIT, ["July 2000"]), (JOIN, ["Belousov", "Lavrov", "Novak"])],
    ids=["when", "who"],
)
def test_the_sample_articles_answer(question: str, told: list[str], seed_library: Library) -> None:
    found = answer(question, library=seed_library, model=NO_MODEL)
    assert found.answered
    assert [words for words in told if words not in found.text] == []
    assert (found.question, found.understood, found.code, found.draft) == (question, question, "", "")
    assert 0.5 <= found.confidence <= 1
    assert found.citations[0].published.startswith("2024")
    check_citations(found)


def test_the_words_that_answer_are_named(pages: Pages, reads: ScriptedReader) -> None:
    reads.tell("1962")
    (sentence,) = answer(WHEN_BUILT, library=pages(FERRY), model=NO_MODEL).sentences
    ((start, end),) = sentence.words
    assert (sentence.text, sentence.text[start:end]) == (BUILT, "1962")


def test_a_sentence_over_several_lines_is_shown_on_one(pages: Pages, reads: ScriptedReader) -> None:
    reads.tell("1962")
    library = pages({"ferry.txt": FERRY["ferry.txt"].replace(" in 1962 by ", "\n  in  1962\nby ")})
    found = answer(WHEN_BUILT, library=library, model=NO_MODEL)
    (sentence,) = found.sentences
    ((start, end),) = sentence.words
    assert (sentence.text, sentence.text[start:end]) == (BUILT, "1962")
    assert "\n  in  1962\nby" in found.citations[0].quote
    check_citations(found)


def test_a_pronoun_comes_with_the_sentence_before_it(pages: Pages, reads: ScriptedReader) -> None:
    reads.tell("in cash")
    found = answer("How was the ferry Marsa paid for?", library=pages(FERRY), model=NO_MODEL)
    assert found.text == f"{SOLD} [1] She paid in cash. [2]"
    assert [bool(sentence.words) for sentence in found.sentences] == [False, True]
    check_citations(found)


def test_two_stories_with_different_figures_are_both_shown(pages: Pages, reads: ScriptedReader) -> None:
    texts = {
        "2024-05-06 Ferry sinks.txt": "Twelve dead\n\nThe ferry Marsa sank off Gozo in a storm on Monday. "
        "The harbour office said 12 passengers died. Divers are at work near the lighthouse.\n",
        "2024-05-08 Ferry.txt": "A wreck is found\n\nThe wreck of the Marsa lies at forty metres. "
        "Officials now count 15 passengers dead. Relatives laid flowers at the pier on Wednesday.\n",
    }
    reads.tell("12 passengers")
    reads.tell("15 passengers", score=8.0)
    question = "How many passengers of the ferry Marsa died?"
    found = answer(question, library=pages(texts), model=NO_MODEL)
    assert re.findall(r"\d+ passengers", found.text) == ["15 passengers", "12 passengers"]  # the newest first
    assert found.reason.startswith("Articles differ on this")
    assert len({citation.article.id for citation in found.citations}) == 2
    check_citations(found)


def test_what_is_said_twice_is_shown_once(pages: Pages, reads: ScriptedReader) -> None:
    reads.tell("1962")
    library = pages({**FERRY, "jubilee.txt": f"A jubilee\n\nThe Marsa, of 1962, is sixty. {SOLD}"})
    assert len(answer(WHEN_BUILT, library=library, model=NO_MODEL).sentences) == 1


# Several questions in one


def test_each_of_two_questions_is_answered(pages: Pages, reads: ScriptedReader) -> None:
    reads.tell("1962", of="built")
    reads.tell("Tove Lund", of="bought")
    found = answer(BOTH, library=pages(FERRY), model=NO_MODEL)
    assert reads.asked == ["When was the ferry Marsa built?", "who bought the old ferry?"]
    assert found.text == f"{BUILT} [1] {SOLD} [2]"
    assert found.understood == found.question
    assert "don't say" not in found.reason
    assert [passage.number for passage in found.passages] == list(range(1, len(found.passages) + 1))
    check_citations(found)


def test_the_part_without_an_answer_is_named(pages: Pages, reads: ScriptedReader) -> None:
    reads.tell("1962", of="built")
    found = answer(BOTH, library=pages(FERRY), model=NO_MODEL)
    assert found.text == f"{BUILT} [1]"
    assert found.reason.startswith("The articles don't say: who bought the old ferry?")
    assert found.confidence < 0.5


def test_two_questions_without_an_answer_are_a_refusal(pages: Pages, reads: ScriptedReader) -> None:
    found = answer(BOTH, library=pages(FERRY), model=NO_MODEL)
    assert (found.answered, found.text, found.code) == (False, "", NOT_FOUND)
    assert found.reason.startswith("The articles don't say. ")


# What is refused


@pytest.mark.parametrize(("question", "code"), [(FRANCE, NOT_FOUND)], ids=["elsewhere"])
def test_a_refusal_shows_what_came_nearest(question: str, code: str, seed_library: Library) -> None:
    found = answer(question, library=seed_library, model=NO_MODEL)
    assert (found.answered, found.code, found.draft, found.sentences) == (False, code, "", ())
    assert found.confidence < 0.5
    assert len(found.passages) >= NEAREST
    printed = str(found)
    assert printed.startswith("The articles don't say.")
    assert "\n\nNearest passages:" in printed
    assert all(passage.label in printed for passage in found.passages[:NEAREST])


def test_an_unfitting_scope_is_a_refusal_without_passages(seed_library: Library) -> None:
    found = answer(LAST_VISIT, library=seed_library, model=NO_MODEL, scope=Scope(until="1990"))
    assert (found.answered, found.passages, found.confidence) == (False, (), 0.0)
    assert found.code == NOTHING_SEARCHED
    assert str(found).startswith("The articles don't say.")
    assert "Nearest passages" not in str(found)


def test_a_scope_holds_for_what_is_cited(seed_library: Library) -> None:
    found = answer("Who met Kim?", library=seed_library, model=NO_MODEL, scope=Scope(until="2023"))
    assert found.passages
    assert all(passage.article.published.startswith("2023") for passage in found.passages)
    assert all(citation.published.startswith("2023") for citation in found.citations)


@pytest.mark.parametrize(
    ("sure", "answers"), [(0.0, True), (0.7, True), (0.8, False), (1.0, False)], ids=lambda value: str(value)
)
def test_the_caller_says_how_sure_it_has_to_be(
    sure: float, answers: bool, pages: Pages, reads: ScriptedReader
) -> None:
    reads.tell("1962", score=1.0)  # a probability of 0.73
    found = answer(WHEN_BUILT, library=pages(FERRY), model=NO_MODEL, sure=sure)
    assert found.answered is answers
    assert found.confidence == pytest.approx(0.73, abs=0.01)
    assert found.code == ("" if answers else NOT_FOUND)


@pytest.mark.parametrize("question", ["", " \n\t "], ids=["empty", "blank"])
def test_an_empty_question(question: str, seed_library: Library) -> None:
    with pytest.raises(QuestionError, match="empty"):
        answer(question, library=seed_library, model=NO_MODEL)


@pytest.mark.parametrize("question", ["Who?!" * 4_000, "x" * (LONGEST + 1)], ids=["far", "by one"])
def test_a_question_that_is_too_long(question: str, seed_library: Library) -> None:
    with pytest.raises(QuestionError, match=rf"{len(question):,} characters; the most is 2,000"):
        answer(question, library=seed_library, model=NO_MODEL)


@pytest.mark.parametrize(
    "question",
    ["x", "?", "[1]", "\x00", "🚆" * 50, "a" * LONGEST, "Who? " * 400, 'NEAR("'],
    ids=["letter", "mark", "marker", "null", "emoji", "long", "many", "syntax"],
)
def test_odd_questions_are_answered_or_refused(question: str, seed_library: Library) -> None:
    found = answer(question, library=seed_library, model=NO_MODEL)
    assert found.question == question.strip()
    assert found.answered == bool(found.text)
    check_citations(found)


@pytest.mark.parametrize(
    "question",
    [
        "How much do readers of The Moscow Times give every month?",
        "How long is the free trial of Amazon Prime Video?",
        "Which fields of the form are marked?",
    ],
    ids=["appeal", "trial", "comments"],
)
def test_an_appeal_is_never_an_answer(question: str, seed_library: Library) -> None:
    found = answer(question, library=seed_library, model=NO_MODEL, sure=0.0)
    assert found.answered
    check_citations(found)
    words = " ".join(passage.text for passage in found.passages) + found.text
    assert not re.search(r"\$2|30.day|Required fields", words)


# Conversation and forms


def test_a_follow_up_is_understood(seed_library: Library) -> None:
    history = (Turn(LAST_VISIT, "Putin last visited Pyongyang in July 2000. [1]"),)
    found = answer("And when did he visit it last?", library=seed_library, model=NO_MODEL, history=history)
    assert found.question == "And when did he visit it last?"
    assert found.understood == "Putin, Pyongyang: when did he visit it last?"
    assert str(found).startswith(f"Searched as: {found.understood}\n\n")


def test_before_anything_is_indexed_the_samples_answer() -> None:
    found = answer(LAST_VISIT, model=NO_MODEL)
    assert "July 2000" in found.text
    assert found.reason.endswith(DEMO_NOTE)
    assert found.reason in str(found)


@pytest.mark.parametrize("question", [LAST_VISIT, FRANCE], ids=["answered", "refused"])
def test_as_json_it_says_all_and_holds_no_whole_article(question: str, seed_library: Library) -> None:
    found = answer(question, library=seed_library, model=NO_MODEL)
    written = json.dumps(found.to_dict())
    told = json.loads(written)
    assert (told["question"], told["answered"], told["text"]) == (question, found.answered, found.text)
    assert (told["code"], told["reason"]) == (found.code, found.reason)
    assert [one["markers"] for one in told["sentences"]] == [
        [citation.marker for citation in sentence.citations] for sentence in found.sentences
    ]
    assert [one["quote"] for one in told["citations"]] == [citation.quote for citation in found.citations]
    assert len(told["passages"]) == len(found.passages)
    for passage in found.passages:
        assert json.dumps(passage.article.text)[1:-1] not in written

"""Real questions to the sample articles, answered by the real model; each is asked once."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import ScriptedModel

from index import Library
from rag import Answer, Turn, answer, ask

ACCOMPANIED = "Who accompanied Kim?"
TRIP = "Who will join Putin on the trip to North Korea?"
TRAVEL = "How did Kim travel to Russia?"
WHERE = "And where did they meet?"
GIFT = "Which gift did Putin give Kim?"
FRANCE = "What is the capital of France?"
_SENTENCE_END = re.compile(r"(?<=[.!?”\"\]])\s+(?=[A-Z“\"])")

Asked = Callable[[str], Answer]


@pytest.fixture(scope="session")
def asked(seed_library: Library, fetched: Path) -> Asked:
    """The model's answer to one of the questions above, made at its first use."""
    answers: dict[str, Answer] = {}

    def once(question: str) -> Answer:
        if question not in answers:
            history = [Turn(ACCOMPANIED, once(ACCOMPANIED).text)] if question == WHERE else []
            answers[question] = answer(question, history=history, library=seed_library)
        return answers[question]

    return once


def test_who_accompanied_kim(asked: Asked) -> None:
    found = asked(ACCOMPANIED)
    text = found.text.lower()
    assert found.answered
    assert "military-heavy entourage" in text
    assert found.citations
    # Shoigu was Putin's minister and joined the talks.
    about_him = [sentence for sentence in _SENTENCE_END.split(found.text) if "Shoigu" in sentence]
    assert not any(re.search(r"Shoigu[^.]*\baccompan|accompanied by[^,.]*Shoigu", one) for one in about_him)


def test_who_will_join_putin(asked: Asked) -> None:
    found = asked(TRIP)
    assert [name for name in ("Belousov", "Lavrov", "Novak") if name not in found.text] == []
    assert {citation.published[:4] for citation in found.citations} == {"2024"}


def test_how_kim_travelled(asked: Asked) -> None:
    found = asked(TRAVEL)
    assert re.search(r"(armou?red|bullet-?proof).*train", found.text, re.IGNORECASE)
    assert found.citations


def test_a_follow_up_finds_where_they_met(asked: Asked) -> None:
    found = asked(WHERE)
    assert found.question == WHERE
    assert re.search(r"Kim|Putin", found.understood)
    assert "Vostochny" in found.text
    assert found.citations


def test_a_question_for_yes_or_no_gets_the_words_that_say_so(asked: Asked) -> None:
    found = asked("Did Kim travel to Russia by train?")
    assert not found.text.startswith("Yes")
    assert "train" in found.citations[0].quote


def test_there_is_no_yes_to_the_reverse(asked: Asked) -> None:
    assert not asked("Did Kim give Putin a car?").text.startswith("Yes")


@pytest.mark.parametrize("question", [GIFT, FRANCE], ids=["gift", "france"])
def test_what_the_articles_do_not_say_is_refused(question: str, asked: Asked) -> None:
    found = asked(question)
    assert not found.answered
    assert found.text == ""
    assert found.citations == ()
    assert "The articles don't say" in found.reason
    assert found.confidence < 0.5


def test_a_refusal_shows_what_came_nearest(asked: Asked) -> None:
    assert any("exchanged gifts" in " ".join(passage.text.split()) for passage in asked(GIFT).passages)


@pytest.mark.parametrize("question", [ACCOMPANIED, TRIP, TRAVEL, WHERE], ids=["who", "join", "how", "where"])
def test_every_sentence_cites_the_very_words(question: str, asked: Asked) -> None:
    found = asked(question)
    for citation in found.citations:
        assert citation.article.text[citation.start : citation.end] == citation.quote
        assert citation.quote.strip()
    markers = {int(marker) for marker in re.findall(r"\[(\d+)\]", found.text)}
    assert markers == {citation.marker for citation in found.citations}
    assert all(re.search(r"\[\d+\]", sentence) for sentence in _SENTENCE_END.split(found.text))
    assert found.draft or found.answered


def test_an_answer_prints_with_its_sources(asked: Asked) -> None:
    found = asked(TRIP)
    printed = str(found)
    assert printed.startswith(found.text)
    for citation in found.citations:
        assert f"[{citation.marker}] {citation.title}" in printed
        assert " ".join(citation.quote.split()) in printed


@pytest.mark.parametrize("question", [TRIP, GIFT], ids=["answered", "refused"])
def test_an_answer_as_json_holds_no_whole_article(question: str, asked: Asked) -> None:
    found = asked(question)
    written = json.dumps(found.to_dict())
    assert json.loads(written)["question"] == question
    for passage in found.passages:
        assert json.dumps(passage.article.text)[1:-1] not in written
    assert {"total"} <= set(found.timings)


def test_closing_the_generator_stops_the_model(seed_library: Library, fetched: Path) -> None:
    threads = threading.active_count()
    snapshots = ask(ACCOMPANIED, library=seed_library, sure=1.0)  # nothing is: the model would be asked
    drafted = next(snapshot for snapshot in snapshots if snapshot.draft)
    began = time.monotonic()
    snapshots.close()
    assert time.monotonic() - began < 2
    assert threading.active_count() <= threads
    assert not drafted.answered


def test_closing_the_generator_stops_any_model(seed_library: Library, scripted: ScriptedModel) -> None:
    scripted.tell("Kim travelled in a train. " * 2_000)
    snapshots = ask(TRAVEL, library=seed_library, model=scripted, sure=1.0)
    next(snapshot for snapshot in snapshots if snapshot.draft)  # before the model is asked
    snapshots.close()
    assert scripted.prompts == []


def test_two_threads_take_turns(asked: Asked, seed_library: Library) -> None:
    questions = [TRAVEL, TRIP]
    expected = [asked(question) for question in questions]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda question: answer(question, library=seed_library), questions))
    assert [one.answered for one in found] == [one.answered for one in expected]
    assert "train" in found[0].text
    assert "Lavrov" in found[1].text

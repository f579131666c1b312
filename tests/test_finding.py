"""From a question to the passages that are read: what is found, in which order, numbered and left out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from conftest import SEEDS, Pages
from llama_index.core.schema import QueryBundle

from index import Library
from index.article import Scope
from index.chunker import sentences
from rag import Passage
from rag.finding import PASSAGES, find
from rag.retriever import LibraryRetriever

ACCOMPANIED = "Who accompanied Kim?"
LAST_VISIT = "When did Putin last visit Pyongyang?"
JOIN = "Who will join Putin on the trip to North Korea?"
QUESTIONS = [ACCOMPANIED, LAST_VISIT, JOIN, "What is the capital of France?"]
NAMES = ["accompanied", "last", "join", "france"]


def found(
    library: Library, question: str, scope: Scope | None = None, limit: int = PASSAGES
) -> tuple[Passage, ...]:
    with library.snapshot() as snapshot:
        return find(question, snapshot, library.embedder, scope, limit)


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_passages_are_whole_sentences_numbered_best_first(question: str, seed_library: Library) -> None:
    passages = found(seed_library, question)
    assert 0 < len(passages) <= PASSAGES
    assert [passage.number for passage in passages] == list(range(1, len(passages) + 1))
    scores = [passage.score for passage in passages]
    assert all(later <= earlier + 0.001 for earlier, later in pairwise(scores))
    assert len({(passage.article.id, passage.start) for passage in passages}) == len(passages)
    for passage in passages:
        text = passage.article.text
        assert text[passage.start : passage.end] == passage.text == passage.text.strip() != ""
        begins = {start for start, _ in sentences(text)}
        assert passage.start in begins


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_passages_never_touch_boilerplate(question: str, seed_library: Library) -> None:
    for passage in found(seed_library, question):
        for first, last in passage.article.boilerplate:
            assert passage.end <= first or last <= passage.start


@pytest.mark.parametrize(
    "question",
    [
        "How can readers donate to support independent journalism?",
        "When does the free trial of Amazon Prime Video end?",
        "Which fields of the comment form are required?",
    ],
    ids=["appeal", "trial", "comments"],
)
def test_what_is_only_in_the_appeals_is_not_found(question: str, seed_library: Library) -> None:
    files = [path.read_text(encoding="utf-8") for path in SEEDS.glob("*.txt")]
    furniture = ("no matter how small", "30-day free trial", "Required fields are marked")
    assert all(any(words in text for text in files) for words in furniture)
    for passage in found(seed_library, question):
        assert not any(words in passage.text for words in furniture)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (ACCOMPANIED, "military-heavy entourage"),
        (LAST_VISIT, "Putin last visited Pyongyang in July 2000"),
        (JOIN, "Belousov"),
        ("Belousov", "Belousov"),
        ("railway vehicle", "train"),
    ],
    ids=["accompanied", "last", "join", "by word", "by meaning"],
)
def test_the_sentence_that_answers_is_found(question: str, words: str, seed_library: Library) -> None:
    passages = found(seed_library, question)
    assert any(words in " ".join(passage.text.split()) for passage in passages[:5])


def test_what_the_articles_answer_is_nearer(seed_library: Library) -> None:
    assert found(seed_library, LAST_VISIT)[0].score > found(seed_library, QUESTIONS[3])[0].score


def test_a_scope_holds(seed_library: Library) -> None:
    with seed_library.snapshot() as snapshot:
        articles = [snapshot.article(key) for key in snapshot.article_ids()]
    newest = {article.id for article in articles if article.published.startswith("2024")}
    assert len(articles) > len(newest) == 1
    for scope in (Scope(since="2024-01-01"), Scope(only=frozenset(newest)), Scope(sources=("al jazeera",))):
        assert {passage.article.id for passage in found(seed_library, ACCOMPANIED, scope)} == newest
    without = found(seed_library, ACCOMPANIED, Scope(exclude=frozenset(newest)))
    assert without
    assert not {passage.article.id for passage in without} & newest


def test_an_empty_scope_finds_nothing(seed_library: Library) -> None:
    assert found(seed_library, ACCOMPANIED, Scope(until="1990-01-01")) == ()


@pytest.mark.parametrize("limit", [1, 3], ids=str)
def test_no_more_is_found_than_was_asked_for(limit: int, seed_library: Library) -> None:
    few = found(seed_library, ACCOMPANIED, limit=limit)
    assert few == found(seed_library, ACCOMPANIED)[:limit]
    assert len(few) == limit


def test_the_same_question_finds_the_same(seed_library: Library) -> None:
    assert found(seed_library, ACCOMPANIED) == found(seed_library, ACCOMPANIED)


def test_a_chunk_comes_with_the_sentence_before_it(pages: Pages) -> None:
    line = "In {} the ferry carried a load of wheat and nine travellers from the old harbour to the island. "
    text = "".join(line.format(year) for year in range(1900, 1930))
    library = pages({"ferry.txt": f"{text.strip()}\n"})
    passages = found(library, "What did the ferry carry in 1915?")
    with library.snapshot() as snapshot:
        (key,) = snapshot.article_ids()
        chunks = snapshot.article_chunks(key)
    assert len(chunks) > 3
    before = {end: start for start, end in sentences(text)}
    widened = {(before.get(chunk.start - 1, chunk.start), chunk.end) for chunk in chunks}
    assert {(passage.start, passage.end) for passage in passages} <= widened


def test_of_equals_the_newer_articles_comes_first(pages: Pages) -> None:
    told = "The ferry to Gozo was cancelled on Monday after its engine failed, the harbour master said."
    texts = {
        f"2024-05-0{day} {name}.txt": f"The ferry\n\n{told} The repair of ship {name} takes a week.\n"
        for day, name in ((2, "B"), (3, "C"), (1, "A"))
    }
    passages = found(pages(texts), "Why was the ferry to Gozo cancelled?")
    dates = [passage.article.published for passage in passages]
    tied = [round(passage.score, 3) for passage in passages]
    assert len(dates) == 3
    for score in set(tied):
        group = [date for date, of in zip(dates, tied, strict=True) if of == score]
        assert group == sorted(group, reverse=True)


def test_llama_index_retrieves_the_same(seed_library: Library) -> None:
    nodes = LibraryRetriever(seed_library).retrieve(QueryBundle(JOIN))
    passages = found(seed_library, JOIN)
    assert [(node.node.node_id, node.text, node.score) for node in nodes] == [
        (f"{one.article.id}:{one.start}", one.text, one.score) for one in passages
    ]
    assert [node.metadata["title"] for node in nodes] == [one.article.title for one in passages]
    scope = Scope(until="2023")
    assert len(LibraryRetriever(seed_library, scope, limit=2).retrieve(QueryBundle(JOIN))) == 2

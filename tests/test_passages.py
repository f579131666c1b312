"""From a question to the sentences the model reads: what is found, chosen, numbered and left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS
from llama_index.core.schema import NodeWithScore, QueryBundle

from index import Library
from index.article import Scope
from index.embedder import MiniLMEmbedding
from rag.passages import Found, choose
from rag.retriever import LIMIT, LibraryRetriever, rarity
from rag.windows import FIRST_WORDS, MANY_WORDS, WORDS

ACCOMPANIED = "Who accompanied Kim?"
LAST_VISIT = "When did Putin last visit Pyongyang?"
JOIN = "Who will join Putin on the trip to North Korea?"
QUESTIONS = [ACCOMPANIED, LAST_VISIT, JOIN, "What is the capital of France?"]


def retrieve(library: Library, question: str, scope: Scope | None = None) -> list[NodeWithScore]:
    with library.snapshot() as snapshot:
        return LibraryRetriever(snapshot, library.embedder, scope).retrieve(QueryBundle(question))


def find(library: Library, question: str, scope: Scope | None = None) -> Found:
    embedder = library.embedder
    vector = embedder.embed([question])[0]
    with library.snapshot() as snapshot:
        hits = LibraryRetriever(snapshot, embedder, scope).find(question, vector)
        return choose(hits, question, vector, snapshot, embedder)


@pytest.mark.parametrize("question", QUESTIONS, ids=["accompanied", "last", "join", "france"])
def test_nodes_are_spans_of_their_articles_best_first(question: str, seed_library: Library) -> None:
    nodes = retrieve(seed_library, question)
    scores = [node.score or 0.0 for node in nodes]
    assert 0 < len(nodes) <= LIMIT
    assert scores == sorted(scores, reverse=True)
    assert len({node.node.node_id for node in nodes}) == len(nodes)
    with seed_library.snapshot() as snapshot:
        for node in nodes:
            text = snapshot.article(node.metadata["article"]).text
            assert text[node.metadata["start"] : node.metadata["end"]] == node.text


def test_word_and_meaning_search_both_count(seed_library: Library) -> None:
    assert "Belousov" in retrieve(seed_library, "Belousov")[0].text
    assert any("train" in node.text for node in retrieve(seed_library, "railway vehicle")[:5])


def test_a_scope_holds(seed_library: Library) -> None:
    with seed_library.snapshot() as snapshot:
        all_of_them = {node.metadata["article"] for node in retrieve(seed_library, ACCOMPANIED)}
        newest = {one for one in all_of_them if snapshot.article(one).published.startswith("2024")}
    assert len(all_of_them) > len(newest) == 1
    for scope in (Scope(since="2024-01-01"), Scope(only=frozenset(newest)), Scope(sources=("al jazeera",))):
        assert {node.metadata["article"] for node in retrieve(seed_library, ACCOMPANIED, scope)} == newest
    without = retrieve(seed_library, ACCOMPANIED, Scope(exclude=frozenset(newest)))
    assert {node.metadata["article"] for node in without} == all_of_them - newest


def test_an_empty_scope_finds_nothing(seed_library: Library) -> None:
    nowhere = Scope(until="1990-01-01")
    assert retrieve(seed_library, ACCOMPANIED, nowhere) == []
    found = find(seed_library, ACCOMPANIED, nowhere)
    assert found == Found()
    assert found.passages == ()


def test_a_syndicated_text_comes_once(tmp_path: Path, embedder: MiniLMEmbedding) -> None:
    story = "The ferry to Gozo was cancelled on Monday after its engine failed, the harbour master said."
    folder = tmp_path / "articles"
    folder.mkdir()
    for name in ("one.txt", "two.txt", "three.txt"):
        (folder / name).write_text(f"{story}\n\nFiled by {name}.", encoding="utf-8")
    (folder / "other.txt").write_text("Wheat prices rose in Chicago on a poor harvest.", encoding="utf-8")
    library = Library(tmp_path / "library", embedder)
    assert library.sync(folder).articles == 4
    nodes = retrieve(library, "Why was the ferry to Gozo cancelled?")
    assert sum("ferry" in node.text for node in nodes) == 1


@pytest.mark.parametrize("question", QUESTIONS, ids=["accompanied", "last", "join", "france"])
def test_passages_are_whole_numbered_and_few(question: str, seed_library: Library) -> None:
    found = find(seed_library, question)
    assert [passage.number for passage in found.passages] == list(range(1, len(found.passages) + 1))
    assert found.read
    assert sum(len(passage.text.split()) for passage in found.read) <= MANY_WORDS + 60
    assert len(found.passages) <= 10
    spans = [(p.article.id, p.start, p.end) for p in found.passages]
    for i, (article, start, end) in enumerate(spans):
        assert start < end
        for other, first, last in spans[i + 1 :]:
            assert other != article or end <= first or last <= start


@pytest.mark.parametrize("question", QUESTIONS, ids=["accompanied", "last", "join", "france"])
def test_passages_never_touch_boilerplate(question: str, seed_library: Library) -> None:
    for passage in find(seed_library, question).passages:
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
    for passage in find(seed_library, question).passages:
        assert not any(words in passage.text for words in furniture)


def test_the_sentence_that_answers_is_read(seed_library: Library) -> None:
    for question, words in (
        (ACCOMPANIED, "military-heavy entourage"),
        (LAST_VISIT, "Putin last visited Pyongyang in July 2000"),
        (JOIN, "Belousov"),
    ):
        assert any(words in " ".join(passage.text.split()) for passage in find(seed_library, question).read)


def test_less_is_read_first(seed_library: Library) -> None:
    found = find(seed_library, LAST_VISIT)
    first, read = (" ".join(p.text for p in passages).split() for passages in (found.first, found.read))
    assert "July 2000" in " ".join(first)
    assert len(first) <= FIRST_WORDS + 40 < len(read)


def test_another_articles_equal_sentence_is_read_first_too(seed_library: Library) -> None:
    found = find(seed_library, "Where did Kim and Putin meet?")
    assert len({passage.article.id for passage in found.first}) > 1
    assert found.first != found.read


def test_where_several_may_be_asked_for_everything_is_read_first(seed_library: Library) -> None:
    found = find(seed_library, ACCOMPANIED)
    assert found.first == found.read


def test_where_no_sentence_sticks_out_more_is_read_and_at_once(
    tmp_path: Path, embedder: MiniLMEmbedding
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    lines = (
        f"The ferry Marsa carried {cars} cars to Gozo in a week of {cars + 1900}." for cars in range(20, 60)
    )
    (folder / "ferry.txt").write_text(" ".join(lines), encoding="utf-8")
    library = Library(tmp_path / "library", embedder)
    library.sync(folder)
    found = find(library, "How many cars did the ferry Marsa carry to Gozo?")
    assert found.first == found.read
    assert WORDS < sum(len(passage.text.split()) for passage in found.read) <= MANY_WORDS


def test_what_is_far_from_the_question_is_not_read(seed_library: Library) -> None:
    last, accompanied = find(seed_library, LAST_VISIT), find(seed_library, ACCOMPANIED)
    assert {passage.article.title for passage in last.read} == {last.read[0].article.title}
    assert sum(len(passage.text.split()) for passage in last.read) < WORDS - 30
    assert len({passage.article.id for passage in accompanied.read}) > 1
    assert last.others


def test_what_is_found_for_a_question_the_articles_answer_scores_higher(seed_library: Library) -> None:
    answered, unanswered = find(seed_library, LAST_VISIT), find(seed_library, QUESTIONS[3])
    assert answered.score > unanswered.score


def test_rare_words_weigh_more(seed_library: Library) -> None:
    with seed_library.snapshot() as snapshot:
        weights = rarity("Did Putin visit the Cosmodrome with Zorro?", snapshot)
    assert set(weights) == {"putin", "visit", "cosmodrom", "zorro"}
    assert weights["zorro"] > weights["cosmodrom"] > weights["putin"] > 0


def test_the_same_question_finds_the_same(seed_library: Library) -> None:
    assert find(seed_library, ACCOMPANIED) == find(seed_library, ACCOMPANIED)


def test_a_sentence_is_embedded_once_for_several_questions(
    embedder: MiniLMEmbedding, embedded: list[str]
) -> None:
    texts = [f"The ferry to island {number} sails at dawn." for number in range(40)]
    first = embedder.recall([*texts, texts[0]])
    assert embedded == texts
    assert np.array_equal(first[0], first[-1])
    assert np.array_equal(embedder.recall(texts[::-1]), first[39::-1])
    assert embedded == texts
    assert np.allclose(first[:40], embedder.embed(texts), atol=1e-6)
    assert embedder.recall([]).shape == (0, 384)

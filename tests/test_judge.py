"""Whether the articles hold the answer: every signal speaks for it, none against."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path

import pytest

from index import Library
from index.article import Article
from rag import judge
from rag.answers import Passage
from rag.evidence import Evidence, evidence_of
from rag.grounding import Grounded, ground
from rag.judge import EXTRACTED, READ, WRITTEN, Signals, Weights
from rag.passages import Found, choose
from rag.retriever import LibraryRetriever

OPTIONAL = [field.name for field in dataclasses.fields(Signals) if field.default is None]
BLIND = Signals(score=0.5, coverage=0.5)
SOME = replace(BLIND, sure=-0.5, around=0.5, near=0.5)
MODELS = pytest.mark.parametrize("weights", [READ, WRITTEN, EXTRACTED], ids=["read", "written", "extracted"])
LAST_VISIT = "When did Putin last visit Pyongyang?"
FRANCE = "What is the capital of France?"


def find(library: Library, question: str) -> Found:
    vector = library.embedder.embed([question])[0]
    with library.snapshot() as snapshot:
        hits = LibraryRetriever(snapshot, library.embedder).find(question, vector)
        return choose(hits, question, vector, snapshot, library.embedder)


@MODELS
def test_no_weight_is_negative(weights: Weights) -> None:
    named = dataclasses.asdict(weights)
    assert named.pop("bias") < 0 < named.pop("least") < 1
    assert all(weight >= 0 for weight in named.values())
    assert any(weight > 0 for weight in named.values())


@MODELS
@pytest.mark.parametrize("signal", [field.name for field in dataclasses.fields(Signals)])
def test_a_better_signal_is_never_worse(weights: Weights, signal: str) -> None:
    values = [-3.0, -1.0, -0.1] if signal == "sure" else [0.0, 0.3, 0.7, 1.0]
    odds = [weights.probability(replace(SOME, **{signal: value})) for value in values]
    assert odds == sorted(odds)
    assert all(0 < one < 1 for one in odds)


@MODELS
def test_without_a_model_the_rest_decides(weights: Weights) -> None:
    worse, better = (replace(BLIND, score=s, coverage=s) for s in (0.0, 1.0))
    assert weights.probability(worse) < weights.probability(BLIND) < weights.probability(better)


@MODELS
def test_an_unsure_model_is_not_believed_without_end(weights: Weights) -> None:
    lost, unsure = (weights.probability(replace(SOME, sure=sure)) for sure in (-1e9, -3.0))
    assert 0 < lost == unsure


def test_more_is_written_than_shown() -> None:
    assert READ.least < WRITTEN.least


def test_what_the_articles_hold_looks_better(seed_library: Library) -> None:
    held = judge.look(find(seed_library, LAST_VISIT))
    missing = judge.look(find(seed_library, FRANCE))
    assert held.coverage == pytest.approx(1.0)
    assert missing.coverage < held.coverage
    assert missing.score < held.score
    assert [getattr(held, name) for name in OPTIONAL] == [None] * len(OPTIONAL)
    for weights in (READ, WRITTEN, EXTRACTED):
        assert weights.probability(missing) < weights.least < weights.probability(held)


def test_how_much_of_the_question_stands_around_the_cited_words(seed_library: Library) -> None:
    found = find(seed_library, LAST_VISIT)
    answer = ground("Putin last visited Pyongyang in July 2000.", LAST_VISIT, evidence_of(found.read))
    assert answer.supported
    assert judge.around(found, [answer]) == pytest.approx(1.0)
    assert judge.around(found, []) == 0


def test_neighbours_count_and_what_is_further_away_does_not(seed_library: Library) -> None:
    found = find(seed_library, LAST_VISIT)
    between = " ".join(f"Zebra {name} grazes." for name in ("Aba", "Bibi", "Cora"))
    text = f"Putin came last. He visited. {between} It was in Pyongyang. {between} Far away."
    evidence = whole("a", text)

    def share(place: int) -> float:
        return judge.around(found, [Grounded(evidence[place].text, (evidence[place],))])

    assert share(3) == pytest.approx(1.0)
    assert share(9) == 0 < share(5) < share(2) <= 1


def test_only_the_first_citations_article_counts_for_a_short_question() -> None:
    found = Found(rarity={"tower": 1.0, "music": 1.0})
    wrote, tower = whole("a", "Ana Reis wrote the music."), whole("b", "The tower is loved.")
    blended = Grounded("Ana Reis wrote the music of the tower.", (wrote[0], tower[0]))
    assert judge.around(found, [blended], tower) == pytest.approx(0.5)
    account = whole("c", "The music of the tower is by Olaf Lund.")
    assert judge.around(found, [blended, Grounded(account[0].text, (account[0],))]) == pytest.approx(1.0)


def whole(name: str, text: str) -> list[Evidence]:
    return evidence_of([Passage(1, Article(name * 64, Path(f"{name}.txt"), text, ""), 0, len(text), 1.0)])


def test_what_a_long_question_asks_about_may_stand_in_several_places() -> None:
    asked = dict.fromkeys("abcdefghijklmnop", 1.0)  # twice a usual question
    texts = ["a b c d.", "a b c d. e f g h."]
    one, both = (whole(str(i), text) for i, text in enumerate(texts))
    answer = [Grounded(one[0].text, (one[0],))]
    long, usual = Found(rarity=asked), Found(rarity=dict(list(asked.items())[:8]))
    assert judge.around(usual, answer) == pytest.approx(0.5)
    assert judge.around(long, answer) == pytest.approx(0.5)
    assert judge.around(long, answer, both) == pytest.approx(1.0)

"""Whether a sentence swaps who did it and whom it was done to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.roles import misowned, reversed_roles

PAIRS = Path(__file__).parent / "quality" / "minimal_pairs.jsonl"


@pytest.mark.parametrize(
    ("source", "reversed_claim"),
    [
        ("Unseeded Karla Novak defeated Mia Torres.", "Mia Torres defeated Karla Novak."),
        ("The convoy was attacked by rebels near Kasra.", "The convoy attacked rebels near Kasra."),
        ("Ireland beat Wales in Dublin on Saturday.", "Wales beat Ireland in Dublin."),
        ("Solberg succeeded Hansen in 2019.", "Hansen succeeded Solberg in 2019."),
        ("General Park accompanied the envoys.", "General Park was accompanied by the envoys."),
        ("Weiss told Laurent about it.", "Laurent told Weiss about it."),
        ("The guard who stopped the thief was praised.", "The thief stopped the guard."),
    ],
    ids=["defeated", "passive", "beat", "succeeded", "accompanied", "told", "relative"],
)
def test_swapped_sides_are_seen(source: str, reversed_claim: str) -> None:
    assert reversed_roles(reversed_claim, source)


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Karla Novak defeated Mia Torres.", "Mia Torres was defeated by Karla Novak."),
        ("The convoy was attacked by rebels near Kasra.", "Rebels attacked the convoy."),
        ("Ireland beat Wales in Dublin on Saturday.", "Ireland beat Wales."),
        ("Solberg succeeded Hansen in 2019.", "Hansen was succeeded by Solberg."),
        ("General Park accompanied the envoys.", "The envoys were accompanied by General Park."),
        ("Inspectors warned the company.", "The company was warned by inspectors."),
        ("The envoys left Seoul.", "The minister praised Hanoi."),
    ],
    ids=["passive", "active", "shorter", "succeeded", "accompanied", "warned", "another matter"],
)
def test_other_ways_of_saying_it_are_not(source: str, claim: str) -> None:
    assert not reversed_roles(claim, source)


def test_most_minimal_pairs_are_told_apart() -> None:
    pairs = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    caught = sum(reversed_roles(pair["reversed"], pair["source"]) for pair in pairs)
    flagged = sum(reversed_roles(pair["faithful"], pair["source"]) for pair in pairs)
    assert len(pairs) >= 80
    assert caught / len(pairs) > 0.6
    assert flagged / len(pairs) < 0.25


@pytest.mark.parametrize("text", ["", " ", "[1]", "…", "by by by"], ids=repr)
def test_nothing_is_reversed_in_nothing(text: str) -> None:
    assert not reversed_roles(text, "Kim met Putin.")
    assert not reversed_roles("Kim met Putin.", text)


@pytest.mark.parametrize(
    ("claim", "thing"),
    [
        ('Lund\'s "Red Boat" is still missing.', "Red Boat"),
        ('Missing are Berg’s "Old Mill" and Berg’s "Red Boat".', "Red Boat"),
        ("Solberg's mill was painted by Berg.", "mill"),
        ('Berg\'s "Old Mill" hangs there.', ""),
        ("Vik's museum shows it.", ""),
        ("The museum's boat is new.", ""),
    ],
    ids=["other", "second", "thing", "own", "asked", "no name"],
)
def test_whose_a_thing_is_has_to_be_told_together(claim: str, thing: str) -> None:
    sources = [
        "Missing are Lund's portrait of a girl and Berg's \"Old Mill\".",
        'The "Red Boat" hangs there.',
    ]
    assert misowned(claim, "What is missing from Vik's museum, Solberg's gift?", sources) == thing

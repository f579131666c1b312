"""How many swapped roles are caught, and how many faithful sentences are taken for swapped ones.

    python tests/quality/roles.py [--all]

Reads minimal_pairs.jsonl: a news sentence, another way of saying the same, and one that swaps who did it and whom
it was done to. The first 40 pairs were at hand while the check was written, the others never; `--all` lists every
pair that is told wrongly. Takes a second and needs no model.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))  # run by path, a script sees only its own folder

from rag.roles import reversed_roles  # noqa: E402  # found through the line above

PAIRS = Path(__file__).with_name("minimal_pairs.jsonl")
SEEN = 40


@dataclass(frozen=True, slots=True)
class Verdict:
    """One pair, and what the check says of its two sentences."""

    form: str
    source: str
    faithful: str
    reversed: str
    caught: bool
    flagged: bool


def verdicts() -> list[Verdict]:
    """Every pair of the file with its verdict, in order."""
    found = []
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        pair: dict[str, str] = json.loads(line)
        caught = reversed_roles(pair["reversed"], pair["source"])
        flagged = reversed_roles(pair["faithful"], pair["source"])
        found.append(Verdict(**pair, caught=caught, flagged=flagged))
    return found


def summary(name: str, pairs: Sequence[Verdict]) -> str:
    """One line: the share of swaps caught and of faithful sentences flagged."""
    caught, flagged = sum(one.caught for one in pairs), sum(one.flagged for one in pairs)
    count = len(pairs)
    return (
        f"{name:24} {caught:2} of {count:2} swaps caught ({caught / count:.0%}), "
        f"{flagged:2} of {count:2} faithful ones flagged ({flagged / count:.0%})"
    )


def main() -> None:
    """Print the figures of each half and of each form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--all", action="store_true", help="list every pair that is told wrongly")
    listed = parser.parse_args().all
    found = verdicts()
    print(summary("seen", found[:SEEN]))
    print(summary("unseen", found[SEEN:]))
    for form in dict.fromkeys(one.form for one in found):
        print(summary(f"  {form}", [one for one in found if one.form == form]))
    if not listed:
        return
    for one in found:
        if not one.caught:
            print(f"\nmissed   {one.reversed}\n  source {one.source}")
        if one.flagged:
            print(f"\nflagged  {one.faithful}\n  source {one.source}")


if __name__ == "__main__":
    main()

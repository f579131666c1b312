"""How many sentences of the checklist the product judges as a person would: does the sentence answer the question?

The sentences come from cases that earlier versions had rules for; nothing is trained or fitted on them.

    python -m tests.quality.checklist
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path

from index import Library
from rag import answer
from rag.answering import NO_MODEL

CASES = Path(__file__).with_name("checklist.jsonl")


def main() -> None:
    """Ask each question of a library that holds its sentence only, and print what was judged otherwise."""
    counts: Counter[tuple[bool, bool]] = Counter()
    for line in CASES.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home) / "articles"
            folder.mkdir()
            (folder / "article.txt").write_text(case["sentence"], encoding="utf-8")
            library = Library(Path(home) / "library")
            library.sync(folder)
            found = answer(case["question"], library=library, model=NO_MODEL)
        counts[case["answers"], found.answered] += 1
        if found.answered is not case["answers"]:
            print(f"{'refused' if case['answers'] else 'answered'}: {case['question']} | {case['sentence']}")
    for answers in (True, False):
        right, of = counts[answers, answers], counts[answers, True] + counts[answers, False]
        print(f"{'answer' if answers else 'no answer'}: {right} of {of} judged rightly")


if __name__ == "__main__":
    main()

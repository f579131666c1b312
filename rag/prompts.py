"""Everything the model is told. Passages come first and the instruction last, so that all that is asked about them
shares the prefix that the engine has already read."""

from __future__ import annotations

from collections.abc import Sequence

from rag import facts
from rag.answers import Passage
from rag.evidence import Evidence
from rag.model.engine import Message, plain
from rag.questions import Kind

SYSTEM = "You answer questions using only numbered passages from articles."

WRITE = (
    "Answer the question in one short sentence that names exactly the person, number, date, place or thing asked"
    " for, as the passages state it. If they name several, name them all. End with the passage's number, like [1]."
)

EXPLAIN = (
    "Answer in two or three sentences taken from the passages, as close to their words as you can; end each"
    " sentence with its passage's number, like [1]."
)

BOTH = (
    "Answer each part of the question in one short sentence that names exactly what is asked for, as the passages"
    " state it. End each sentence with its passage's number, like [1]."
)

PHRASE = "Answer in a few words copied exactly from the passages, with no explanation and no passage number."

_ONE_WORD = "Answer with one word: yes, no or unknown."
SAYS_SO = f"Do the passages say so? {_ONE_WORD}"
ANSWERED = f"Do the passages answer this? {_ONE_WORD}"


def instruction(kind: Kind) -> str:
    """How to answer a question of this kind."""
    return {Kind.REASON: EXPLAIN, Kind.SEVERAL: BOTH}.get(kind, WRITE)


def about_passages(passages: Sequence[Passage], question: str, instruction: str) -> list[Message]:
    """The passages, then the question, then what to do."""
    body = f"{numbered(passages, question)}\n\nQuestion: {plain(question)}\n\n{instruction}"
    return [("system", SYSTEM), ("user", body)]


def about_sentences(cited: Sequence[Evidence], question: str, instruction: str) -> list[Message]:
    """The same about single sentences, those of one article together."""
    first = list(dict.fromkeys(one.article.id for one in cited))
    ordered = sorted(cited, key=lambda one: (first.index(one.article.id), one.start))
    passages = [Passage(n, one.article, one.start, one.end, 0.0) for n, one in enumerate(ordered, 1)]
    return about_passages(passages, question, instruction)


def numbered(passages: Sequence[Passage], question: str) -> str:
    """Passages as the model reads them: one number an article, under its title and date.

    The outlet stands there only when the question speaks of it: a small model takes it for a part of the answer.
    """
    asked = set(facts.content(question))
    parts: list[str] = []
    previous = None
    for passage in passages:
        article = passage.article
        if article.id == previous:
            parts[-1] += f" … {plain(passage.text)}"
            continue
        outlet = article.source if asked & set(facts.content(article.source)) else ""
        head = ", ".join(part for part in (article.title, outlet, article.known_date) if part)
        top = f"{plain(head)}\n" if head else ""
        parts.append(f"[{len(parts) + 1}] {top}{plain(passage.text)}")
        previous = article.id
    return "\n\n".join(parts)

"""Everything the model is told. Passages come first and the instruction last, so that judging, writing and
checking share the prefix that the engine has already read."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from rag.answers import Passage, Turn
from rag.engine import plain
from rag.questions import Kind

SYSTEM = "You answer questions using only numbered passages from articles."

JUDGE = "Do the passages state the answer to this question? Reply with one word, yes or no."

WRITE = (
    "Answer in one short sentence that says exactly what the question asks for (the name, number, date, place or"
    " thing), in the words of the passages, and end it with the passage's number, like [1]."
)

LIST = (
    "Answer with everything the passages name that the question asks for, in one or two short sentences, in the"
    " words of the passages; end each sentence with its passage's number, like [1]."
)

EXPLAIN = (
    "Answer in two or three sentences taken from the passages, as close to their words as you can; end each"
    " sentence with its passage's number, like [1]."
)

AGAIN = (
    "Give only the name, number, date, place, list or phrase that the question asks for, exactly as a passage"
    " states it."
)

SUPPORT = 'Is "{answer}" the correct answer to the question, according to the passages? Reply yes or no.'

REWRITE = (
    "Rewrite the last question so that it can be understood without the conversation: replace words such as he,"
    " it, they, there with the names they stand for. Write only the question."
)


YES_NO = (
    "Answer yes or no first, then say in one short sentence, in the words of the passages, what shows it; end it"
    " with the passage's number, like [1]."
)


def instruction(kind: Kind) -> str:
    """How to answer a question of this kind."""
    return {Kind.REASON: EXPLAIN, Kind.NAME: LIST, Kind.YES_NO: YES_NO}.get(kind, WRITE)


def about_passages(passages: Sequence[Passage], question: str, instruction: str) -> list[ChatMessage]:
    """The passages, then the question, then what to do."""
    body = f"{numbered(passages)}\n\nQuestion: {plain(question)}\n\n{instruction}"
    return _messages(body)


def about_conversation(history: Sequence[Turn], question: str) -> list[ChatMessage]:
    """The last two turns and the question that follows them."""
    turns = "\n".join(f"Question: {plain(turn.question)}\nAnswer: {plain(turn.answer)[:400]}" for turn in history[-2:])
    return _messages(f"{turns}\nLast question: {plain(question)}\n\n{REWRITE}")


def numbered(passages: Sequence[Passage]) -> str:
    """Passages as the model reads them; an article's title and date stand above its first one."""
    parts = []
    previous = None
    for passage in passages:
        article = passage.article
        head = ", ".join(part for part in (article.title, article.source, article.published) if part)
        top = f"{plain(head)}\n" if head and article.id != previous else ""
        parts.append(f"[{passage.number}] {top}{plain(passage.text)}")
        previous = article.id
    return "\n\n".join(parts)


def _messages(body: str) -> list[ChatMessage]:
    return [
        ChatMessage(role=MessageRole.SYSTEM, content=SYSTEM),
        ChatMessage(role=MessageRole.USER, content=body),
    ]

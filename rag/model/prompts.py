"""Everything the language model is told. Sentences come first and the instruction last, so that all that is asked
about them shares the prefix that the engine has already read."""

from __future__ import annotations

from collections.abc import Sequence

from rag.model.engine import Message, plain

SYSTEM = "You answer questions using only numbered passages from articles."
PHRASE = "Answer in a few words copied exactly from the passages, with no explanation and no passage number."
ANSWERED = "Do the passages answer this? Answer with one word: yes, no or unknown."


def about(excerpts: Sequence[tuple[str, str]], question: str, instruction: str) -> list[Message]:
    """The excerpts, each a heading and its text, then the question, then what to do."""
    numbered = "\n\n".join(
        f"[{number}] {plain(heading)}\n{plain(text)}" for number, (heading, text) in enumerate(excerpts, 1)
    )
    return [("system", SYSTEM), ("user", f"{numbered}\n\nQuestion: {plain(question)}\n\n{instruction}")]

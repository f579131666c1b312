"""Ask a question of a library of articles; get an answer whose every sentence cites the exact words.

>>> from rag import answer
>>> print(answer("Who accompanied Kim?"))  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.article import Scope
from rag.answers import Answer, Citation, Passage, Sentence, Turn

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from index import Library

__all__ = ["Answer", "Citation", "Passage", "Scope", "Sentence", "Turn", "answer", "ask"]


def ask(
    question: str,
    *,
    history: Sequence[Turn] = (),
    library: Library | Path | None = None,
    model: LLM | Path | None = None,
    scope: Scope | None = None,
    sure: float | None = None,
) -> Generator[Answer]:
    """Snapshots of the answer while it is made; the last one is whole. Closing the generator stops the model.

    Without `library`, the user's own is asked, or the sample articles when there is none yet. `model` is any
    llama-index LLM or the path of a GGUF file; without one the default model confirms if its file is there, which is
    never fetched here. `sure` is the least confidence, 0 to 1, with which an answer is given instead of a refusal.
    Raises a `DatelineError` that says what to do.
    """
    from rag.answering import ask as run  # importing this package stays light

    yield from run(question, history=history, library=library, model=model, scope=scope, sure=sure)


def answer(
    question: str,
    *,
    history: Sequence[Turn] = (),
    library: Library | Path | None = None,
    model: LLM | Path | None = None,
    scope: Scope | None = None,
    sure: float | None = None,
) -> Answer:
    """The whole answer, or the refusal, once it is made; arguments as for `ask`."""
    *_, last = ask(question, history=history, library=library, model=model, scope=scope, sure=sure)
    return last

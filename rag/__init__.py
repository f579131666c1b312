"""Ask a question of a library of articles; get an answer whose every sentence cites the exact words.

>>> from rag import answer
>>> print(answer("Who accompanied Kim?"))  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.article import Scope
from rag.answers import Answer, Citation, Passage, Turn

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from index import Library

__all__ = ["Answer", "Citation", "Passage", "Scope", "Turn", "answer", "ask"]


def ask(
    question: str,
    *,
    history: Sequence[Turn] = (),
    library: Library | Path | None = None,
    model: LLM | Path | None = None,
    scope: Scope | None = None,
) -> Generator[Answer]:
    """Snapshots of the answer while it is made; the last one is whole. Closing the generator stops the model.

    Without `library`, the reader's own is asked, or the sample articles when there is none yet. `model` is any
    llama-index LLM or the path of a GGUF file. Raises a `DatelineError` that says what to do.
    """
    from rag.pipeline import ask as run  # llama-index takes over a second to import

    yield from run(question, history=history, library=library, model=model, scope=scope)


def answer(
    question: str,
    *,
    history: Sequence[Turn] = (),
    library: Library | Path | None = None,
    model: LLM | Path | None = None,
    scope: Scope | None = None,
) -> Answer:
    """The whole answer, or the refusal, once it is made; arguments as for `ask`."""
    *_, last = ask(question, history=history, library=library, model=model, scope=scope)
    return last

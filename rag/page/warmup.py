"""Getting ready while the page is already open: weights fetched, library opened, model loaded."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

from index import weights
from rag import libraries
from rag.page.view import Stage

_MB = 1_000_000


def stages(library: Path | None, model: Path | None) -> Iterator[Stage]:
    """What is being done, step by step, until a question can be answered. Arguments as for `rag.ask`."""
    yield Stage("Getting ready…")
    from rag.answering import NO_MODEL
    from rag.reading import reader  # numpy and more: the page is open before

    for name in ("embedder", "tokenizer"):
        yield from _fetched(name)
    yield Stage("Opening the articles…")
    opened, _ = libraries.resolve(library)
    with opened.snapshot() as snapshot:
        # Loads the embedder and the reader, a second that the first question would wait.
        snapshot.search_vectors(opened.embedder.embed(["Ready?"])[0], 1)
    reader()
    if model is None:
        # Questions asked meanwhile are answered by the reader alone.
        yield from _fetched("answering")
    if model != NO_MODEL:
        yield Stage("Loading the language model…")
        from rag.model import engine  # llama-index takes seconds to import

        engine.load(model.expanduser() if model else None)


def _fetched(name: str) -> Iterator[Stage]:
    """The stages of one weights file on its way; none when it is there."""
    arriving: queue.SimpleQueue[int | BaseException | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            weights.ensure(name, lambda _, done, total: arriving.put(done))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            arriving.put(error)
        arriving.put(None)

    threading.Thread(target=work, name=f"fetch {name}", daemon=True).start()
    size = weights.WEIGHTS[name].size
    while (item := arriving.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield Stage(
            f"Fetching the {name} model, once: {item / _MB:,.0f} of {size / _MB:,.0f} MB", item / size
        )

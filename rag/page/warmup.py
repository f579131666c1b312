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
    from rag.model import engine  # llama-index takes over a second to import
    from rag.pipeline import NO_MODEL

    yield from _fetched("embedder")
    yield from _fetched("tokenizer")
    yield Stage("Opening the articles…")
    opened, _ = libraries.resolve(library)
    with opened.snapshot() as snapshot:
        # Loads the embedder and Chroma, seconds that the first question would wait.
        snapshot.search_vectors(opened.embedder.embed(["Ready?"])[0], 1)
    if model is None:
        # Questions asked meanwhile are answered in the articles' own sentences.
        engine.arriving.set()
        try:
            yield from _fetched("answering")
        finally:
            engine.arriving.clear()
    if model != NO_MODEL:
        yield Stage("Loading the model…")
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

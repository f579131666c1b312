"""How a command behaves in a terminal: progress on stderr, errors and interruptions in one message."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import typer

from index.errors import DatelineError
from rag.answers import Answer

# A sync's stages in words.
STAGES = {"look": "Comparing files", "embed": "Reading articles", "vectors": "Building the vector index"}
INTERRUPTED = 130  # as a shell reports a command ended by Ctrl+C

Bar = Callable[[str, int, int], None]  # what is being done, how far, of how much


@contextmanager
def manners(kept: str, at_once: bool = False) -> Iterator[None]:
    """Errors as one message, Ctrl+C as one line that says what is `kept`, a closed pipe as nothing.

    `at_once` ends the process on Ctrl+C without waiting for its threads.
    """
    try:
        yield
        sys.stdout.flush()
    except DatelineError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo(f"\n{kept}", err=True)
        if at_once:
            sys.stderr.flush()
            os._exit(INTERRUPTED)
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read our output has left; the interpreter would complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None


@contextmanager
def progress(in_bytes: bool = False) -> Iterator[Bar]:
    """A progress bar on stderr that appears with its first step; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    count = DownloadColumn() if in_bytes else MofNCompleteColumn()
    with ExitStack() as stack:
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            count,
            Left(),
            console=Console(stderr=True),
            transient=True,
        )
        task = bar.add_task("", start=False)

        def show(what: str, done: int, total: int) -> None:
            if not bar.live.is_started:
                stack.enter_context(bar)
                bar.start_task(task)
            bar.update(task, description=what, completed=done, total=total)

        yield show


@contextmanager
def spinner() -> Iterator[Callable[[str], None]]:
    """A line on stderr that says what is being done; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda what: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Opening the library…") as status:
        yield status.update


def last_of(snapshots: Generator[Answer], tell: Callable[[str], None]) -> Answer:
    """The finished answer; meanwhile `tell` hears how far it is, and stderr shows what came nearest.

    The work is done in a thread: the engine hears no Ctrl+C while it reads a prompt, this one does.
    """
    arriving: queue.SimpleQueue[Answer | BaseException | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            for snapshot in snapshots:
                arriving.put(snapshot)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            arriving.put(error)
        arriving.put(None)

    threading.Thread(target=work, name="answer", daemon=True).start()
    latest = Answer("")
    while (item := arriving.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        if item.draft and item.draft != latest.draft:
            typer.echo(f"Nearest so far: “{item.draft}”", err=True)
        latest = item
        if "total" not in latest.timings:
            tell(_stage(latest))
    return latest


def _stage(answer: Answer) -> str:
    if answer.draft:
        return "Confirming…"
    return f"Reading {len(answer.passages)} passages…" if answer.passages else "Looking through the articles…"


def fetch_weights(name: str) -> Path:
    """The path of a model file, which is fetched first, with progress, when it is not there."""
    from index.weights import ensure

    with progress(in_bytes=True) as bar:
        return ensure(name, lambda of, done, total: bar(f"Fetching the {of} weights", done, total))


def print_table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on stdout, whole even where no terminal gives it a width."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*heading)
    for column in table.columns:
        column.overflow = "fold"
    for row in rows:
        table.add_row(*row)
    # A pipe has no width: nothing may be cut or folded there.
    Console(width=None if sys.stdout.isatty() else 240).print(table)

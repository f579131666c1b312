"""The command line: chat, ask, index, eval, models. Answers go to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import ModelError, WeightsError
from rag.question_set import Half
from rag.terminal import last_of, manners, progress, spinner

# Everything else is imported where it is used: `dateline --help` should not wait for it.
if TYPE_CHECKING:
    from index import Report
    from index.report import Progress

_STAGES = {"look": "Comparing files", "embed": "Reading articles", "vectors": "Building the vector index"}
_NO_MODEL = "none"

app = typer.Typer(
    name="dateline",
    help="Answers questions from a folder of articles, on this machine, every sentence with its source.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
models = typer.Typer(help="List the model files, or fetch them ahead of time.")
app.add_typer(models, name="models")

LibraryOption = Annotated[
    Path | None,
    typer.Option(envvar="DATELINE_LIBRARY", help="The library's folder.", show_default=False),
]
ModelOption = Annotated[
    Path | None,
    typer.Option(
        envvar="DATELINE_MODEL",
        help="A GGUF file, or `none` to answer in the articles' own sentences.",
        show_default=False,
    ),
]


@app.command()
def chat(
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1.")] = 8765,
    library: LibraryOption = None,
    model: ModelOption = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Don't open the browser.")] = False,
) -> None:
    """Open the chat page in the browser."""
    with manners("Dateline is closed. The library is kept."):
        _require(library, model)
        from rag.warmup import stages
        from ui import serve  # Gradio takes seconds to import

        serve(
            port=port,
            open_browser=not no_browser,
            library=library,
            model=model,
            warm_up=lambda: stages(library, model),
        )


@app.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    library: LibraryOption = None,
    model: ModelOption = None,
) -> None:
    """Answer one question and show the sources."""
    # Nothing of an answer is ever half written, and the engine may take seconds to let go.
    with manners("Stopped. The library is as it was.", at_once=True):
        from rag import ask as asked
        from rag.pipeline import checked

        checked(question)
        _require(library, model)
        model = _fetch_for_answer(model)
        with spinner() as tell:
            answer = last_of(asked(question, library=library, model=model), tell)
        typer.echo(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2) if as_json else str(answer))


@app.command("index")
def index_folders(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", show_default=False)],
    library: LibraryOption = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Cut and embed every article anew.")] = False,
) -> None:
    """Make the library equal to the folders."""
    kept = "Stopped. Every article finished so far is kept; run the same command again to go on."
    with manners(kept):
        from index import Library
        from index.scan import folder
        from rag.libraries import default_path

        for named in folders:
            folder(named)  # before anything is fetched for it
        for name in ("embedder", "tokenizer"):
            _fetch(name)
        with progress() as bar:

            def show(step: Progress) -> None:
                bar(_STAGES[step.stage], step.done, step.total)

            report = Library(library or default_path()).sync(*folders, progress=show, rebuild=rebuild)
        typer.echo(_summary(report))


@app.command("eval")
def evaluate(
    questions: Annotated[Path, typer.Option(help="The questions, one JSON object a line.")],
    corpus: Annotated[Path | None, typer.Option(help="Their documents; otherwise the library's.")] = None,
    predictions: Annotated[Path | None, typer.Option(help="Keep the answers, and go on there.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page with figures and all answers.")] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="So many of either kind.")] = None,
    half: Annotated[Half | None, typer.Option(help="Ask one half of the questions only.")] = None,
    extractive: Annotated[bool, typer.Option("--extractive", help="Answer without a model.")] = False,
    library: LibraryOption = None,
    model: ModelOption = None,
) -> None:
    """Measure the answers to a set of questions whose answers are known."""
    with manners("Stopped. With --predictions, the same command goes on from here.", at_once=True):
        _require(library, model)
        if extractive or str(model) == _NO_MODEL:
            model = Path(_NO_MODEL)
        for name in ("embedder", "tokenizer", *(["answering"] if model is None else [])):
            _fetch(name)
        from rag import documents, evaluation, evaluation_page, question_set, scoreboard
        from rag.libraries import resolve

        asked = question_set.choose(question_set.load(questions), sample, half)
        with progress() as bar:
            if corpus is None:
                held = documents.of_library(resolve(library)[0])
            else:
                held = documents.of_corpus(corpus, lambda at: bar(_STAGES[at.stage], at.done, at.total))
        answering, name = evaluation.answering(model)
        kept = evaluation.Predictions(predictions, name)
        with progress() as bar:
            verdicts = evaluation.evaluate(asked, held, answering, kept, partial(bar, "Asking"))
        rows, lines = scoreboard.table(verdicts), scoreboard.summary(verdicts)
        if report is not None:
            evaluation_page.write(report, f"{questions.name} (model: {name})", verdicts)
        _print_table(rows[0], rows[1:])
        typer.echo("\n".join(lines))


@models.callback(invoke_without_command=True)
def list_models(context: typer.Context) -> None:
    """List the model files: publisher, licence, size, digest, state."""
    if context.invoked_subcommand is not None:
        return
    with manners("Stopped."):
        from index.weights import cache_dir, rows

        _print_table(
            ["name", "file", "publisher", "licence", "size", "SHA-256", "state"],
            [
                [of.name, of.file, of.publisher, of.licence, f"{of.size / 1e6:,.1f} MB", of.sha256, row.state]
                for row in rows()
                for of in [row.weights]
            ],
        )
        typer.echo(f"They are kept in {cache_dir()}")


@models.command()
def fetch(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", show_default=False)] = None,
) -> None:
    """Fetch model files into the cache: those named, or those an answer needs."""
    with manners("Stopped. What has been fetched is kept; run the same command again to go on."):
        for name in names or ("embedder", "tokenizer", "answering"):
            path = _fetch(name)
            typer.echo(f"{name}: {path}")


def _print_table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*heading)
    for column in table.columns:
        column.overflow = "fold"
    for row in rows:
        table.add_row(*row)
    # A pipe has no width: nothing may be cut or folded there.
    Console(width=None if sys.stdout.isatty() else 240).print(table)


def _require(library: Path | None, model: Path | None) -> None:
    """DatelineError when a library or model was named that is not there, before anything slow begins."""
    if library is not None:
        from rag.libraries import resolve

        resolve(library)
    if model is not None and str(model) != _NO_MODEL and not model.expanduser().is_file():
        raise ModelError(
            f"There is no model file at {model}. Name a GGUF file, `none`, or leave --model out."
        )


def _fetch_for_answer(model: Path | None) -> Path | None:
    """Fetch what the answer needs; the model to answer with, `none` when it can't be had."""
    for name in ("embedder", "tokenizer"):
        _fetch(name)
    if model is None:
        try:
            _fetch("answering")
        except WeightsError as error:
            typer.echo(f"{error}\nAnswering in the articles' own sentences instead.\n", err=True)
            return Path(_NO_MODEL)
    return model


def _fetch(name: str) -> Path:
    from index.weights import ensure

    with progress(in_bytes=True) as bar:
        return ensure(name, lambda of, done, total: bar(f"Fetching the {of} weights", done, total))


def _summary(report: Report) -> str:
    counts = ("added", "changed", "moved", "removed", "unchanged")
    lines = [
        ", ".join(f"{getattr(report, name):,} {name}" for name in counts)
        + f", {len(report.skipped):,} skipped",
        f"The library holds {report.articles:,} articles in {report.chunks:,} passages "
        f"({report.seconds:.1f} s).",
    ]
    for skipped in report.skipped:
        # An article's own error begins with its path.
        named = skipped.reason.startswith(str(skipped.path))
        lines.append(f"Skipped {skipped.reason}" if named else f"Skipped {skipped.path}: {skipped.reason}")
    return "\n".join(lines)


if __name__ == "__main__":
    app(prog_name="dateline")

"""The command line: chat, ask, eval, models, and the library's commands. Answers go to stdout, everything else to stderr."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import library_commands
from rag.cli.options import (
    NO_MODEL,
    FolderOption,
    LibraryOption,
    ModelOption,
    SinceOption,
    SourceOption,
    SureOption,
    UntilOption,
    require,
    share,
)
from rag.cli.terminal import STAGES, fetch_weights, last_of, manners, print_table, progress, spinner
from rag.evaluation.question_set import Half

# Everything else is imported where it is used: `dateline --help` should not wait for it.
if TYPE_CHECKING:
    from index.article import Scope

app = typer.Typer(
    name="dateline",
    help="Answers questions from a folder of articles, on this machine, every sentence with its source.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
models = typer.Typer(help="List the model files, or fetch them ahead of time.")
app.add_typer(models, name="models")
app.add_typer(library_commands.app)


@app.command()
def chat(
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1.")] = 8765,
    library: LibraryOption = None,
    model: ModelOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    sources: SourceOption = None,
    folders: FolderOption = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Don't open the browser.")] = False,
    sure: SureOption = None,
) -> None:
    """Open the chat page in the browser."""
    with manners("Dateline is closed. The library is kept."):
        from rag.cli.restrict import scope_of

        scope = scope_of(since, until, sources or (), folders or ())
        require(library, model)
        _require_known(scope, library)
        from rag.page.warmup import stages
        from ui import serve  # Gradio takes seconds to import

        serve(
            port=port,
            open_browser=not no_browser,
            library=library,
            model=model,
            scope=scope,
            sure=sure,
            warm_up=lambda: stages(library, model),
        )


@app.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    library: LibraryOption = None,
    model: ModelOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    sources: SourceOption = None,
    folders: FolderOption = None,
    sure: SureOption = None,
) -> None:
    """Answer one question and show the sources."""
    # Nothing of an answer is ever half written, and the engine may take seconds to let go.
    with manners("Stopped. The library is as it was.", at_once=True):
        from rag import ask as asked
        from rag.cli.restrict import scope_of
        from rag.question import checked

        checked(question)
        scope = scope_of(since, until, sources or (), folders or ())
        require(library, model)
        _require_known(scope, library)
        with spinner() as tell:
            snapshots = asked(question, library=library, model=model, scope=scope, sure=sure)
            answer = last_of(snapshots, tell)
        typer.echo(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2) if as_json else str(answer))


@app.command("eval")
def evaluate(
    questions: Annotated[Path, typer.Option(help="The questions, one JSON object a line.")],
    corpus: Annotated[Path | None, typer.Option(help="Their documents; otherwise the library's.")] = None,
    predictions: Annotated[Path | None, typer.Option(help="Keep the answers, and go on there.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page with figures and all answers.")] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="So many of either kind.")] = None,
    half: Annotated[Half | None, typer.Option(help="Ask one half of the questions only.")] = None,
    extractive: Annotated[bool, typer.Option("--extractive", help="Answer without a model.")] = False,
    at_most: Annotated[
        str | None, typer.Option(metavar="SHARE", help="From which confidence at most, say, 20% are wrong.")
    ] = None,
    make_unanswerable: Annotated[
        bool,
        typer.Option(
            "--make-unanswerable", help="Ask what these questions are made into: none has an answer."
        ),
    ] = False,
    library: LibraryOption = None,
    model: ModelOption = None,
) -> None:
    """Measure the answers to a set of questions whose answers are known."""
    with manners("Stopped. With --predictions, the same command goes on from here.", at_once=True):
        require(library, model)
        most = share(at_most) if at_most is not None else None
        if extractive or str(model) == NO_MODEL:
            model = Path(NO_MODEL)
        if model is None:
            fetch_weights("answering")
        from rag.evaluation import asking, documents, question_set, scoreboard
        from rag.evaluation.guarantee import guarantee
        from rag.evaluation.report import write
        from rag.evaluation.unanswerable import made_unanswerable
        from rag.libraries import resolve

        asked = question_set.choose(question_set.load(questions), sample, half)
        with progress() as bar:
            if corpus is None:
                held = documents.of_library(resolve(library)[0])
            else:
                held = documents.of_corpus(corpus, lambda at: bar(STAGES[at.stage], at.done, at.total))
        if make_unanswerable:
            asked = made_unanswerable(asked, held)
        answering, name = asking.answering(model)
        kept = asking.Predictions(predictions, name)
        with progress() as bar:
            verdicts = asking.evaluate(asked, held, answering, kept, partial(bar, "Asking"))
        rows, lines = scoreboard.table(verdicts), scoreboard.summary(verdicts)
        if report is not None:
            write(report, f"{questions.name} (model: {name})", verdicts)
        print_table(rows[0], rows[1:])
        typer.echo("\n".join(lines))
        if most is not None:
            typer.echo(str(guarantee(verdicts, most)))
        if make_unanswerable:
            for verdict in verdicts:
                if not verdict.right:
                    typer.echo(
                        f"{verdict.question.kind}: {verdict.question.text}\n  {verdict.prediction.answer}"
                    )


@models.callback(invoke_without_command=True)
def list_models(context: typer.Context) -> None:
    """List the model files: publisher, licence, size, digest, state."""
    if context.invoked_subcommand is not None:
        return
    with manners("Stopped."):
        from index.weights import cache_dir, rows

        print_table(
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
            path = fetch_weights(name)
            typer.echo(f"{name}: {path}")


def _require_known(scope: Scope, library: Path | None) -> None:
    """QuestionError when a folder or an outlet was named of which the library has no article."""
    if scope.folders or scope.sources:
        from rag.cli.restrict import require_known
        from rag.libraries import resolve

        require_known(scope, resolve(library)[0])

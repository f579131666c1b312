"""The library's commands: index, status, remove, doctor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import LibraryError
from rag.cli.options import LibraryOption, require
from rag.cli.terminal import STAGES, fetch_weights, manners, progress

# Everything else is imported where it is used: `dateline --help` should not wait for it.
if TYPE_CHECKING:
    from index import Library, Report

app = typer.Typer()


@app.command("index")
def index_folders(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER...]", help="Without one, all that were indexed before.", show_default=False
        ),
    ] = None,
    library: LibraryOption = None,
    include: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Take only such files of the folders; may be repeated."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Leave such files and folders out; may be repeated."),
    ] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Cut and embed every article anew.")] = False,
    keep_on: Annotated[
        bool, typer.Option("--watch", help="Then keep it in step with them until Ctrl+C.")
    ] = False,
) -> None:
    """Make the library equal to the folders. The patterns are remembered until others are given."""
    kept = "Stopped. Every article finished so far is kept; run the same command again to go on."
    with manners(kept):
        opened = _named(library)
        _check(opened, folders or [], include, exclude)
        for name in ("embedder", "tokenizer"):
            fetch_weights(name)
        with progress() as bar:
            report = opened.sync(
                *folders or [],
                progress=lambda step: bar(STAGES[step.stage], step.done, step.total),
                rebuild=rebuild,
                include=include or (() if exclude else None),
                exclude=exclude or (() if include else None),
            )
        typer.echo(_summary(report))
        if keep_on:
            _watch(opened, folders or [])


def _watch(library: Library, named: list[Path]) -> None:
    """Follow the folders, those named or all that are known, and tell of each change."""
    from index.scan import folder
    from index.watch import watch

    folders = [folder(path) for path in named] or [each.rule.root for each in library.status().folders]
    typer.echo(f"Watching {', '.join(map(str, folders))} (Ctrl+C ends it)", err=True)
    for report in watch(
        library,
        folders,
        lambda: library.sync(*named),
        lambda error: typer.echo(f"Error: {error} The watch goes on.", err=True),
    ):
        typer.echo(_summary(report))


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    library: LibraryOption = None,
) -> None:
    """Show the library's folders, what it holds and what was left out."""
    with manners("Stopped."):
        found = _named(library).status()
        if as_json:
            typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=2))
        else:
            from rag.cli.status_text import lines

            typer.echo("\n".join(lines(found)))


@app.command()
def remove(
    places: Annotated[list[Path], typer.Argument(metavar="FOLDER|FILE...", show_default=False)],
    library: LibraryOption = None,
) -> None:
    """Take folders or files out of the library; the files themselves stay as they are."""
    with manners("Stopped. What was taken out so far stays out."):
        from rag.cli.status_text import counted

        opened = _named(library)
        for place in places:
            removed = opened.remove(place)
            typer.echo(f"Took {removed.path} out of the library: {counted(removed.files, 'file')}.")
            for root in removed.left_out_of:
                typer.echo(f"{root} is indexed without it from now on.")
        typer.echo(
            f"The library holds {counted(removed.articles, 'article')} in "
            f"{counted(removed.chunks, 'passage')}. "
            "Nothing was deleted from the folders."
        )


@app.command()
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Repair what can be repaired.")] = False,
    library: LibraryOption = None,
) -> None:
    """Look for damage in the library and the model files."""
    with manners("Stopped. Nothing is half repaired."):
        from index.doctor import examine

        if library is not None:
            require(library, None)
        broken = False
        for check in examine(_named(library), fix, fetch_weights):
            typer.echo(f"{check.state:<9} {check.name}: {check.found}")
            broken = broken or check.state == "broken"
        if broken:
            raise typer.Exit(1)


def _named(library: Path | None) -> Library:
    from index import Library
    from rag.libraries import default_path

    return Library(library or default_path())


def _check(
    library: Library, folders: list[Path], include: list[str] | None, exclude: list[str] | None
) -> None:
    """DatelineError for what cannot be indexed, before anything is fetched for it."""
    from index.rules import pattern
    from index.scan import folder

    for named in folders:
        folder(named)
    for glob in (*(include or ()), *(exclude or ())):
        pattern(glob)
    if not folders and (include or exclude):
        raise LibraryError("--include and --exclude belong to a folder: name it as well.")
    if not folders:
        library.status()  # says what to do where there is none


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

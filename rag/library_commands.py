"""The commands that keep a library in step with its folders: index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.options import LibraryOption
from rag.terminal import STAGES, fetch_weights, manners, progress

# Everything else is imported where it is used: `dateline --help` should not wait for it.
if TYPE_CHECKING:
    from index import Report
    from index.report import Progress

app = typer.Typer()


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
            fetch_weights(name)
        with progress() as bar:

            def show(step: Progress) -> None:
                bar(STAGES[step.stage], step.done, step.total)

            report = Library(library or default_path()).sync(*folders, progress=show, rebuild=rebuild)
        typer.echo(_summary(report))


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

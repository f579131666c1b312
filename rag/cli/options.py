"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from index.errors import ModelError, QuestionError

NO_MODEL = "none"

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
_DATE = "YYYY[-MM[-DD]]"
SinceOption = Annotated[
    str | None, typer.Option(metavar=_DATE, help="Only articles of this date or later.", show_default=False)
]
UntilOption = Annotated[
    str | None, typer.Option(metavar=_DATE, help="Only articles of this date or before.", show_default=False)
]
SourceOption = Annotated[
    list[str] | None,
    typer.Option("--source", help="Only articles of this outlet; may be repeated.", show_default=False),
]
FolderOption = Annotated[
    list[Path] | None,
    typer.Option("--folder", help="Only articles below this folder; may be repeated.", show_default=False),
]
SureOption = Annotated[
    float | None,
    typer.Option(
        min=0.0, max=1.0, help="Answer only with this confidence or more, 0 to 1.", show_default=False
    ),
]


def require(library: Path | None, model: Path | None) -> None:
    """DatelineError when a library or model was named that is not there, before anything slow begins."""
    if library is not None:
        from rag.libraries import resolve

        resolve(library)
    if model is not None and str(model) != NO_MODEL and not model.expanduser().is_file():
        raise ModelError(
            f"There is no model file at {model}. Name a GGUF file, `none`, or leave --model out."
        )


def share(value: str) -> float:
    """A share as "20%" or 0.2; QuestionError for anything that is none."""
    try:
        number = float(value.strip().removesuffix("%")) / (100 if value.strip().endswith("%") else 1)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1:
        raise QuestionError(f"--at-most {value!r} is no share: write, for example, 20% or 0.2.")
    return number

"""What a question is restricted to on the command line, checked against the library it is put to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from index import Library
from index.article import Scope
from index.dates import iso_date
from index.errors import QuestionError


def scope_of(since: str | None, until: str | None, sources: Sequence[str], folders: Sequence[Path]) -> Scope:
    """The options as a scope; QuestionError when a date is none or the last one is before the first."""
    first, last = _date("--since", since), _date("--until", until)
    if first and last and first[: len(last)] > last[: len(first)]:
        raise QuestionError(f"--since {first} is later than --until {last}: no article can be between them.")
    return Scope(
        since=first,
        until=last,
        sources=tuple(source.strip() for source in sources),
        folders=tuple(folder.expanduser().resolve() for folder in folders),
    )


def require_known(scope: Scope, library: Library) -> None:
    """QuestionError when the scope names a folder or an outlet of which the library has no article."""
    if not scope.folders and not scope.sources:
        return
    with library.snapshot() as snapshot:
        for folder in scope.folders:
            if not snapshot.count_in(Scope(folders=(folder,))):
                raise QuestionError(
                    f"The library at {library.path} has no article from {folder}: `dateline status` lists "
                    f"its folders, `dateline index {folder}` adds this one."
                )
        for source in scope.sources:
            if not snapshot.count_in(Scope(sources=(source,))):
                raise QuestionError(
                    f"The library at {library.path} has no article of the outlet {source!r}: "
                    "`dateline status` lists the outlets it knows."
                )


def _date(option: str, value: str | None) -> str:
    try:
        return iso_date(value) if value is not None else ""
    except ValueError as error:
        raise QuestionError(f"{option} {value!r} is no date: write 2023, 2023-09 or 2023-09-14.") from error

"""A library's status as a terminal shows it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime

from index.status import Followed, Status

_SHOWN_OUTLETS = 12


def lines(status: Status) -> Iterator[str]:
    """The status, one fact a line."""
    sizes = f"text and vectors {_size(status.store_bytes)}, Chroma's index {_size(status.vector_bytes)}"
    yield f"Library   {status.path} ({sizes})"
    held = f"{counted(status.articles, 'article')} in {counted(status.chunks, 'passage')}"
    yield f"Holds     {held}, from {counted(status.files, 'file')}"
    yield f"Copies    {_copies(status)}"
    yield f"Dates     {_dates(status)}"
    yield f"Outlets   {_outlets(status)}"
    for followed in status.folders:
        yield f"Folder    {_folder(followed)}"
    if not status.folders:
        yield "Folder    none remembered: `dateline index FOLDER` remembers it"
    yield f"Vectors   {_vectors(status)}"
    for skipped in status.skipped:
        yield f"Skipped   {skipped.path}: {skipped.reason.removeprefix(f'{skipped.path}: ')}"


def counted(number: int, noun: str) -> str:
    """The number with its noun, in the plural where it needs one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _copies(status: Status) -> str:
    if status.copies is None:
        return "not looked for yet: `dateline index` does it"
    one = "is a copy or an update" if status.copies == 1 else "are copies or updates"
    return f"{counted(status.copies, 'article')} {one} of another" if status.copies else "none"


def _dates(status: Status) -> str:
    known = status.articles - status.undated
    covered = f"{status.first} to {status.last}" if known else "none known"
    return covered + (
        f"; {counted(status.undated, 'article')} without a known date" if status.undated else ""
    )


def _outlets(status: Status) -> str:
    shown = [f"{name} {count:,}" for name, count in list(status.outlets.items())[:_SHOWN_OUTLETS]]
    if more := len(status.outlets) - len(shown):
        shown.append(counted(more, "more outlet"))
    if unnamed := status.articles - sum(status.outlets.values()):
        shown.append(f"{counted(unnamed, 'article')} without one")
    return ", ".join(shown) or "none"


def _folder(followed: Followed) -> str:
    patterns = [
        *(f"--include {shlex.quote(glob)}" for glob in followed.rule.include),
        *(f"--exclude {shlex.quote(glob)}" for glob in followed.rule.exclude),
    ]
    when = (
        f"synced {datetime.fromisoformat(followed.synced).astimezone():%Y-%m-%d %H:%M}"
        if followed.synced
        else "not synced to its end yet"
    )
    return f"{' '.join([str(followed.rule.root), *patterns])}: {counted(followed.files, 'file')}, {when}"


def _vectors(status: Status) -> str:
    if status.generation == "none":
        return "none yet"
    if status.generation == "ready":
        late = f"{counted(status.behind, 'passage')} came or went since they were built, which is allowed for"
        return late if status.behind else "in step"
    return f"{status.generation}: searched one by one until `dateline index` or `dateline doctor --fix` runs"


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"

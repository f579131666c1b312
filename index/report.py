"""What a sync tells while it runs and when it is done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a sync: `done` of `total` files are past `stage`; `path` is the file at hand."""

    done: int
    total: int
    path: Path
    stage: str  # "look" (compare with the library), "embed" or "vectors" (build the nearest-neighbour index)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not in the library, or only as it was before, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Removal:
    """What was taken out of the library; `articles` and `chunks` are the new totals."""

    path: Path
    files: int
    forgotten: tuple[Path, ...]  # folders that are followed no longer
    left_out_of: tuple[Path, ...]  # folders that go on without it
    articles: int
    chunks: int


@dataclass(frozen=True, slots=True)
class Report:
    """How a sync changed the library, counted in files; `articles` and `chunks` are the new totals."""

    added: int
    changed: int
    moved: int
    removed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    articles: int
    chunks: int
    seconds: float

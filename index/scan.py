"""The files of a folder that may be articles, each with what tells whether it has changed."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import ArticleError, LibraryError
from index.reader import SIDECAR, is_article
from index.report import Skipped
from index.rules import Rule
from index.sidecar import load_sidecar


@dataclass(frozen=True, slots=True)
class Found:
    """A file as the file system shows it; `sidecar` is its metadata.json entry as JSON, None if unknown."""

    path: str
    size: int
    mtime_ns: int  # of the last change, to the file or to what is known of it
    inode: int
    sidecar: str | None


def folder(path: Path | str) -> Path:
    """The folder's one true path; LibraryError when there is no such folder."""
    given = Path(path).expanduser()
    if not given.exists():
        raise LibraryError(f"There is no folder {given}: check the spelling.")
    if not given.is_dir():
        raise LibraryError(f"{given} is a file, not a folder: name the folder it is in.")
    if not os.access(given, os.R_OK | os.X_OK):
        raise LibraryError(f"The folder {given} cannot be listed: check its permissions.")
    return given.resolve()


class Walk:
    """A walk over folders; afterwards `skipped` and `unreadable` hold what it could not look into."""

    def __init__(self, library: Path, rules: Sequence[Rule]) -> None:
        self.skipped: list[Skipped] = []
        self.unreadable: list[str] = []
        self._library = library.resolve()
        self._rules = rules
        self._entered: set[tuple[int, int]] = set()

    def files(self, root: Path) -> Iterator[Found]:
        """Every file under `root` that a rule wants and that may be an article; each folder is entered once."""
        waiting = [root]
        while waiting:
            here = waiting.pop()
            try:
                entries = self._list(here)
            except OSError as error:
                self.unreadable.append(str(here))
                self._skip(here, f"the folder cannot be listed ({error.strerror}): check its permissions")
                continue
            sidecar = self._sidecar(here) if any(entry.name == SIDECAR for entry in entries) else {}
            folders: list[Path] = []
            for entry in entries:
                yield from self._file(entry, sidecar, folders)
            waiting.extend(reversed(folders))

    def _list(self, here: Path) -> list[os.DirEntry[str]]:
        state = here.stat()
        identity = (state.st_dev, state.st_ino)
        # Symbolic links may lead back up, or to the library itself.
        if identity in self._entered or here == self._library:
            return []
        self._entered.add(identity)
        with os.scandir(here) as entries:
            return sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name)

    def _file(
        self, entry: os.DirEntry[str], sidecar: Mapping[str, Any] | None, folders: list[Path]
    ) -> Iterator[Found]:
        path = Path(entry.path)
        try:
            if entry.is_dir():
                if any(rule.enters(entry.path) for rule in self._rules):
                    folders.append(path)
                return
            if not is_article(path):
                return
            if not any(rule.wants(entry.path) for rule in self._rules):
                return
            state = entry.stat()
            entry.name.encode()
        except OSError as error:
            self._skip(path, f"cannot be looked at: {error.strerror}")
            return
        except UnicodeEncodeError:
            self._skip(path, "its name is not valid UTF-8: rename it")
            return
        # A pipe or a device would never end.
        if not stat.S_ISREG(state.st_mode):
            return
        note = None if sidecar is None else _entry(sidecar.get(entry.name))
        # A program may set a file's time back after it has changed it, but not the time of that very change.
        changed = max(state.st_mtime_ns, state.st_ctime_ns)
        yield Found(entry.path, state.st_size, changed, state.st_ino, note)

    def _sidecar(self, here: Path) -> Mapping[str, Any] | None:
        try:
            return load_sidecar(here)
        except ArticleError as error:
            self._skip(here / SIDECAR, str(error))
            return None

    def _skip(self, path: Path, reason: str) -> None:
        self.skipped.append(Skipped(path, reason))


def _entry(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)

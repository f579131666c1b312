"""What a published generation's index looks like on disk, so that a changed one is never opened.

Chroma trusts these files: damaged ones crash the interpreter. Its own database it checks itself, and writes
to it whenever it is opened, so that one is not sealed.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Literal

from index.partial import write_json

State = Literal["whole", "changed", "unsealed"]
_FILE = "sealed.json"
_INDEX = frozenset({".bin", ".pickle"})


def seal(directory: Path) -> None:
    """Note size, time and SHA-256 of every file of the index, once it is safely on the disk."""
    files = {}
    for path in _index(directory):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            state = os.fstat(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        files[str(path.relative_to(directory))] = [state.st_size, state.st_mtime_ns, digest]
    write_json(directory / _FILE, files)


def state(directory: Path, thorough: bool = False) -> State:
    """How the files compare with the seal; those of unchanged size and time are read only if `thorough`."""
    try:
        sealed = json.loads((directory / _FILE).read_text("utf-8"))
    except FileNotFoundError:
        return "unsealed"
    except (OSError, ValueError):
        return "changed"
    try:
        found = {str(path.relative_to(directory)) for path in _index(directory)}
        whole = found == set(sealed) and all(
            _matches(directory / name, *noted, thorough=thorough) for name, noted in sealed.items()
        )
    except (OSError, TypeError, AttributeError):
        whole = False
    return "whole" if whole else "changed"


def _matches(path: Path, size: int, mtime_ns: int, digest: str, *, thorough: bool) -> bool:
    with path.open("rb") as file:
        now = os.fstat(file.fileno())
        if now.st_size != size:
            return False
        # A library that was copied has other times and the same bytes.
        return (now.st_mtime_ns == mtime_ns and not thorough) or (
            hashlib.file_digest(file, "sha256").hexdigest() == digest
        )


def _index(directory: Path) -> list[Path]:
    return sorted(path for path in directory.glob("*/*") if path.suffix in _INDEX)

"""A weights file that is not all in yet, and what is known of it.

It is always a beginning of the published file, whichever source it came from, so either may go on with it.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path


class Partial:
    """FILE.partial, the bytes that are in, with FILE.partial.json: whose they are and where the parts end."""

    def __init__(self, path: Path, sha256: str, size: int) -> None:
        self.path, self.size = path, size
        self.staging = path.with_name(path.name + ".wheel")
        self._record = path.with_name(path.name + ".json")
        self._sha256 = sha256
        recorded = self._read()
        self._ends = recorded or []
        if recorded is None or self.length > size:  # bytes of a file that another release asked for
            self.discard()
            self._write([])

    @property
    def length(self) -> int:
        """Bytes that are in."""
        return self.path.stat().st_size if self.path.exists() else 0

    def discard(self) -> None:
        """Forgets everything that is in."""
        self.path.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)
        shutil.rmtree(self.staging, ignore_errors=True)
        self._ends = []

    def cut_to_part(self) -> int:
        """Cuts the bytes of an unfinished part off; returns how many parts are in."""
        length = self.length
        ends = [end for end in self._ends if end <= length]
        if length:
            os.truncate(self.path, ends[-1] if ends else 0)
        return len(ends)

    def end_part(self, part: int) -> None:
        """Notes that `part` parts are in and that they end here."""
        self._write([*self._ends[: part - 1], self.length])

    def _read(self) -> list[int] | None:
        try:
            record = json.loads(self._record.read_text("utf-8"))
            ends = [int(end) for end in record["ends"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return ends if record.get("sha256") == self._sha256 else None

    def _write(self, ends: list[int]) -> None:
        self._ends = ends
        write_json(self._record, {"sha256": self._sha256, "ends": ends})


def write_json(path: Path, value: object) -> None:
    """Writes `value` so that a reader sees all of it or what was there before."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(value), "utf-8")
    fresh.replace(path)

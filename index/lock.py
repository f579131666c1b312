"""The right to write a library: one process at a time, and it ends with the process, however that ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import LibraryError


@contextmanager
def writing(path: Path, seconds: float) -> Iterator[None]:
    """The right to write the library at `path`; LibraryError names its holder after waiting `seconds`."""
    from filelock import FileLock, Timeout  # only writers need it

    holder = path / "write.pid"
    lock = FileLock(path / "write.lock")
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        pid = holder.read_text().strip() if holder.exists() else "unknown"
        raise LibraryError(
            f"Another process (pid {pid}) is writing the library at {path}: "
            "wait until it has finished, then run the command again."
        ) from None
    try:
        holder.write_text(str(os.getpid()))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()

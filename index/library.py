"""A library on disk: one writer at a time makes it equal to folders, any number of readers search it."""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from index import plan, sandbox, store
from index.chunker import CHUNKING
from index.errors import LibraryError
from index.formats import EXAMPLES
from index.recent import Recent
from index.report import Progress, Report
from index.scan import Walk, folder
from index.search import matrix
from index.snapshot import Snapshot
from index.sync import Sync
from index.vectors import Generations, Row
from index.weights import WEIGHTS

if TYPE_CHECKING:
    from llama_index.vector_stores.chroma import ChromaVectorStore

    from index.embedder import MiniLMEmbedding

LOCK_SECONDS = 5.0
# How far a library may run ahead of its generation: so many chunks are searched one by one in a few
# milliseconds, while a new generation of a large library takes minutes.
REBUILD_CHUNKS = 1_000
REBUILD_SHARE = 0.1


class Library:
    """The articles of some folders, searchable by word and by meaning. Safe from several threads."""

    def __init__(self, path: Path | str, embedder: MiniLMEmbedding | None = None) -> None:
        self.path = Path(path).expanduser()
        self._embedder = embedder
        self._generations = Generations(self.path / "chroma")
        self._recent = Recent()

    @property
    def exists(self) -> bool:
        """True when something has been indexed here."""
        return (self.path / store.FILE_NAME).is_file()

    @property
    def embedder(self) -> MiniLMEmbedding:
        """What turns questions and chunks into vectors; loaded at first use."""
        if self._embedder is None:
            from index.embedder import shared_embedder  # onnxruntime takes half a second to import

            self._embedder = shared_embedder()
        return self._embedder

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """A read view that stays the same while others write; never waits for them."""
        with store.explained(self.path):
            connection = store.open_for_reading(self.path)
        with closing(connection), store.explained(self.path, files=False):
            connection.execute("BEGIN")
            store.check_format(connection, self.path)
            store.check_settings(connection, self.path, _settings())
            yield Snapshot(connection, self._generations, self._recent)

    def vector_store(self) -> ChromaVectorStore:
        """The published vectors as llama-index's own vector store; its nodes are named by chunk id.

        It lacks what was indexed since the generation was built and still holds what was removed.
        """
        with self.snapshot(), closing(store.open_for_reading(self.path)) as connection:
            newest = _newest(connection)
        if newest is None:
            raise LibraryError(f"The library at {self.path} has no vectors yet: run `dateline index FOLDER`.")
        return self._generations.store(newest[0])

    def sync(
        self,
        *folders: Path | str,
        progress: Callable[[Progress], None] | None = None,
        rebuild: bool = False,
        lock_seconds: float = LOCK_SECONDS,
    ) -> Report:
        """Make the library equal to the folders: what is new or changed there comes in, what has gone goes.

        Articles of other folders stay. `rebuild` cuts and embeds everything anew, as this version
        does it. Waits `lock_seconds` for another writer to finish.
        """
        began = time.monotonic()
        if not folders:
            raise LibraryError("No folder was named: run `dateline index FOLDER`.")
        roots = [folder(path) for path in folders]
        with store.explained(self.path):
            if not self.exists:
                self._require_files(roots)
            self.path.mkdir(parents=True, exist_ok=True)
            with (
                self._lock(lock_seconds),
                closing(store.open_for_writing(self.path, _settings())) as connection,
            ):
                store.check_format(connection, self.path)
                if not rebuild:
                    store.check_settings(connection, self.path, _settings())
                return self._sync(connection, roots, progress or _silent, rebuild, began)

    def _sync(
        self,
        connection: sqlite3.Connection,
        roots: Sequence[Path],
        progress: Callable[[Progress], None],
        rebuild: bool,
        began: float,
    ) -> Report:
        walk = Walk(self.path)
        plan.look(connection, roots, walk, afresh=rebuild)
        plan.require_files(connection, roots)
        made = " ".join(_settings().values())
        if rebuild and store.agrees(connection, _settings()):
            # Under other settings they all differ anyway, and a rebuild that was cut short goes on.
            connection.execute("UPDATE articles SET made = ''")
        run = Sync(connection, lambda: self.embedder, made, progress)
        with closing(sandbox.shared()):  # its memory is only needed while files are read
            run.move_and_remove()
            run.embed()
        if rebuild:
            store.write_manifest(connection, _settings())
        self._publish(connection, progress, rebuild)
        return _report(connection, roots, walk, began)

    def _publish(
        self, connection: sqlite3.Connection, progress: Callable[[Progress], None], force: bool
    ) -> None:
        """Build the next generation when the library has run too far ahead of the last one."""
        newest = _newest(connection)
        if newest and not self._generations.healthy(newest[0]):
            newest = None
        if newest and not force and not _behind(connection, newest):
            return
        total = _count(connection, "vectors")
        # What is older than the newest is in nobody's hands any more; the rest is damaged or unfinished.
        self._generations.keep_only([newest[0]] if newest else [])
        name = uuid.uuid4().hex
        last = int(connection.execute("SELECT coalesce(max(chunk), 0) FROM vectors").fetchone()[0])
        self._generations.build(
            name,
            _rows(connection),
            total,
            lambda done: progress(Progress(done, total, self.path, "vectors")),
        )
        connection.execute(
            "INSERT INTO generations (name, last_chunk, size) VALUES (?, ?, ?)", [name, last, total]
        )

    def _require_files(self, roots: Sequence[Path]) -> None:
        if not any(True for root in roots for _ in Walk(self.path).files(root)):
            raise LibraryError(
                f"There is no article in {_listed(roots)}: name a folder with {EXAMPLES} files."
            )

    @contextmanager
    def _lock(self, seconds: float) -> Iterator[None]:
        """The right to write; it ends with the process, however that ends."""
        from filelock import FileLock, Timeout  # only writers need it

        holder = self.path / "write.pid"
        lock = FileLock(self.path / "write.lock")
        try:
            lock.acquire(timeout=seconds)
        except Timeout:
            pid = holder.read_text().strip() if holder.exists() else "unknown"
            raise LibraryError(
                f"Another process (pid {pid}) is writing the library at {self.path}: "
                "wait until it has finished, then run the command again."
            ) from None
        try:
            holder.write_text(str(os.getpid()))
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()


def _settings() -> dict[str, str]:
    """What the vectors and chunks of a library depend on."""
    return {"embedder": WEIGHTS["embedder"].sha256[:16], "chunking": CHUNKING}


def _newest(connection: sqlite3.Connection) -> tuple[str, int, int] | None:
    row = connection.execute(
        "SELECT name, last_chunk, size FROM generations ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return (str(row[0]), int(row[1]), int(row[2])) if row else None


def _report(connection: sqlite3.Connection, roots: Sequence[Path], walk: Walk, began: float) -> Report:
    skipped = plan.skipped(connection, walk)
    plan.require_articles(connection, roots, skipped)
    counts = plan.outcomes(connection)
    return Report(
        added=counts.get("added", 0),
        changed=counts.get("changed", 0),
        moved=counts.get("moved", 0),
        removed=counts.get("removed", 0),
        unchanged=counts.get("unchanged", 0),
        skipped=skipped,
        articles=_count(connection, "articles"),
        chunks=_count(connection, "chunks"),
        seconds=time.monotonic() - began,
    )


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _behind(connection: sqlite3.Connection, generation: tuple[str, int, int]) -> bool:
    _, last, size = generation
    count = "SELECT count(*) FROM chunks WHERE id"
    kept = connection.execute(f"{count} <= ?", [last]).fetchone()[0]
    newer = connection.execute(f"{count} > ?", [last]).fetchone()[0]
    return bool((size - kept) + newer > max(REBUILD_CHUNKS, REBUILD_SHARE * size))


def _rows(connection: sqlite3.Connection) -> Iterator[Row]:
    rows = connection.execute(
        "SELECT chunk, articles.id, vector FROM vectors JOIN chunks ON chunks.id = chunk "
        "JOIN articles ON number = article ORDER BY chunk"
    )
    for chunk, article, vector in rows:
        yield chunk, article, matrix([vector])[0]


def _listed(roots: Sequence[Path]) -> str:
    return ", ".join(str(root) for root in roots)


def _silent(progress: Progress) -> None:
    """Tell nobody."""

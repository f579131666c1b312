"""A library on disk: one writer at a time makes it equal to folders, any number of readers search it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from index import folders as memory
from index import plan, removal, sandbox, status, store
from index.chunker import CHUNKING
from index.errors import LibraryError
from index.formats import EXAMPLES
from index.lock import writing
from index.publish import newest, publish
from index.recent import Recent
from index.report import Progress, Removal, Report, Skipped
from index.rules import Rule, merged
from index.scan import Walk, folder
from index.snapshot import Snapshot
from index.sync import Sync
from index.vectors import Generations
from index.weights import WEIGHTS

if TYPE_CHECKING:
    from llama_index.vector_stores.chroma import ChromaVectorStore

    from index.embedder import Embedder
    from index.status import Status

LOCK_SECONDS = 5.0


class Library:
    """The articles of some folders, searchable by word and by meaning. Safe from several threads."""

    def __init__(self, path: Path | str, embedder: Embedder | None = None) -> None:
        self.path = Path(path).expanduser()
        self._embedder = embedder
        self._generations = Generations(self.path / "chroma")
        self._recent = Recent()

    @property
    def exists(self) -> bool:
        """True when something has been indexed here."""
        return (self.path / store.FILE_NAME).is_file()

    @property
    def embedder(self) -> Embedder:
        """What turns questions and chunks into vectors; loaded at first use."""
        if self._embedder is None:
            from index.embedder import shared_embedder  # onnxruntime takes half a second to import

            self._embedder = shared_embedder()
        return self._embedder

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """A read view that stays the same while others write; never waits for them."""
        with self.reading() as connection:
            store.check_settings(connection, self.path, settings())
            yield Snapshot(connection, self._generations, self._recent)

    def status(self) -> Status:
        """What the library holds, and how it stands; it may be one that another version made."""
        with store.explained(self.path), self.reading() as connection:
            return status.read(connection, self.path, self._generations)

    def vector_store(self) -> ChromaVectorStore:
        """The published vectors as llama-index's own vector store; its nodes are named by chunk id.

        It lacks what was indexed since the generation was built and still holds what was removed.
        """
        with self.snapshot(), self.reading() as connection:
            last = newest(connection)
        if last is None:
            raise LibraryError(f"The library at {self.path} has no vectors yet: run `dateline index FOLDER`.")
        return self._generations.store(last.name)

    def sync(
        self,
        *folders: Path | str,
        progress: Callable[[Progress], None] | None = None,
        rebuild: bool = False,
        lock_seconds: float = LOCK_SECONDS,
        include: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
    ) -> Report:
        """Make the library equal to the folders: what is new or changed there comes in, what has gone goes.

        Articles of other folders stay. Without a folder, all that the library follows are synced.
        `include` and `exclude` are patterns for the files of these folders, remembered until others are
        given. `rebuild` cuts and embeds everything anew, as this version does it. Waits `lock_seconds` for
        another writer to finish.
        """
        began = time.monotonic()
        roots = [folder(path) for path in folders]
        with store.explained(self.path):
            if not self.exists:
                self._require_files(merged((), roots, include, exclude))
            self.path.mkdir(parents=True, exist_ok=True)
            with self._writing(lock_seconds, any_settings=rebuild) as connection:
                known = memory.remembered(connection)
                away: list[Skipped] = []
                if not folders:
                    roots, away = _present([each.rule.root for each in known], self.path)
                rules = merged([each.rule for each in known], roots, include, exclude)
                return self._sync(connection, roots, rules, away, progress or _silent, rebuild, began)

    def remove(self, target: Path | str, *, lock_seconds: float = LOCK_SECONDS) -> Removal:
        """Take a folder, or a file, out of the library; what is on the disk is not touched.

        Followed folders there are forgotten, and a folder around it leaves it out from now on.
        """
        with store.explained(self.path), self.reading():
            pass  # an error now when there is no library, rather than a new one
        with store.explained(self.path), self._writing(lock_seconds, any_settings=True) as connection:
            with store.transaction(connection):
                removed = removal.remove(connection, self.path, target)
            publish(connection, self._generations, _silent)
            return removed

    def rebuild_vectors(self, *, lock_seconds: float = LOCK_SECONDS) -> None:
        """Build Chroma's index anew from the stored vectors; nothing is embedded."""
        with store.explained(self.path), self._writing(lock_seconds, any_settings=True) as connection:
            publish(connection, self._generations, _silent, force=True)

    def sound(self, generation: str) -> bool:
        """False when the generation is gone or damaged, or could not be read by an earlier question."""
        return self._generations.healthy(generation)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one moment, whatever the library was made with."""
        with store.explained(self.path):
            connection = store.open_for_reading(self.path)
        with closing(connection), store.explained(self.path, files=False):
            connection.execute("BEGIN")
            store.check_format(connection, self.path)
            yield connection

    @contextmanager
    def _writing(self, lock_seconds: float, any_settings: bool) -> Iterator[sqlite3.Connection]:
        with (
            writing(self.path, lock_seconds),
            closing(store.open_for_writing(self.path, settings())) as connection,
        ):
            store.check_format(connection, self.path)
            if not any_settings:
                store.check_settings(connection, self.path, settings())
            memory.prepare(connection)
            yield connection

    def _sync(
        self,
        connection: sqlite3.Connection,
        roots: Sequence[Path],
        rules: Sequence[Rule],
        away: Sequence[Skipped],
        progress: Callable[[Progress], None],
        rebuild: bool,
        began: float,
    ) -> Report:
        known = {each.rule.root: each.synced for each in memory.remembered(connection)}
        fresh = [root for root in roots if not known.get(root)]
        walk = Walk(self.path, rules)
        plan.look(connection, roots, walk, afresh=rebuild)
        plan.require_files(connection, fresh)
        with store.transaction(connection):
            memory.remember(connection, rules)
        made = " ".join(settings().values())
        if rebuild and store.agrees(connection, settings()):
            # Under other settings they all differ anyway, and a rebuild that was cut short goes on.
            connection.execute("UPDATE articles SET made = ''")
        run = Sync(connection, lambda: self.embedder, made, progress)
        with closing(sandbox.shared()):  # its memory is only needed while files are read
            run.move_and_remove()
            run.sign()
            run.embed()
        if rebuild:
            store.write_manifest(connection, settings())
        publish(connection, self._generations, progress, rebuild)
        skipped = (*plan.skipped(connection, walk), *away)
        try:
            plan.require_articles(connection, fresh, skipped)
        except LibraryError:
            memory.forget(connection, [root for root in fresh if root not in known])
            raise
        with store.transaction(connection):
            memory.finish(connection, roots, skipped)
        return _report(connection, skipped, began)

    def _require_files(self, rules: Sequence[Rule]) -> None:
        if not rules:
            raise LibraryError("No folder was named: run `dateline index FOLDER`.")
        if not any(True for rule in rules for _ in Walk(self.path, rules).files(rule.root)):
            listed = ", ".join(str(rule.root) for rule in rules)
            raise LibraryError(f"There is no article in {listed}: name a folder with {EXAMPLES} files.")


def settings() -> dict[str, str]:
    """What the vectors and chunks of a library depend on."""
    return {"embedder": WEIGHTS["embedder"].sha256[:16], "chunking": CHUNKING}


def _present(roots: Sequence[Path], library: Path) -> tuple[list[Path], list[Skipped]]:
    """Those folders that can be looked at, and why the others cannot; LibraryError when none can."""
    present: list[Path] = []
    away: list[Skipped] = []
    for root in roots:
        try:
            present.append(folder(root))
        except LibraryError as error:
            away.append(Skipped(root, f"{error} Or forget it: `dateline remove {root}`."))
    if not roots:
        raise LibraryError(
            f"The library at {library} remembers no folder: name one with `dateline index FOLDER`."
        )
    if not present:
        raise LibraryError(" ".join(skipped.reason for skipped in away))
    return present, away


def _report(connection: sqlite3.Connection, skipped: tuple[Skipped, ...], began: float) -> Report:
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


def _silent(progress: Progress) -> None:
    """Tell nobody."""

"""Builds a library of a million chunks, and measures how fast and how surely it is searched.

    python -m tests.benchmarks.million --corpus corpus.jsonl --questions questions.jsonl [--chunks 1000000]
        [--home FOLDER] [--asked 200]

The corpus is indexed as it is. From its chunks further ones are put together: each takes sentences of two real
chunks, and the mean of their vectors with a little noise; articles have eight of them. They are stored as a sync
stores them, and Chroma's index is built as `dateline doctor --fix` builds it. A process of its own then asks the
questions: it tells how long the library takes to open and to answer the first one, how long finding takes from
the question to the fused passages (median and 99th percentile), each search by itself, how much memory the
process holds, and how many of the ten nearest chunks, as a look at every vector tells them, the vector search finds.
Needs 7 GB of disk; `--home` keeps the library, and measures it again without building it when it is there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))  # run by path, a script sees only its own folder

import numpy as np  # noqa: E402  # found through the line above
from numpy.typing import NDArray  # noqa: E402

from index import Library, store, writer  # noqa: E402
from index.article import Article  # noqa: E402
from index.drafts import Draft  # noqa: E402
from index.library import settings  # noqa: E402
from index.search import matrix, top  # noqa: E402
from index.snapshot import Snapshot  # noqa: E402
from rag.evaluation.question_set import Case, load  # noqa: E402
from rag.finding import find  # noqa: E402

CHUNKS_EACH = 8
TOGETHER = 250  # articles in one transaction
NOISE = 0.2  # length of the noise added to a vector of length one
NEAREST = 10
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Known:
    """The real chunks: their titles, their sentences, their vectors."""

    titles: list[str]
    sentences: list[list[str]]
    vectors: NDArray[np.float32]


def index_corpus(library: Library, corpora: Sequence[Path]) -> None:
    """Index the real articles, each a file named by its document."""
    folder = library.path.parent / "articles"
    folder.mkdir(parents=True)
    for corpus in corpora:
        for line in corpus.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            text = f"{row.get('title') or 'Untitled'}\n\n{row['text']}\n"
            (folder / f"{row['doc_id']}.txt").write_text(text, encoding="utf-8")
    library.sync(folder)


def known_chunks(library: Library) -> Known:
    titles, texts, ids = [], [], []
    with library.snapshot() as snap:
        for key in snap.article_ids():
            for chunk in snap.article_chunks(key):
                titles.append(snap.article(key).title)
                texts.append(chunk.text)
                ids.append(chunk.id)
        return Known(titles, [_SENTENCE.split(text) for text in texts], snap.vectors(ids))


def drafts(known: Known, count: int, chance: random.Random) -> Iterator[tuple[Draft, NDArray[np.float32]]]:
    """So many articles put together from the known chunks, with their vectors."""
    noise = np.random.default_rng(chance.randrange(2**32))
    everything = range(len(known.titles))
    for number in range(count):
        ones, others = (chance.choices(everything, k=CHUNKS_EACH) for _ in range(2))
        text, spans = f"{known.titles[ones[0]]}\n\n", []
        for one, other in zip(ones, others, strict=True):
            pool = [*known.sentences[one], *known.sentences[other]]
            chance.shuffle(pool)
            piece = " ".join(pool[: max(1, len(pool) // 2)])
            spans.append((len(text), len(text) + len(piece)))
            text += f"{piece}\n\n"
        vectors = known.vectors[ones] + known.vectors[others]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors += NOISE / np.sqrt(vectors.shape[1]) * noise.standard_normal(vectors.shape, np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        key = hashlib.sha256(f"{number} {text}".encode()).hexdigest()
        path = Path("/made/up", f"{number:07}.txt")
        yield Draft(Article(key, path, text, known.titles[ones[0]]), tuple(spans), "", ""), vectors


def fill(library: Library, chunks: int, chance: random.Random) -> None:
    """Store made-up articles until the library has so many chunks."""
    known = known_chunks(library)
    made = " ".join(settings().values())
    missing = -(-(chunks - len(known.titles)) // CHUNKS_EACH)
    with closing(store.open_for_writing(library.path, settings())) as connection:
        rows = drafts(known, missing, chance)
        for first in range(0, missing, TOGETHER):
            with store.transaction(connection):
                for _, (draft, vectors) in zip(range(min(TOGETHER, missing - first)), rows, strict=False):
                    writer.put(connection, draft, vectors, made)
        connection.execute(
            "INSERT INTO files (path, size, mtime_ns, inode, sidecar, article) "
            "SELECT path, 0, 0, 0, '', number FROM articles WHERE path LIKE '/made/up/%'"
        )


def build(home: Path, corpora: Sequence[Path], chunks: int) -> None:
    """Build the library and tell how long its parts took."""
    library = Library(home / "library")
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        ("articles of the corpus indexed", lambda: index_corpus(library, corpora)),
        ("further chunks stored", lambda: fill(library, chunks, random.Random(1))),
        ("Chroma's index built", library.rebuild_vectors),
    )
    for name, step in steps:
        began = time.perf_counter()
        step()
        print(f"{name} in {time.perf_counter() - began:.0f} s", flush=True)
    (home / "built").touch()


def ask(home: Path, sets: Sequence[Path], asked: int) -> None:
    """Measure as a process that only reads."""
    questions = [q for path in sets for q in load(path) if q.answerable and not (q.exclude or q.history)]
    questions = random.Random(1).sample(questions, min(asked, len(questions)))
    library = Library(home / "library")
    vectors = library.embedder.embed([question.text for question in questions])
    began = time.perf_counter()
    with library.snapshot() as snap:
        look_up(library, snap, questions[0])
        print(f"opened, and the first question's passages found, in {time.perf_counter() - began:.1f} s")
        look_up(library, snap, questions[0])
        print(f"{snap.chunk_count:,} chunks, {len(questions)} questions; median and 99th percentile in ms:")
        rows = list(zip(questions, vectors, strict=True))
        timed("find", lambda pair: look_up(library, snap, pair[0]), rows)
        timed("by word", lambda pair: snap.search_text(pair[0].text, 50), rows)
        timed("by meaning", lambda pair: snap.search_vectors(pair[1], 50), rows)
        near = [{chunk for chunk, _ in snap.search_vectors(vector, NEAREST)} for vector in vectors]
    status = Path("/proc/self/status").read_text()
    for name, field in (("now", "VmRSS"), ("at most", "VmHWM")):
        print(f"memory {name}: {int(status.split(f'{field}:')[1].split()[0]) / 1e6:.2f} GB")
    exact = nearest(library, vectors)
    recall = np.mean([len(a & b) / NEAREST for a, b in zip(near, exact, strict=True)])
    print(f"recall@{NEAREST} of the vector search: {recall:.3f}")


def look_up(library: Library, snap: Snapshot, question: Case) -> None:
    find(question.text, snap, library.embedder)


def timed(name: str, step: Callable[[Any], object], rows: Sequence[Any]) -> None:
    """Do the step for each row and print how long it takes."""
    times = []
    for row in rows:
        began = time.perf_counter()
        step(row)
        times.append(1000 * (time.perf_counter() - began))
    print(f"  {name:12}{np.median(times):8.1f}{np.percentile(times, 99):8.1f}", flush=True)


def nearest(library: Library, vectors: NDArray[np.float32]) -> list[set[int]]:
    """Each question's nearest chunks, found by comparing every one."""
    best: list[list[tuple[float, int]]] = [[] for _ in vectors]
    with library.reading() as connection:
        rows = connection.execute("SELECT chunk, vector FROM vectors")
        while block := rows.fetchmany(20_000):
            scores = vectors @ matrix([blob for _, blob in block]).T
            for kept, row in zip(best, scores, strict=True):
                kept.extend((float(row[i]), block[i][0]) for i in top(row, NEAREST))
                kept[:] = sorted(kept, reverse=True)[:NEAREST]
    return [{chunk for _, chunk in kept} for kept in best]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--corpus", type=Path, nargs="+", required=True, help="JSON lines: doc_id, title, text"
    )
    parser.add_argument("--questions", type=Path, nargs="+", required=True, help="JSON lines, as for `eval`")
    parser.add_argument("--chunks", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=200)
    parser.add_argument("--home", type=Path, metavar="FOLDER")
    parser.add_argument("--only-ask", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only_ask:
        ask(given.home, given.questions, given.asked)
        return
    with tempfile.TemporaryDirectory(prefix="million-") as temporary:
        home = given.home or Path(temporary)
        if not (home / "built").exists():
            build(home, given.corpus, given.chunks)
        arguments = [*sys.argv[1:], "--home", str(home), "--only-ask"]
        subprocess.run([sys.executable, __file__, *arguments], check=True)


if __name__ == "__main__":
    main()

"""Indexes the same articles with Dateline and with plain llama-index: seconds per embedded token, and memory.

    python -m tests.benchmarks.indexing --corpus corpus.jsonl [--articles 300] [--join 8] [--rounds 3]

One side is `Library.sync`; the other is llama-index with its defaults: `SimpleDirectoryReader`, chunks of 1,024
tokens, `VectorStoreIndex`, `ChromaVectorStore`. Both run the same embedder, each in a process of its own, in turns.
That embedder cuts a text at 256 tokens, so a chunk of 1,024 would lose three quarters. The other side's embedder
therefore takes long texts in windows of `--window` tokens that don't overlap, and averages their vectors: every
token is embedded once, and Chroma gets few rows. Were a text to reach the embedder's limit, the run would fail.

The clock starts when the packages are imported and the model is loaded, and stops when the index is on the disk.
Tokens are those that reach the model, without padding; the processor's seconds are given for as many of them, and
tell more where other programs run. Memory is the process's peak, and the growth over what it held
when the clock started. Prints each round, then the medians and their ratios; the lower, the better for Dateline.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))  # run by path, a script sees only its own folder

import numpy as np  # noqa: E402  # found through the line above
from llama_index.core.bridge.pydantic import PrivateAttr  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from index import Library  # noqa: E402
from index.embedder import MAX_TOKENS, Embedder  # noqa: E402

BATCH = 250  # rows Chroma takes at once without complaint
SPECIAL = 2  # tokens the model wants around each text
SIDES = ("dateline", "llama-index")


class Counting(Embedder):
    """The product's embedder, which counts the tokens that it runs and refuses to cut a text."""

    _tokens: int = PrivateAttr(default=0)

    @property
    def tokens(self) -> int:
        return self._tokens

    def _run(self, batch: list[list[int]]) -> NDArray[np.float32]:
        assert max(map(len, batch)) < MAX_TOKENS, "a text was cut"
        self._tokens += sum(map(len, batch))
        return super()._run(batch)


class Windowed(Counting):
    """The same for texts of any length: the mean over windows of so many tokens."""

    _window: int = PrivateAttr()

    def __init__(self, window: int) -> None:
        super().__init__()
        self._window = window

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        windows = [self._windows(text) for text in texts]
        vectors = super().embed([text for group in windows for text in group])
        means = np.zeros((len(texts), vectors.shape[1]), np.float32)
        first = 0
        for row, group in enumerate(windows):
            mean = vectors[first : first + len(group)].mean(axis=0)
            means[row] = mean / np.linalg.norm(mean)
            first += len(group)
        return means

    def _windows(self, text: str) -> list[str]:
        self._tokenizer.no_truncation()
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        self._tokenizer.enable_truncation(MAX_TOKENS)
        size = self._window - SPECIAL
        starts = [offsets[i][0] for i in range(0, len(offsets), size)] or [0]
        return [
            text[start:end] for start, end in zip([0, *starts[1:]], [*starts[1:], len(text)], strict=True)
        ]


# What each side's packages are; imported before the clock starts.
PACKAGES = {
    "dateline": ("chromadb", "index.publish", "index.drafts", "index.language"),
    "llama-index": ("chromadb", "llama_index.core", "llama_index.vector_stores.chroma"),
}


def dateline(folder: Path, home: Path, embedder: Counting) -> None:
    Library(home, embedder).sync(folder)


def llama_index(folder: Path, home: Path, embedder: Counting) -> None:
    import chromadb
    from chromadb.config import Settings
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.vector_stores.chroma import ChromaVectorStore

    client = chromadb.PersistentClient(str(home), Settings(anonymized_telemetry=False))
    store = ChromaVectorStore(client.create_collection("chunks", embedding_function=None))
    VectorStoreIndex.from_documents(
        SimpleDirectoryReader(str(folder)).load_data(),
        storage_context=StorageContext.from_defaults(vector_store=store),
        transformations=[SentenceSplitter(chunk_size=1024)],
        embed_model=embedder,
        insert_batch_size=BATCH,
    )
    client.close()


def measured(side: str, folder: Path, window: int) -> dict[str, float]:
    """Index the folder in this process; what it took."""
    for package in PACKAGES[side]:
        importlib.import_module(package)
    embedder = Counting() if side == "dateline" else Windowed(window)
    embedder.embed(["warm"])
    warm = embedder.tokens
    run: Callable[[Path, Path, Counting], None] = dateline if side == "dateline" else llama_index
    with tempfile.TemporaryDirectory() as home:
        before, began, used = memory("VmRSS"), time.perf_counter(), time.process_time()
        run(folder, Path(home, "index"), embedder)
        seconds, used = time.perf_counter() - began, time.process_time() - used
    peak = memory("VmHWM")
    tokens = embedder.tokens - warm
    return {
        "seconds": seconds,
        "tokens": tokens,
        "rate": 1000 * seconds / tokens,
        "cpu": 1000 * used / tokens,
        "peak": peak,
        "growth": peak - before,
    }


def memory(field: str) -> float:
    """This process's memory in megabytes: `VmRSS` now, `VmHWM` at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(field))


def write_articles(corpus: Path, folder: Path, count: int, join: int) -> int:
    """Write up to `count` articles of `join` consecutive documents each; returns how many there are."""
    with corpus.open(encoding="utf-8") as lines:
        rows = iter(json.loads(line) for line in lines)
        for number in range(count):
            group: list[dict[str, Any]] = list(islice(rows, join))
            if not group:
                return number
            text = "\n\n".join(
                [str(group[0].get("title") or "Untitled"), *(str(row["text"]) for row in group)]
            )
            (folder / f"{number:05}.txt").write_text(f"{text}\n", encoding="utf-8")
    return count


def in_a_process_of_its_own(side: str, folder: Path, window: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--side", side, "--folder", str(folder), "--window", str(window)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(folder: Path, rounds: int, window: int) -> None:
    """Let the two sides take turns and print what they took."""
    runs: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    print(f"{'':12}{'s':>8}{'tokens':>10}{'s/1,000':>10}{'cpu s':>8}{'peak MB':>9}{'growth MB':>11}")
    for _ in range(rounds):
        for side in SIDES:
            runs[side].append(in_a_process_of_its_own(side, folder, window))
            show(side, runs[side][-1])
    fields = list(runs[SIDES[0]][0])
    medians = [
        {field: statistics.median(run[field] for run in runs[side]) for field in fields} for side in SIDES
    ]
    for side, median in zip(SIDES, medians, strict=True):
        show(f"{side}*", median)
    print("* median\nratio: " + ", ".join(f"{f} {medians[0][f] / medians[1][f]:.2f}" for f in fields[2:]))


def show(name: str, run: dict[str, float]) -> None:
    print(
        f"{name:12}{run['seconds']:8.1f}{run['tokens']:10.0f}{run['rate']:10.3f}{run['cpu']:8.3f}"
        f"{run['peak']:9.0f}{run['growth']:11.0f}",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, help="JSON lines with `title` and `text`")
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--join", type=int, default=8, help="documents of the corpus that make one article")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--window", type=int, default=250, help="tokens, below 256")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.side:
        print(json.dumps(measured(given.side, given.folder, given.window)))
        return
    if not given.corpus:
        parser.error("name the articles: --corpus corpus.jsonl")
    with tempfile.TemporaryDirectory() as folder:
        print(f"{write_articles(given.corpus, Path(folder), given.articles, given.join)} articles")
        compare(Path(folder), given.rounds, given.window)


if __name__ == "__main__":
    main()

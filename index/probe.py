"""Opens a generation in a process of its own: one that is damaged may crash whoever opens it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_SECONDS = 300.0  # a million chunks are opened in a tenth of that
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from index.probe import main; main(sys.argv[2])"


@dataclass(frozen=True, slots=True)
class Probed:
    """What a generation that opens holds: how many chunks, and some of them with their vectors."""

    size: int
    ids: tuple[int, ...]
    vectors: NDArray[np.float32]


def probe(directory: Path) -> Probed | str:
    """What is in the generation, or why it cannot be used."""
    root = str(Path(__file__).parent.parent)
    try:
        # -P: a folder named `index` where the command was run is not ours.
        run = subprocess.run(
            [sys.executable, "-P", "-c", _PROGRAM, root, str(directory)],
            capture_output=True,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"it did not open within {_SECONDS:.0f} seconds"
    if run.returncode < 0:
        return f"opening it crashes (signal {-run.returncode})"
    try:
        found = json.loads(run.stdout)
        vectors = np.array(found["vectors"], dtype=np.float32).reshape(len(found["ids"]), -1)
        return Probed(int(found["size"]), tuple(map(int, found["ids"])), vectors)
    except (ValueError, KeyError, TypeError):
        last = run.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        return f"it cannot be opened ({' '.join(last)[:200] or f'exit status {run.returncode}'})"


def main(directory: str) -> None:
    """Print what the generation holds, as JSON; for the process that `probe` starts."""
    from index.vectors import sample

    size, ids, vectors = sample(Path(directory))
    print(json.dumps({"size": size, "ids": ids, "vectors": vectors}))

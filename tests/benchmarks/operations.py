"""Changes folders at random, 10,000 times in all, and syncs now and then: does the library equal the folder?

    python -m tests.benchmarks.operations [--operations 10000] [--seed 1]

Files are written, appended to, changed in place (with the same size, and their time set back), moved, copied, swapped,
touched and deleted, folders renamed and deleted, files emptied and broken, `metadata.json` written and removed. After
each sync the library has to hold exactly what a fresh look at the folder tells, be found by word and by meaning, and
nothing may have been embedded that it knew; at the end of each folder's life it has to equal a library that is built
afresh. Prints how many operations and syncs there were; a failure ends it, with the operations that led there.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]  # run by path, a script sees only its own folder

from changing_folder import ChangingFolder, run  # noqa: E402  # found through the line above


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    try:
        run(given.operations, given.seed)
    finally:
        seconds = time.monotonic() - began
        print(f"{ChangingFolder.operations} operations, {ChangingFolder.syncs} syncs, {seconds:.0f} s")


if __name__ == "__main__":
    main()

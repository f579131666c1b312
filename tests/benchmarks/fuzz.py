"""Damages files of all formats and reads them: does any crash, hang or go unexplained?

    python -m tests.benchmarks.fuzz [--samples 1000] [--seed 1] [--keep FOLDER]

Each sample is a real file of one format with bytes changed, cut out, doubled, moved or swapped for another
format's. It is read by way of the library's own sandbox and described as an article. Prints how many were read
and how many skipped, by format, the slowest, and every sample that crashed its parser, took over 10 seconds or
failed in any way but a stated reason; `--keep` saves those. Ends with status 1 when there is one. Takes some
three minutes for 1,000 samples and needs no model.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]  # run by path, a script sees only its own folder

import samples  # noqa: E402  # found through the line above

from index import sandbox  # noqa: E402
from index.articles import as_article, read_article  # noqa: E402
from index.errors import ArticleError  # noqa: E402
from index.reader import is_collection  # noqa: E402
from index.source import Member, source  # noqa: E402

SECONDS = 10.0
GRACE = 2.0  # to notice that the time is up, and to describe what was read
FILES = {**samples.ARTICLES, **samples.COLLECTIONS}
_TEXTUAL = ("document.xml", "styles.xml", "core.xml", ".html", ".txt")
TOKENS = (
    *(b"\x00", b"\xff\xfe", b"<!ENTITY a 'b'>", b"<" * 500, b"[" * 500, b'"', b"\\u0000", b"%%EOF"),
    *(b"]]>", b"endstream", b"9" * 40, b"-1", b"\r\n\r\n", b"PK\x05\x06", "\ud7ff\U0001f600".encode()),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one sample: `outcome` is read, skipped or failed, `why` its reason."""

    name: str
    outcome: str
    why: str
    seconds: float


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The data with one to four changes."""
    # Damaged as a whole, an archive is hardly ever read any further.
    changes = (_inside,) if data.startswith(b"PK") and chance.random() < 0.7 else _CHANGES
    for _ in range(chance.choice((1, 1, 2, 4))):
        data = chance.choice(changes)(data, chance)
    return data


def _flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 3, 20, 200))):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + data[end:]


def _double(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return (data[:end] + data[start:end] * chance.choice((1, 2, 50)) + data[end:])[:5_000_000]


def _shorten(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randint(0, len(data))]


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice(TOKENS) + data[at:]


def _swap(data: bytes, chance: random.Random) -> bytes:
    """Numbers in it made larger or negative: lengths, offsets and counts."""
    start, end = _span(data, chance)
    digits = bytes(chance.choice(b"0123456789-") if 48 <= byte <= 57 else byte for byte in data[start:end])
    return data[:start] + digits + data[end:]


def _graft(data: bytes, chance: random.Random) -> bytes:
    other = chance.choice(list(FILES.values()))
    start, end = _span(other, chance)
    at = chance.randint(0, len(data))
    return data[:at] + other[start:end] + data[at:]


_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_flip, _cut, _double, _shorten, _insert, _swap, _graft),
)


def _inside(data: bytes, chance: random.Random) -> bytes:
    """A zip archive, or a Word document, of which one member is changed and the rest is whole."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # noqa: BLE001 - no archive, or one that is too damaged by now
        return _swap(data, chance)
    name = chance.choice([name for name in members if name.endswith(_TEXTUAL)] or list(members))
    members[name] = chance.choice(_CHANGES)(members[name], chance)
    return samples.zipped(members)


def _span(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randint(0, len(data))
    return start, min(len(data), start + chance.choice((1, 8, 100, 2_000)))


def read(path: Path) -> tuple[str, str]:
    """Read the sample as the library would; its outcome and reason."""
    try:
        if not is_collection(path):
            read_article(path, "")
            return "read", ""
        pieces = list(sandbox.shared().members(path))
        for piece in pieces:
            if isinstance(piece, Member):
                as_article(source(path / piece.name, piece.digest, piece.content), "")
        reasons = [piece.reason for piece in pieces if not isinstance(piece, Member)]
    except ArticleError as error:
        reason = str(error).removeprefix(f"{path}: ")
        return ("failed" if _blames_us(reason) else "skipped"), reason
    except Exception as error:  # noqa: BLE001 - what else may escape is what this program looks for
        return "failed", f"{type(error).__name__}: {error}"
    failed = [reason for reason in reasons if _blames_us(reason)]
    return ("failed" if failed else "read"), "; ".join(failed)


def _blames_us(reason: str) -> bool:
    return not reason or "parser crash" in reason or "takes over" in reason


def run(count: int, seed: int, keep: Path | None) -> list[Verdict]:
    """Make and read `count` samples, the same ones for the same seed."""
    chance = random.Random(seed)
    names = list(FILES)
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            name = names[number % len(names)]
            path = Path(folder, f"{number:05}-{name}")
            path.write_bytes(mutated(FILES[name], chance))
            began = time.monotonic()
            outcome, why = read(path)
            seconds = time.monotonic() - began
            if seconds > SECONDS + GRACE:
                outcome, why = "failed", f"took {seconds:.1f} s"
            verdicts.append(Verdict(path.name, outcome, why, seconds))
            if outcome == "failed" and keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / path.name).write_bytes(path.read_bytes())
            path.unlink()
    sandbox.shared().close()
    return verdicts


def report(verdicts: Sequence[Verdict]) -> None:
    """Print the counts by format, the slowest sample and all that failed."""
    suffixes = sorted({Path(verdict.name).suffix for verdict in verdicts})
    counts = Counter((Path(verdict.name).suffix, verdict.outcome) for verdict in verdicts)
    print(f"{'format':8}{'read':>8}{'skipped':>10}{'failed':>9}")
    for suffix in suffixes:
        print(f"{suffix:8}" + "".join(f"{counts[suffix, o]:>{w}}" for o, w in _COLUMNS))
    totals = Counter(verdict.outcome for verdict in verdicts)
    print(f"{'all':8}" + "".join(f"{totals[outcome]:>{width}}" for outcome, width in _COLUMNS))
    slowest = max(verdicts, key=lambda verdict: verdict.seconds)
    print(f"slowest: {slowest.seconds:.1f} s ({slowest.name})")
    for verdict in verdicts:
        if verdict.outcome == "failed":
            print(f"FAILED {verdict.name}: {verdict.why}")


_COLUMNS = (("read", 8), ("skipped", 10), ("failed", 9))


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    verdicts = run(given.samples, given.seed, given.keep)
    report(verdicts)
    return int(any(verdict.outcome == "failed" for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())

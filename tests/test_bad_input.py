"""What goes wrong, from the outside: a clear message, the right exit status, and nothing lost."""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Dateline, Spawned

from index import Library, weights

TRAIN = "How did Kim travel to Russia?"
# No source of weights answers.
OFFLINE = {"HF_ENDPOINT": "http://127.0.0.1:9", "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
ARTICLE = "The council of {0} met on Monday. It voted for a new bridge, number {0}, over the river.\n\n" * 3


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.txt").write_text(ARTICLE.format("Springfield"), encoding="utf-8")
    return folder


def files_of(library: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(library / "library.sqlite3")) as connection:
        return [path for (path,) in connection.execute("SELECT path FROM articles ORDER BY path")]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: None, "There is no folder {folder}"),
        (lambda folder: folder.mkdir(), "There is no article in {folder}"),
        (lambda folder: folder.write_text("text"), "is a file, not a folder"),
    ],
    ids=["no folder", "empty folder", "a file"],
)
def test_folders_that_hold_nothing(
    make: Callable[[Path], object], says: str, tmp_path: Path, dateline: Dateline
) -> None:
    folder = tmp_path / "folder"
    make(folder)
    library = tmp_path / "library"
    run = dateline("index", folder, "--library", library)
    assert run.exit_code == 1
    assert says.format(folder=folder) in run.stderr
    assert not library.exists()


def test_a_folder_that_has_gone_loses_nothing(articles: Path, tmp_path: Path, dateline: Dateline) -> None:
    library = tmp_path / "library"
    assert dateline("index", articles, "--library", library).exit_code == 0
    before = files_of(library)
    articles.rename(tmp_path / "elsewhere")
    assert dateline("index", articles, "--library", library).exit_code == 1
    assert files_of(library) == before


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04\x00\x00", "is a binary file (NUL byte at offset 4)"),
        (b"a" * 20_000_001, "is over 20 MB"),
        ("café".encode() + b"\xff\xfe", "is not valid UTF-8 at byte 5 (ff fe)"),
        (b"", "holds no text"),
    ],
    ids=["binary", "too large", "broken UTF-8", "empty"],
)
def test_files_that_are_skipped(
    data: bytes, says: str, articles: Path, tmp_path: Path, dateline: Dateline
) -> None:
    (articles / "bad.txt").write_bytes(data)
    library = tmp_path / "library"
    run = dateline("index", articles, "--library", library)
    assert run.exit_code == 0
    assert says in _why_skipped(run.stdout, articles / "bad.txt")
    assert files_of(library) == [str(articles / "good.txt")]


def test_a_file_without_read_permission_is_skipped(
    articles: Path, tmp_path: Path, spawned: Spawned, fetched: Path
) -> None:
    secret = articles / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    secret.chmod(0)
    library = tmp_path / "library"
    process = spawned("index", articles, "--library", library, before=_AS_ANYBODY)
    output, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    assert "Permission denied" in _why_skipped(output, secret)
    assert files_of(library) == [str(articles / "good.txt")]


# Root may read everything, unless it gives that power up.
_AS_ANYBODY = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
    if os.geteuid() == 0
    else ()
)


def _why_skipped(output: str, path: Path) -> str:
    (line,) = [line for line in output.splitlines() if line.startswith("Skipped")]
    assert str(path) in line
    return line


def test_utf_16_is_read(articles: Path, tmp_path: Path, dateline: Dateline) -> None:
    (articles / "wide.txt").write_bytes(ARTICLE.format("Shelbyville").encode("utf-16"))
    library = tmp_path / "library"
    run = dateline("index", articles, "--library", library)
    assert "2 added" in run.stdout
    assert "0 skipped" in run.stdout


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("", "The question is empty"),
        (" \n", "The question is empty"),
        ("why " * 5_000, "The question has 19,999 characters; the most is 2,000"),
    ],
    ids=["empty", "blank", "20,000 characters"],
)
def test_questions_that_are_none(question: str, says: str, dateline: Dateline) -> None:
    run = dateline("ask", question)
    assert run.exit_code == 1
    assert says in run.stderr
    assert run.stdout == ""


@pytest.mark.parametrize("command", ["ask", "chat"])
@pytest.mark.parametrize(
    ("option", "says"),
    [("--library", "There is no library at {path}"), ("--model", "There is no model file at {path}")],
    ids=["library", "model"],
)
def test_what_is_named_and_not_there(
    command: str, option: str, says: str, tmp_path: Path, dateline: Dateline
) -> None:
    path = tmp_path / "nowhere"
    run = dateline(*([command, TRAIN] if command == "ask" else [command]), option, path)
    assert run.exit_code == 1
    assert says.format(path=path) in run.stderr


def test_a_model_file_that_is_none(tmp_path: Path, spawned: Spawned, seed_library: Library) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF" + b"\x00" * 1_000)
    # Nothing is sure enough: the model is asked.
    process = spawned("ask", TRAIN, "--sure", 1, "--model", path, "--library", seed_library.path)
    _, errors = process.communicate(timeout=90)
    assert process.returncode == 1
    assert f"{path} could not be loaded as a model" in errors
    assert "Traceback" not in errors


@pytest.fixture
def cache(fetched: Path, tmp_path: Path) -> Path:
    """A cache of its own, whose files are the real ones."""
    cache = tmp_path / "cache"
    cache.mkdir()
    for name in ("embedder", "tokenizer"):
        shutil.copy(fetched / weights.WEIGHTS[name].file, cache)
    return cache


def test_what_travels_with_the_package_is_used_whatever_the_cache_holds(
    cache: Path, spawned: Spawned, seed_library: Library
) -> None:
    path = cache / weights.WEIGHTS["tokenizer"].file
    data = bytearray(path.read_bytes())
    data[1_000] ^= 1
    path.write_bytes(data)
    asking = ("ask", TRAIN, "--model", "none", "--library", seed_library.path)
    process = spawned(*asking, DATELINE_CACHE=str(cache), **OFFLINE)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "train" in output
    assert path.read_bytes() == data


def test_a_damaged_answering_model_is_not_used(cache: Path, spawned: Spawned, seed_library: Library) -> None:
    path = cache / weights.WEIGHTS["answering"].file
    path.write_bytes(b"GGUF")
    asking = ("ask", TRAIN, "--sure", 1, "--library", seed_library.path)
    process = spawned(*asking, DATELINE_CACHE=str(cache), **OFFLINE)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "Answered without the language model. `dateline models fetch` gets it" in output
    assert path.read_bytes() == b"GGUF"


def test_a_port_in_use(dateline: Dateline, seed_library: Library) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        chat = ("chat", "--no-browser", "--model", "none", "--library", seed_library.path)
        run = dateline(*chat, "--port", port)
    assert run.exit_code == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in run.stderr
    assert "--port" in run.stderr


def test_ctrl_c_during_indexing_keeps_what_is_done(
    tmp_path: Path, spawned: Spawned, dateline: Dateline
) -> None:
    folder, library = tmp_path / "many", tmp_path / "library"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number:03}.txt").write_text(ARTICLE.format(f"Town {number}"), encoding="utf-8")
    process = spawned("index", folder, "--library", library)
    _wait(process, lambda: (library / "library.sqlite3").exists() and len(_some_of(library)) >= 10)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.strip() == (
        "Stopped. Every article finished so far is kept; run the same command again to go on."
    )
    kept = files_of(library)
    assert 10 <= len(kept) < 300
    again = dateline("index", folder, "--library", library)
    assert again.exit_code == 0
    assert "The library holds 300 articles" in again.stdout
    assert set(kept) < set(files_of(library))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=500k", "tmpfs", str(disk)]
    if subprocess.run(mounting, capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _grow(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=50m", str(disk)], check=True)


def test_a_full_disk_stops_indexing_and_the_next_run_goes_on(
    small_disk: Path, tmp_path: Path, spawned: Spawned, dateline: Dateline
) -> None:
    folder, library = tmp_path / "many", small_disk / "library"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.txt").write_text(ARTICLE.format(f"Town {number}"), encoding="utf-8")
    process = spawned("index", folder, "--library", library)
    _, errors = process.communicate(timeout=90)
    assert process.returncode == 1
    assert "the disk is full: free some space and run the command again" in errors
    kept = files_of(library)
    assert 0 < len(kept) < 30
    with Library(library).snapshot() as snapshot:  # what is there is whole
        for key in snapshot.article_ids():
            text = snapshot.article(key).text
            assert all(text[c.start : c.end] == c.text for c in snapshot.article_chunks(key))
    _grow(small_disk)
    again = dateline("index", "--library", library)
    assert f"{30 - len(kept)} added" in again.stdout
    assert set(kept) < set(files_of(library))


def test_a_disk_too_full_for_chroma_loses_nothing(
    small_disk: Path, articles: Path, dateline: Dateline
) -> None:
    library = small_disk / "library"
    _grow(small_disk)
    assert dateline("index", articles, "--library", library).exit_code == 0
    shutil.rmtree(library / "chroma")
    with contextlib.suppress(OSError), (small_disk / "filler").open("wb") as filler:
        while True:
            filler.write(b"x" * 4_096)
            filler.flush()
    os.truncate(small_disk / "filler", (small_disk / "filler").stat().st_size - 200_000)
    run = dateline("doctor", "--fix", "--library", library)
    assert run.exit_code == 1
    assert "No article is lost: check the disk's space" in run.stdout
    assert dateline("ask", "Who voted?", "--model", "none", "--library", library).exit_code == 0
    (small_disk / "filler").unlink()
    assert dateline("doctor", "--fix", "--library", library).exit_code == 0
    assert dateline("doctor", "--library", library).exit_code == 0


def test_permission_lost_in_between(
    articles: Path, tmp_path: Path, spawned: Spawned, dateline: Dateline
) -> None:
    library = tmp_path / "library"
    assert dateline("index", articles, "--library", library).exit_code == 0

    def run(*command: object) -> tuple[int, str]:
        process = spawned(*command, "--library", library, before=_AS_ANYBODY)
        output, errors = process.communicate(timeout=90)
        assert "Traceback" not in errors
        return process.returncode, output + errors

    library.chmod(0o555)
    status, said = run("index", articles)
    assert (status, "Permission denied" in said, "your permissions" in said) == (1, True, True)
    (library / "library.sqlite3").chmod(0)
    for command in (["ask", TRAIN, "--model", "none"], ["status"], ["doctor"], ["remove", articles]):
        status, said = run(*command)
        assert (status, "check the permissions of its files" in said) == (1, True)
    library.chmod(0o755)
    (library / "library.sqlite3").chmod(0o644)
    (library / "chroma").chmod(0)
    status, said = run("doctor")
    assert (status, "broken    vectors" in said, "Permission denied" in said) == (1, True, True)
    assert run("ask", TRAIN, "--model", "none")[0] == 0  # every vector is compared instead
    (library / "chroma").chmod(0o755)
    assert run("doctor", "--fix")[0] == 0


def test_two_commands_at_once(articles: Path, tmp_path: Path, spawned: Spawned, dateline: Dateline) -> None:
    library = tmp_path / "library"
    for number in range(120):
        (articles / f"{number:03}.txt").write_text(ARTICLE.format(f"Town {number}"), encoding="utf-8")
    first = spawned("index", articles, "--library", library)
    _wait(first, lambda: (library / "library.sqlite3").exists() and len(_some_of(library)) >= 3)
    first.send_signal(signal.SIGSTOP)
    second = spawned("index", articles, "--library", library)
    _, errors = second.communicate(timeout=90)
    assert second.returncode == 1
    assert f"Another process (pid {first.pid}) is writing the library at {library}" in errors
    assert dateline("ask", "Who voted?", "--model", "none", "--library", library).exit_code == 0
    assert dateline("status", "--library", library).exit_code == 0
    third = spawned("index", articles, "--library", library)
    time.sleep(1)  # it waits; the first one ends before it gives up
    first.send_signal(signal.SIGCONT)
    output, _ = first.communicate(timeout=90)
    assert "121 added" in output
    output, errors = third.communicate(timeout=90)
    assert ("121 unchanged" in output, errors) == (True, "") or f"pid {first.pid}" in errors
    assert len(files_of(library)) == 121


def _some_of(library: Path) -> list[str]:
    with contextlib.suppress(sqlite3.Error):  # its tables are still being made
        return files_of(library)
    return []


def _wait(process: subprocess.Popen[str], ready: Callable[[], bool]) -> None:
    until = time.monotonic() + 90
    while not ready():
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)


def test_ctrl_c_during_an_answer_ends_at_once(spawned: Spawned, seed_library: Library, fetched: Path) -> None:
    ours, theirs = pty.openpty()
    # Nothing is sure enough: the model is asked.
    asking = ("ask", "Who accompanied Kim?", "--sure", 1, "--library", seed_library.path)
    process = spawned(*asking, stderr=theirs, TERM="xterm")
    os.close(theirs)
    shown = b""
    while b"Confirming" not in shown:  # read; from here on the model is loaded, reads and writes
        shown += os.read(ours, 4_096)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    process.wait(timeout=30)
    seconds = time.monotonic() - began
    with contextlib.suppress(OSError):  # how a pseudo-terminal says that the other end has left
        while block := os.read(ours, 4_096):
            shown += block
    os.close(ours)
    assert process.returncode == 130
    assert seconds < 2
    assert b"Stopped. The library is as it was." in shown
    assert b"Traceback" not in shown

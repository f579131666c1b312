"""The command line, run as a reader runs it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from conftest import COMMAND, ROOT, SEEDS, Dateline, Spawned
from filelock import FileLock

from index import Library, weights
from rag.libraries import DEMO_NOTE

TRAIN = "How did Kim travel to Russia?"
GIFT = "Which gift did Putin give Kim?"


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder of two of the sample articles that a test may change."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for path in sorted(SEEDS.glob("*.txt"))[:2]:
        shutil.copy(path, folder)
    return folder


def test_help_is_quick_and_names_every_command() -> None:
    seconds = []
    for _ in range(3):
        before = os.times()
        run = subprocess.run([*COMMAND, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
        after = os.times()
        # The processor's time: the clock's also tells how busy the machine is.
        seconds.append(sum(after[2:4]) - sum(before[2:4]))
    assert all(command in run.stdout for command in ("chat", "ask", "index", "models"))
    assert min(seconds) < 0.5


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (["chat"], ["--port", "--library", "--model", "--sure", "--no-browser"]),
        (["ask"], ["QUESTION", "--json", "--library", "--model", "--sure"]),
        (["index"], ["FOLDER", "--library", "--include", "--exclude", "--rebuild", "--watch"]),
        (["status"], ["--json", "--library"]),
        (["remove"], ["FOLDER|FILE", "--library"]),
        (["doctor"], ["--fix", "--library"]),
        (["models", "fetch"], ["NAME"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_commands_have_their_options(command: list[str], options: list[str], dateline: Dateline) -> None:
    shown = dateline(*command, "--help", COLUMNS="120").stdout
    assert [option for option in options if option not in shown] == []


def test_ask_prints_the_answer_with_its_sources(dateline: Dateline, seed_library: Library) -> None:
    run = dateline("ask", TRAIN, "--model", "none", "--library", seed_library.path)
    assert run.exit_code == 0
    assert "train" in run.stdout.lower()
    assert re.search(r"\[1\]", run.stdout)
    assert "“" in run.stdout
    (line,) = run.stderr.splitlines()
    assert line.startswith("Nearest so far: “")


def test_a_refusal_exits_0_and_shows_what_came_nearest(dateline: Dateline, seed_library: Library) -> None:
    run = dateline("ask", GIFT, "--model", "none", "--library", seed_library.path)
    assert run.exit_code == 0
    assert "The articles don't say." in run.stdout
    assert "Nearest passages:" in run.stdout


def test_ask_answers_no_less_surely_than_it_is_told(dateline: Dateline, seed_library: Library) -> None:
    asking = ("ask", TRAIN, "--json", "--model", "none", "--library", seed_library.path)
    answered, refused = (json.loads(dateline(*asking, "--sure", sure).stdout) for sure in (0, 1))
    assert (answered["answered"], refused["answered"]) == (True, False)
    assert answered["confidence"] == refused["confidence"] < 1
    assert dateline(*asking, "--sure", 2).exit_code == 2


def test_json_names_articles_and_never_holds_them(dateline: Dateline, seed_library: Library) -> None:
    run = dateline("ask", TRAIN, "--json", "--model", "none", "--library", seed_library.path)
    found = json.loads(run.stdout)
    assert found["question"] == TRAIN
    assert found["answered"] is True
    citation = found["citations"][0]
    text = Path(citation["path"]).read_text(encoding="utf-8")
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert not any(path.read_text(encoding="utf-8")[:2_000] in run.stdout for path in SEEDS.glob("*.txt"))


def test_the_environment_names_library_and_model(dateline: Dateline, seed_library: Library) -> None:
    run = dateline("ask", TRAIN, DATELINE_LIBRARY=str(seed_library.path), DATELINE_MODEL="none")
    assert "Answered without the language model." in run.stdout
    assert DEMO_NOTE not in run.stdout


def test_without_a_library_the_sample_articles_answer_and_say_so(
    dateline: Dateline, articles: Path, tmp_path: Path
) -> None:
    first = dateline("ask", TRAIN, "--model", "none")
    assert DEMO_NOTE in first.stdout
    own = tmp_path / "articles" / "own.txt"
    own.write_text(
        "The mayor of Springfield opened a bridge on Friday. It is painted green.\n", encoding="utf-8"
    )
    for path in articles.glob("00*.txt"):
        path.unlink()
    assert dateline("index", articles).exit_code == 0
    second = dateline("ask", TRAIN, "--model", "none", "--json")
    answer = json.loads(second.stdout)
    assert DEMO_NOTE not in answer["reason"]
    assert {passage["path"] for passage in answer["passages"]} <= {str(own)}


def test_index_reports_what_it_did(dateline: Dateline, articles: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    first = dateline("index", articles, "--library", library)
    assert "2 added, 0 changed, 0 moved, 0 removed, 0 unchanged, 0 skipped" in first.stdout
    one, two = sorted(articles.iterdir())
    one.unlink()
    two.rename(articles / "renamed.txt")
    (articles / "new.txt").write_text("A new article. It says little.\n", encoding="utf-8")
    (articles / "bad.txt").write_bytes(b"abc\x00def")
    second = dateline("index", articles, DATELINE_LIBRARY=str(library))
    assert second.exit_code == 0
    assert "1 added, 0 changed, 1 moved, 1 removed, 0 unchanged, 1 skipped" in second.stdout
    (line,) = [line for line in second.stdout.splitlines() if line.startswith("Skipped")]
    assert line.count(str(articles / "bad.txt")) == 1
    assert "NUL byte at offset 3" in line
    third = dateline("index", articles, "--library", library, "--rebuild")
    assert third.exit_code == 0
    assert "The library holds 2 articles" in third.stdout


def test_ask_works_while_another_process_writes(dateline: Dateline, articles: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    library.sync(articles)
    with FileLock(library.path / "write.lock"):
        asked = dateline("ask", TRAIN, "--model", "none", "--library", library.path)
        indexed = dateline("index", articles, "--library", library.path)
    assert asked.exit_code == 0
    assert indexed.exit_code == 1
    assert "is writing the library" in indexed.stderr


def test_models_lists_every_file(dateline: Dateline) -> None:
    shown = dateline("models").stdout
    for row in weights.WEIGHTS.values():
        (line,) = [line for line in shown.splitlines() if row.file in line]
        assert all(word in line for word in (row.publisher, row.licence, row.sha256))
    (line,) = [line for line in shown.splitlines() if weights.WEIGHTS["answering"].file in line]
    assert "1,117.3 MB" in line
    assert "ready" in line


def test_models_fetch_names_the_files(dateline: Dateline, fetched: Path) -> None:
    run = dateline("models", "fetch", "tokenizer", "answering")
    tokenizer, answering = (weights.WEIGHTS[name].file for name in ("tokenizer", "answering"))
    assert run.stdout.splitlines() == [
        f"tokenizer: {ROOT / 'index' / 'minilm' / tokenizer}",
        f"answering: {fetched / answering}",
    ]


def test_models_fetch_of_nothing_known(dateline: Dateline) -> None:
    run = dateline("models", "fetch", "large")
    assert run.exit_code == 1
    assert "There are no weights 'large'" in run.stderr


def test_a_closed_pipe_is_no_error(spawned: Spawned, fetched: Path) -> None:
    process = spawned("models")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""


def test_a_terminal_sees_progress(articles: Path, tmp_path: Path, spawned: Spawned, fetched: Path) -> None:
    ours, theirs = pty.openpty()
    process = spawned("index", articles, "--library", tmp_path / "library", stderr=theirs, TERM="xterm")
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how a pseudo-terminal says that the other end has left
        while block := os.read(ours, 4_096):
            shown += block
    os.close(ours)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"Reading articles" in shown
    assert "2 added" in output


def test_chat_serves_the_page_while_others_ask(
    dateline: Dateline, spawned: Spawned, seed_library: Library
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    chat = spawned("chat", "--no-browser", "--model", "none", "--port", port, "--library", seed_library.path)
    assert chat.stdout is not None
    assert f"http://127.0.0.1:{port}" in chat.stdout.readline()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as reply:
        assert b"Dateline" in reply.read()
    asked = dateline("ask", TRAIN, "--model", "none", "--library", seed_library.path)
    assert asked.exit_code == 0
    chat.send_signal(signal.SIGINT)
    _, errors = chat.communicate(timeout=30)
    assert chat.returncode == 130
    assert errors.strip() == "Dateline is closed. The library is kept."


def test_ui_py_is_the_chat_command() -> None:
    run = subprocess.run(
        [sys.executable, "ui.py", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "--no-browser" in run.stdout

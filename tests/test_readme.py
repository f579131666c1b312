"""What the README says, done: its program as written, its commands, its options, its folders."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from conftest import ROOT, SEEDS, Dateline

from index import weights
from rag import libraries

README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FIRST = "python3 -m venv .venv && . .venv/bin/activate && pip install -e . && dateline chat"
SECOND = "pip install -e '.[test]' && pytest"
MENTIONED = sorted(set(re.findall(r"^dateline (\w+)|`dateline (\w+)[^`]*`", README, re.MULTILINE)))


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_two_commands_are_there_and_ci_runs_their_parts() -> None:
    first, second, _ = blocks("sh")
    assert (first.strip(), second.strip()) == (FIRST, SECOND)
    parts = ("pip install -q -e .\n", '"dateline", "chat"', "pip install -q -e '.[test]'\n", "\npytest")
    for part in parts:
        assert part in CI


@pytest.mark.parametrize("command", ["".join(pair) for pair in MENTIONED])
def test_the_commands_exist(command: str, dateline: Dateline) -> None:
    assert dateline(command, "--help").exit_code == 0


def test_the_options_exist(dateline: Dateline) -> None:
    commands = ("chat", "ask", "index", "status", "remove", "doctor", "models", "eval")
    helps = [dateline(command, "--help", COLUMNS="120").stdout for command in commands]
    mentioned = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", README))
    assert mentioned
    assert {option for option in mentioned if not any(option in text for text in helps)} == set()


def test_the_program_runs_as_written(fetched: Path, tmp_path: Path) -> None:
    (program,) = blocks("python")
    assert len(program.strip().splitlines()) == 10
    (tmp_path / "seeds").symlink_to(SEEDS)
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 0, run.stderr
    assert "added=5" in run.stdout
    assert "entourage" in run.stdout
    assert "[1]" in run.stdout


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", README))
def test_what_it_links_to_is_there(target: str) -> None:
    assert (ROOT / target).exists()


def test_data_lives_where_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "DATELINE_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for path in (libraries.default_path(), weights.cache_dir()):
        assert f"`~/{path.relative_to(Path.home())}`" in README


@pytest.mark.parametrize("name", ["answering", "embedder"])
def test_the_models_are_named_with_their_licence(name: str) -> None:
    row = weights.WEIGHTS[name]
    model = row.what.split(": ")[1].split(",")[0]
    (line,) = [line for line in README.splitlines() if line.startswith(f"| {model}")]
    assert row.licence in line


def test_the_package_is_what_is_installed() -> None:
    assert version("dateline") == PYPROJECT["project"]["version"]
    # The bundle would bring OpenAI's client.
    assert not any(re.match(r"llama-index(?!-)", name) for name in PYPROJECT["project"]["dependencies"])

"""What a reader installs is all that is needed: the wheel answers where the checkout is out of reach."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

FOLDERS = ("rag", "index", "seeds")
FILES = ("ui.py", "pyproject.toml", "README.md", "LICENSE")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
PROGRAM = """
import json
from pathlib import Path
import index, rag, ui
from rag import answer
from rag.page import view

asked = answer("How did Kim travel to Russia?", model=Path("none"))
print(json.dumps({
    "homes": [module.__file__ for module in (rag, index, ui)],
    "head": view.head(),
    "cited": [citation.quote for citation in asked.citations],
}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed wheel; built from a copy, for a build leaves its own files behind."""
    work = tmp_path_factory.mktemp("packaging")
    checkout, wheels, target = work / "checkout", work / "wheels", work / "target"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, checkout / name)
    for name in FILES:
        shutil.copy(ROOT / name, checkout / name)
    for arguments in (
        ("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, checkout),
        ("install", "--no-deps", "--no-index", "--find-links", wheels, "--target", target, "dateline"),
    ):
        run = subprocess.run(
            [*PIP, *map(str, arguments)], cwd=work, capture_output=True, text=True, timeout=240, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr
    return target


@pytest.mark.parametrize("name", FOLDERS)
def test_the_wheel_holds_every_file(name: str, installed: Path) -> None:
    def files(root: Path) -> set[str]:
        found = (path.relative_to(root) for path in (root / name).rglob("*.*") if path.is_file())
        return {str(path) for path in found if path.suffix != ".pyc"}

    assert files(installed) == files(ROOT)


def test_the_wheel_answers(installed: Path, fetched: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed), "XDG_DATA_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert all(Path(home).is_relative_to(installed) for home in told["homes"])
    assert "<style>" in told["head"]
    assert told["cited"]

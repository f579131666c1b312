"""Questions restricted to dates, outlets and folders, from the command line and on the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Dateline

from index import Library

QUESTION = "What did the mayor of Turin open?"


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Three accounts of one event: two outlets, two folders, three dates; and one whose date nobody knows."""
    folder = tmp_path_factory.mktemp("towns")
    entries = {
        "early.txt": {"source": "The East", "published": "2022-05-01"},
        "late.txt": {"source": "West Daily", "published": "2023-09"},
    }
    things = {"early.txt": "a bridge", "late.txt": "a theatre", "undated.txt": "a dam"}
    (folder / "north").mkdir()
    (folder / "metadata.json").write_text(json.dumps(entries))
    for name, thing in things.items():
        (folder / name).write_text(f"Turin gets {thing}\n\nThe mayor of Turin opened {thing} on Friday.\n")
    (folder / "north" / "far.txt").write_text(
        "Turin gets a tram\n2024-01-05\n\nThe mayor of Turin opened a tram line on Monday.\n"
    )
    library = Library(folder / ".library")
    library.sync(folder)
    return library


def folder_of(library: Library) -> Path:
    return library.path.parent


RESTRICTIONS = [
    pytest.param([], {"early", "late", "undated", "far"}, id="none"),
    pytest.param(["--since", "2023"], {"late", "far"}, id="since-year"),
    pytest.param(["--since", "2023-09-20"], {"late", "far"}, id="since-day-in-a-partial-month"),
    pytest.param(["--until", "2023-09"], {"early", "late"}, id="until-month"),
    pytest.param(["--since", "2023", "--until", "2023-12-31"], {"late"}, id="between"),
    pytest.param(["--source", "the east"], {"early"}, id="source-without-case"),
    pytest.param(["--source", "The East", "--source", "West Daily"], {"early", "late"}, id="sources"),
    pytest.param(["--folder", "{}/north"], {"far"}, id="folder"),
    pytest.param(["--folder", "{}", "--since", "2024"], {"far"}, id="folder-and-date"),
]


@pytest.mark.parametrize(("options", "expected"), RESTRICTIONS)
def test_ask_reads_only_what_it_may(
    options: list[str], expected: set[str], towns: Library, dateline: Dateline
) -> None:
    given = [option.format(folder_of(towns)) for option in options]
    run = dateline("ask", QUESTION, "--json", "--model", "none", "--library", towns.path, *given)
    assert run.exit_code == 0
    assert {Path(passage["path"]).stem for passage in json.loads(run.stdout)["passages"]} == expected


WRONG = [
    pytest.param(["--since", "last week"], "--since 'last week' is no date: write 2023, 2023-09", id="words"),
    pytest.param(["--until", "2023-13"], "--until '2023-13' is no date", id="no-such-month"),
    pytest.param(["--since", ""], "--since '' is no date", id="empty"),
    pytest.param(["--since", "2024", "--until", "2023-12"], "2024 is later than --until 2023-12", id="order"),
    pytest.param(["--source", "Nobody"], "no article of the outlet 'Nobody'", id="outlet"),
    pytest.param(["--folder", "/nowhere"], "no article from /nowhere", id="folder"),
]


@pytest.mark.parametrize("command", ["ask", "chat"])
@pytest.mark.parametrize(("options", "says"), WRONG)
def test_what_cannot_be_meant_is_an_error(
    command: str, options: list[str], says: str, towns: Library, dateline: Dateline
) -> None:
    question = [QUESTION] if command == "ask" else ["--no-browser"]
    run = dateline(command, *question, "--model", "none", "--library", towns.path, *options)
    assert run.exit_code == 1
    assert says in run.stderr


@pytest.mark.parametrize(
    ("since", "until"),
    [
        pytest.param("2023-09-14", "2023-09", id="until-the-month"),
        pytest.param("2023", "2023-02-01", id="since-the-year"),
    ],
)
def test_partial_dates_that_meet_are_no_error(
    since: str, until: str, towns: Library, dateline: Dateline
) -> None:
    given = ["--model", "none", "--library", towns.path, "--since", since, "--until", until]
    assert dateline("ask", QUESTION, *given).exit_code == 0

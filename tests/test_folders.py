"""What a library remembers of its folders: patterns, status, removal, and syncing without naming them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Dateline

from index import Library
from index.errors import LibraryError

FILES = ("a.txt", "b.md", "drafts/c.txt", "2023/d.txt", "2023/09/e.md", "2023/drafts/f.txt", "odd[1]/g.txt")


def write(folder: Path) -> Path:
    for number, name in enumerate(FILES):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Story {number}\n\nThe council of ward {number} met on day {number} and voted.\n")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "news")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def names(library: Library, folder: Path) -> set[str]:
    with library.snapshot() as snap:
        return {str(snap.article(key).path.relative_to(folder)) for key in snap.article_ids()}


PATTERNS = [
    pytest.param(["*.md"], None, {"b.md", "2023/09/e.md"}, id="include-at-any-depth"),
    pytest.param(["/*.md"], None, {"b.md"}, id="include-anchored"),
    pytest.param(["2023"], None, {"2023/d.txt", "2023/09/e.md", "2023/drafts/f.txt"}, id="include-folder"),
    pytest.param(["2023/*.txt", "a.*"], None, {"a.txt", "2023/d.txt"}, id="include-two"),
    pytest.param(["2023/**/*.txt"], None, {"2023/d.txt", "2023/drafts/f.txt"}, id="include-stars"),
    pytest.param(None, ["drafts", "odd*"], {"a.txt", "b.md", "2023/d.txt", "2023/09/e.md"}, id="exclude"),
    pytest.param(
        None, ["/drafts/", "*.md", "o*/g*"], {"a.txt", "2023/d.txt", "2023/drafts/f.txt"}, id="slash"
    ),
    pytest.param(["2023"], ["drafts", "*.md"], {"2023/d.txt"}, id="both"),
    pytest.param(["./2023/09"], None, {"2023/09/e.md"}, id="dot-slash"),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Library, Path]:
    """A library and its folder for tests that leave it as it was: making one takes a second."""
    folder = write(tmp_path_factory.mktemp("shared") / "news")
    library = Library(folder.parent / "library")
    library.sync(folder)
    return library, folder


@pytest.mark.parametrize(("include", "exclude", "expected"), PATTERNS)
def test_patterns_choose_files_and_are_remembered(
    shared: tuple[Library, Path], include: list[str] | None, exclude: list[str] | None, expected: set[str]
) -> None:
    library, folder = shared
    report = library.sync(folder, include=include, exclude=exclude)
    assert report.removed == len(FILES) - len(expected)
    for _ in range(2):
        assert names(library, folder) == expected
        assert library.sync(folder).unchanged == len(expected)
    library.sync(folder, include=["*"])  # others replace both lists
    assert names(library, folder) == set(FILES)


@pytest.mark.parametrize("given", ["", "  ", "../x", "a/../b"], ids=["empty", "blank", "up", "up-inside"])
def test_a_pattern_that_can_match_nothing_is_refused(library: Library, folder: Path, given: str) -> None:
    with pytest.raises(LibraryError, match="is no pattern"):
        library.sync(folder, include=[given])
    assert not library.exists


def test_without_a_folder_the_known_ones_are_synced(library: Library, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder / "2023", other)
    (other / "d.txt").write_text("Another story.\n\nThe council of another town met.\n")
    library.sync(folder, exclude=["drafts"])
    library.sync(other, include=["d.txt"])
    (folder / "a.txt").unlink()
    (folder / "drafts" / "new.txt").write_text("A draft that is left out.\n")
    (other / "d.txt").write_text("Another story.\n\nThe council of another town met twice.\n")
    report = library.sync()
    assert (report.added, report.changed, report.removed) == (0, 1, 1)
    other.rename(tmp_path / "away")
    report = library.sync()
    assert (report.removed, [s.path for s in report.skipped]) == (0, [other])
    assert "dateline remove" in report.skipped[0].reason
    folder.rename(tmp_path / "too")
    with pytest.raises(LibraryError, match="There is no folder"):
        library.sync()


def test_an_emptied_folder_stays_known(library: Library, folder: Path) -> None:
    library.sync(folder)
    for name in FILES:
        (folder / name).unlink()
    assert library.sync().removed == len(FILES)
    assert library.sync(folder).articles == 0
    (folder / "a.txt").write_text("News again.\n\nThe council met.\n")
    assert library.sync().added == 1


def test_a_folder_that_gave_nothing_is_not_followed(library: Library, folder: Path, tmp_path: Path) -> None:
    library.sync(folder)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "bad.txt").write_bytes(b"\x00")
    with pytest.raises(LibraryError, match="could be read"):
        library.sync(tmp_path / "bad")
    assert [each.rule.root for each in library.status().folders] == [folder]


def test_a_folder_inside_a_folder_keeps_its_own_patterns(library: Library, folder: Path) -> None:
    library.sync(folder, exclude=["drafts", "*.md"])
    library.sync(folder / "drafts")
    library.sync(folder / "2023", include=["*.md"])
    expected = {"a.txt", "drafts/c.txt", "2023/d.txt", "2023/09/e.md", "odd[1]/g.txt"}
    for roots in ([], [folder], [folder / "2023"], [folder / "drafts", folder]):
        assert library.sync(*roots).skipped == ()
        assert names(library, folder) == expected


def test_status_tells_what_is_there(library: Library, folder: Path) -> None:
    (folder / "metadata.json").write_text(
        json.dumps(
            {
                "a.txt": {"source": "The East", "published": "2022-05-01"},
                "b.md": {"source": "The East", "published": "2023-09"},
            }
        )
    )
    (folder / "copy.txt").write_text((folder / "a.txt").read_text())
    (folder / "bad.txt").write_bytes(b"abc\x00")
    (folder / "2023" / "metadata.json").write_text("{")
    library.sync(folder, exclude=["drafts"])
    status = library.status()
    assert (status.articles, status.files) == (5, 6)
    with library.snapshot() as snap:
        assert (status.articles, status.chunks) == (snap.article_count, snap.chunk_count)
    assert (status.first, status.last, status.undated) == ("2022-05-01", "2023-09", 3)
    assert status.outlets == {"The East": 2}
    assert [s.path.name for s in status.skipped] == ["metadata.json", "bad.txt"]
    (followed,) = status.folders
    assert (followed.rule.root, followed.rule.exclude, followed.files) == (folder, ("drafts",), 6)
    assert followed.synced == status.synced != ""
    assert (status.generation, status.behind) == ("ready", 0)
    assert status.store_bytes >= (library.path / "library.sqlite3").stat().st_size
    assert status.vector_bytes > 100_000
    (folder / "bad.txt").unlink()
    (folder / "2023" / "metadata.json").unlink()
    (folder / "new.txt").write_text("Something new.\n\nThe council met.\n")
    library.sync()
    assert (library.status().behind, library.status().skipped) == (1, ())
    shutil.rmtree(library.path / "chroma")
    assert library.status().generation == "missing"


def test_a_library_of_before_remembers_nothing_yet(library: Library, folder: Path) -> None:
    library.sync(folder)
    with closing(sqlite3.connect(library.path / "library.sqlite3")) as connection, connection:
        connection.execute("DROP TABLE folders")
        connection.execute("DROP TABLE skipped")
    assert library.status().folders == ()
    with pytest.raises(LibraryError, match="remembers no folder"):
        library.sync()
    assert library.sync(folder).unchanged == len(FILES)
    assert library.status().folders[0].rule.root == folder


REMOVALS = [
    pytest.param("", set(), [], id="the-folder"),
    pytest.param("2023", {"a.txt", "b.md", "drafts/c.txt", "odd[1]/g.txt"}, ["/2023"], id="a-folder-in-it"),
    pytest.param("a.txt", set(FILES) - {"a.txt"}, ["/a.txt"], id="a-file"),
    pytest.param("odd[1]/g.txt", set(FILES) - {"odd[1]/g.txt"}, ["/odd\\[1\\]/g.txt"], id="an-odd-name"),
]


@pytest.mark.parametrize(("place", "left", "excluded"), REMOVALS)
def test_what_is_removed_stays_out_and_stays_on_the_disk(
    library: Library, folder: Path, place: str, left: set[str], excluded: list[str]
) -> None:
    library.sync(folder)
    removed = library.remove(folder / place)
    assert removed.files == len(FILES) - len(left)
    assert (removed.articles, names(library, folder)) == (len(left), left)
    assert all((folder / name).is_file() for name in FILES)
    if left:
        assert [list(each.rule.exclude) for each in library.status().folders] == [excluded]
        assert library.sync().unchanged == len(left)
        assert names(library, folder) == left
    else:
        assert library.status().folders == ()
    library.sync(folder, include=["*"])
    assert names(library, folder) == set(FILES)


def test_a_file_that_has_a_twin_leaves_the_twin(library: Library, folder: Path) -> None:
    (folder / "copy.txt").write_text((folder / "a.txt").read_text())
    library.sync(folder)
    library.remove(folder / "a.txt")
    assert names(library, folder) == {*FILES, "copy.txt"} - {"a.txt"}


def test_what_is_gone_from_the_disk_can_be_removed(library: Library, folder: Path) -> None:
    library.sync(folder)
    shutil.rmtree(folder)
    assert library.remove(folder).articles == 0


def test_removing_what_is_not_there_changes_nothing(library: Library, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="There is no library"):
        library.remove(folder)
    assert not library.path.exists()
    library.sync(folder)
    with pytest.raises(LibraryError, match=f"has nothing from .*elsewhere: its folders are {folder}"):
        library.remove(tmp_path / "elsewhere")
    assert names(library, folder) == set(FILES)


def test_the_commands_say_what_they_did(dateline: Dateline, library: Library, folder: Path) -> None:
    place = ["--library", library.path]
    run = dateline("index", *place)
    assert (run.exit_code, "There is no library" in run.stderr) == (1, True)
    assert dateline("index", folder, "--exclude", "drafts", "--exclude", "odd*", *place).exit_code == 0
    run = dateline("index", "--include", "*.md", *place)
    assert (run.exit_code, "name it as well" in run.stderr) == (1, True)
    run = dateline("index", *place)
    assert "4 unchanged" in run.stdout
    shown = dateline("status", *place).stdout
    assert "4 articles in 4 passages, from 4 files" in shown
    assert f"{folder} --exclude drafts --exclude 'odd*': 4 files" in shown
    found = json.loads(dateline("status", "--json", *place).stdout)
    assert (found["articles"], found["chunks"], found["folders"][0]["path"]) == (4, 4, str(folder))
    run = dateline("remove", folder / "a.txt", *place)
    assert (run.exit_code, "out of the library: 1 file." in run.stdout) == (0, True)
    assert f"{folder} is indexed without it" in run.stdout
    run = dateline("remove", folder / "none.txt", *place)
    assert (run.exit_code, "has nothing from" in run.stderr) == (1, True)

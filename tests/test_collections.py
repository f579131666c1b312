"""Files that hold many articles: each member is an article of its own, and only what is new is embedded."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import samples
from numpy.typing import NDArray

from index import Library, Report
from index.article import Article, Scope
from index.embedder import Embedder
from index.errors import ArticleError
from index.sandbox import Sandbox
from index.source import Member, Refused

TOWNS = ("Bergen", "Molde", "Tromso", "Bodo", "Narvik", "Hamar")


def row(town: str, number: int = 7) -> dict[str, str]:
    return {
        "title": f"{town} builds a harbour",
        "text": f"The council of {town} voted for a new harbour. It is to cost {number} million crowns.",
        "source": "The Fjord Post",
        "date": "2023-09-14",
    }


def lines(*rows: dict[str, str]) -> bytes:
    return "".join(json.dumps(r) + "\n" for r in rows).encode()


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return report.added, report.changed, report.moved, report.removed, report.unchanged


def articles(library: Library) -> dict[str, Article]:
    """The library's articles by their path below the folder."""
    with library.snapshot() as snap:
        found = [snap.article(key) for key in snap.article_ids()]
    return {str(article.path).split("/news/", 1)[1]: article for article in found}


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as older than the moment in which a change could go unseen."""
    monkeypatch.setattr("index.plan._SETTLED_NS", 0)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "news"
    path.mkdir()
    return path


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every file that is looked into."""
    seen: list[str] = []
    real = Sandbox.members

    def members(self: Sandbox, path: Path) -> object:
        seen.append(path.name)
        return real(self, path)

    monkeypatch.setattr(Sandbox, "members", members)
    return seen


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("rows.jsonl", "field"),
        ("list.json", "field"),
        ("table.csv", "column"),
        ("news.rss", "feed"),
        ("news.atom", "feed"),
        ("news.xml", "feed"),
    ],
)
def test_a_real_sample_of_each(name: str, origin: str, library: Library, folder: Path) -> None:
    (folder / name).write_bytes(samples.COLLECTIONS[name])
    library.sync(folder)
    article = articles(library)[f"{name}/0001"]
    assert (article.title, article.source, article.published, article.url) == (
        *(samples.TITLE, samples.OUTLET, "2023-09-14", samples.URL),
    )
    assert set(article.provenance.values()) == {origin}
    assert article.text.startswith(samples.BODY[0])
    assert "<" not in article.text


def test_an_archive_is_a_folder(library: Library, folder: Path) -> None:
    (folder / "old.zip").write_bytes(
        samples.zipped(
            {
                **{f"a/{name}": data for name, data in samples.ARTICLES.items()},
                "b/rows.jsonl": lines(row("Bergen"), row("Molde")),
                "b/metadata.json": b'{"note.txt": {"source": "The Attic", "published": "1999-05"}}',
                "b/note.txt": b"The attic was cleared. Nothing was found there.",
                "b/picture.png": b"\x89PNG",
                "__MACOSX/._note.txt": b"\x00\x05",
                "b/inner.zip": samples.zipped({"c.txt": b"Hidden words."}),
                "b/broken.pdf": b"%PDF-",
            }
        )
    )
    report = library.sync(folder)
    found = articles(library)
    assert set(found) == {
        *(f"old.zip/a/{name}" for name in samples.ARTICLES),
        *("old.zip/b/note.txt", "old.zip/b/rows.jsonl/0001", "old.zip/b/rows.jsonl/0002"),
    }
    note = found["old.zip/b/note.txt"]
    assert (note.source, note.published) == ("The Attic", "1999-05")
    assert {str(s.path.relative_to(folder)): s.reason.split(",")[0] for s in report.skipped} == {
        "old.zip/b/inner.zip": "is an archive inside an archive",
        "old.zip/b/broken.pdf": "is not a whole PDF (Stream has ended unexpectedly); "
        "save it again or remove it",
    }
    again = library.sync(folder)
    assert (again.unchanged, again.skipped) == (len(found), report.skipped)


def test_a_file_and_its_copy_in_an_archive_are_one_article(
    library: Library, folder: Path, embedded: list[str]
) -> None:
    (folder / "old.zip").write_bytes(samples.zipped({"a.txt": b"The attic was cleared on Monday."}))
    library.sync(folder)
    embedded.clear()
    (folder / "a.txt").write_bytes(b"The attic was cleared on Monday.")
    report = library.sync(folder)
    assert (report.articles, embedded) == (1, [])
    (folder / "old.zip").unlink()
    assert library.sync(folder).articles == 1


@pytest.mark.usefixtures("settled")
def test_what_has_not_changed_is_not_looked_into(
    library: Library, folder: Path, parsed: list[str], embedded: list[str]
) -> None:
    (folder / "rows.jsonl").write_bytes(lines(*map(row, TOWNS)))
    (folder / "news.rss").write_bytes(samples.COLLECTIONS["news.rss"])
    assert library.sync(folder).added == 7
    assert sorted(parsed) == ["news.rss", "rows.jsonl"]
    before = articles(library)
    parsed.clear()
    embedded.clear()
    assert counts(library.sync(folder)) == (0, 0, 0, 0, 7)
    assert (parsed, embedded) == ([], [])
    assert articles(library) == before


def test_a_changed_row_is_all_that_is_embedded(library: Library, folder: Path, embedded: list[str]) -> None:
    path = folder / "rows.jsonl"
    path.write_bytes(lines(*map(row, TOWNS)))
    library.sync(folder)
    embedded.clear()
    path.write_bytes(lines(*(row(town, 9 if town == "Bodo" else 7) for town in TOWNS)))
    assert counts(library.sync(folder)) == (0, 1, 0, 0, 5)
    assert len(embedded) == 1
    assert "9 million" in embedded[0]
    assert "9 million" in articles(library)["rows.jsonl/0004"].text


def test_a_new_row_on_top_moves_the_others_down(
    library: Library, folder: Path, embedded: list[str], tmp_path: Path
) -> None:
    path = folder / "rows.jsonl"
    path.write_bytes(lines(*map(row, TOWNS[1:])))
    library.sync(folder)
    embedded.clear()
    path.write_bytes(lines(*map(row, TOWNS[:-1])))  # and the last one drops out
    assert counts(library.sync(folder)) == (1, 0, 0, 1, 4)
    assert [text.split()[0] for text in embedded] == ["Bergen"]
    fresh = Library(tmp_path / "fresh")
    fresh.sync(folder)
    assert articles(library) == articles(fresh)


def test_what_has_gone_takes_its_members_along(library: Library, folder: Path) -> None:
    (folder / "rows.jsonl").write_bytes(lines(*map(row, TOWNS)))
    (folder / "a.txt").write_bytes(b"The attic was cleared on Monday.")
    library.sync(folder)
    (folder / "rows.jsonl").unlink()
    assert counts(library.sync(folder)) == (0, 0, 0, 6, 1)
    assert list(articles(library)) == ["a.txt"]


def test_a_renamed_file_embeds_nothing(library: Library, folder: Path, embedded: list[str]) -> None:
    (folder / "rows.jsonl").write_bytes(lines(*map(row, TOWNS)))
    library.sync(folder)
    embedded.clear()
    (folder / "rows.jsonl").rename(folder / "towns.jsonl")
    assert counts(library.sync(folder)) == (0, 0, 6, 0, 0)
    assert embedded == []
    assert set(articles(library)) == {f"towns.jsonl/{n:04}" for n in range(1, 7)}


def test_a_file_that_breaks_loses_its_members_and_gets_them_back(library: Library, folder: Path) -> None:
    path = folder / "list.json"
    (folder / "a.txt").write_bytes(b"The attic was cleared on Monday.")
    path.write_bytes(samples.COLLECTIONS["list.json"])
    library.sync(folder)
    path.write_bytes(samples.COLLECTIONS["list.json"][:-5])
    broken = library.sync(folder)
    assert (broken.removed, broken.articles) == (2, 1)
    assert "is not valid JSON" in broken.skipped[0].reason
    assert library.sync(folder).skipped == broken.skipped
    path.write_bytes(samples.COLLECTIONS["list.json"])
    assert library.sync(folder).articles == 3


def test_a_file_that_cannot_be_reached_keeps_its_members(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "rows.jsonl"
    path.write_bytes(lines(*map(row, TOWNS)))
    library.sync(folder)
    path.write_bytes(lines(row("Oslo")))

    def refuse(self: Sandbox, path: Path) -> object:
        error = ArticleError(f"{path}: may not be read; give yourself read permission on it")
        error.__cause__ = PermissionError(13, "Permission denied")
        raise error

    with monkeypatch.context() as patch:  # simulated, since root may read everything
        patch.setattr(Sandbox, "members", refuse)
        report = library.sync(folder)
    assert counts(report) == (0, 0, 0, 0, 6)
    assert [s.reason for s in report.skipped] == ["may not be read; give yourself read permission on it"]
    assert library.sync(folder).articles == 1


@pytest.mark.usefixtures("settled")
def test_a_rebuild_looks_into_everything(
    library: Library, folder: Path, parsed: list[str], embedded: list[str]
) -> None:
    (folder / "rows.jsonl").write_bytes(lines(*map(row, TOWNS)))
    library.sync(folder)
    before = articles(library)
    parsed.clear()
    embedded.clear()
    library.sync(folder, rebuild=True)
    assert (parsed, len(embedded)) == (["rows.jsonl"], 6)
    assert articles(library) == before


@pytest.mark.usefixtures("settled")
def test_a_run_cut_short_leaves_no_row_behind(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "rows.jsonl").write_bytes(lines(*map(row, TOWNS)))

    def stop(self: Embedder, texts: list[str]) -> NDArray[np.float32]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Embedder, "embed", stop)
        with pytest.raises(KeyboardInterrupt):
            library.sync(folder)
    assert library.sync(folder).articles == 6


def test_metadata_beside_a_file_speaks_for_all_its_members(library: Library, folder: Path) -> None:
    (folder / "rows.jsonl").write_bytes(lines(*map(row, TOWNS)))
    (folder / "metadata.json").write_text('{"rows.jsonl": {"source": "The Attic", "title": "All rows"}}')
    library.sync(folder)
    found = articles(library)
    assert {article.source for article in found.values()} == {"The Attic"}
    assert len({article.title for article in found.values()}) == 6
    with library.snapshot() as snap:
        scope = Scope(folders=(folder / "rows.jsonl",))
        assert len(snap.search_text("harbour", 50, scope)) == 6


@pytest.mark.parametrize(
    ("name", "data", "text", "published"),
    [
        pytest.param(
            "a.jsonl",
            b'{"title": "A", "content": "<p>One.</p><p>Two &amp; three.</p>", "published_at": 1694678400}',
            "One.\nTwo & three.",
            "2023-09-14",
            id="markup and seconds",
        ),
        pytest.param(
            "a.json",
            b'{"headline": "A", "articleBody": "One.", "datePublished": "2023-09-14T01:00:00Z"}',
            "One.",
            "2023-09-14",
            id="one object",
        ),
        pytest.param("a.json", b'{"d": {"x": {"text": "One."}}}', "One.", "", id="by key"),
        pytest.param("a.csv", "Title\tText\nA\tOne.\n".encode("utf-16"), "One.", "", id="utf-16 tabs"),
        pytest.param("a.csv", b'\xef\xbb\xbftext\n"One,\ntwo."\n', "One,\ntwo.", "", id="quoted line end"),
        pytest.param("a.csv", b"date,text\rMay 3 2023,One.\r", "One.", "", id="old line ends"),
    ],
)
def test_ways_to_write_rows(
    name: str, data: bytes, text: str, published: str, library: Library, folder: Path
) -> None:
    (folder / name).write_bytes(data)
    library.sync(folder)
    (article,) = articles(library).values()
    assert article.text == text
    assert article.published == (published or article.published)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        pytest.param("a.json", b'{"name": "x", "description": "y"}', "holds no article", id="settings"),
        pytest.param("a.json", b"[" * 100_000, "nested too deeply", id="deep"),
        pytest.param("a.json", b"", "is not valid JSON", id="empty json"),
        pytest.param("a.csv", b"a,b\n1,2\n", "names no column of articles", id="other table"),
        pytest.param("a.csv", b"", "names no column", id="empty csv"),
        pytest.param("a.csv", b"text\n\x00\n", "is a binary file", id="binary csv"),
        pytest.param("a.jsonl", b"\xff\n", "is not valid UTF-8 after line 0", id="latin-1"),
        pytest.param("a.jsonl", b"nothing\n", "line 1 is not valid JSON", id="no json"),
        pytest.param("a.xml", b"<a><b/></a>", "is no RSS or Atom feed", id="other xml"),
        pytest.param("a.rss", b"", "is no RSS or Atom feed", id="empty feed"),
        pytest.param("a.atom", b"http://127.0.0.1:9/", "is no RSS or Atom feed", id="an address"),
        pytest.param(
            "a.xml",
            b'<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><rss><channel/></rss>',
            "declares entities",
            id="entities",
        ),
        pytest.param("a.zip", b"PK", "is not a whole zip archive", id="broken zip"),
        pytest.param(
            "a.zip", samples.zipped({"a.txt": b" " * 150_000_000}), "would unpack to 150 MB", id="bomb"
        ),
    ],
)
def test_what_holds_no_articles_says_why(name: str, data: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with closing(Sandbox()) as sandbox, pytest.raises(ArticleError, match=says) as caught:
        list(sandbox.members(path))
    assert str(caught.value).startswith(f"{path}: ")


def test_a_line_of_500_mb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "' + b"x" * 25_000_000)
        file.truncate(500_000_000)  # the rest takes no room on the disk
    says = "over 20 million characters in line 1"
    with closing(Sandbox()) as sandbox, pytest.raises(ArticleError, match=says):
        list(sandbox.members(path))


def test_rows_without_text_are_counted(library: Library, folder: Path) -> None:
    (folder / "rows.jsonl").write_bytes(lines(row("Bergen"), {"title": "x"}, {"title": "y"}) + b"{\n")
    report = library.sync(folder)
    assert report.added == 1
    assert [(s.path.name, s.reason) for s in report.skipped] == [
        ("rows.jsonl", "row 2 has no text, and 2 more like it; the other 1 are read")
    ]


def test_a_member_that_hangs_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    slow = "<p>" + "word <b>and</b> " * 900_000  # far more than can be parsed in a second
    path.write_bytes(
        samples.zipped(
            {"1.txt": b"First.", "2.html": slow.encode(), "3.txt": b"Third.", "4.htm": b"<p>Last."}
        )
    )
    with closing(Sandbox(seconds=1.5)) as sandbox:
        pieces = list(sandbox.members(path))
    assert [(type(piece), piece.name) for piece in pieces] == [
        *((Member, "1.txt"), (Refused, "2.html"), (Member, "3.txt"), (Member, "4.htm")),
    ]
    assert isinstance(pieces[1], Refused)
    assert pieces[1].reason == "takes over 1.5 seconds to read; split it or remove it"


def test_names_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(samples.zipped({"../../x.txt": b"One.", "/etc/y.txt": b"Two."}))
    with closing(Sandbox()) as sandbox:
        assert [piece.name for piece in sandbox.members(path)] == ["x.txt", "etc/y.txt"]

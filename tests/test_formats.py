"""Every format as its own libraries write it: the text, what is known of it, and what cannot be read."""

from __future__ import annotations

import hashlib
import io
import zipfile
from contextlib import closing
from pathlib import Path

import docx
import pytest
import samples

from index import Library
from index.articles import read_article
from index.errors import ArticleError
from index.sandbox import Sandbox
from rag import answer
from rag.page.panel import Source, panel
from tests.benchmarks import fuzz


@pytest.mark.parametrize("name", samples.ARTICLES)
def test_a_real_sample_of_each_format(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(samples.ARTICLES[name])
    article = read_article(path, "")
    assert article.id == hashlib.sha256(samples.ARTICLES[name]).hexdigest()
    assert article.title == samples.TITLE
    words = article.text.split()
    for paragraph in samples.BODY:
        assert " ".join(paragraph.split()) in " ".join(words)
    assert "newsletter" not in words


@pytest.mark.parametrize(
    ("name", "source", "published", "origin"),
    [
        ("page.html", samples.OUTLET, "2023-09-14", "HTML metadata"),
        ("mail.eml", samples.OUTLET, "2023-09-14", "mail header"),
        ("html-mail.eml", samples.OUTLET, "2023-09-14", "mail header"),
    ],
)
def test_what_the_format_tells(name: str, source: str, published: str, origin: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(samples.ARTICLES[name])
    article = read_article(path, "")
    assert (article.source, article.published) == (source, published)
    assert {article.provenance[field] for field in ("title", "source", "published")} == {origin}


def test_the_metadata_file_is_believed_before_the_format(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(samples.HTML.encode())
    article = read_article(path, '{"source": "My Archive"}')
    assert (article.source, article.provenance["source"]) == ("My Archive", "metadata.json")
    assert article.provenance["title"] == "HTML metadata"


def test_a_date_of_making_is_believed_after_the_text(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(samples.pdf("Oslo opens its bridge\n\nSept. 14, 2023\n\n" + samples.BODY[0]))
    assert read_article(path, "").provenance["published"] == "date line"
    path.write_bytes(samples.ARTICLES["paper.pdf"])
    assert read_article(path, "").provenance["published"] == "document properties"


def test_the_pages_of_a_pdf(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(samples.pdf("First page here.", "", "Third page here."))
    article = read_article(path, "")
    assert len(article.pages) == 3
    assert [article.page(article.text.index(word)) for word in ("First", "Third")] == [1, 3]
    assert article.page(len(article.text)) == 3


def test_a_sentence_may_run_over_the_end_of_a_page(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(samples.pdf("The mayor of Oslo opened", "the bridge on Thurs-\nday."))
    assert read_article(path, "").text == "The mayor of Oslo opened\nthe bridge on Thursday."


def test_a_table_is_read_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "word.docx"
    path.write_bytes(samples.word())
    assert read_article(path, "").text.endswith(f"{samples.BODY[1]}\n\nLength | 812 metres")


def test_only_marked_up_words_are_read(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<script>let a</script><!-- b --><p>Hello\nthere.</p><p>Bye.")
    assert read_article(path, "").text == "Hello there.\nBye."


def bomb() -> bytes:
    """A small Word document whose text unpacks to 200 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(samples.word())) as whole, zipfile.ZipFile(file, "w", 8) as archive:
        for name in whole.namelist():
            data = b" " * 200_000_000 if name == "word/document.xml" else whole.read(name)
            archive.writestr(name, data)
    return file.getvalue()


def laughs() -> bytes:
    """A Word document whose XML would expand to a billion words."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(samples.word())) as whole, zipfile.ZipFile(file, "w", 8) as archive:
        for name in whole.namelist():
            data = whole.read(name)
            if name == "word/document.xml":
                head, tail = data.split(b"?>", 1)
                data = head + b"?><!DOCTYPE x [" + entities.encode() + b"]>" + tail
                data = data.replace(b"fjord", b"&e9;")
            archive.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        pytest.param("a.pdf", samples.pdf("", ""), "2 pages without text, most likely a scan", id="scan"),
        pytest.param("a.pdf", samples.pdf("x", password="y"), "locked with a password", id="locked"),
        pytest.param("a.pdf", b"%PDF-1.7 and no more", "not a whole PDF", id="broken pdf"),
        pytest.param("a.pdf", b"", "not a whole PDF", id="empty pdf"),
        pytest.param("a.docx", b"PK\x03\x04 and no more", "not a whole Word document", id="broken docx"),
        pytest.param("a.docx", samples.zipped({"x": b"y"}), "not a whole Word document", id="other zip"),
        pytest.param("a.docx", bomb(), "would unpack to 201 MB", id="bomb"),
        pytest.param("a.html", b"<script>alert(1)</script>", "holds no text", id="no text on the page"),
        pytest.param("a.html", b"", "holds no text", id="empty html"),
        pytest.param("a.eml", b"", "no mail headers", id="empty mail"),
        pytest.param("a.eml", b"Subject: x\n\n", "holds no text", id="mail without text"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, data: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ArticleError, match=says) as caught:
        read_article(path, "")
    assert str(caught.value).startswith(f"{path}: ")


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(laughs())
    with pytest.raises(ArticleError, match="declares entities"):
        read_article(path, "")


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(samples.HTML.encode())
    says = r"page\.html: takes over 0\.001 seconds to read"
    with closing(Sandbox(seconds=0.001)) as slow, pytest.raises(ArticleError, match=says):
        slow.read(path)


def test_a_file_that_takes_too_much_memory_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "large.html"
    path.write_text("<p>word <b>and</b></p>" * 800_000)
    with closing(Sandbox(memory=300_000_000)) as small:
        says = r"large\.html: (?:is too large|needs more memory|makes its parser crash)"
        with pytest.raises(ArticleError, match=says):
            small.read(path)
        path.write_text("<p>Short.</p>")
        assert small.read(path).text == "Short."


def test_damaged_files_are_read_or_skipped_with_a_reason() -> None:
    verdicts = fuzz.run(count=2 * len(fuzz.FILES), seed=7, keep=None)
    assert [v for v in verdicts if v.outcome == "failed"] == []
    assert {v.outcome for v in verdicts} == {"read", "skipped"}
    assert all(v.why for v in verdicts if v.outcome == "skipped")


def test_a_child_that_has_been_killed_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(samples.HTML.encode())
    with closing(Sandbox()) as sandbox:
        first = sandbox.read(path)
        process = sandbox._process
        assert process is not None
        process.kill()
        process.wait()
        assert sandbox.read(path) == first


def test_a_missing_file_is_the_disks_fault(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="cannot be read") as caught:
        read_article(tmp_path / "none.pdf", "")
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The mayor opened the bridge on Monday, and thousands walked across it.", "en"),
        ("Der Bürgermeister eröffnete am Montag die Brücke, Tausende gingen hinüber.", "de"),
        ("El alcalde inauguró el puente el lunes y miles de personas lo cruzaron.", "es"),
        ("市长在星期一为大桥揭幕。数千人走过了大桥。", "zh"),
        ("Mayor. Bridge. Monday.", ""),
    ],
    ids=["English", "German", "Spanish", "Chinese", "too short to tell"],
)
def test_languages(text: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    assert read_article(path, "").language == code


def test_a_folder_of_all_formats_is_searched_and_cited(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    pages = ["Nothing of note happened in Bergen this week.", "The Bergen ferry sank on 3 May with 12 cows."]
    (folder / "bergen.pdf").write_bytes(samples.pdf(*pages))
    document = docx.Document()
    document.add_paragraph("The harbour of Molde was closed by ice.")
    document.save(str(folder / "molde.docx"))
    (folder / "scan.pdf").write_bytes(samples.pdf(""))
    library = Library(tmp_path / "library")
    report = library.sync(folder)
    assert (report.added, [s.path.name for s in report.skipped]) == (2, ["scan.pdf"])
    again = library.sync(folder)
    assert (again.unchanged, [s.path.name for s in again.skipped]) == (2, ["scan.pdf"])
    found = answer("Which ferry sank on 3 May?", library=library, model=Path("none"))
    assert [(c.page, c.to_dict()["page"]) for c in found.citations] == [(2, 2)]
    assert found.citations[0].article.language == "en"
    assert "bergen.pdf" in str(found.citations[0].path)
    assert "p. 2" in str(found)
    shown = panel(
        Source("s1", 1, found.citations[0].article, found.citations[0].start, found.citations[0].end)
    )
    assert "p. 2</p>" in shown

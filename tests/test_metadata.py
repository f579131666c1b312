from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from index.boilerplate import boilerplate
from index.errors import ArticleError
from index.metadata import Metadata, describe
from index.reader import is_article, read
from index.sidecar import load_sidecar

SEEDS = Path(__file__).parent.parent / "seeds"
BODY = "The minister met his counterpart in Oslo on Tuesday, officials said. They spoke for two hours."


def described(text: str, name: str = "article.txt", entry: dict[str, str] | None = None) -> Metadata:
    return describe(Path("nowhere") / name, text, boilerplate(text), entry)


def test_the_sidecar_comes_first_and_then_the_front_matter() -> None:
    text = f"---\ntitle: From the front\nsource: The Front\ndate: 2023-09-14\n---\n# A heading\n\n{BODY}"
    found = described(text, entry={"title": "From the sidecar", "published": "2023-09"})
    assert found.title == "From the sidecar"
    assert found.source == "The Front"
    assert found.published == "2023-09"
    assert found.provenance == {
        "title": "metadata.json",
        "published": "metadata.json",
        "source": "front matter",
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("2023", "2023", id="year"),
        pytest.param("2023-09", "2023-09", id="month"),
        pytest.param("2023-09-14", "2023-09-14", id="day"),
        pytest.param("2023-09-14T08:30:00Z", "2023-09-14", id="timestamp"),
        pytest.param("2023-09-14 08:30:00.123+02:00", "2023-09-14", id="timestamp with zone"),
    ],
)
def test_publication_dates_may_be_partial(value: str, expected: str) -> None:
    assert described(BODY, entry={"published": value}).published == expected


@pytest.mark.parametrize(
    "value", ["2023-13", "2023-02-30", "14.9.2023", "Sept 2023", "23", "20230914", "0000"]
)
def test_a_publication_date_that_is_none_is_named(value: str) -> None:
    with pytest.raises(ArticleError, match=rf"published '{value}'; write 2023, 2023-09 or 2023-09-14"):
        described(BODY, entry={"published": value})


@pytest.mark.parametrize(
    ("head", "published", "origin"),
    [
        pytest.param("Sept. 14, 2023", "2023-09-14", "date line", id="bare"),
        pytest.param(
            "Published: Thursday, 14 September 2023 at 10:30 GMT", "2023-09-14", "date line", id="label"
        ),
        pytest.param(
            "Updated 15 Sep 2023\nPublished 14 Sep 2023", "2023-09-14", "date line", id="first, not update"
        ),
        pytest.param("By Ann Lee, Daily News, September 14, 2023", "2023-09-14", "byline", id="byline"),
    ],
)
def test_dates_in_the_article(head: str, published: str, origin: str) -> None:
    found = described(f"Talks in Oslo\n\n{head}\n\n{BODY}")
    assert (found.published, found.provenance["published"]) == (published, origin)
    assert found.title == "Talks in Oslo"


def test_a_date_in_a_news_sentence_is_no_publication_date() -> None:
    found = described(f"Talks in Oslo\n\nThe two met on 14 September 2019 in Rome.\n\n{BODY}")
    assert found.published == ""


@pytest.mark.parametrize(
    ("text", "source", "origin"),
    [
        pytest.param(f"OSLO (AP) — {BODY}", "Associated Press", "dateline", id="dateline"),
        pytest.param(f"(Bloomberg) — {BODY}", "Bloomberg", "dateline", id="agency alone"),
        pytest.param(f"OSLO, Sept 14 (Reuters) - {BODY}", "Reuters", "dateline", id="dated dateline"),
        pytest.param(f"By Ann Lee, Daily News\n\n{BODY}", "Daily News", "byline", id="byline"),
        pytest.param(
            f"By Ann Lee in Oslo for the Daily News\n\n{BODY}", "Daily News", "byline", id="byline for"
        ),
        pytest.param(
            f"By Ann Lee and Bob Fox | AP\n\n{BODY}", "Associated Press", "byline", id="agency byline"
        ),
        pytest.param(
            f"{BODY}\n\nSource: Al Jazeera and news agencies", "Al Jazeera", "source line", id="source"
        ),
        pytest.param(
            f"{BODY}\n\nSource : Daily News, 11 July 2009", "Daily News", "source line", id="dated source"
        ),
        pytest.param(f"{BODY}\n\n©2023 Bloomberg L.P.", "Bloomberg", "copyright line", id="copyright"),
        pytest.param(
            f"{BODY}\n\nCopyright 2023 Evening Post. All rights reserved.",
            "Evening Post",
            "copyright line",
            id="copyright in words",
        ),
    ],
)
def test_outlets_in_the_article(text: str, source: str, origin: str) -> None:
    found = described(text)
    assert (found.source, found.provenance["source"]) == (source, origin)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{BODY}\n\nSource :", id="source without a name"),
        pytest.param(f"By Ann Lee, Staff Writer\n\n{BODY}", id="a job"),
        pytest.param(f"By Ann Lee, Bob Fox and Cy Poe\n\n{BODY}", id="more writers"),
        pytest.param(
            f"By Friday, Russia had left for Daily News reporters to see.\n\n{BODY}", id="no byline"
        ),
        pytest.param(f"{BODY} “No,” Yang Uk told the Associated Press.", id="an agency in the news"),
        pytest.param(f"The Office (UK) — {BODY}", id="brackets that hold no agency"),
    ],
)
def test_no_outlet_is_made_up(text: str) -> None:
    assert described(text).source == ""


def test_a_copyright_year_is_the_publication_year_but_a_range_is_not() -> None:
    assert described(f"{BODY}\n\n©2023 Bloomberg L.P.").published == "2023"
    assert described(f"{BODY}\n\n© 2019-2024 Daily News").published == ""


@pytest.mark.parametrize(
    ("text", "title", "origin"),
    [
        pytest.param(f"# Talks in Oslo #\n\n{BODY}", "Talks in Oslo", "heading", id="markdown"),
        pytest.param(f"Talks in Oslo\n=====\n\n{BODY}", "Talks in Oslo", "heading", id="underlined"),
        pytest.param(f"Talks in Oslo\n\n{BODY}", "Talks in Oslo", "title line", id="first line"),
        pytest.param(f"Who met in Oslo?\n\n{BODY}", "Who met in Oslo?", "title line", id="question"),
        pytest.param(f"Title: Talks in Oslo\n\n{BODY}", "Talks in Oslo", "title line", id="labelled"),
        pytest.param(
            f"Subscribe to our newsletter\n\nTalks in Oslo\n\n{BODY}", "Talks in Oslo", "title line", id="ad"
        ),
        pytest.param(BODY, BODY.split(". ")[0] + ".", "first sentence", id="short sentence"),
        pytest.param(
            "word " * 40 + "ends.",
            "word " * 17 + "word…",
            "first sentence",
            id="long sentence cut between words",
        ),
        pytest.param("---\ntitle: Only this\n---\n", "Only this", "front matter", id="front matter alone"),
    ],
)
def test_titles(text: str, title: str, origin: str) -> None:
    found = described(text)
    assert (found.title, found.provenance["title"]) == (title, origin)
    assert len(found.title) <= 91


def test_the_file_name_tells_the_date_and_in_need_the_title() -> None:
    found = described(BODY, "2023-09-14-oslo.txt")
    assert (found.published, found.provenance["published"]) == ("2023-09-14", "file name")
    found = described("---\nlang: en\n---\n", "oslo-talks.txt")
    assert (found.title, found.provenance["title"]) == ("oslo-talks", "file name")


def test_the_time_of_the_file_comes_last_and_is_marked(tmp_path: Path) -> None:
    path = tmp_path / "article.txt"
    path.write_text(BODY)
    os.utime(path, (1_694_700_000, 1_694_700_000))
    found = describe(path, BODY)
    assert (found.published, found.provenance["published"]) == ("2023-09-14", "file time")


@pytest.mark.parametrize(
    "block",
    [
        pytest.param("title: [unclosed\ndate: 2023-09-14", id="broken yaml"),
        pytest.param("title: {a: b}\ndate: [1, 2]", id="other types"),
        pytest.param("date: 2023-99-99", id="no such day"),
        pytest.param("draft: true", id="other keys"),
    ],
)
def test_useless_front_matter_is_passed_over(block: str) -> None:
    found = described(f"---\n{block}\n---\nTalks in Oslo\n\n{BODY}")
    assert (found.title, found.published) == ("Talks in Oslo", "")


def test_a_folder_without_a_sidecar_has_no_entries(tmp_path: Path) -> None:
    assert load_sidecar(tmp_path) == {}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(
            '{\n"a.txt": {"title": "x",}\n}', "metadata.json: line 2 is not valid JSON", id="syntax"
        ),
        pytest.param("[1]", "holds a JSON list; write", id="no object"),
        pytest.param('{"a.txt": "x"}', "the entry 'a.txt' is not an object", id="entry"),
        pytest.param('{"a.txt": {"title": ["x"]}}', r"title of 'a.txt' is \['x'\]", id="value"),
        pytest.param("[" * 200_000, "metadata.json", id="too deep"),
    ],
)
def test_a_broken_sidecar_says_where(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "metadata.json").write_text(content)
    with pytest.raises(ArticleError, match=reason):
        load_sidecar(tmp_path)


def test_sidecar_values_are_text_and_unknown_keys_are_passed_over(tmp_path: Path) -> None:
    entry = {"title": " Talks\n in Oslo ", "published": 2023, "url": None, "lang": "en"}
    (tmp_path / "metadata.json").write_text("\ufeff" + json.dumps({"a.txt": entry}), encoding="utf-8")
    assert load_sidecar(tmp_path) == {"a.txt": {"title": "Talks in Oslo", "published": "2023"}}


def test_the_sample_articles_are_described_as_far_as_they_tell() -> None:
    entries = load_sidecar(SEEDS)
    paths = sorted(path for path in SEEDS.iterdir() if is_article(path))
    assert set(entries) == {path.name for path in paths}
    texts = [read(path).text for path in paths]
    found = [
        describe(path, text, boilerplate(text), entries[path.name])
        for path, text in zip(paths, texts, strict=True)
    ]
    assert [item.published for item in found] == ["2023-09"] * 4 + ["2024-06-18"]
    assert [item.source for item in found] == ["The Moscow Times", "", "", "Bloomberg", "Al Jazeera"]
    for item, text in zip(found, texts, strict=True):
        assert item.title.rstrip("…") in text


@pytest.mark.parametrize("name", ["000_adc2484d8ab1cf3c.txt", "003_93761289acfbb6fc.txt"])
def test_a_sample_title_is_found_without_the_sidecar(name: str) -> None:
    text = read(SEEDS / name).text
    assert described(text, name).title == load_sidecar(SEEDS)[name]["title"]

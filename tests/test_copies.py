"""Copies and updates of one story: told from other stories, found once, counted as one source."""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import SEEDS, Dateline, ScriptedReader
from conftest import article_of as article

from index import Library, copies
from index.article import Scope
from index.articles import read_article
from index.copies import same_story, signature
from index.embedder import Embedder
from rag import answer
from rag.finding import find

OPENING = (
    "A ferry with 212 passengers ran aground off the island of Selvo on Tuesday after its steering failed in high "
    "waves. All passengers were brought ashore by fishing boats within three hours, and nobody was seriously hurt. "
    "The harbour master, Ilse Brandt, said the crew had reported the failure only minutes before the ship struck "
    "the reef."
)
MIDDLE = (
    "The ship, the Nordwind, was built in 1987 and had passed its last inspection in March. It belongs to the Selvo "
    "Line, which runs four ferries between the islands and the mainland. The company said that it would wait for "
    "the findings of the investigators before it decides on the future of the ship."
)
CLOSING = (
    "Fishermen who took part in the rescue described waves of up to five metres. Villagers opened the school and "
    "the church for those who could not travel on. A spokesman of the coast guard praised the calm with which the "
    "passengers had boarded the small boats in the dark."
)
MORE = (
    "Divers found a crack of two metres in the hull on Friday, and the salvage firm Ondarra expects to tow the "
    "wreck to Port Amalia within a week. Its manager, Teodor Quint, said that about forty tonnes of fuel had been "
    "pumped out.\n\nThe transport minister, Agnes Moreau, ordered checks of the steering of all older ferries. Six "
    "ships will stay in port until they have been looked at, she told parliament."
)
STORY = f"Ferry strikes reef off Selvo\n\nBy Anna Lindqvist\n\n{OPENING}\n\n{MIDDLE}\n\n{CLOSING}\n"
COPY = (
    f"Passengers saved as ship runs aground\n\nBy John Okafor\n\nSELVO (NWA) — {OPENING}\n\n{MIDDLE}\n\n{CLOSING}\n\n"
    "Reporting by John Okafor; editing by Mary Stone.\n"
)
UPDATE = f"Wreck of the Selvo ferry to be towed away\n\n{MORE}\n\n{OPENING}\n\n{MIDDLE}\n\n{CLOSING}\n"
# Told by somebody else: the same event, none of the words.
OTHER = (
    "Islanders pull 212 people from stranded ship\n\nWhen the Nordwind lost its rudder on Tuesday evening, the "
    "skippers of Selvo did not wait for orders. Within minutes a dozen cutters had left the small harbour, and by "
    "midnight every one of the 212 travellers stood on dry land.\n\nVizier Karl Osterman led the rescue from the "
    "first boat. He has fished these waters for forty years and says that he never saw such a sea. The ferry lies on "
    "the rocks north of the lighthouse, and experts from the capital are on their way to find out what went wrong.\n"
)
QUESTION = "Why did the ferry run aground off Selvo?"


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def signatures(library: Library) -> dict[str, bytes | None]:
    with library.snapshot() as snap:
        return {key: snap.article(key).signature for key in snap.article_ids()}


def found(library: Library, question: str, scope: Scope | None = None) -> list[tuple[str, str]]:
    """File name and text of each passage that is found, best first."""
    with library.snapshot() as snap:
        passages = find(question, snap, library.embedder, scope)
    return [(passage.article.path.stem, passage.text) for passage in passages]


@pytest.fixture
def library(tmp_path: Path, embedder: Embedder) -> Library:
    return Library(tmp_path / "library", embedder)


PAIRS = [
    pytest.param(STORY, COPY, True, id="copy"),
    pytest.param(STORY, UPDATE, True, id="update"),
    pytest.param(COPY, UPDATE, True, id="copy-and-update"),
    pytest.param(STORY, f"{MORE}\n\n{OTHER}\n\n{STORY}", True, id="a-third-of-a-longer-one"),
    pytest.param(STORY, STORY.replace(CLOSING, ""), True, id="shortened"),
    pytest.param(STORY, OTHER, False, id="one-event-told-twice"),
    pytest.param(f"{OTHER}\n\n{MORE}", f"{OPENING}\n\n{CLOSING}\n\n{MORE[:150]}", False, id="one-phrase"),
    pytest.param("The ferry ran aground.", "The ferry ran aground. ", False, id="too-short-to-tell"),
]


@pytest.mark.parametrize(("one", "other", "same"), PAIRS)
def test_copies_and_updates_are_one_story(one: str, other: str, same: bool) -> None:
    assert same_story(article(one), article(other)) is same
    assert same_story(article(other), article(one)) is same


def test_the_sample_articles_on_one_topic_are_stories_of_their_own() -> None:
    articles = [read_article(path, "") for path in sorted(SEEDS.glob("*.txt"))]
    assert all(one.signature for one in articles)
    for one, other in itertools.combinations(articles, 2):
        assert not same_story(one, other)


def test_a_signature_is_the_same_everywhere_and_leaves_out_boilerplate() -> None:
    # Libraries hold such numbers: another release of the hashing must not compute others.
    digest = hashlib.sha256(signature(STORY)).hexdigest()
    assert (len(signature(STORY)), digest[:16]) == (516, "a32f3ce4e02e8b04")
    assert signature(STORY.upper().replace("\n\n", "\n")) == signature(STORY)
    appeal = "Support us now and become a member of our newsroom today, for free! "
    marked = f"{OPENING} {appeal}{MIDDLE}"
    span = (len(OPENING) + 1, len(OPENING) + 1 + len(appeal))
    assert signature(marked, [span]) == signature(f"{OPENING} {MIDDLE}") != signature(marked)


ORDERS = list(itertools.permutations(["story", "copy", "update"]))


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_the_order_of_indexing_changes_nothing(library: Library, tmp_path: Path, order: list[str]) -> None:
    texts = {"story": STORY, "copy": COPY, "update": UPDATE}
    folder = write(tmp_path / "news", other=OTHER)
    for number, name in enumerate(order):
        write(folder, **{name: texts[name]})
        library.sync(folder)
        assert library.status().copies == number
    fresh = Library(tmp_path / "fresh", library.embedder)
    fresh.sync(folder)
    assert signatures(fresh) == signatures(library)
    assert found(fresh, QUESTION) == found(library, QUESTION)


def test_when_the_one_between_goes_the_others_are_no_longer_one_story(
    library: Library, tmp_path: Path
) -> None:
    first, second = f"{OPENING}\n\n{MIDDLE}\n", f"{MORE}\n\n{OTHER}\n"
    folder = write(tmp_path / "news", first=first, second=second, between=f"{first}\n\n{second}")
    library.sync(folder)
    assert library.status().copies == 2
    (folder / "between.txt").unlink()
    library.sync(folder)
    assert library.status().copies == 0
    write(folder, second=f"{second}\n\n{first}")  # changed into an update of the first
    library.sync(folder)
    assert library.status().copies == 1


def rows_of(texts: Iterable[str]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE articles (id INTEGER PRIMARY KEY, signature BLOB)")
    connection.executemany("INSERT INTO articles (signature) VALUES (?)", ([signature(t)] for t in texts))
    return connection


def test_many_stories_with_copies_are_all_counted() -> None:
    def text(number: int) -> str:
        return " ".join(f"w{number * 31 + i * i}" for i in range(120))

    texts = [text(number) for number in range(300)]
    again = [f"{one} and more of it" for one in texts[:100]] + [f"now {one}" for one in texts[:50]]
    with closing(rows_of([*texts, *again, "too short to tell"])) as connection:
        assert copies.count(connection) == 150
    with closing(rows_of([])) as connection:
        assert copies.count(connection) == 0


def test_what_a_copy_repeats_is_found_once(library: Library, tmp_path: Path) -> None:
    library.sync(write(tmp_path / "news", story=STORY, copy=COPY, other=OTHER))
    hits = found(library, QUESTION)
    # The copy's first sentence has a dateline, so its first chunk says something of its own.
    assert sum("waves of up to five metres" in text for _, text in hits) == 1
    assert any(name == "other" for name, _ in hits)  # another story's account stays


def test_what_an_update_adds_is_found(library: Library, tmp_path: Path) -> None:
    library.sync(write(tmp_path / "news", story=STORY, update=UPDATE))
    hits = found(library, "What did divers find in the hull?")
    assert hits[0][0] == "update"
    assert "crack of two metres" in hits[0][1]
    assert sum("built in 1987" in text for _, text in hits) == 1


def test_a_changed_figure_is_news(library: Library, tmp_path: Path) -> None:
    later = STORY.replace("212 passengers", "230 passengers")
    library.sync(write(tmp_path / "news", story=STORY, later=later))
    assert library.status().copies == 1
    opening = {text for _, text in found(library, QUESTION) if "ran aground" in text}
    assert [sum(figure in text for text in opening) for figure in ("212", "230")] == [1, 1]


@pytest.mark.parametrize("newer", ["a", "b"])
def test_of_equals_the_newer_one_is_shown(library: Library, tmp_path: Path, newer: str) -> None:
    texts = {
        name: f"---\ntitle: Ferry strikes reef\ndate: 2023-09-1{1 + (name == newer)}\n---\n{OPENING}\n"
        for name in "ab"
    }
    library.sync(write(tmp_path / "news", **texts))
    assert [name for name, text in found(library, QUESTION) if "aground" in text] == [newer]


def test_a_scope_finds_the_copy_that_is_in_it(library: Library, tmp_path: Path) -> None:
    folder, other = write(tmp_path / "news", story=STORY), write(tmp_path / "wire", copy=COPY)
    library.sync(folder, other)
    for place, name in ((folder, "story"), (other, "copy")):
        hits = found(library, QUESTION, Scope(folders=(place,)))
        assert {hit for hit, _ in hits} == {name}
        assert any("ran aground" in text for _, text in hits)


def test_a_second_account_comes_from_another_story(
    library: Library, tmp_path: Path, reads: ScriptedReader
) -> None:
    texts = [f"{LED} {OPENING} {MIDDLE}", f"{LED_TOO} {OPENING} {MIDDLE}", f"{LED_TOO} {OTHER}"]
    assert [same_story(article(texts[0]), article(text)) for text in texts] == [True, True, False]
    library.sync(write(tmp_path / "news", first=texts[0], copied=texts[1], independent=texts[2]))
    reads.tell("Omar Dahl")
    reads.tell("Nils Berg", score=8.0)
    shown = answer("Who led the rescue at Selvo?", library=library, model=Path("none"))
    assert sorted(sentence.text for sentence in shown.sentences) == [LED_TOO, LED]


LED, LED_TOO = "Skipper Omar Dahl led the rescue at Selvo.", "Captain Nils Berg led the rescue at Selvo."


def test_an_answer_cites_a_copied_sentence_once(
    library: Library, tmp_path: Path, reads: ScriptedReader
) -> None:
    library.sync(write(tmp_path / "news", story=STORY, copy=COPY))
    reads.tell("Ilse Brandt")
    shown = answer("Who is the harbour master?", library=library, model=Path("none"))
    assert len(shown.citations) == 1
    (citation,) = shown.citations
    assert "Ilse Brandt" in citation.quote
    assert citation.article.text[citation.start : citation.end] == citation.quote


def older(library: Library) -> None:
    """Make it a library of format 2, which knew no signatures."""
    with closing(sqlite3.connect(library.path / "library.sqlite3")) as connection:
        connection.execute("ALTER TABLE articles DROP COLUMN signature")
        connection.execute("PRAGMA user_version = 2")


def test_an_older_library_is_read_and_signed_without_embedding(
    library: Library, tmp_path: Path, embedded: list[str]
) -> None:
    folder = write(tmp_path / "news", story=STORY, copy=COPY, other=OTHER)
    library.sync(folder)
    before, hits = signatures(library), found(library, QUESTION)
    older(library)
    reader = Library(library.path, library.embedder)
    assert reader.status().copies is None
    assert set(signatures(reader).values()) == {None}
    assert {name for name, _ in found(reader, QUESTION)} >= {"other"}
    embedded.clear()
    report = Library(library.path, library.embedder).sync(folder)
    assert (report.unchanged, embedded) == (3, [])
    assert (signatures(library), library.status().copies) == (before, 1)
    assert found(library, QUESTION) == hits


def test_an_older_librarys_articles_are_signed_where_their_folder_is_away(
    library: Library, tmp_path: Path
) -> None:
    library.sync(write(tmp_path / "gone", story=STORY), write(tmp_path / "news", copy=COPY))
    older(library)
    (tmp_path / "gone").rename(tmp_path / "away")
    library.sync(tmp_path / "news")
    assert library.status().copies == 1


def test_a_described_article_keeps_its_signature(library: Library, tmp_path: Path) -> None:
    folder = write(tmp_path / "news", story=STORY)
    library.sync(folder)
    before = signatures(library)
    (folder / "metadata.json").write_text('{"story.txt": {"source": "The Selvo Post"}}')
    assert library.sync(folder).changed == 1
    assert signatures(library) == before
    with library.snapshot() as snap:
        (key,) = snap.article_ids()
        assert replace(snap.article(key), signature=None) == snap.article(key)


def test_status_tells_of_copies(dateline: Dateline, library: Library, tmp_path: Path) -> None:
    folder = write(tmp_path / "news", other=OTHER)
    where = ["status", "--library", library.path]
    for texts, line in (
        ({"story": STORY}, "Copies    none\n"),
        ({"copy": COPY}, "Copies    1 article is a copy or an update of another\n"),
        ({"update": UPDATE}, "Copies    2 articles are copies or updates of another\n"),
    ):
        library.sync(write(folder, **texts))
        assert line in dateline(*where).stdout
    assert '"copies": 2,' in dateline(*where, "--json").stdout
    older(library)
    assert "Copies    not looked for yet: `dateline index` does it\n" in dateline(*where).stdout

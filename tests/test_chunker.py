from __future__ import annotations

import textwrap
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Span
from index.boilerplate import boilerplate
from index.chunker import JOINED, LONGEST, chunks, sentences
from index.reader import read

SEEDS = sorted((Path(__file__).parent.parent / "seeds").glob("*.txt"))


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def prose(*counts: int) -> str:
    """Sentences of so many words each."""
    return " ".join("Word" + " word" * (count - 2) + " end." for count in counts)


# Each bar is where a sentence has to end; everything else has to stay together.
@pytest.mark.parametrize(
    "marked",
    [
        "Mr. Putin met Gen. Smith on Sept. 14 at 5 p.m. in Moscow.| U.S. officials said No. 5 was closed.",
        "Acme Inc. said it would pay $3.5 million.| It fell to 2.1 percent.| Smith Ltd. of London closed.",
        "J. K. Rowling wrote it.| George W. Bush read it.| Taraji P. Henson won three.",
        "He lives in the U.S.| He likes it.| She lives in Washington, D.C.| The city is hot.",
        "In the U.S. Army, few do.| The vote was lost.|Then he left.| Prof.Smith stayed.",
        "The company, e.g. Apple, rose.| At 5 p.m. Kim left.| The talks ended at 5 p.m. Wednesday.",
        "“Will you go?” he asked.| “Yes!” she said.| He left.| “It was good.”| They agreed.",
        'She turned to him, "This is great." she said.| He said: "No."| "It is," she said.',
        "He waited...| Then he left.| “I think … Putin knows,” he said.| Well . . . no.",
        "What happened?!| No one knows.| Yahoo! reported it.| He scored 5.| Then 6.| 12 people came.",
        "The '90s were good.| It's Kim's.| The workers' union left.| The companies' rights were upheld.",
        "Vol. 3 is out.| See p. 55 and Art. 5 for approx. 50 cases.| He said no.| Then he left.",
        "Lt. Col. Jane Roe, Sgt. Doe, Sen. Poe (D-Calif.) and Gov. Moe met.| (Others came later.)| They ate.",
        "The Rev. Martin Luther King Jr. spoke in Montgomery, Ala., in 1955.| Thousands came.",
        "He joined in Oct. 2019.| In Nov. he left.| The object has mass.| Thus it falls at 30 °C.| It is so.",
        "The talks included Yang Uk.[3]| He told AP.[citation needed]| It was good.",
        "He teaches science (He was once an engineer.) at the local University.| Next.",
        "Write to Jane.Doe@example.com.| See https://example.org/a.b/c.html.| Version 3.14.2 is out.",
        "Dada began there ( in 1916 ) .| It fell , they say .| `` No ! '' he said .| `` Go . ''| He went .",
        "He works at Acme Inc . in St . Louis .| George W . Bush came to the U.S . Army ball .| It was fun .",
        "1. The first item.| It is long.",
        "Kim left.\n\n|Putin stayed",
        "Kim left.\r\n\r\n|Putin stayed",
        "中文句子。|另一个句子。|完",
    ],
    ids=lambda marked: marked[:30],
)
def test_where_sentences_end(marked: str) -> None:
    expected = [part.strip() for part in marked.split("|")]
    assert split(marked.replace("|", "")) == expected


@pytest.mark.parametrize("width", [40, 55, 72, 80, 100])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_wrapped_lines_are_joined(width: int, line_end: str) -> None:
    paragraphs = [
        [
            "The quick brown fox jumped over the lazy dog and ran away, where it met Mr. Putin and others.",
            "It slept until the next day, when the U.S. Army came with Gen. Smith and woke it.",
            "It left.",
        ],
        ["Old friends"],
        ["After touring the space center and a lavish banquet, Kim left the country at 5 p.m. Friday."],
    ]
    wrapped = [textwrap.fill(" ".join(sentences), width) for sentences in paragraphs]
    text = "\n\n".join(wrapped).replace("\n", line_end)
    assert [" ".join(found.split()) for found in split(text)] == [s for group in paragraphs for s in group]


def test_lines_that_are_paragraphs_are_kept_apart() -> None:
    long = "Word " + "word " * 30
    text = f"A caption without a stop\nBy Ann Lee\n{long}end\n{long}done."
    assert split(text) == ["A caption without a stop", "By Ann Lee", f"{long}end", f"{long}done."]


def test_list_items_and_markdown_headings_stand_alone() -> None:
    text = "# Results\nThe talks gave\n- a plan\n- a date\n1. one\n2) two\n## Next\nMore talks."
    assert split(text) == [
        "# Results",
        "The talks gave",
        "- a plan",
        "- a date",
        "1. one",
        "2) two",
        "## Next",
        "More talks.",
    ]


def test_a_part_of_the_text_can_be_split() -> None:
    text = "Before. One is here. Two is here. After."
    assert sentences(text, 8, 33) == [(8, 20), (21, 33)]
    assert sentences(text, 3, 3) == []


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param([30] * 6, [90, 90], id="even"),
        pytest.param([100, 100], [100, 100], id="each its own"),
        pytest.param([150, 20], [150, 20], id="a long sentence stays whole"),
        pytest.param([40, 40, 20], [100], id="short rest joins"),
        pytest.param([45, 45, 20], [110], id="rest that fills"),
        pytest.param([100, 24], [124], id="rest past the usual most"),
        pytest.param([10, 115], [125], id="short start takes a long sentence"),
        pytest.param([50, 80], [50, 80], id="two middling"),
    ],
)
def test_chunk_sizes(counts: list[int], expected: list[int]) -> None:
    text = prose(*counts)
    assert [len(text[start:end].split()) for start, end in chunks(text)] == expected


def test_a_heading_begins_a_chunk_and_goes_with_what_follows() -> None:
    text = f"{prose(20)}\n\nOld friends\n\n{prose(20)}\n\nTalks\n\nIn Oslo\n\n{prose(20)}"
    found = [text[start:end] for start, end in chunks(text)]
    assert [chunk.split("\n")[0][:11] for chunk in found] == ["Word word w", "Old friends", "Talks"]


def test_a_closing_note_is_no_heading() -> None:
    text = f"{prose(60)}\n\nAdditional reporting by agencies"
    assert chunks(text) == [(0, len(text))]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("word " * 1_000, id="no stop"),
        pytest.param("word word word word, " * 300, id="clauses"),
        pytest.param("x" * 20_000, id="one long word"),
        pytest.param("中" * 5_000, id="no spaces"),
    ],
)
def test_text_without_stops_is_cut(text: str) -> None:
    found = [text[start:end] for start, end in chunks(text)]
    assert len(found) > 3
    assert "".join("".join(found).split()) == "".join(text.split())
    assert max(len(chunk) for chunk in found) <= LONGEST * 25
    assert max(len(chunk.split()) for chunk in found) <= LONGEST


def test_a_cut_prefers_the_end_of_a_clause() -> None:
    text = "one two three four five six seven, " * 60
    assert all(text[start:end].endswith(",") for start, end in chunks(text))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem[:3])
def test_the_sample_articles(path: Path) -> None:
    text = read(path).text
    marked = boilerplate(text)
    spans = chunks(text, marked)
    check(text, marked, spans)
    sizes = [len(text[start:end].split()) for start, end in spans]
    assert max(sizes) <= JOINED
    assert sum(60 <= size <= 110 for size in sizes) >= 0.6 * len(sizes)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("He said so. " * 40_000, id="short sentences on one line"),
        pytest.param("word " * 150_000, id="one endless sentence"),
        pytest.param("." * 400_000, id="dots"),
        pytest.param(".) " * 100_000, id="stops without words"),
        pytest.param("A. " * 80_000, id="initials"),
        pytest.param("x\n" * 80_000, id="short lines"),
        pytest.param("\n" * 400_000 + "x", id="blank lines"),
        pytest.param(" " * 400_000 + "x" + " " * 400_000, id="spaces"),
        pytest.param(("x" + " " * 1_000) * 1_000, id="wide gaps"),
        pytest.param("x\n" + " " * 400_000 + "\nx", id="a blank line of spaces"),
        pytest.param("[" * 500_000 + "1]" * 200_000, id="brackets"),
    ],
)
def test_time_grows_with_the_text_only(text: str) -> None:
    started = time.process_time()
    spans = chunks(text)
    # Quadratic work would take minutes; a busy machine takes a second or two.
    assert time.process_time() - started < 15
    assert "".join(text[start:end] for start, end in spans).split() or not text.strip()


def check(text: str, marked: tuple[Span, ...], spans: list[Span]) -> None:
    """What holds for the chunks of every text."""
    assert all(start < end for start, end in spans)
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert all(end <= left or right <= start for start, end in spans for left, right in marked)
    covered = bytearray(len(text))
    for start, end in (*spans, *marked):
        covered[start:end] = b"\x01" * (end - start)
    assert all(covered[i] or text[i].isspace() for i in range(len(text)))


ATOMS = st.sampled_from(
    [
        "Kim",
        "met",
        "Mr.",
        "U.S.",
        "said.",
        "why?",
        "“No,”",
        "5",
        "p.m.",
        "…",
        ".",
        "-",
        "#",
        "Sept.",
        "(a)",
        "中。",
        "é",
    ]
)
GAPS = st.sampled_from([" ", " ", " ", " ", "\n", "\n\n", "\r\n", "\u00a0", "\t", "\u2028", ""])
TEXTS = st.lists(st.tuples(ATOMS, GAPS), max_size=120).map(lambda parts: "".join(a + b for a, b in parts))


@settings(max_examples=150, deadline=None)
@given(text=TEXTS | st.text(max_size=200), data=st.data())
def test_chunks_cover_all_but_boilerplate_in_order(text: str, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True).map(sorted))
    marked = tuple(zip(cuts[::2], cuts[1::2], strict=False))
    check(text, marked, chunks(text, marked))


@settings(max_examples=100, deadline=None)
@given(text=TEXTS | st.text(max_size=200))
def test_every_sentence_is_in_exactly_one_chunk(text: str) -> None:
    check(text, (), sentences(text))
    spans = chunks(text)
    for start, end in sentences(text):
        assert sum(first <= start and end <= last for first, last in spans) == 1

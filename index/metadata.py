"""Title, outlet, publication date and address of an article, each with where it was found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import yaml

from index.article import Span
from index.dates import any_date, date_line, file_name_date, is_update, iso_date, without_date, written_date
from index.errors import ArticleError
from index.fields import named
from index.reader import SIDECAR, front_matter
from index.sentences import split
from index.sidecar import FIELDS
from index.source import Found

_LONGEST_VALUE = 300  # characters of what a format tells
_LONGEST_TITLE = 90  # characters of a first sentence that stands in for a title
_TITLE_LINE = 160  # characters; a longer first line is a paragraph
_TOP, _DATED, _BOTTOM = 12, 6, 6  # lines at either end of an article in which it tells of itself

_AGENCIES = {
    **{
        name: name
        for name in ("AFP", "ANI", "BBC", "Bloomberg", "CNN", "dpa", "IANS", "KCNA", "PTI", "Reuters")
    },
    **{name: name for name in ("TASS", "UPI", "Xinhua", "Yonhap")},
    "AP": "Associated Press",
}
# "By Ann Lee and Bob Fox, Daily News": at least two words of a name, and no sentence.
_BYLINE = re.compile(
    r"\W*By (?!The\b)[A-Z][\w.’'-]*(?: (?:and|de|der|van|von|bin|al-\w+|[A-Z][\w.’'-]*)){1,8}"
    r"(?P<rest>(?:,| [|/–—-] | for | of | in ).{0,100})?(?<!\.)"
)
_BYLINE_PARTS = re.compile(r",| [|/–—-] | for (?:the )?| of (?:the )?| in |\(|\)")
_OUTLET_WORD = re.compile(
    r"\b(?:News|Times|Post|Press|Journal|Herald|Tribune|Guardian|Agency|Daily|Gazette|Chronicle|Telegraph"
    r"|Observer|Independent|Globe|Magazine|Review|Radio|Television|Mirror|Express)\b|\w\.(?:com|org|net)\b"
)
_DATELINE = re.compile(r"(?:[A-Z][\w.,’'/ -]{1,60})?\((?P<source>[A-Za-z]{2,12})\)(?: ?[—–:-]| )")
_SOURCE_LINE = re.compile(
    r"\W*Source ?: ?(?P<source>[A-Z].{1,60}?)(?:,? (?:and|with|/) (?:news )?agenc(?:y|ies))?\W*"
)
_COPYRIGHT = re.compile(
    r"\W*(?:Copyright )?(?:©|\([cC]\)|Copyright) ?(?:Copyright )?(?P<year>(?:19|20)\d\d)(?! ?[-–] ?\d)\W+"
    r"(?P<source>[A-Z][^.,|]{1,50}?)(?:[.,]? (?:L\.?P|Inc|LLC|Ltd|Limited|Corp|plc)\b.*|(?:[.,|]"
    r"| All rights).*)?"
)
_MARKDOWN_TITLE = re.compile(
    r"^\s{0,3}# +(?P<title>\S.*?)[ #]*$|^(?P<set>\S.*)\r?\n={3,}[ \t]*\r?$", re.MULTILINE
)
_NAMED_TITLE = re.compile(r"(?:title|headline) ?: ?(?P<title>\S.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of an article; `provenance` names for each known field where it comes from."""

    title: str
    source: str = ""
    published: str = ""
    url: str = ""
    provenance: Mapping[str, str] = field(default_factory=dict)


def describe(
    path: Path,
    text: str,
    boilerplate: Sequence[Span] = (),
    entry: Mapping[str, str] | None = None,
    told: Sequence[Found] = (),
    hints: Sequence[Found] = (),
) -> Metadata:
    """What is known of the article at `path`; `entry` is its own part of the sidecar.

    `told` is what its format states, believed before the text, and `hints` what it suggests, believed after.
    Raises `ArticleError` when the entry's publication date cannot be one.
    """
    lines = _own_lines(text, boilerplate)
    values: dict[str, str] = {}
    provenance: dict[str, str] = {}
    found = (
        _from_entry(path, entry or {}),
        _from_front_matter(text),
        _from_format(told),
        _from_lines(lines),
        _from_footer(_lines(text)),
        _title(path, text, lines),
        _from_format(hints),
        _from_file(path),
    )
    for name, value, origin in (item for group in found for item in group):
        if value and name not in values:
            values[name], provenance[name] = value, origin
    return Metadata(**values, provenance=provenance)


def _from_entry(path: Path, entry: Mapping[str, str]) -> Iterator[Found]:
    for name in FIELDS:
        value = entry.get(name, "")
        if value and name == "published":
            try:
                value = iso_date(value)
            except ValueError as error:
                raise ArticleError(
                    f"{path}: {SIDECAR} says published {value!r}; write 2023, 2023-09 or 2023-09-14"
                ) from error
        yield name, value, SIDECAR


def _from_front_matter(text: str) -> Iterator[Found]:
    span = front_matter(text)
    if span is None:
        return
    try:
        block = yaml.safe_load("\n".join(text[slice(*span)].splitlines()[1:-1]))
    except (yaml.YAMLError, ValueError):
        return  # nothing is lost but a hint: the article itself is still read
    if not isinstance(block, dict):
        return
    yield from _from_format((name, value, "front matter") for name, value in named(block) if name in FIELDS)


def _from_format(told: Iterable[Found]) -> Iterator[Found]:
    for name, value, origin in told:
        line = " ".join(value.split())[:_LONGEST_VALUE]
        yield name, any_date(line) if name == "published" else line, origin


def _from_lines(lines: Sequence[str]) -> Iterator[Found]:
    """What the lines at the top tell: dates, bylines, datelines."""
    top = lines[:_TOP]
    # Further down a bare date may head a part of a timeline.
    dated = [(line, date_line(line)) for line in top[:_DATED]]
    # The first publication, where an update is named as well.
    for _, value in sorted(dated, key=lambda pair: is_update(pair[0])):
        yield "published", value, "date line"
    for line in top:
        if match := _BYLINE.fullmatch(line):
            yield "source", _byline_outlet(without_date(match["rest"] or "")), "byline"
            yield "published", written_date(line), "byline"
        elif (match := _DATELINE.match(line)) and match["source"] in _AGENCIES:
            yield "source", _AGENCIES[match["source"]], "dateline"


def _byline_outlet(rest: str) -> str:
    """The outlet named behind the writers' names; empty where that is a place, a person or a job."""
    parts = [part.strip() for part in _BYLINE_PARTS.split(rest)]
    named = [_AGENCIES.get(part, part) for part in parts if part in _AGENCIES or _OUTLET_WORD.search(part)]
    return named[-1] if named else ""


def _from_footer(lines: Sequence[str]) -> Iterator[Found]:
    for line in lines[-_BOTTOM:]:
        if match := _SOURCE_LINE.fullmatch(line):
            yield "source", without_date(match["source"]).strip(" ,"), "source line"
        elif match := _COPYRIGHT.fullmatch(line):
            yield "source", match["source"].strip(), "copyright line"
            yield "published", match["year"], "copyright line"


def _title(path: Path, text: str, lines: Sequence[str]) -> Iterator[Found]:
    if match := _MARKDOWN_TITLE.search("\n".join(lines[:_TOP])):
        yield "title", match["title"] or match["set"], "heading"
    first = next((line for line in lines if not date_line(line) and not _BYLINE.fullmatch(line)), "")
    if match := _NAMED_TITLE.fullmatch(first):
        first = match["title"]
    if first and len(first) <= _TITLE_LINE and not first.endswith((".", "…", ":", ",", ";")):
        yield "title", first.lstrip("# "), "title line"
    elif first:
        spans = split(first)
        yield "title", _shortened(first[spans[0].start : spans[0].end]), "first sentence"
    yield "title", path.stem, "file name"


def _from_file(path: Path) -> Iterator[Found]:
    yield "published", file_name_date(path.name), "file name"
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return
    yield "published", written.date().isoformat(), "file time"


def _lines(text: str) -> list[str]:
    """The first and last lines that are not blank, without their surrounding white space."""
    head, tail = text[:8_000], text[8_000:][-8_000:]  # what an article tells of itself stands at its ends
    return [" ".join(line.split()) for line in (head + tail).splitlines() if line.strip()]


def _own_lines(text: str, boilerplate: Sequence[Span]) -> list[str]:
    kept: list[str] = []
    position = 0
    for start, end in (*boilerplate, (len(text), len(text))):
        kept.append(text[position : max(position, min(start, position + 8_000))])
        position = end
        if sum(map(len, kept)) > 8_000:
            break
    return _lines("\n".join(kept))


def _shortened(sentence: str) -> str:
    if len(sentence) <= _LONGEST_TITLE:
        return sentence
    cut = sentence[:_LONGEST_TITLE]
    kept = cut.rsplit(" ", 1)[0] if " " in cut else cut[:-1]
    return kept.rstrip(" ,;:–—-") + "…"

"""Tables and lists of articles: csv, json and jsonl, one article a row."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from index.decoding import byte_order_mark, decode
from index.errors import ArticleError
from index.fields import known, named
from index.format_html import looks_like_html, visible_text
from index.source import MAX_BYTES, Content, Found, Member, Piece, Refused

_DELIMITERS = ",;\t|"
_WRAPPED = 3  # how deep in a JSON object its list of articles may lie

Row = tuple[int, Mapping[Any, Any] | str]  # number from 1; the fields, or why there are none


def read_csv(file: BinaryIO) -> Iterator[Piece]:
    """The rows of a table whose first line names its columns, separated by , ; | or tabs."""
    csv.field_size_limit(MAX_BYTES)
    lines = _lines(file)
    heading = next(lines, "")
    delimiter = max(_DELIMITERS, key=lambda sign: _fields_named(heading, sign))
    columns = next(csv.reader([heading], delimiter=delimiter), [])
    if not any(map(known, columns)):
        raise ArticleError(
            f"begins with {heading.strip()[:60]!r}, which names no column of articles; "
            "write title, text, source, date and url above the columns"
        )
    try:
        rows = csv.DictReader(lines, columns, delimiter=delimiter)
        yield from _pieces(((number, row) for number, row in enumerate(rows, 1)), "column")
    except csv.Error as error:
        raise ArticleError(f"is not a whole table ({error}); save it again as CSV") from error


def read_jsonl(file: BinaryIO) -> Iterator[Piece]:
    """One JSON object a line."""

    def rows() -> Iterator[Row]:
        for number, line in enumerate(_lines(file), 1):
            if line.strip():
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError) as error:
                    yield number, f"line {number} is not valid JSON ({error})"
                else:
                    yield number, value if isinstance(value, dict) else f"line {number} is no JSON object"

    yield from _pieces(rows(), "field")


def read_json(file: BinaryIO) -> Iterator[Piece]:
    """The longest list of objects in a JSON file, or its one object."""
    try:
        value = json.loads(decode(file.read()))
    except json.JSONDecodeError as error:
        raise ArticleError(f"is not valid JSON ({error}); correct it") from error
    except RecursionError as error:
        raise ArticleError("is nested too deeply to be a list of articles; remove it") from error
    yield from _pieces(enumerate(_objects(value), 1), "field")


def member(name: str, text: str, told: Sequence[Found]) -> Member:
    """A row as an article; what is taken from it is its identity, not what stands beside."""
    identity = json.dumps([text, *((field, value) for field, value, _ in told)])
    return Member(name, hashlib.sha256(identity.encode()).hexdigest(), Content(text, tuple(told)))


def plain(text: str) -> str:
    """The text without the tags it may carry, all of it characters that can be stored."""
    text = visible_text(text) if looks_like_html(text) else text
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


def _pieces(rows: Iterable[Row], origin: str) -> Iterator[Piece]:
    articles, refused, first = 0, 0, ""
    for number, row in rows:
        made = row if isinstance(row, str) else _article(number, row, origin)
        if isinstance(made, Member):
            articles += 1
            yield made
        else:
            refused, first = refused + 1, first or made
    more = f", and {refused - 1:,} more like it" if refused > 1 else ""
    if not articles:
        why = f" ({first}{more})" if first else ""
        raise ArticleError(f"holds no article{why}; give each a text, and best a title, source and date")
    if refused:
        yield Refused("", f"{first}{more}; the other {articles:,} are read")


def _article(number: int, row: Mapping[Any, Any], origin: str) -> Member | str:
    values = _values(row)
    text = plain(values.pop("text", ""))
    if not text.strip():
        return f"row {number} has no text"
    return member(f"{number:04}", text, [(f, plain(value), origin) for f, value in values.items()])


def _values(row: Mapping[Any, Any]) -> dict[str, str]:
    values: dict[str, str] = {}
    for field, value in named(row):
        values.setdefault(field, value)
    return values


def _objects(value: object, depth: int = _WRAPPED) -> list[Mapping[Any, Any]]:
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    if not isinstance(value, dict):
        return []
    if "text" in _values(value):
        return [value]
    if not depth:
        return []
    whole: list[Mapping[Any, Any]] = [
        item for item in value.values() if isinstance(item, dict) and "text" in _values(item)
    ]
    return max([whole, *(_objects(item, depth - 1) for item in value.values())], key=len)


def _lines(file: BinaryIO) -> Iterator[str]:
    """The file's lines; ArticleError at the first that is too long or no text, before it is in memory."""
    encoding, mark = byte_order_mark(file.read(4))
    file.seek(mark)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    number = 0
    try:
        while line := text.readline(MAX_BYTES + 1):
            number += 1
            if len(line) > MAX_BYTES:
                most = MAX_BYTES // 1_000_000
                raise ArticleError(
                    f"has over {most} million characters in line {number}; split it into lines"
                )
            if "\x00" in line:
                raise ArticleError(f"is a binary file (NUL byte in line {number}); save it as UTF-8 text")
            yield line
    except UnicodeDecodeError as error:
        where = f"after line {number}"
        raise ArticleError(f"is not valid {encoding.upper()} {where}; save it as UTF-8") from error
    finally:
        text.detach()


def _fields_named(heading: str, delimiter: str) -> int:
    return sum(map(known, next(csv.reader([heading], delimiter=delimiter), [])))

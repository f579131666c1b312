"""The metadata.json beside articles: title, source, publication date and address by file name."""

from __future__ import annotations

import json
from pathlib import Path

from index.errors import ArticleError
from index.reader import SIDECAR

FIELDS = ("title", "source", "published", "url")


def load_sidecar(folder: Path) -> dict[str, dict[str, str]]:
    """The entries of `folder`'s metadata.json by file name; empty without one, `ArticleError` if broken."""
    path = folder / SIDECAR
    try:
        return parse_sidecar(path.read_text(encoding="utf-8-sig"), path)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ArticleError(f"{path}: cannot be read ({error}); correct or remove it") from error


def parse_sidecar(text: str, path: Path | str) -> dict[str, dict[str, str]]:
    """The entries of a metadata.json by file name; `ArticleError` if it is broken."""
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise ArticleError(
            f"{path}: line {error.lineno} is not valid JSON ({error.msg}); correct it"
        ) from error
    except RecursionError as error:
        raise ArticleError(f"{path}: is nested too deeply; correct or remove it") from error
    if not isinstance(entries, dict):
        raise ArticleError(
            f"{path}: holds a JSON {type(entries).__name__}; write {{file name: {{title, ...}}}}"
        )
    return {name: _entry(path, name, entry) for name, entry in entries.items()}


def _entry(path: Path | str, name: str, entry: object) -> dict[str, str]:
    if not isinstance(entry, dict):
        raise ArticleError(
            f"{path}: the entry {name!r} is not an object; write {{title, source, published, url}}"
        )
    values: dict[str, str] = {}
    for key in FIELDS:
        value = entry.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool):
            values[key] = " ".join(str(value).split())
        elif value is not None:
            raise ArticleError(f"{path}: {key} of {name!r} is {value!r}; write text or leave it out")
    return values

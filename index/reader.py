"""From a file's bytes to an article's text, every character kept."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from index.article import Span
from index.errors import ArticleError

MAX_BYTES = 20_000_000
SIDECAR = "metadata.json"  # describes the articles beside it; never an article itself

_BOMS = (  # the longer ones first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MAX_CONTROL_SHARE = 0.01  # stray form feeds and the like occur in real text; more means a binary file
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?:(?!---|\.\.\.).*\r?\n)*?(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")
_FRONT_MATTER_KEY = re.compile(r"^[\w-]+[ \t]*:(?:\s|$)", re.MULTILINE)
_FRONT_MATTER_LIMIT = 20_000  # characters; bounds the search in files that merely begin with a rule


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read; `digest` is the SHA-256 (hex) of its bytes."""

    path: Path
    digest: str
    text: str


def is_article(path: Path) -> bool:
    """True for a visible file of a format that is read here; the sidecar is none."""
    return not path.name.startswith(".") and path.name != SIDECAR and path.suffix.lower() in FORMATS


def read(path: Path) -> Source:
    """The file's text and digest; `ArticleError` says why it cannot be read and what to do."""
    extract = FORMATS.get(path.suffix.lower())
    if extract is None:
        known = ", ".join(sorted(FORMATS))
        raise ArticleError(f"{path}: the suffix {path.suffix!r} is not read; save it as one of {known}")
    data = _bytes(path)
    text = extract(data, path)
    if not text.strip():
        raise ArticleError(f"{path}: holds no text ({len(data)} bytes); add text or remove the file")
    return Source(path, hashlib.sha256(data).hexdigest(), text)


def front_matter(text: str) -> Span | None:
    """The span of a leading `---` block of `key: value` lines, its fences and line end included."""
    match = _FRONT_MATTER.match(text, 0, _FRONT_MATTER_LIMIT)
    if match is None or not _FRONT_MATTER_KEY.search(match.group()):
        return None
    return match.span()


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # Read past the limit rather than ask for the size: a file may grow, a pipe has none.
            data = file.read(MAX_BYTES + 1)
    except PermissionError as error:
        raise ArticleError(f"{path}: may not be read; give yourself read permission on it") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ArticleError(f"{path}: cannot be read ({reason}); check the file and its disk") from error
    if len(data) > MAX_BYTES:
        limit = MAX_BYTES // 1_000_000
        raise ArticleError(f"{path}: is over {limit} MB, the most an article may have; split it into several")
    return data


def _plain_text(data: bytes, path: Path) -> str:
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    body = data
    if encoding is not None:
        body = data[len(next(bom for bom, name in _BOMS if name == encoding)) :]
    elif b"\x00" in data:
        raise ArticleError(
            f"{path}: is a binary file (NUL byte at offset {data.index(0)}); save it as UTF-8 text"
        )
    try:
        text = body.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        offset = len(data) - len(body) + error.start
        raise ArticleError(
            f"{path}: is not valid {(encoding or 'utf-8').upper()} at byte {offset}"
            f" ({data[offset : offset + 4].hex(' ')}); save it as UTF-8"
        ) from error
    controls = len(_CONTROL.findall(text))
    if controls > _MAX_CONTROL_SHARE * len(text):
        raise ArticleError(
            f"{path}: is a binary file ({controls} control characters in {len(text)}); save it as UTF-8 text"
        )
    return text


# Suffix to function; another format is one more line here.
FORMATS: dict[str, Callable[[bytes, Path], str]] = {".txt": _plain_text, ".md": _plain_text}

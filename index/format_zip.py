"""Zip archives of articles: each member is read as the file it is."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import BinaryIO

from index.errors import ArticleError
from index.formats import ARTICLES, COLLECTIONS, broken, extract
from index.reader import SIDECAR
from index.sidecar import parse_sidecar
from index.source import MAX_DOCUMENT, Begun, Member, Piece, Refused

_MOST_GROWTH = 200  # text shrinks to a tenth or so; what shrinks to less than this was made to burst

Entries = Mapping[str, Mapping[str, str]]


def read(file: BinaryIO, skip: int = 0) -> Iterator[Piece]:
    """The archive's articles, from the member after the first `skip` on; archives in it are refused."""
    packed = file.seek(0, io.SEEK_END)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise ArticleError(f"is not a whole zip archive ({error}); pack it again") from error
    members = [info for info in archive.infolist() if not info.is_dir()]
    size = sum(info.file_size for info in members)
    if size > MAX_DOCUMENT and size > _MOST_GROWTH * packed:
        raise ArticleError(
            f"is {packed / 1e6:,.1f} MB that would unpack to {size / 1e6:,.0f} MB, as no archive of articles "
            "does; remove it"
        )
    sidecars: dict[PurePosixPath, Entries] = {}
    for info in members:
        if PurePosixPath(info.filename).name == SIDECAR:
            yield from _sidecar(archive, info, sidecars)
    for number, info in enumerate(members, 1):
        if number > skip:
            yield from _member(archive, info, number, sidecars)


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, number: int, sidecars: Mapping[PurePosixPath, Entries]
) -> Iterator[Piece]:
    path = PurePosixPath(info.filename)
    # A name is only ever a label here, yet it must not lead out of the archive's own.
    parts = [part for part in path.parts if part not in ("/", "..", ".")]
    if not parts or path.name == SIDECAR or any(p.startswith((".", "__MACOSX")) for p in parts):
        return
    name = "/".join(parts)
    suffix = path.suffix.lower()
    if suffix == ".zip":
        yield Refused(name, "is an archive inside an archive, which is not read; unpack it")
    elif suffix in ARTICLES or suffix in COLLECTIONS:
        yield Begun(name, number)
        entry = sidecars.get(path.parent, {}).get(path.name)
        try:
            data = _unpacked(archive, info, suffix)
            yield from _pieces(data, suffix, name, entry)
        except ArticleError as error:
            yield Refused(name, str(error))
        except MemoryError:
            yield Refused(name, "needs more memory than a file may; split it or remove it")
        except Exception as error:  # noqa: BLE001 - whatever a parser trips over, this member is to blame
            yield Refused(name, broken(error))


def _pieces(data: bytes, suffix: str, name: str, entry: Mapping[str, str] | None) -> Iterator[Piece]:
    if suffix in ARTICLES:
        yield Member(name, hashlib.sha256(data).hexdigest(), extract(data, suffix), entry)
        return
    for piece in COLLECTIONS[suffix].read(io.BytesIO(data)):
        if isinstance(piece, Member):
            yield Member(f"{name}/{piece.name}", piece.digest, piece.content, entry)
        elif isinstance(piece, Refused):
            yield Refused(name, piece.reason)


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, suffix: str) -> bytes:
    most = min((ARTICLES.get(suffix) or COLLECTIONS[suffix]).most, MAX_DOCUMENT)
    if info.flag_bits & 1:
        raise ArticleError("is locked with a password; unpack it")
    with archive.open(info) as member:
        data = member.read(most + 1)  # whatever size it declares
    if len(data) > most:
        raise ArticleError(f"is over {most // 1_000_000} MB, the most a member may have; unpack and split it")
    return data


def _sidecar(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, sidecars: dict[PurePosixPath, Entries]
) -> Sequence[Refused]:
    try:
        text = _unpacked(archive, info, ".json").decode("utf-8-sig")
        sidecars[PurePosixPath(info.filename).parent] = parse_sidecar(text, SIDECAR)
    except ArticleError as error:
        return [Refused(info.filename.lstrip("/"), str(error))]
    except Exception as error:  # noqa: BLE001 - a damaged archive fails in many ways
        return [Refused(info.filename.lstrip("/"), broken(error))]
    return []

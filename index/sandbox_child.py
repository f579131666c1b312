"""The process in which strangers' files are parsed: what hangs or grows there takes nothing else along."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from index.errors import ArticleError
from index.formats import ARCHIVE, ARTICLES, COLLECTIONS, broken, extract
from index.source import Piece, load

Reply = dict[str, Any]


def serve(seconds: float, memory: int) -> None:
    """Answer requests on stdin, one JSON object a line each way, until stdin ends."""
    # Neither a parser's own output nor its warnings may get between the replies.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's to handle
    allowed = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = memory if allowed == resource.RLIM_INFINITY else min(memory, allowed)
    resource.setrlimit(resource.RLIMIT_AS, (most, allowed))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        for reply in _timed(_replies(json.loads(line)), seconds):
            replies.write(json.dumps(reply) + "\n")
            replies.flush()
        gc.collect()


def _timed(replies: Iterator[Reply], seconds: float) -> Iterator[Reply]:
    """The replies; a step that takes longer than `seconds` ends this process, even one stuck in C code."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    for reply in replies:
        signal.setitimer(signal.ITIMER_REAL, 0)
        yield reply
        signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)


def _replies(request: Reply) -> Iterator[Reply]:
    path = Path(request["path"])
    try:
        if "skip" in request:
            yield from _collection(path, request["skip"])
        else:
            yield _article(path)
    except ArticleError as error:
        yield {"error": str(error), "system": isinstance(error.__cause__, OSError)}
    except MemoryError:
        yield {"error": "needs more memory than a file may; split it or remove it", "system": False}
    except Exception as error:  # noqa: BLE001 - whatever a parser trips over, the file is to blame
        yield {"error": broken(error), "system": False}


def _collection(path: Path, skip: int) -> Iterator[Reply]:
    suffix = path.suffix.lower()
    for piece in _pieces(path, suffix, skip):
        yield {type(piece).__name__.lower(): asdict(piece)}
    yield {"end": True}


def _pieces(path: Path, suffix: str, skip: int) -> Iterator[Piece]:
    try:
        file = path.open("rb")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ArticleError(f"cannot be read ({reason}); check the file and its disk") from error
    with file:
        if suffix == ARCHIVE:
            from index.format_zip import read

            yield from read(file, skip)
            return
        collection = COLLECTIONS[suffix]
        if os.fstat(file.fileno()).st_size > collection.most:
            raise ArticleError(f"is over {collection.most // 1_000_000} MB; split it into several")
        yield from collection.read(file)


def _article(path: Path) -> Reply:
    suffix = path.suffix.lower()
    data = load(path, ARTICLES[suffix].most)
    return {"digest": hashlib.sha256(data).hexdigest(), "content": asdict(extract(data, suffix))}

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
from index.formats import ARTICLES, extract
from index.source import load

Reply = dict[str, Any]


def serve(seconds: float, memory: int) -> None:
    """Answer requests on stdin, one JSON object a line each way, until stdin ends."""
    # Neither a parser's own output nor its warnings may get between the replies.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's to handle
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
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
        yield _article(path)
    except ArticleError as error:
        yield {"error": str(error), "system": isinstance(error.__cause__, OSError)}
    except MemoryError:
        yield {"error": "needs more memory than a file may; split it or remove it", "system": False}
    except Exception as error:  # noqa: BLE001 - whatever a parser trips over, the file is to blame
        yield {"error": broken(error), "system": False}


def broken(error: Exception) -> str:
    """A parser's own error as a reason to skip the file."""
    return f"is broken ({type(error).__name__}: {str(error)[:200]}); save it again or remove it"


def _article(path: Path) -> Reply:
    suffix = path.suffix.lower()
    data = load(path, ARTICLES[suffix].most)
    return {"digest": hashlib.sha256(data).hexdigest(), "content": asdict(extract(data, suffix))}

"""Parses files in a process of its own, with a limit on its time and memory; one is used for many files."""

from __future__ import annotations

import atexit
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from index.errors import ArticleError
from index.source import Begun, Content, Member, Refused, Source, source

SECONDS = 10  # of real time, for one article
MEMORY = 2_000_000_000  # bytes of address space
_MOST_ENDED = 3  # members of one archive that may end the child; each costs as long as is waited for it
_PROGRAM = "import sys; sys.path.insert(0, {root!r}); from index.sandbox_child import serve; serve({limits})"


class Sandbox:
    """A child process that parses; started when first needed, and again after a file has ended it."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds, self._memory = seconds, memory
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def read(self, path: Path) -> Source:
        """The article in the file; `ArticleError`, beginning with its path, says why there is none."""
        with self._lock, self._whole():
            self._send({"path": str(path)})
            reply = self._receive()
        if "error" in reply:
            raise _error(path, reply)
        return source(path, reply["digest"], content(reply["content"]))

    def members(self, path: Path) -> Iterator[Member | Refused]:
        """The articles of a file that holds many; `ArticleError` as for `read`.

        A member of an archive that ends the child is refused, and the next one begins in another.
        """
        skip, ended = 0, 0
        with self._lock, self._whole():
            while skip >= 0:
                begun = Begun("", 0)
                self._send({"path": str(path), "skip": skip})
                skip = -1
                while "end" not in (reply := self._receive()):
                    if "begun" in reply:
                        begun = Begun(**reply["begun"])
                    elif "error" not in reply:
                        yield _piece(reply)
                    elif "ended" in reply and begun.name and ended < _MOST_ENDED:
                        yield Refused(begun.name, reply["error"])
                        skip, ended = begun.number, ended + 1
                        break
                    else:
                        raise _error(path, reply)

    def close(self) -> None:
        """End the child; the next file starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """A request that is given up halfway leaves no reply behind for the next one."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _send(self, request: Mapping[str, Any]) -> None:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = self._start()
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended since: the reply will say so
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()

    def _receive(self) -> Mapping[str, Any]:
        """The next reply; an error when the child ended instead of replying."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        if line.endswith("\n"):
            reply: Mapping[str, Any] = json.loads(line)
            return reply
        status = process.wait()
        self.close()
        return {"error": self._why(status), "ended": True}

    def _why(self, status: int) -> str:
        if status == -signal.SIGALRM:
            return f"takes over {self._seconds:g} seconds to read; split it or remove it"
        return f"makes its parser crash (status {status}); save it again or remove it"

    def _start(self) -> subprocess.Popen[str]:
        root = str(Path(__file__).resolve().parent.parent)
        program = _PROGRAM.format(root=root, limits=f"{self._seconds}, {self._memory}")
        # -P: nothing in the folder we happen to be in is imported.
        return subprocess.Popen(
            [sys.executable, "-P", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )


def content(values: Mapping[str, Any]) -> Content:
    """Content from its JSON form."""
    return Content(
        text=values["text"],
        told=tuple((name, value, origin) for name, value, origin in values["told"]),
        hints=tuple((name, value, origin) for name, value, origin in values["hints"]),
        pages=tuple(values["pages"]),
    )


def _piece(reply: Mapping[str, Any]) -> Member | Refused:
    if "refused" in reply:
        return Refused(**reply["refused"])
    values = reply["member"]
    return Member(values["name"], values["digest"], content(values["content"]), values["entry"])


def _error(path: Path, reply: Mapping[str, Any]) -> ArticleError:
    error = ArticleError(f"{path}: {reply['error']}")
    if reply.get("system"):
        error.__cause__ = OSError(reply["error"])  # the disk is to blame, not what the file holds
    return error


_SHARED = Sandbox()
atexit.register(_SHARED.close)


def shared() -> Sandbox:
    """This process's own sandbox."""
    return _SHARED

"""Nothing leaves the machine, seen where it would: every address the processes hand to the kernel."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import samples
from conftest import SEEDS, Spawned

from index import Library

STRACE = shutil.which("strace")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TRACE = "trace=connect,sendto,sendmsg,sendmmsg"
# Libraries behave better under CI than at a reader's: they must not know that they are tested.
UNSET = ("env", "-u", "CI", "-u", "GITHUB_ACTIONS", "-u", "PYTEST_CURRENT_TEST", "-u", "PYTEST_VERSION")

_FAMILY = re.compile(r"sa_family=(AF_\w+)")
_ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')
_RESOLVERS = ("nscd", "resolve", "dbus", "avahi")  # sockets behind which another process looks names up

pytestmark = pytest.mark.skipif(STRACE is None, reason="no strace on this machine")


def strangers(log: Path) -> list[str]:
    """The traced calls whose address is not this machine itself."""
    return [line for line in log.read_text(encoding="utf-8").splitlines() if not _stays(line)]


def _stays(line: str) -> bool:
    family = _FAMILY.search(line)
    if family is None or family[1] in ("AF_UNSPEC", "AF_NETLINK"):  # netlink asks the kernel about itself
        return True
    if family[1] == "AF_UNIX":
        return not any(name in line for name in _RESOLVERS)
    found = _ADDRESS.search(line)
    address = (found[1] or found[2]) if found else "unknown"
    return address.startswith("127.") or address in ("::1", "::ffff:127.0.0.1")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "calls.txt"


@pytest.fixture
def traced(log: Path) -> tuple[str, ...]:
    """The words before a command that has its calls written to `log`."""
    return (*UNSET, str(STRACE), "-f", "-qq", "-s", "200", "-e", TRACE, "-o", str(log))


@pytest.mark.parametrize(
    ("program", "leaves"),
    [
        ("s.connect(('192.0.2.1', 9))", True),
        ("s.sendto(b'x', ('192.0.2.1', 9))", True),
        ("s.sendto(b'x', ('127.0.0.1', 9))", False),
    ],
    ids=["connect", "sendto", "loopback"],
)
def test_the_instrument_sees(program: str, leaves: bool, log: Path, traced: tuple[str, ...]) -> None:
    # 192.0.2.1 is set aside for documentation: it is nobody's.
    whole = f"import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); {program}"
    subprocess.run([*traced, "python3", "-c", whole], capture_output=True, timeout=60, check=False)
    assert bool(strangers(log)) is leaves
    assert "sa_family" in log.read_text(encoding="utf-8")


def test_index(log: Path, traced: tuple[str, ...], tmp_path: Path, spawned: Spawned, fetched: Path) -> None:
    folder = tmp_path / "articles"
    shutil.copytree(SEEDS, folder)
    for name, data in (samples.ARTICLES | samples.COLLECTIONS | LURES).items():
        (folder / name).write_bytes(data)
    process = spawned("index", folder, "--library", tmp_path / "library", before=traced)
    output, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    assert "0 skipped" in output
    assert strangers(log) == []


# What names an address that a parser might go to.
LURES = {
    "lure.html": b'<link rel="stylesheet" href="http://192.0.2.1/a.css"><base href="http://192.0.2.1/">'
    b'<iframe src="http://192.0.2.1/"></iframe><p>The lure was laid.</p><img src="http://192.0.2.1/a.png">',
    "lure.rss": b'<?xml version="1.0"?><!DOCTYPE rss SYSTEM "http://192.0.2.1/rss.dtd">'
    b"<rss version='2.0'><channel><item><title>Lure</title><description>The lure was laid twice."
    b"</description><enclosure url='http://192.0.2.1/a.mp3'/></item></channel></rss>",
}


def test_ask(
    log: Path, traced: tuple[str, ...], spawned: Spawned, seed_library: Library, fetched: Path
) -> None:
    asking = ("ask", "How did Kim travel to Russia?", "--library", seed_library.path)
    process = spawned(*asking, before=traced)
    output, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    assert output.strip()
    assert all(line.startswith("Nearest so far: ") for line in errors.splitlines())
    assert strangers(log) == []


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        found: int = free.getsockname()[1]
    return found


@pytest.fixture
def profile() -> Iterator[Path]:
    """A fresh Chromium profile; outside pytest's own folders, whose paths are too long for its sockets."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_page(
    log: Path,
    traced: tuple[str, ...],
    spawned: Spawned,
    seed_library: Library,
    port: int,
    profile: Path,
    fetched: Path,
) -> None:
    chat = ("chat", "--no-browser", "--port", port, "--library", seed_library.path)
    process = spawned(*chat, before=traced)
    assert process.stdout is not None
    assert str(port) in process.stdout.readline()
    dom = subprocess.run(
        [
            *(str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *(f"--user-data-dir={profile}", "--timeout=20000", "--dump-dom", f"http://127.0.0.1:{port}/"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    assert "What would you like to know?" in dom
    _interrupt(process)
    process.communicate(timeout=60)
    assert strangers(log) == []


def _interrupt(strace: subprocess.Popen[str]) -> None:
    """Ctrl+C for what strace runs: strace itself passes no signal on."""
    children = Path(f"/proc/{strace.pid}/task/{strace.pid}/children").read_text(encoding="ascii").split()
    for child in children:
        os.kill(int(child), signal.SIGINT)

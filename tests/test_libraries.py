"""Which library answers: the reader's own, or the one built from the sample articles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag import libraries


def test_whoever_comes_while_the_samples_are_indexed_finds_them_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fetched: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    def counted(_: int) -> int:
        with libraries.demo().snapshot() as snapshot:
            return snapshot.article_count

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(counted, range(3))) == [5, 5, 5]

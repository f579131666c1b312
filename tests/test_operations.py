"""A library follows a folder that changes at random; `tests/benchmarks/operations.py` does so for longer."""

from __future__ import annotations

from changing_folder import ChangingFolder, run


def test_a_library_follows_a_folder_that_changes_at_random() -> None:
    run(200, 1)
    assert ChangingFolder.syncs > 10

"""From a folder of articles to a searchable library."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.library import Library
    from index.report import Report

# llama-index goes online when it is imported with either of these set.
for _name in ("NLTK_DATA", "TIKTOKEN_CACHE_DIR"):
    os.environ.pop(_name, None)

__all__ = ["Library", "Report"]


def __getattr__(name: str) -> Any:
    # Whoever only needs the values or the errors should not pay for the library's imports.
    if name == "Library":
        from index.library import Library

        return Library
    if name == "Report":
        from index.report import Report

        return Report
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

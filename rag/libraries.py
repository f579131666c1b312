"""Which library a question is put to: the reader's own, or the demo built from the sample articles."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import index
from index import Library
from index.errors import LibraryError

_PATIENCE = 60.0  # seconds to wait for another process that is building the demo
DEMO_NOTE = "This comes from the five sample articles. Index your own with: dateline index FOLDER"


def default_path() -> Path:
    """Where the reader's own library is: DATELINE_LIBRARY, else the user's data folder."""
    if named := os.environ.get("DATELINE_LIBRARY"):
        return Path(named).expanduser()
    return _data_folder() / "library"


def resolve(library: Library | Path | str | None) -> tuple[Library, str]:
    """The library to search and a note for the reader, empty unless it is the demo."""
    if isinstance(library, Library):
        return library, ""
    if library is not None or os.environ.get("DATELINE_LIBRARY"):
        named = _opened(Path(library if library is not None else default_path()).expanduser().absolute())
        if not named.exists:
            raise LibraryError(f"There is no library at {named.path}. Make one with: dateline index FOLDER")
        return named, ""
    own = _opened(default_path())
    return (own, "") if own.exists else (demo(), DEMO_NOTE)


def demo() -> Library:
    """The library of the sample articles, built at first use; the reader's own is never mixed with it."""
    library = _opened(_data_folder() / "demo")
    rebuild = False
    if library.exists:
        try:
            with library.snapshot() as snapshot:
                if snapshot.article_count >= len(list(seeds().glob("*.txt"))):
                    return library
        except LibraryError:
            # Made by another version, or damaged: nobody's own articles are in it, so it is made again.
            rebuild = True
    # Whoever comes while another is still building it waits here, and then finds nothing left to do.
    library.sync(seeds(), rebuild=rebuild, lock_seconds=_PATIENCE)
    return library


@lru_cache(maxsize=8)
def _opened(path: Path) -> Library:
    # The page asks again and again: each time a new one would open Chroma's index, and never close it.
    return Library(path)


def seeds() -> Path:
    """The folder of the sample articles, which lies beside the packages in a checkout and in a wheel."""
    return Path(index.__file__).parent.parent / "seeds"


def _data_folder() -> Path:
    from platformdirs import user_data_path  # only a look for the default place needs it

    return user_data_path("dateline", appauthor=False)

"""The folders a library follows, and which of their files it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from index.errors import LibraryError


@dataclass(frozen=True, slots=True)
class Rule:
    """A folder with the patterns of what is taken (everything when there is none) and what is left out.

    As in a .gitignore, a pattern without a slash holds at any depth, one with a slash counts from the
    folder, `**` stands for any number of folders, and a folder's pattern holds for all that is in it.
    """

    root: Path
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def covers(self, path: str) -> bool:
        """True for the folder itself and what is below it."""
        return below(path, str(self.root))

    def wants(self, path: str) -> bool:
        """True when the file at `path` is to be in the library."""
        if not self.covers(path):
            return False
        steps = tuple(self._steps(path)) if self.include or self.exclude else ()
        return (not self.include or _any(self.include, steps)) and not _any(self.exclude, steps)

    def enters(self, folder: str) -> bool:
        """True when something in `folder` may be wanted."""
        if below(str(self.root), folder):
            return True
        return self.covers(folder) and not (self.exclude and _any(self.exclude, self._steps(folder)))

    def without(self, path: Path) -> Rule:
        """The same folder, leaving out `path` and all below it."""
        from wcmatch import glob

        pattern = "/" + glob.escape(str(path.relative_to(self.root)), unix=True)
        return Rule(self.root, self.include, tuple(dict.fromkeys([*self.exclude, pattern])))

    def _steps(self, path: str) -> Iterator[str]:
        """The path and the folders that it is in, each as it is seen from the rule's folder."""
        relative = path[len(str(self.root).rstrip("/")) :]
        while len(relative) > 1:
            yield relative
            relative = relative.rpartition("/")[0]


def below(path: str, folder: str) -> bool:
    """True when `path` is `folder` or in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def pattern(given: str) -> str:
    """A pattern as rules take it; LibraryError when it cannot match anything."""
    cleaned = given.strip().removeprefix("./").rstrip("/")
    if not cleaned or ".." in cleaned.split("/"):
        raise LibraryError(
            f"{given!r} is no pattern for files of a folder: write one such as '*.md', 'drafts' or "
            "'2023/**', seen from the folder."
        )
    return f"/{cleaned.lstrip('/')}" if "/" in cleaned else cleaned


def merged(
    known: Iterable[Rule], roots: Sequence[Path], include: Sequence[str] | None, exclude: Sequence[str] | None
) -> tuple[Rule, ...]:
    """The known rules with one for each of `roots`; patterns given replace both of the lists known."""
    rules = {rule.root: rule for rule in known}
    for root in roots:
        if include is not None or exclude is not None:
            rules[root] = Rule(root, _patterns(include), _patterns(exclude))
        else:
            rules.setdefault(root, Rule(root))
    return tuple(rules.values())


def _patterns(given: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pattern(text) for text in given or ()))


def _any(patterns: tuple[str, ...], steps: Iterable[str]) -> bool:
    matcher = _matcher(patterns) if patterns else None
    return matcher is not None and any(matcher.match(step) for step in steps)


@lru_cache(maxsize=64)
def _matcher(patterns: tuple[str, ...]) -> Any:
    from wcmatch import glob  # most folders have no pattern

    flags = glob.GLOBSTAR | glob.MATCHBASE | glob.DOTGLOB | glob.FORCEUNIX
    return glob.compile(list(patterns), flags=flags)

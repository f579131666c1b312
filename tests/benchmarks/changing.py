"""A folder of generated articles that changes at random."""

from __future__ import annotations

import random
from pathlib import Path

THINGS = ("tram line", "bridge", "theatre", "hospital", "market hall", "dam", "library")
FILES = 60


class Folder:
    """A folder of articles that changes at random, and every text that was ever in it."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path, self._chance, self._made = path, chance, 0
        self.texts: set[str] = set()
        path.mkdir()
        for _ in range(FILES):
            self._write(path / f"{self._made:05}.txt")

    def change(self) -> None:
        """Add, change, rename and remove some of the articles."""
        for _ in range(self._chance.randint(4, 16)):
            files = sorted(self.path.glob("*.txt"))
            path = self._chance.choice(files)
            match self._chance.choice(("add", "change", "change", "rename", "remove")):
                case "change":
                    self._write(path)
                case "rename":
                    path.rename(self.path / f"{self._made:05}-renamed.txt")
                    self._made += 1
                case "remove" if len(files) > FILES // 2:
                    path.unlink()
                case _:
                    self._write(self.path / f"{self._made:05}.txt")

    def _write(self, path: Path) -> None:
        self._made += 1
        thing = self._chance.choice(THINGS)
        sentences = [
            f"The council of ward {self._made} {self._chance.choice(('approved', 'refused', 'discussed'))} the "
            f"{self._chance.choice(THINGS)} number {self._chance.randint(1, 999)} on day {day}."
            for day in range(self._chance.randint(3, 40))
        ]
        text = f"Ward {self._made} and its {thing}\n\n{' '.join(sentences)}\n"
        self.texts.add(text)
        hidden = path.with_name(f".{path.name}")
        hidden.write_text(text)
        hidden.replace(path)  # never half a file, whoever reads it

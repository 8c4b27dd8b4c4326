"""Recipes: programs with the settings that astronauts and photographers really use, one TOML file each, shipped with the code.

The first comment of a recipe says what it is, and `Source:` says where its numbers come from.
"""

import difflib
from dataclasses import dataclass
from importlib import resources

from nightside.errors import ProgramRefused
from nightside.plan.programs.base import Program
from nightside.plan.reading import read_program


@dataclass(frozen=True, slots=True)
class Recipe:
    """One program that is always there."""

    name: str
    text: str
    """The file, to be copied and changed."""

    @property
    def program(self) -> Program:
        """The program that it is."""
        return read_program(self.text, f"recipe {self.name}")

    @property
    def about(self) -> str:
        """What it is for: its first line."""
        return self.text.splitlines()[0].lstrip("# ")

    @property
    def source(self) -> str:
        """Where its numbers come from."""
        comments = [line.lstrip("# ") for line in self.text.splitlines() if line.startswith("#")]
        first = next(index for index, line in enumerate(comments) if line.startswith("Source:"))
        return " ".join(comments[first:]).removeprefix("Source:").strip()


def recipes() -> tuple[Recipe, ...]:
    """All of them, by name."""
    folder = resources.files(__name__)
    files = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return tuple(Recipe(name.removesuffix(".toml"), folder.joinpath(name).read_text("utf-8")) for name in files)


def recipe(name: str) -> Recipe:
    """The one of this name.

    Raises:
        ProgramRefused: there is none.
    """
    known = {one.name: one for one in recipes()}
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        meant = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}. The name of a file ends in .toml."
        raise ProgramRefused(f"There is no recipe called {name!r}.", remedy=meant)
    return known[name]

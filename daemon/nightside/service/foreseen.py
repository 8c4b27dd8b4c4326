"""What is known of the nights that come, as values: for the agenda, and for whoever works it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from nightside.plan.lay import name_of
from nightside.plan.programs import AnyProgram


@dataclass(frozen=True, slots=True)
class Ahead:
    """When a program with a `when` is shot next, as far as anybody has looked."""

    name: str
    windows: str
    """What the plans of its windows are called."""
    starts: tuple[datetime, ...]
    none: str
    """What is said when all of these have passed."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What comes by the engine."""

    windows: tuple[tuple[datetime, str], ...] = ()
    """When each begins, and for which programs."""
    programs: tuple[Ahead, ...] = ()


def ahead(programs: Sequence[AnyProgram], starts: Mapping[str, Sequence[datetime]], none: str) -> list[Ahead]:
    """A line for each program with a `when`. Those of one `when` share their windows, and what came of these."""
    return [
        Ahead(
            program.called,
            name_of([other for other in programs if other.when == program.when]),
            tuple(starts.get(program.called, ())),
            none,
        )
        for program in programs
        if program.when is not None
    ]

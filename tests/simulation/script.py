"""What happens in a simulated night: plain values, so that a night that fails can be printed, reduced, and had again.

Instants without a date are seconds of clock time since the night's beginning.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from nightside.engine.commands import Command
from nightside.ledger.states import ArmingKind
from nightside.plan.programs import AnyProgram
from nightside.sky.window import Window
from nightside.storage.policy import Policy
from nightside_drivers.twin.faults.vocabulary import Fault

BEGINS = datetime(2018, 7, 3, 20, 0, 0, 439840, tzinfo=UTC)
SPOOL = "spool"


@dataclass(frozen=True)
class Umbra:
    """One window: where it really is, and where it is believed to be before and after newer elements come."""

    start: float
    seconds: float
    off_s: tuple[float, float] = (0.0, 0.0)
    """How far its believed edges are from the true ones."""
    sigma_s: float = 0.2
    """How far they are said to be at the most: never less than they are."""
    refreshed_at: float | None = None
    """When newer elements come, by which everything is a tenth as wrong."""

    def believed(self, at: float) -> Window:
        """The window as whoever plans at that instant has it."""
        share = 1.0 if self.refreshed_at is None or at < self.refreshed_at else 0.1
        start = BEGINS + timedelta(seconds=self.start + share * self.off_s[0])
        end = BEGINS + timedelta(seconds=self.start + self.seconds + share * self.off_s[1])
        return Window(start, end, uncertainty_s=share * self.sigma_s)

    @property
    def true(self) -> tuple[datetime, datetime]:
        """Its edges as they are."""
        start = BEGINS + timedelta(seconds=self.start)
        return start, start + timedelta(seconds=self.seconds)


class Way(StrEnum):
    """How a daemon dies."""

    INSTANT = "instant"
    TRANSACTION = "transaction"
    """Just before, or just after, its n-th line in the ledger is durable."""
    CALL = "call"
    """Just before, or just after, its n-th call to a body."""


@dataclass(frozen=True)
class Death:
    """A kill −9, or the power."""

    way: Way
    number: float
    """The instant, or which transaction or call of this daemon's life."""
    after: bool = False
    """Whether what it was about to do is still done."""
    down_s: float = 10.0
    """How long until it is started again."""


class Mood(StrEnum):
    """What is the matter with a place where frames are kept."""

    FULL = "full"
    SLOW = "slow"
    BROKEN = "broken"


@dataclass(frozen=True)
class Spell:
    """A time in which something is the matter with the spool or a sink."""

    place: str
    mood: Mood
    start: float
    seconds: float


@dataclass(frozen=True)
class Order:
    """A person's command."""

    at: float
    command: Command


@dataclass(frozen=True)
class Choice:
    """A person arms something, or disarms."""

    at: float
    kind: ArmingKind
    program: AnyProgram | None = None
    windows: int | None = None
    """For how many; `None`: until something else is chosen."""


@dataclass(frozen=True)
class Part:
    """One body's night."""

    program: AnyProgram
    faults: tuple[Fault, ...] = ()
    orders: tuple[Order, ...] = ()
    serial: str = "2012345"
    contact: bool = True
    """Whether its sync contact is wired."""
    choices: tuple[Choice, ...] = ()
    """What is armed for this body, when. What comes while no daemon runs is said to the next one."""
    quality: int = 1
    """Its Compression Setting: 1 is a JPEG, 4 a NEF, 5 to 7 a pair."""


@dataclass(frozen=True)
class Script:
    """A night before it has happened."""

    umbras: tuple[Umbra, ...]
    parts: tuple[Part, ...]
    seed: int = 0
    deaths: tuple[Death, ...] = ()
    steps: tuple[tuple[float, float], ...] = ()
    """When the wall clock is stepped, and by how much (s)."""
    suspends: tuple[tuple[float, float], ...] = ()
    """When the computer is suspended, and for how long (s)."""
    spells: tuple[Spell, ...] = ()
    sinks: tuple[tuple[str, bool], ...] = (("frames", True),)
    """Name, and whether it is required."""
    policy: Policy = field(default_factory=Policy)
    """When cards are drained, and whether they are emptied."""
    attentive: bool = True
    """Whether somebody is there to do what is asked for."""

    @property
    def over(self) -> float:
        """When it is morning: a while after the last window."""
        return max(umbra.start + umbra.seconds for umbra in self.umbras) + 600.0

    @property
    def calm(self) -> bool:
        """Whether nothing goes wrong in it."""
        troubled = self.deaths or self.suspends or self.spells
        return not troubled and all(not (part.faults or part.orders or part.choices) for part in self.parts)

    def without(self, *names: str) -> "Script":
        """The same without some of what happens, to find out what a failure needs."""
        parts: Sequence[Part] = self.parts
        if "faults" in names:
            parts = [replace(part, faults=()) for part in parts]
        if "orders" in names:
            parts = [replace(part, orders=()) for part in parts]
        if "choices" in names:
            parts = [replace(part, choices=()) for part in parts]
        return replace(
            self,
            parts=tuple(parts),
            deaths=() if "deaths" in names else self.deaths,
            steps=() if "steps" in names else self.steps,
            suspends=() if "suspends" in names else self.suspends,
            spells=() if "spells" in names else self.spells,
        )

"""What the engine is doing now, as a frozen value for readers, and the board on which it is published.

Readers (the HTTP API, the terminal) look at the board and wait for it to change; they never touch the engine or a body.
"""

import asyncio
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from nightside.clock import Clock
from nightside.ledger.states import SESSION_BEFORE, SessionPhase, WindowPhase
from nightside_drivers.api import BodyState

DISARMED = "disarmed"
"""What comes next, where nothing is armed."""


class Shutter(StrEnum):
    """What the engine knows of a shutter."""

    CLOSED = "closed"
    DUE = "due"
    """A release has been handed over, and its instant has not come."""
    OPEN = "open"
    """Its instant has come, and the body has not said that it is over. Between the frames of one release it is closed."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a body said of itself when it was last asked. `None` where it does not say; a D3s tells no temperature."""

    at: datetime
    """When it said so (UTC). It is not asked while a shutter is open, nor between the shots of a gapless program."""
    battery_percent: int | None = None
    mains: bool | None = None
    """Whether it runs from an AC adapter."""
    images_left: int | None = None
    """Frames that its cards have room for at the present quality."""
    free_bytes: int | None = None
    lens: str | None = None
    aperture: float | None = None
    mode: str | None = None
    """Exposure mode dial; this and the following four in the body's words."""
    dial: str | None = None
    """Release-mode dial."""
    focus: str | None = None
    quality: str | None = None
    shutter: str | None = None
    noise_reduction: bool | None = None
    """Whether long-exposure noise reduction is on, which doubles every exposure."""
    temperature_c: float | None = None

    @classmethod
    def of(cls, state: BodyState, at: datetime) -> "Told":
        """What a body has just said."""
        return cls(at, **{one.name: getattr(state, one.name) for one in fields(cls) if one.name != "at"})


@dataclass(frozen=True, slots=True)
class LastFrame:
    """The newest file of the present window."""

    id: int
    """As in the ledger."""
    stem: str
    """Its name on the card, without its extension: what the files of one frame have in common."""
    at: datetime | None
    """When its shutter opened (UTC); `None` where no shot explains it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One body and what it is doing. Instants are UTC."""

    at: datetime
    """When this was published."""
    body: str = ""
    """Serial number; empty until the body has been found."""
    model: str = ""
    session_phase: SessionPhase = SessionPhase.FINDING
    session: str | None = None
    window: str | None = None
    phase: WindowPhase | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    """The window, as it is known now."""
    shot: int | None = None
    """Index of the shot that is due or open; of the first of them, where one release takes several."""
    shots: int = 0
    """How many the plan has."""
    shutter: Shutter = Shutter.CLOSED
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    paused: bool = False
    prompt: str | None = None
    """What a person is asked to do, and to confirm."""
    trouble: str | None = None
    """Why the body is not ready."""
    awaits: tuple[str, ...] = ()
    """What has to come before anything goes on, a sentence each: the body, elements, a clock that is kept."""
    clock: str | None = None
    """What the clock can be trusted for, in words."""
    closes_by_itself: bool = False
    """Whether the body times the exposure in flight, so that nothing else can close its shutter."""
    next: str = ""
    """What happens next."""
    next_at: datetime | None = None
    in_hand: bool = False
    """Whether the engine has the body open, or is about to: nobody else may have it then."""
    told: Told | None = None
    """What the body last said of itself; `None` before it was asked."""
    window_id: int | None = None
    """The window's number in the ledger."""
    taken: int = 0
    """How many of the window's shots were exposed so far. What follows is counted on when the window is over, until the next."""
    missed: int = 0
    safe: int = 0
    """How many of its shots have files, all of which every required sink holds."""
    last_frame: LastFrame | None = None


class Board:
    """Where one body's snapshots are published. For one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now = Snapshot(clock.utc())
        self._changed = asyncio.Event()
        self._awaited: dict[str, str] = {}

    @property
    def now(self) -> Snapshot:
        """The latest."""
        return self._now

    def publish(self, **changes: Any) -> None:
        """Change some of it, and wake whoever waits; nothing that is as it was is published again."""
        fresh, before = replace(self._now, **changes), self._now.session_phase
        if fresh.session_phase is not before and before not in SESSION_BEFORE[fresh.session_phase]:
            raise ValueError(f"a session that is {before} cannot turn {fresh.session_phase}")
        if fresh != self._now:
            self._now = replace(fresh, at=self._clock.utc())
            self._changed.set()
            self._changed = asyncio.Event()

    def awaits(self, what: str, why: str | None) -> None:
        """Say that something is waited for, and `why` in a sentence; or with `None` that it is no more."""
        if why is None:
            self._awaited.pop(what, None)
        else:
            self._awaited[what] = why
        self.publish(awaits=tuple(self._awaited.values()))

    async def after(self, seen: Snapshot) -> Snapshot:
        """A snapshot that differs from the one that was seen; at once, if there is one already."""
        while self._now is seen:
            await self._changed.wait()
        return self._now

"""What the engine is doing now, as a frozen value for readers, and the board on which it is published.

Readers (the HTTP API, the terminal) look at the board and wait for it to change; they never touch the engine or a body.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from nightside.clock import Clock
from nightside.ledger.states import SESSION_BEFORE, SessionPhase, WindowPhase


class Shutter(StrEnum):
    """What the engine knows of a shutter."""

    CLOSED = "closed"
    DUE = "due"
    """A release has been handed over, and its instant has not come."""
    OPEN = "open"
    """Its instant has come, and the body has not said that it is over. Between the frames of one release it is closed."""


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
    clock: str | None = None
    """What the clock can be trusted for, in words."""
    closes_by_itself: bool = False
    """Whether the body times the exposure in flight, so that nothing else can close its shutter."""
    next: str = ""
    """What happens next."""
    next_at: datetime | None = None


class Board:
    """Where one body's snapshots are published. For one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now = Snapshot(clock.utc())
        self._changed = asyncio.Event()

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

    async def after(self, seen: Snapshot) -> Snapshot:
        """A snapshot that differs from the one that was seen; at once, if there is one already."""
        while self._now is seen:
            await self._changed.wait()
        return self._now

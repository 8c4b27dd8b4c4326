"""Where the readings of a running daemon come from. What is slow to read is read once a minute, however often it is asked for."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from nightside.clock import Clock, SystemClock
from nightside.engine.desk import Desk
from nightside.engine.trust import ClockTrust
from nightside.errors import NightsideError
from nightside.ledger.records import Tally
from nightside.ledger.states import FrameState
from nightside.service.agenda import EntryKind
from nightside.service.library import Library
from nightside.service.metrics.readings import Elementary, Readings, children
from nightside.service.questions import Aged
from nightside.storage.feeding import Feeding
from nightside.storage.room import free_bytes

T = TypeVar("T")

SLOW_S = 60.0
"""How long (machine time) what is slow to read is remembered."""
ELEMENTS_S = 3600.0
"""How long elements are: who reads them may ask a server, and says so in the log when it does not answer."""


@dataclass(frozen=True, slots=True)
class Slow:
    """What waits for a disk, a program or the ledger."""

    frames: Mapping[FrameState, Tally]
    owed_bytes: Mapping[str, int]
    spool_free: int | None
    trust: ClockTrust | None


@dataclass(slots=True)
class Sources:
    """Of one daemon, on its event loop."""

    desk: Desk
    library: Library
    feeding: Feeding
    clock: Clock
    spool: Path
    rungs: Callable[[], Sequence[Mapping[str, int]]]
    """Of each body, in the desk's order."""
    trust: Callable[[], ClockTrust]
    """May block."""
    elements: Callable[[], Aged | None]
    """Those in use; may block, and be refused."""
    _machine: Clock = field(default_factory=SystemClock)
    _slow: tuple[float, Slow] | None = None
    _known: tuple[float, Aged | None] | None = None

    async def read(self) -> Readings:
        """Everything as it is now. What cannot be read is left out."""
        now = self._machine.monotonic()
        if self._slow is None or now - self._slow[0] > SLOW_S:
            self._slow = now, await self._read_slowly()
        if self._known is None or now - self._known[0] > ELEMENTS_S:
            self._known = now, await _if_can(asyncio.to_thread(self.elements))
        slow, snapshots = self._slow[1], self.desk.snapshots
        return Readings(
            snapshots=snapshots,
            sinks=self.feeding.states,
            owed_bytes=slow.owed_bytes,
            frames=slow.frames,
            spool_free=slow.spool_free,
            trust=slow.trust,
            elements=self._aged(self._known[1]),
            entries={
                entry.name: entry.finding is not None
                for entry in self.library.agenda.entries
                if entry.kind is not EntryKind.PROGRAM  # nobody looks at one, and it may be called like something that is
            },
            rungs={
                one.body or f"unknown-{number}": counts
                for number, (one, counts) in enumerate(zip(snapshots, self.rungs(), strict=True), 1)
            },
            overdue=len(self.feeding.pulse.overdue),
            children=await asyncio.to_thread(children, os.getpid()),
        )

    async def _read_slowly(self) -> Slow:
        owed = {state.name: await _if_can(self.library.owed_bytes(state.name)) for state in self.feeding.states}
        return Slow(
            await _if_can(self.library.tallies()) or {},
            {name: size for name, size in owed.items() if size is not None},
            await _if_can(asyncio.to_thread(free_bytes, self.spool)),
            await _if_can(asyncio.to_thread(self.trust)),
        )

    def _aged(self, elements: Aged | None) -> Elementary | None:
        if elements is None:
            return None
        return Elementary((self.clock.utc() - elements.epoch).total_seconds(), elements.uncertainty_s)


async def _if_can(reading: Awaitable[T]) -> T | None:
    """What was read; nothing where that is refused: whoever asks for metrics learns the rest."""
    try:
        return await reading
    except (NightsideError, OSError):
        return None

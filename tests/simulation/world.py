"""The world of a simulated night: a clock that is stepped and suspended, disks with moods, and deaths."""

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from nightside.clock import VirtualClock
from nightside.errors import FolderUnwritable, NightsideError, StorageFull
from nightside.ledger.records import FrameRecord
from nightside.ledger.store import Ledger
from nightside.ledger.transactions import Entry
from nightside.storage.sinks.folder import FolderSink
from nightside.storage.sinks.sink import Copy
from nightside.storage.spool import NONE_SPENT, Spool
from nightside.storage.writing import Part
from nightside_drivers.api import Fetched
from tests.simulation.script import BEGINS, SPOOL, Death, Mood, Script, Spell, Way

SLOWLY_S = 20.0
"""How long a slow disk takes for a frame."""


class WorldClock(VirtualClock):
    """A virtual clock that is stepped and suspended as a script says, and remembers what time it really was."""

    def __init__(self, script: Script) -> None:
        super().__init__(BEGINS)
        happenings = [(at, "step", by) for at, by in script.steps] + [(at, "sleep", by) for at, by in script.suspends]
        self._happenings = sorted(happenings)
        self.slept: list[tuple[float, float]] = []
        """When it was suspended, and for how long."""
        self.stepped: list[tuple[float, float]] = []

    def _reach(self, instant: float) -> None:
        super()._reach(instant)
        while self._happenings and self._happenings[0][0] <= self.monotonic():
            _, what, by = self._happenings.pop(0)
            if what == "step":
                self.step_wall(by)
                self.stepped.append((self.monotonic(), by))
            else:
                self.suspend(by)
                self.slept.append((self.monotonic(), by))

    def true(self, instant: float) -> datetime:
        """UTC of a clock time, whatever the wall clock says."""
        return BEGINS + timedelta(seconds=instant + sum(seconds for at, seconds in self.slept if at < instant))


class PowerCut(BaseException):
    """The daemon is no more. Nothing catches it, as nothing catches a kill −9."""


class Fate:
    """How one daemon dies, and whether it has."""

    def __init__(self, death: Death | None = None) -> None:
        self.death = death
        self.dead = False
        self._left = dict.fromkeys(Way, -1.0)
        if death is not None:
            self._left[death.way] = death.number

    @contextmanager
    def over(self, way: Way) -> Generator[None]:
        """Do one thing of a kind, if the daemon lives as long."""
        if self.dead:
            raise PowerCut
        self._left[way] -= 1
        struck = self._left[way] == 0 and self.death is not None and self.death.way is way
        if struck and self.death is not None and not self.death.after:
            self.dead = True
            raise PowerCut
        yield
        if struck:
            self.dead = True
            raise PowerCut


class MortalLedger(Ledger):
    """A ledger that nothing is written to any more when the daemon is dead."""

    def __init__(self, ledger: Ledger, fate: Fate) -> None:
        super().__init__(ledger._engine, ledger._clock)
        self._fate = fate

    @contextmanager
    def _transaction(self) -> Generator[Entry]:
        with self._fate.over(Way.TRANSACTION), super()._transaction() as entry:
            yield entry


class Disks:
    """What is the matter with each place, now."""

    def __init__(self, spells: tuple[Spell, ...], clock: VirtualClock) -> None:
        self._spells = list(spells)
        self._clock = clock
        self.met: list[str] = []

    def mend(self) -> None:
        """Nothing is the matter any more."""
        self._spells.clear()

    def mood(self, place: str) -> Mood | None:
        now = self._clock.monotonic()
        found = next((s.mood for s in self._spells if s.place == place and s.start <= now < s.start + s.seconds), None)
        if found is not None:
            self.met.append(f"{place} {found}")
        return found

    async def bear(self, place: str) -> None:
        """Take as long as the place takes, or fail as it does."""
        mood = self.mood(place)
        if mood is Mood.SLOW:
            await self._clock.sleep_until(self._clock.monotonic() + SLOWLY_S)
        elif mood is not None:
            raise complaint(place, mood)


def complaint(place: str, mood: Mood) -> NightsideError:
    """What the storage says of it."""
    if mood is Mood.FULL:
        return StorageFull(f"{place} is full.", remedy="Free some room.")
    return FolderUnwritable(f"{place} cannot be written: Input/output error.", remedy="Look at the disk.")


class MoodySpool(Spool):
    """A spool on a disk with moods."""

    def __init__(self, root: Path, disks: Disks) -> None:
        super().__init__(root)
        self._disks = disks

    async def begin(self) -> Part:
        await self._disks.bear(SPOOL)
        return await super().begin()

    async def keep(
        self, part: Part, frame: FrameRecord, serial: str, spent: Mapping[str, str] = NONE_SPENT
    ) -> tuple[Fetched, str]:
        mood = self._disks.mood(SPOOL)
        if mood is Mood.FULL or mood is Mood.BROKEN:
            await asyncio.to_thread(part.close)
            raise complaint(SPOOL, mood)
        return await super().keep(part, frame, serial, spent)


class MoodySink(FolderSink):
    """A sink on a disk with moods."""

    def __init__(self, name: str, root: Path, disks: Disks, *, required: bool) -> None:
        super().__init__(name, root, required=required)
        self._disks = disks

    async def prepare(self) -> None:
        await self._disks.bear(self.name)
        await super().prepare()

    async def store(self, copy: Copy, source: Path) -> None:
        await self._disks.bear(self.name)
        await super().store(copy, source)

    async def keep_text(self, path: str, text: str) -> None:
        await self._disks.bear(self.name)
        await super().keep_text(path, text)

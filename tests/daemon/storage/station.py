"""A station whose frames go from its spool to sinks, which do as a test wants."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from nightside.clock import VirtualClock
from nightside.ledger.journal import Journal
from nightside.ledger.states import FrameState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside.storage.feeding import Feeding
from nightside.storage.sinks.folder import FolderSink
from nightside.storage.sinks.marker import Notes
from nightside.storage.sinks.sink import Copy
from nightside.storage.spool import Spool
from nightside_drivers.api import CardFile, Fetched


class Moody(FolderSink):
    """A folder that does what a test wants before it stores."""

    def __init__(self, name: str, root: Path, *, required: bool = True, order: int = 0) -> None:
        super().__init__(name, root, required=required, order=order)
        self.mood: Callable[[Copy], Coroutine[Any, Any, None]] | None = None
        self.asked: list[tuple[float, str]] = []

    async def store(self, copy: Copy, source: Path) -> None:
        self.asked.append((asyncio.get_running_loop().time(), copy.path.rpartition("/")[2]))
        if self.mood is not None:
            await self.mood(copy)
        await super().store(copy, source)


class Station:
    """A spool and a ledger, and a body that drains a frame when it is told to."""

    def __init__(self, tmp_path: Path, clock: VirtualClock, ledger: Ledger, plan: Plan) -> None:
        self.tmp_path = tmp_path
        self.clock = clock
        self.spool = Spool(tmp_path / "spool")
        self.ledger = ledger
        self.journal = Journal(self.ledger)
        self.window = self.ledger.begin("20180703-star-trail", "2012345", plan)
        self.ledger.enter(self.window.id, WindowPhase.SHOOTING)
        self.drained = 0

    def sink(self, name: str, *, required: bool = True, order: int = 0) -> Moody:
        return Moody(name, self.tmp_path / name, required=required, order=order)

    def drain(self, frames: int = 1) -> None:
        for _ in range(frames):
            name, content = f"DSC_{self.drained:04}.JPG", f"frame {self.drained}".encode()
            self.ledger.on_card(self.window.id, None, CardFile("/c", name))
            frame = self.ledger.frames(self.window.id)[-1]
            path = self.tmp_path / "spool" / "20180703-star-trail" / self.window.name / f"2012345-extra-{name[:-4]}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            fetched = Fetched(len(content), hashlib.sha256(content).hexdigest())
            self.ledger.drained(frame.id, fetched, str(path.relative_to(self.tmp_path / "spool")))
            self.drained += 1

    @asynccontextmanager
    async def feeding(self, *sinks: FolderSink) -> AsyncGenerator[Feeding]:
        feeding = Feeding(sinks, self.spool, self.journal, self.clock)
        async with feeding.running():
            yield feeding

    def states(self) -> list[FrameState]:
        return [frame.state for frame in self.ledger.frames(self.window.id)]

    def held_by(self, name: str) -> list[str]:
        return sorted(path.name for path in (self.tmp_path / name).rglob("*.jpg"))


def known_sink(station: Station) -> FolderSink:
    """A sink that is known by its marker, as all that are configured are."""
    return FolderSink("usb", station.tmp_path / "usb", notes=Notes(station.spool.root, "usb"))


def feed(station: Station, *sinks: FolderSink) -> None:
    async def night() -> None:
        async with station.feeding(*sinks) as feeding:
            await feeding.caught_up(station.clock.monotonic() + 60)

    station.clock.run(night())

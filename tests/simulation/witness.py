"""A witness beside each body: notes every call, how long it took and how it ended, and looks what a deletion would cost."""

import asyncio
import hashlib
import inspect
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from nightside.clock import VirtualClock
from nightside.pulse import Part
from nightside.storage import writing
from nightside_drivers.api import CardFile
from nightside_drivers.errors import NightsideError
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from tests.simulation.script import Way
from tests.simulation.world import Fate

LONGEST_CALL_S = 60.0
"""Clock time beyond what was asked for: the deadline of a few requests to a silent body."""

AT_ONCE = 400
"""Calls at one and the same instant that nobody needs: a retry without a pause."""


@dataclass
class Diary:
    """What one body was asked, over all lives of the daemon."""

    calls: Counter[str] = field(default_factory=Counter[str])
    failures: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])
    """What should not have happened."""
    found: list[float] = field(default_factory=list[float])
    """When it was opened without complaint."""
    deleted: list[str] = field(default_factory=list[str])
    latest: float = -1.0
    at_once: int = 0

    def note_call(self, name: str, now: float) -> None:
        self.calls[name] += 1
        self.at_once = self.at_once + 1 if now == self.latest else 0
        self.latest = now
        if self.at_once == AT_ONCE:
            self.wrong.append(f"{AT_ONCE} calls at once at {now:.1f} s, the last of them {name}")
        if self.at_once > 2 * AT_ONCE:
            raise AssertionError(self.wrong[-1])


Copies = Callable[[CardFile], Awaitable[list[Path]]]
"""Where the ledger says that the required sinks hold a file of the card; raises `KeyError` if one holds none."""


class Witness:
    """Stands between the engine and a twin, as a `Body`."""

    def __init__(
        self, body: TwinBody, model: BodyModel, clock: VirtualClock, fate: Fate, diary: Diary, copies: Copies, part: Part
    ) -> None:
        self._part = part
        self._body = body
        self._model = model
        self._clock = clock
        self._fate = fate
        self._diary = diary
        self._copies = copies

    async def close(self) -> None:
        """Also when the daemon is dead: the kernel closes what it held."""
        await self._body.close()

    async def delete(self, file: CardFile) -> None:
        await self._look_at_copies(file)
        self._diary.deleted.append(file.path)  # said before: the daemon may die of it
        await self._watched("delete", self._body.delete(file), 0.0)

    async def shoot(self, open_at: float, open_by: float, close_at: float) -> Any:
        exposing = max(0.0, close_at - self._clock.monotonic()) + max(0.0, open_by - open_at)
        return await self._watched("shoot", self._body.shoot(open_at, open_by, close_at), exposing)

    async def reported(self, within_s: float) -> Any:
        return await self._watched("reported", self._body.reported(within_s), within_s)

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._body, name)
        if not inspect.iscoroutinefunction(act):
            return act

        async def watched(*words: Any, **named: Any) -> Any:
            return await self._watched(name, act(*words, **named), 0.0)

        return watched

    async def _watched(self, name: str, call: Any, asked_s: float) -> Any:
        began = self._clock.monotonic()
        try:
            with self._fate.over(Way.CALL), self._part.within(f"the body, asked to {name}", asked_s + LONGEST_CALL_S):
                self._diary.note_call(name, began)
                answer = await call
                if name == "open":
                    self._diary.found.append(self._clock.monotonic())
                return answer
        except NightsideError as error:
            self._diary.failures[f"{name}: {error.code}"] += 1
            raise
        finally:
            call.close()
            took = self._clock.monotonic() - began
            if took > asked_s + LONGEST_CALL_S:
                self._diary.wrong.append(f"{name} took {took:.0f} s")

    async def _look_at_copies(self, file: CardFile) -> None:
        """Before a file goes, its copies are read and compared, whatever the ledger says."""
        content = card_of(self._model, file.path)[file.path]
        try:
            paths = await self._copies(file)
            held = [digest(await asyncio.to_thread(path.read_bytes)) for path in paths]
            whole = bool(held) and set(held) == {content}
        except (KeyError, OSError):
            whole = False
        if not whole:
            self._diary.wrong.append(f"{file.path} was deleted without verified copies")


def card_of(model: BodyModel, only: str | None = None) -> dict[str, str]:
    """SHA-256 of every file on the cards that are in, or `only` of one, by its path as the engine has it."""
    return {
        path: digest(item.content.read(0, item.size))
        for card in model.bay.inserted
        for item in card.objects.values()
        if item.content is not None and only in {None, path := f"/store_{card.storage_id:08x}/{card.path(item)}"}
    }


def digest(content: bytes) -> str:
    """SHA-256."""
    return hashlib.sha256(content).hexdigest()


@contextmanager
def nothing_is_named_before_it_is_synced() -> Generator[list[str]]:
    """Note every file that gets a final name while its bytes may still be in memory only: a power cut would leave it empty."""
    synced: set[tuple[int, int]] = set()
    wrong: list[str] = []
    sync, name = os.fdatasync, writing.name_once

    def synchronise(descriptor: int) -> None:
        sync(descriptor)
        stat = os.fstat(descriptor)
        synced.add((stat.st_ino, stat.st_size))

    def name_it(part: Path, target: Path) -> None:
        stat = part.stat()
        if stat.st_size and (stat.st_ino, stat.st_size) not in synced:
            wrong.append(f"{target} was named before it was synced")
        name(part, target)

    with patch.object(os, "fdatasync", synchronise), patch.object(writing, "name_once", name_it):
        yield wrong

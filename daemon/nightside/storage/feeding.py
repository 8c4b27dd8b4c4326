"""Moving frames on from the spool into the sinks, for as long as it takes.

Each sink has a feeder: a task of its own, so that one that is slow, down or gone holds up neither the shutter nor another sink.
Each step is in the ledger before the next begins, so a feeder can be stopped and begun again at any frame.

    idle ─► feeding ─► idle            feeding ─► failing ─► (a pause, twice as long each time) ─► feeding
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from nightside.clock import Clock, rest
from nightside.errors import LedgerRefused, NightsideError
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, WindowRecord
from nightside.ledger.states import FrameState
from nightside.ledger.store import Ledger
from nightside.pulse import Part, Pulse, TellingClock
from nightside.storage.manifests import joined, manifests
from nightside.storage.sinks.marker import Notes
from nightside.storage.sinks.sink import Copy, CopyDamaged, CopyDiffers, Sink, SpoolDamaged
from nightside.storage.spool import Spool
from nightside.storage.standing import SinkState
from nightside.storage.templates import DEFAULT, Template
from nightside_drivers.errors import Retry

log = structlog.stdlib.get_logger()

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0
"""The pauses after failures in a row double from the first to the longest. There is no dice in them: one station, one sink."""
GIVE_WAY = 5
"""After how many failures in a row nobody waits for a sink any more. It is tried on, for as long as it takes."""
LOOK_AGAIN_S = 60.0
"""How often (s) an idle feeder looks whether something was drained that nobody told it of."""
BATCH = 50
"""After how many frames the manifests are written."""
AT_ONCE = 500
"""Frames that are in hand at a time, however many are owed to a sink that was down for weeks."""
REMEMBERED = 8
"""How many windows are kept in memory, each with its plan and what its card held before it."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why one frame could not be stored, while others can."""

    error: NightsideError
    tries: int
    again_at: float
    """When (clock time, s) it is tried again."""

    @property
    def hopeless(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.tries >= GIVE_WAY or not isinstance(self.error, Retry)


class Feeder:
    """Feeds one sink."""

    def __init__(self, sink: Sink, feeding: "Feeding") -> None:
        """Nothing is sent yet; `run` does that."""
        self.sink = sink
        self._feeding = feeding
        self.part = feeding.pulse.part(f"The feeder of the sink {sink.name}")
        self._clock = TellingClock(feeding.clock, self.part)
        self._journal = feeding.journal.heard(self.part)
        self._backlog = 0
        self._ready = False
        self._failures = 0
        self._refusals: dict[int, _Refusal] = {}
        self._trouble: tuple[datetime, str] | None = None
        self._free: int | None = None
        self._woken = asyncio.Event()
        self._stale: set[int] = set()
        """Windows with a frame that is in no manifest of the sink yet."""
        self.quiet = asyncio.Event()
        """It has all that there is, or is failing: those after it may go on."""
        self.settled = asyncio.Event()
        """It has all that there is, or has been failing for so long that nobody waits for it."""

    @property
    def state(self) -> SinkState:
        """How the sink is now."""
        since, why = self._trouble or (None, None)
        return SinkState(self.sink.name, self.sink.required, self._backlog, since, why, self._free)

    def wake(self) -> None:
        """Say that something may have been drained."""
        self._woken.set()
        if self._failures == 0:
            self.quiet.clear()
            self.settled.clear()

    async def run(self) -> None:
        """Feed until cancelled. Raises only what ends the night: the ledger's refusals."""
        with self.part:
            # What was stored last before a crash may be in no manifest yet: of several sessions, where bodies shot several.
            self._stale |= await self._journal.do(Ledger.last_stored, self.sink.name, BATCH)
            while True:
                self._woken.clear()
                try:
                    await self._offer()
                except LedgerRefused:
                    raise
                except NightsideError as error:
                    await self._back_off(error)
                else:
                    self._failures = 0
                    await self._wait()

    async def _offer(self) -> None:
        """Give the sink all that it lacks. A frame that it refuses holds up no other."""
        journal, now = self._journal, self._feeding.clock.monotonic()
        page = AT_ONCE + len(self._refusals)
        owed = await journal.do(Ledger.owed, self.sink.name, page)
        more = len(owed) == page
        self._backlog = await journal.do(Ledger.backlog, self.sink.name) if more else len(owed)
        due = [frame for frame in owed if frame.id not in self._refusals or self._refusals[frame.id].again_at <= now]
        if not more:
            self._refusals = {frame.id: self._refusals[frame.id] for frame in owed if frame.id in self._refusals}
        for number, frame in enumerate(due, 1):
            await self._make_ready()
            await self._try(frame)
            self._backlog -= frame.id not in self._refusals
            if number % BATCH == 0:
                await self._write_manifests()
        if self._stale:
            await self._make_ready()
            await self._write_manifests()
            self._free = await self.sink.room()
        await self._say_how_it_is()
        if more:
            self._woken.set()

    async def _make_ready(self) -> None:
        with self.part.until(math.inf, "its turn, after sinks that are watched themselves"):
            await self._feeding.turn(self)
        if not self._ready:
            await self.sink.prepare()
            await self._recognize()
            self._ready = True

    async def _recognize(self) -> None:
        """Find out whether this is the place that was given the copies which the ledger knows."""
        name = self.sink.name
        number = await self._feeding.noted(name)
        if number is not None and (lost := await self._journal.do(Ledger.sink_is, name, number)):
            log.error("sink-replaced", sink=name, copies=lost, next="It gets all of them that are still in the spool.")
            self._woken.set()
        self._feeding.in_doubt.discard(name)

    async def _try(self, frame: FrameRecord) -> None:
        try:
            await self._store(frame)
        except (CopyDiffers, CopyDamaged, SpoolDamaged) as error:
            before = self._refusals.get(frame.id)
            tries = 1 if before is None else before.tries + 1
            if before is None or str(before.error) != str(error):
                log.error("frame-not-stored", sink=self.sink.name, code=error.code, file=frame.spool_path, why=str(error))
                await self._journal.do(Ledger.failed, frame.id, str(error))
            again_at = self._feeding.clock.monotonic() + _pause_s(tries)
            self._refusals[frame.id] = _Refusal(error, tries, again_at)
        else:
            self._refusals.pop(frame.id, None)
            if self._failures:  # it is back: those who gave up on it may count on it again
                self._failures = 0
                self.quiet.clear()
                self.settled.clear()

    async def _store(self, frame: FrameRecord) -> None:
        if frame.spool_path is None or frame.size is None or frame.sha256 is None:
            return
        window = await self._feeding.window(frame.window_id)
        copy = Copy(self._feeding.template.path(frame, window), frame.size, frame.sha256)
        await self.sink.store(copy, self._feeding.spool.path(frame.spool_path))
        await self._journal.do(Ledger.stored, frame.id, self.sink.name, copy.path)
        self._stale.add(frame.window_id)
        await self._feeding.consider(frame.id)

    async def _write_manifests(self) -> None:
        while self._stale:
            window = await self._feeding.window(next(iter(self._stale)))
            for path, text in (await self._feeding.manifests(window.session, self.sink.name)).items():
                older = await self.sink.text(path)
                await self.sink.keep_text(path, text if older is None else joined(older, text))
            self._stale -= {one.id for one in await self._journal.do(Ledger.windows, window.session)}

    async def _back_off(self, error: NightsideError) -> None:
        self._failures += 1
        self._ready = False
        await self._say_how_it_is(error)
        self.quiet.set()
        if self._failures >= GIVE_WAY:
            self.settled.set()
        await self.sink.close()
        await rest(self._clock, _pause_s(self._failures))

    async def _wait(self) -> None:
        """Wait until there may be something to do."""
        if self._woken.is_set():
            return
        self.quiet.set()
        if all(refusal.hopeless for refusal in self._refusals.values()):
            self.settled.set()
        now = self._feeding.clock.monotonic()
        pause_s = min([LOOK_AGAIN_S, *(refusal.again_at - now for refusal in self._refusals.values())])
        with contextlib.suppress(TimeoutError), self.part.within("something to do", pause_s):
            async with asyncio.timeout(pause_s):
                await self._woken.wait()
        if not self._woken.is_set() and not self._refusals:
            self._ready = False
            await self.sink.close()

    async def _say_how_it_is(self, error: NightsideError | None = None) -> None:
        """Record a trouble once when it starts or changes, and once when it is over."""
        error = error or next((refusal.error for refusal in self._refusals.values()), None)
        journal, name = self._journal, self.sink.name
        if error is None:
            self._trouble = None
            if await journal.do(Ledger.sink_well, name):
                log.info("sink-well-again", sink=name)
            return
        since = self._trouble[0] if self._trouble else self._feeding.clock.utc()
        self._trouble = since, str(error)
        if await journal.do(Ledger.sink_failed, name, error.code, str(error)):
            log.error("sink-failing", sink=name, code=error.code, why=str(error), next="It is tried until it works.")


def _pause_s(tries: int) -> float:
    return min(FIRST_PAUSE_S * 2.0 ** min(tries - 1, 30), LONGEST_PAUSE_S)


class Feeding:
    """The feeders of all sinks, and what they share."""

    def __init__(
        self,
        sinks: Sequence[Sink],
        spool: Spool,
        journal: Journal,
        clock: Clock,
        names: str = DEFAULT,
        pulse: Pulse | None = None,
    ) -> None:
        """Nothing runs yet; `running` does that. `names` is the template of the frames' names in the sinks."""
        self.pulse = pulse or Pulse(clock)
        self.spool = spool
        self.journal = journal
        self.clock = clock
        self.template = Template(names)
        self._feeders = [Feeder(sink, self) for sink in sinks]
        self._windows: dict[int, WindowRecord] = {}
        self.in_doubt: set[str] = set()
        """Sinks of which the spool has not noted the number that the ledger knows: they may turn out to be other ones."""

    @property
    def states(self) -> tuple[SinkState, ...]:
        """How the sinks are now."""
        return tuple(feeder.state for feeder in self._feeders)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Whether its feeder gets on, of each sink."""
        return tuple(feeder.part for feeder in self._feeders)

    @property
    def sinks(self) -> tuple[Sink, ...]:
        """All of them."""
        return tuple(feeder.sink for feeder in self._feeders)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Feed for as long as the block runs. What ends the night for a feeder ends the block, and is raised from it."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._settle()
                tasks = [group.create_task(feeder.run(), name=f"feed {feeder.sink.name}") for feeder in self._feeders]
                try:
                    yield
                finally:
                    for task in tasks:
                        task.cancel()
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        finally:
            for feeder in self._feeders:
                await feeder.sink.close()

    def wake(self) -> None:
        """Say that something was drained."""
        for feeder in self._feeders:
            feeder.wake()

    async def caught_up(self, until: float = math.inf) -> bool:
        """Whether every required sink holds all that is drained.

        Waits for those that get on, as long as they do and the clock does not reach `until` (clock time, s).
        """
        return await self._caught_up([feeder for feeder in self._feeders if feeder.sink.required], until)

    async def all_caught_up(self) -> bool:
        """Whether every sink holds all that is drained, those too that can be done without. Waits for those that get on."""
        return await self._caught_up(self._feeders, math.inf)

    async def _caught_up(self, needed: Sequence[Feeder], until: float) -> bool:
        everybody = asyncio.create_task(_all(feeder.settled for feeder in needed))
        limit = asyncio.create_task(self._reach(until))
        try:
            await asyncio.wait({everybody, limit}, return_when=asyncio.FIRST_COMPLETED)
            return everybody.done() and all(feeder.state.failing_since is None for feeder in needed)
        finally:
            limit.cancel()
            everybody.cancel()

    async def _reach(self, until: float) -> None:
        await (self.clock.sleep_until(until) if math.isfinite(until) else asyncio.Future[None]())

    async def turn(self, feeder: Feeder) -> None:
        """Wait until the sinks that come before have all that there is, or fail."""
        for other in self._feeders:
            if other.sink.order < feeder.sink.order:
                await other.quiet.wait()

    async def window(self, window_id: int) -> WindowRecord:
        """One window; the latest are kept in memory, for what is asked of them here never changes."""
        found = self._windows.pop(window_id, None)
        if found is None:
            found = await self.journal.do(Ledger.window, window_id)
        self._windows[window_id] = found
        while len(self._windows) > REMEMBERED:
            del self._windows[next(iter(self._windows))]
        return found

    async def manifests(self, session: str, sink: str) -> dict[str, str]:
        """The manifests that belong into a sink beside one session's frames, from the ledger: text by path."""
        sums: dict[str, dict[str, str]] = {}
        stations = await self.journal.do(Ledger.stations_at, sink)
        windows = await self.journal.do(Ledger.windows, session)
        for window in [one for one in windows if stations is None or one.station in stations]:
            for frame in await self.journal.do(Ledger.frames, window.id):
                for holder, path in frame.copies:
                    if holder == sink and frame.sha256 is not None:
                        sums.setdefault(self.template.root(path), {})[path] = frame.sha256
        texts: dict[str, str] = {}
        for root, inside in sums.items():
            texts |= await asyncio.to_thread(manifests, root, inside)
        return texts

    async def noted(self, sink: str) -> str | None:
        """The number that the spool has noted of a sink."""
        return await asyncio.to_thread(Notes(self.spool.root, sink).known)

    async def consider(self, frame_id: int) -> None:
        """Call a frame safe once every required sink holds a verified copy of it.

        One that was rebuilt and is not in the spool is known from a sink's list alone: nobody verified it.
        """
        frame = await self.journal.do(Ledger.frame, frame_id)
        held = {sink for sink, _ in frame.copies}
        drained = frame.state is FrameState.DRAINED and not (frame.rebuilt and frame.pruned_at is not None)
        if drained and held.issuperset(sink.name for sink in self.sinks if sink.required):
            await self.journal.do(Ledger.safe, frame_id)

    async def _settle(self) -> None:
        """What lacked a copy that the configuration no longer asks for, or that a crash left unsaid, is safe now."""
        for sink in self.sinks:
            if await self.journal.do(Ledger.number_of, sink.name) not in {None, await self.noted(sink.name)}:
                self.in_doubt.add(sink.name)
        for frame in await self.journal.do(Ledger.frames, None, FrameState.DRAINED):
            if frame.copies:
                await self.consider(frame.id)


async def _all(events: Iterable[asyncio.Event]) -> None:
    for event in events:
        await event.wait()

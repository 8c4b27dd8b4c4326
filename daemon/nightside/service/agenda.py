"""The agenda: when the daemon wakes up to look after itself, beside the windows that the engine keeps.

APScheduler holds it. APScheduler reads the wall clock by itself, in two ways that are given ours here: "now" through the zone of
the scheduler, and waiting through its timer. And it drops what it wakes up too late for; here nothing is ever too late. What each
entry did last, and when it is due next, is in the ledger: what was due while no daemon ran is made up for by the next one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import partial
from types import TracebackType
from typing import Self

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from nightside.clock import Clock, SystemClock
from nightside.errors import NightsideError
from nightside.ledger.journal import Journal
from nightside.ledger.records import Waking
from nightside.ledger.store import Ledger
from nightside.service.foreseen import Ahead, Foreseen

log = structlog.stdlib.get_logger()

Look = Callable[[], str | None]
"""Looks at one thing, and gives a sentence about what is wrong with it; `None` when all is well."""


Trial = Callable[[], Awaitable[str | None]]
"""The same, on the event loop: for what asks other processes."""


class EntryKind(StrEnum):
    """What is on an agenda."""

    LOOK = "look"
    """Something that the daemon looks at, or after."""
    WINDOW = "window"
    """A night that comes. The engine begins it, and not the agenda."""
    ENGINE = "engine"
    """What the engine does when it is time for it; here it is only shown."""
    PROGRAM = "program"
    """A program of the configuration that is not for every night. The engine shoots it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the agenda. Instants are UTC."""

    name: str
    next_at: datetime | None
    last_at: datetime | None
    """When it last ran; `None` where it never has."""
    finding: str | None
    """What is wrong, as it found the last time; `None` when all was well."""
    kind: EntryKind = EntryKind.LOOK
    due_at: datetime | None = None
    """When its last run was due: long before it, where no daemon ran or the computer slept."""
    took_s: float | None = None
    """How long its last run took (clock time)."""
    program: str | None = None
    """Of a window: the program of the configuration that it is for, or several with + between them; a person may arm another one.
    Of a program: the same of its windows, since programs of one `when` share them."""
    result: str | None = None
    """Of a program: how its last window went."""
    no_next: str | None = None
    """Of a program without `next_at`: how far ahead none was found, or that it is not known."""


KEPT = timedelta(hours=1)
"""Entries that come as seldom as this, or more seldom, are kept in the ledger."""

LATE = timedelta(minutes=5)
"""From when on it is said that an entry is late."""

JUST_NOW = timedelta(milliseconds=50)
"""How close to the machine's time an instant must be for it to have come from `datetime.now`."""


class ClockZone(tzinfo):
    """UTC, but `datetime.now(ClockZone(clock))` is the clock's time, whatever the machine's is.

    The zone is asked to convert the machine's time, and answers with the clock's; any other instant it leaves alone. Should a
    job's own instant happen to be the machine's present one, the scheduler wakes up early, finds nothing due, and sleeps again.
    """

    def __init__(self, clock: Clock) -> None:
        """The clock stays its owner's."""
        self._clock = clock

    def fromutc(self, asked: datetime) -> datetime:
        """Convert an instant that is marked as being in this zone and is meant as UTC."""
        machine = SystemClock().utc().replace(tzinfo=self)
        return self._clock.utc().replace(tzinfo=self) if abs(machine - asked) < JUST_NOW else asked

    def utcoffset(self, _: datetime | None) -> timedelta:
        """None from UTC."""
        return timedelta(0)

    def dst(self, _: datetime | None) -> timedelta:
        """None."""
        return timedelta(0)

    def tzname(self, _: datetime | None) -> str:
        """UTC."""
        return "UTC"


class _Scheduler(AsyncIOScheduler):
    """APScheduler, waiting on a `Clock`."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(
            timezone=ClockZone(clock), job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._clock = clock

    def _start_timer(self, wait_seconds: float | None) -> None:
        if wait_seconds is not None:
            now = self._clock.monotonic()
            wait_seconds = self._clock.machine(now + wait_seconds) - self._clock.machine(now)
        super()._start_timer(wait_seconds)


class Agenda:
    """Runs looks at their intervals for as long as the block runs. A finding is logged when it appears and when it has gone."""

    def __init__(self, clock: Clock, journal: Journal | None = None, before: Iterable[Waking] = ()) -> None:
        """Nothing runs before the block is entered. Without a `journal` it knows of no run before it began.

        Args:
            clock: what time it is.
            journal: where runs are kept.
            before: what the journal has of earlier ones.
        """
        self._clock = clock
        self._scheduler = _Scheduler(clock)
        self._journal = journal
        self._wrong: dict[str, str] = {}
        self._last = {waking.name: waking for waking in before}
        self._due: dict[str, datetime] = {}
        self._foreseen = Foreseen()
        self._engine: dict[str, Callable[[], datetime | None]] = {}
        self._keeping: set[asyncio.Task[None]] = set()

    @classmethod
    async def kept(cls, clock: Clock, journal: Journal) -> Self:
        """An agenda that goes on where the one of the daemon before ended."""
        return cls(clock, journal, await journal.do(Ledger.wakings))

    def every(self, interval: timedelta, name: str, look: Look, *, at_once: bool = True) -> None:
        """Look at once, and then at every interval of clock time. `look` runs on a thread: it may wait for a disk.

        Where it is not to be `at_once`, a restart changes nothing: it comes when it was due anyway, or now if that has passed.
        """
        self._every(interval, name, partial(asyncio.to_thread, look), at_once=at_once)

    def trying(self, interval: timedelta, name: str, trial: Trial, first: timedelta = timedelta(0)) -> None:
        """Try at every interval of clock time, on the event loop; the very first time after `first`. A restart changes nothing."""
        self._every(interval, name, trial, at_once=False, first=first)

    def by_engine(self, name: str, next_at: Callable[[], datetime | None]) -> None:
        """Show something that the engine does; `did` says what came of it, and `next_at` when it will do it again."""
        self._engine[name] = next_at

    def did(self, name: str, at: datetime, took_s: float, finding: str | None) -> None:
        """The engine did something of that name."""
        waking = self._last[name] = Waking(name, at, at, took_s, finding, None)
        if self._journal is not None:
            task = asyncio.get_running_loop().create_task(self._keep(waking))
            self._keeping.add(task)
            task.add_done_callback(self._keeping.discard)

    def _every(self, interval: timedelta, name: str, look: Trial, *, at_once: bool, first: timedelta = timedelta(0)) -> None:
        now, last = self._clock.utc(), self._last.get(name)
        due = now + first if last is None or last.next_at is None else min(last.next_at, now + interval)
        if now - due > LATE:
            log.info("agenda-late", entry=name, due=due.isoformat(), next="It comes now.")
        self._due[name] = min(due, now) if at_once else due
        begins = now if at_once else max(due, now)
        trigger = IntervalTrigger(seconds=interval.total_seconds(), timezone=UTC)
        self._scheduler.add_job(
            self._look, trigger, args=(name, look, interval >= KEPT), id=name, name=name, next_run_time=begins
        )

    def foresee(self, foreseen: Foreseen) -> None:
        """Take what windows come, and for which programs."""
        self._foreseen = foreseen

    def soon(self, name: str) -> None:
        """Have an entry come now, and from now on at its interval. On the event loop."""
        if self._scheduler.running:
            self._due[name] = self._clock.utc()
            self._scheduler.modify_job(name, next_run_time=self._due[name])

    @property
    def findings(self) -> dict[str, str]:
        """What is wrong now, by the name of the look that found it."""
        return dict(self._wrong)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything that is on it, whatever comes next first. What came of a program is in the ledger, and not here."""
        now = self._clock.utc()
        looks = [self._entry(job.name, _plain(job.next_run_time)) for job in self._scheduler.get_jobs()]
        looks += [self._entry(name, next_at(), EntryKind.ENGINE) for name, next_at in self._engine.items()]
        foreseen = self._foreseen
        coming = [
            Entry(f"window-{at:%Y%m%dT%H%M%SZ}", at, None, None, EntryKind.WINDOW, program=program)
            for at, program in foreseen.windows
            if at > now
        ]
        coming += [_of_program(ahead, now) for ahead in foreseen.programs]
        return tuple(sorted(looks + coming, key=lambda entry: (entry.next_at is None, entry.next_at or now, entry.name)))

    async def __aenter__(self) -> Self:
        self._scheduler.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scheduler.shutdown(wait=False)
        await asyncio.gather(*self._keeping)
        self._journal = None  # a look that still runs comes too late to be kept

    def _entry(self, name: str, next_at: datetime | None, kind: EntryKind = EntryKind.LOOK) -> Entry:
        last = self._last.get(name)
        if last is None:
            return Entry(name, next_at, None, None, kind)
        return Entry(name, next_at, last.last_at, last.finding, kind, last.due_at, last.took_s)

    async def _look(self, name: str, look: Trial, kept: bool) -> None:
        began, before = self._clock.monotonic(), self._wrong.get(name)
        try:
            found = await look()
        except asyncio.CancelledError:
            return  # it is all over, and that is no failure of this one
        except Exception as error:
            await self._note(name, began, f"It failed: {error}", kept=kept)
            raise  # APScheduler logs it, and comes again when it is due
        await self._note(name, began, found, kept=kept)
        if found is not None:
            self._wrong[name] = found
            if before is None:
                log.warning(name, finding=found)
        elif self._wrong.pop(name, None) is not None:
            log.info(name, finding="All is well again.")

    async def _note(self, name: str, began: float, found: str | None, *, kept: bool) -> None:
        now, job = self._clock.utc(), self._scheduler.get_job(name)
        next_at = None if job is None else _plain(job.next_run_time)
        waking = Waking(name, self._due.get(name, now), now, self._clock.monotonic() - began, found, next_at)
        self._last[name] = waking
        if next_at is not None:
            self._due[name] = next_at
        if kept:
            await self._keep(waking)

    async def _keep(self, waking: Waking) -> None:
        if self._journal is None:
            return
        try:
            await self._journal.do(Ledger.woke, waking)
        except NightsideError as error:
            why = {"entry": waking.name, "code": error.code, "why": str(error)}
            log.warning("agenda-not-kept", **why, next="It is, after the next run.")


def _of_program(ahead: Ahead, now: datetime) -> Entry:
    next_at = min((at for at in ahead.starts if at > now), default=None)
    none = ahead.none if next_at is None else None
    return Entry(ahead.name, next_at, None, None, EntryKind.PROGRAM, program=ahead.windows, no_next=none)


def _plain(instant: datetime | None) -> datetime | None:
    """The scheduler's instants are in a zone that is ours and no real one."""
    return None if instant is None else instant.replace(tzinfo=UTC)

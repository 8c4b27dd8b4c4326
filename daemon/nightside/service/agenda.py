"""The agenda: when the daemon wakes up to look after itself, beside the windows that the engine keeps.

APScheduler holds it. APScheduler reads the wall clock by itself, in two ways that are given ours here: "now" through the zone of
the scheduler, and waiting through its timer. And it drops what it wakes up too late for; here nothing is ever too late.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from types import TracebackType
from typing import Self

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from nightside.clock import Clock, SystemClock

log = structlog.stdlib.get_logger()

Look = Callable[[], str | None]
"""Looks at one thing, and gives a sentence about what is wrong with it; `None` when all is well."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the agenda. Instants are UTC."""

    name: str
    next_at: datetime | None
    last_at: datetime | None
    """When it last ran; `None` where it has not since the daemon started."""
    finding: str | None
    """What is wrong, as it found the last time; `None` when all was well."""


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

    def __init__(self, clock: Clock) -> None:
        """Nothing runs before the block is entered."""
        self._clock = clock
        self._scheduler = _Scheduler(clock)
        self._wrong: dict[str, str] = {}
        self._looked: dict[str, datetime] = {}

    def every(self, interval: timedelta, name: str, look: Look) -> None:
        """Look at once, and then at every interval of clock time. `look` runs on a thread: it may wait for a disk."""
        trigger = IntervalTrigger(seconds=interval.total_seconds(), timezone=UTC)
        self._scheduler.add_job(self._look, trigger, args=(name, look), id=name, name=name, next_run_time=self._clock.utc())

    @property
    def findings(self) -> dict[str, str]:
        """What is wrong now, by the name of the look that found it."""
        return dict(self._wrong)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything that is on it, whatever comes next first."""
        jobs = ((job.name, job.next_run_time) for job in self._scheduler.get_jobs())
        return tuple(Entry(name, _plain(at), self._looked.get(name), self._wrong.get(name)) for name, at in jobs)

    async def __aenter__(self) -> Self:
        self._scheduler.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scheduler.shutdown(wait=False)

    async def _look(self, name: str, look: Look) -> None:
        found, before = await asyncio.to_thread(look), self._wrong.get(name)
        self._looked[name] = self._clock.utc()
        if found is not None:
            self._wrong[name] = found
            if before is None:
                log.warning(name, finding=found)
        elif self._wrong.pop(name, None) is not None:
            log.info(name, finding="All is well again.")


def _plain(instant: datetime | None) -> datetime | None:
    """The scheduler's instants are in a zone that is ours and no real one."""
    return None if instant is None else instant.replace(tzinfo=UTC)

"""The one place that knows what time it is.

Three clocks share one small port. `SystemClock` is the machine's own, `ScaledClock` runs a rehearsal at k times its speed,
`VirtualClock` jumps as soon as everybody waits. It lives at the bottom of the stack because the twin and the child process
that owns a body keep time too (docs/decisions/0003-clock-at-the-bottom.md); the daemon takes it from `nightside.clock`.

Two time scales meet here. *Clock time* is what a `Clock` says: UTC, and monotonic seconds on the same scale. *Machine time*
is `CLOCK_MONOTONIC` of this computer, common to all its processes: the scale in which deadlines travel to a child. On a
`SystemClock` both are the same.
"""

import asyncio
import heapq
import math
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

SPIN_S = 0.001
"""The last stretch before an instant is spun, not slept: a wake-up from sleep comes up to this much late."""


class Clock(Protocol):
    """What everything that waits or stamps is given instead of looking at its watch."""

    def utc(self) -> datetime:
        """Now, aware, in UTC. It may be stepped by NTP or a person: stamp with it, never wait by it."""
        ...

    def monotonic(self) -> float:
        """Seconds of clock time since an arbitrary origin. Never steps back."""
        ...

    def machine(self, instant: float) -> float:
        """The machine time (s) at which `monotonic()` will read `instant`, for deadlines that travel to a child."""
        ...

    def instant(self, machine: float) -> float:
        """The inverse of `machine`: what `monotonic()` reads at that machine time, for stamps that come back."""
        ...

    def asleep(self) -> float:
        """Seconds of clock time that `monotonic()` has left out, because the machine was suspended. Only differences count."""
        ...

    async def sleep_until(self, instant: float) -> None:
        """Return once `monotonic()` has reached `instant`; at once if it has already."""
        ...


@dataclass(frozen=True, slots=True)
class Anchor:
    """A pinned pair of UTC and clock time, so that a stepped wall clock moves nothing that was already decided."""

    utc: datetime
    monotonic: float

    @classmethod
    def of(cls, clock: Clock) -> "Anchor":
        """Pin UTC to clock time as they stand now."""
        return cls(clock.utc(), clock.monotonic())

    def instant(self, utc: datetime) -> float:
        """Clock time (s) of a UTC instant."""
        return self.monotonic + (utc - self.utc).total_seconds()

    def when(self, instant: float) -> datetime:
        """UTC of a clock time (s)."""
        return self.utc + timedelta(seconds=instant - self.monotonic)

    def step(self, clock: Clock) -> float:
        """How far (s) the wall clock has been stepped since this anchor was pinned; positive is forward."""
        return (clock.utc() - self.when(clock.monotonic())).total_seconds()


class SystemClock:
    """The machine's clock."""

    def utc(self) -> datetime:
        """Now, from CLOCK_REALTIME."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """CLOCK_MONOTONIC, in seconds. It stands still while the machine is suspended."""
        return time.monotonic()

    def machine(self, instant: float) -> float:
        """The same: this clock is the machine's."""
        return instant

    def instant(self, machine: float) -> float:
        """The same: this clock is the machine's."""
        return machine

    def asleep(self) -> float:
        """What CLOCK_BOOTTIME has counted beyond CLOCK_MONOTONIC (clock_gettime(2))."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()

    async def sleep_until(self, instant: float) -> None:
        """Sleep on the event loop."""
        await _sleep_until_machine(instant)


class ScaledClock:
    """A clock that starts at any UTC and runs `speed` times as fast as the machine's.

    Processes that are given the same three numbers agree on the time to the microsecond, which is how a rehearsal's daemon
    and its twin share a night. UTC here is derived from clock time, so it cannot be stepped.
    """

    def __init__(self, start: datetime, speed: float, origin: float | None = None) -> None:
        """`start` is the UTC at machine time `origin` (s; now, when not given); `speed` is positive and finite."""
        if not (math.isfinite(speed) and speed > 0):
            raise ValueError(f"a clock runs forward at a finite speed, not at {speed}")
        if start.tzinfo is None:
            raise ValueError("the start of a scaled clock needs its time zone")
        self.start = start.astimezone(UTC)
        self.speed = speed
        self.origin = time.monotonic() if origin is None else origin

    def utc(self) -> datetime:
        """`start` plus the clock time that has passed."""
        return self.start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds of clock time since `origin`."""
        return (time.monotonic() - self.origin) * self.speed

    def machine(self, instant: float) -> float:
        """Undo the scale."""
        return self.origin + instant / self.speed

    def instant(self, machine: float) -> float:
        """Apply the scale."""
        return (machine - self.origin) * self.speed

    def asleep(self) -> float:
        """Nothing: this clock's UTC is derived from its clock time, so both stand still together."""
        return 0.0

    async def sleep_until(self, instant: float) -> None:
        """Sleep on the event loop, `speed` times as briefly."""
        await _sleep_until_machine(self.machine(instant))


class VirtualClock:
    """A clock that stands still while anybody works and jumps to the next wake-up when everybody waits.

    `run` drives a coroutine on an event loop whose own time is this clock, so `asyncio.timeout` and every other timer obey it.
    Work on the loop's executors takes no time: the clock stands while a thread is busy. Without a loop, `advance` moves it by
    hand. Machine time is clock time.
    """

    def __init__(self, start: datetime) -> None:
        """`start` is the UTC at clock time zero."""
        if start.tzinfo is None:
            raise ValueError("the start of a virtual clock needs its time zone")
        self._start = start.astimezone(UTC)
        self._elapsed = 0.0
        self._wall_step = 0.0
        self._suspended = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = 0

    def utc(self) -> datetime:
        """`start`, plus elapsed clock time, plus whatever `step_wall` has done."""
        return self._start + timedelta(seconds=self._elapsed + self._wall_step)

    def monotonic(self) -> float:
        """Seconds since `start`, untouched by `step_wall`."""
        return self._elapsed

    def machine(self, instant: float) -> float:
        """The same: in a simulation there is no other time."""
        return instant

    def instant(self, machine: float) -> float:
        """The same: in a simulation there is no other time."""
        return machine

    def asleep(self) -> float:
        """What `suspend` has added up."""
        return self._suspended

    async def sleep_until(self, instant: float) -> None:
        """Wait for `advance`, or for the loop of `run`, to come to `instant`. Equal instants wake in the order they came."""
        if instant <= self._elapsed:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order += 1
        heapq.heappush(self._sleepers, (instant, self._order, woken))
        await woken

    def advance(self, seconds: float) -> None:
        """Let `seconds` (≥ 0) pass, and wake whoever's instant has come."""
        if seconds < 0:
            raise ValueError(f"time does not run backwards: {seconds} s")
        self._reach(self._elapsed + seconds)

    def step_wall(self, seconds: float) -> None:
        """Step UTC, as NTP or a person would, without touching clock time."""
        self._wall_step += seconds

    def suspend(self, seconds: float) -> None:
        """Let `seconds` pass for the world and its UTC, but not for this machine's clock time: its lid was closed."""
        self._suspended += seconds
        self._wall_step += seconds

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run `main` to its end on a loop that jumps instead of sleeping, and give its result."""
        with asyncio.Runner(loop_factory=lambda: _VirtualLoop(self)) as runner:
            return runner.run(main)

    def _next_wake(self) -> float | None:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def _reach(self, instant: float) -> None:
        self._elapsed = max(self._elapsed, instant)
        while self._sleepers and self._sleepers[0][0] <= self._elapsed:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)


class _JumpingSelector(selectors.DefaultSelector):
    """Polls for real input and output; where the loop would sleep, moves the virtual clock instead."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock
        self.threads_at_work = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.threads_at_work:
            return super().select(None if timeout is None or timeout > 0 else 0)  # a thread works in no time at all
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        ahead = [] if timeout is None else [self._clock.monotonic() + timeout]
        wake = self._clock._next_wake()  # noqa: SLF001 — the loop and its clock are one mechanism in two classes
        if wake is not None:
            ahead.append(wake)
        if not ahead:
            return super().select(None)  # only a thread or a peer can go on from here
        self._clock._reach(min(ahead))  # noqa: SLF001
        return []


class _VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on a `VirtualClock`."""

    def __init__(self, clock: VirtualClock) -> None:
        self._virtual = clock
        self._jumping = _JumpingSelector(clock)
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._virtual.monotonic()

    def run_in_executor(self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts) -> "asyncio.Future[T]":
        self._jumping.threads_at_work += 1
        done = super().run_in_executor(executor, func, *args)
        done.add_done_callback(self._rested)
        return done

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 — the loop's own
        self._jumping.threads_at_work += 1  # joining threads takes no time either, whatever time limit the loop sets
        try:
            await super().shutdown_default_executor()
        finally:
            self._jumping.threads_at_work -= 1

    def _rested(self, _: object) -> None:
        self._jumping.threads_at_work -= 1


async def rest(clock: Clock, machine_s: float) -> None:
    """Wait for `machine_s` seconds of machine time: a back-off before a body or a disk, whose pace no rehearsal speeds up."""
    await clock.sleep_until(clock.instant(clock.machine(clock.monotonic()) + machine_s))


def machine_now() -> float:
    """Machine time now, for a child process that has no `Clock` because its deadlines are machine time."""
    return time.monotonic()


def wait_until_machine(instant: float) -> float:
    """Block until machine time `instant` (s): sleep, then spin the last millisecond. Gives the time of return.

    This is the wait in front of a shutter. Call it in a process that has nothing else to do.
    """
    remaining = instant - time.monotonic()
    while remaining > SPIN_S:
        time.sleep(remaining - SPIN_S)
        remaining = instant - time.monotonic()
    while (now := time.monotonic()) < instant:
        pass
    return now


def pause(seconds: float) -> None:
    """Block for `seconds` of machine time, in a process that may block: between two polls of a body, or two retries."""
    if seconds > 0:
        time.sleep(seconds)


async def _sleep_until_machine(instant: float) -> None:
    while (remaining := instant - time.monotonic()) > 0:  # noqa: ASYNC110 — what is awaited is time itself
        # An event loop's timers are good to a millisecond and may come early; a day-long sleep is re-checked hourly.
        await asyncio.sleep(min(remaining, 3600.0))
    await asyncio.sleep(0)

"""`Pulse`: whether every part of the daemon still gets on, which is what the service manager's watchdog is fed by.

A part says what it is doing and until when it may be silent about it. One that waits for something that has an end (an exposure, a
busy body's deadline, the next look at the clock) says when that is; one that works says so step by step. Nobody is asked, and
nothing is guessed from outside: a part that has hung says nothing, and is overdue.

    at work (SILENT_S from step to step) ◄─► waiting for something (until it has to be over)
"""

import asyncio
import math
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

from nightside.clock import Clock

SILENT_S = 120.0
"""How long (machine time) a step may take of which nobody said how long: a slow disk's sync, a plan on a small computer."""

GRACE_S = 10.0
"""How long (machine time) after the end of a wait its part may take to come back from it: whoever hung has to be killed first."""

THREADS = 32
"""More than can wait at once: what is slow is asked one at a time, each kind by itself. Those that are not needed are not made."""

SWITCH_S = 0.0005
"""How long a thread may compute while another waits for its turn. With Python's own 5 ms a body that has given a file waited for
its next order until the ledger's thread was done with the file before: a sixth of a drain's time (measured)."""


def share_the_interpreter() -> None:
    """Have threads of this process make room for each other quickly, first of all for the event loop. Once, at its start."""
    sys.setswitchinterval(SWITCH_S)


def spare_threads() -> None:
    """Have threads enough for all that waits at once: a disk, a clock, the sky. For the running loop, before it uses any.

    Python's own number is four and one a core, and whoever comes next waits in turn: on two cores, six people who look at something
    slow would have kept the engine from asking how far the clock can be trusted, and a window from beginning.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "nightside"))


@dataclass(frozen=True, slots=True)
class Overdue:
    """A part that should have said something by now."""

    part: str
    doing: str
    """What it was doing when it was last heard of."""
    by_s: float
    """For how long (machine time) it has been overdue."""

    def __str__(self) -> str:
        return f"{self.part} hangs in this: {self.doing}"


class Part:
    """One part of the daemon, for as long as it is entered. For one event loop."""

    def __init__(self, name: str, pulse: "Pulse") -> None:
        """Use `Pulse.part`."""
        self.name = name
        self._pulse = pulse
        self._doing = "its start"
        self._silent_until = math.inf
        self._waits: list[tuple[float, str]] = []

    def __enter__(self) -> Self:
        self._pulse.entered(self)
        self.beat()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pulse.left(self)

    def beat(self, doing: str = "") -> None:
        """A step has been made, and the next one is begun."""
        self._doing = doing or self._doing
        self._silent_until = self._pulse.now + SILENT_S

    @contextmanager
    def until(self, machine: float, doing: str) -> Generator[None]:
        """Wait for something that is over by machine time `machine` (s); ∞ where it is up to parts that are watched themselves."""
        wait = (machine + GRACE_S, doing)
        self._waits.append(wait)
        try:
            yield
        finally:
            self._waits.remove(wait)
            self.beat(doing)

    @contextmanager
    def within(self, doing: str, machine_s: float) -> Generator[None]:
        """The same, for something that is over after so long."""
        with self.until(self._pulse.now + machine_s, doing):
            yield

    @property
    def overdue(self) -> Overdue | None:
        """What is wrong with it, if anything is."""
        until, doing = max([(self._silent_until, self._doing), *self._waits], key=lambda wait: wait[0])
        late_s = self._pulse.now - until
        return Overdue(self.name, doing, late_s) if late_s > 0 else None


class Pulse:
    """All parts of a daemon."""

    def __init__(self, clock: Clock) -> None:
        """There is no part yet."""
        self._clock = clock
        self._parts: list[Part] = []

    def part(self, name: str) -> Part:
        """A new part, to be entered by whoever does its work. `name` is how people are told of it."""
        return Part(name, self)

    @property
    def now(self) -> float:
        """Machine time (s). It stands still while the computer is suspended."""
        return self._clock.machine(self._clock.monotonic())

    @property
    def overdue(self) -> tuple[Overdue, ...]:
        """Everybody who hangs."""
        return tuple(late for part in self._parts if (late := part.overdue) is not None)

    def entered(self, part: Part) -> None:
        """From now on it is watched."""
        self._parts.append(part)

    def left(self, part: Part) -> None:
        """It has come to its end."""
        self._parts.remove(part)


class TellingClock:
    """A clock for one part: it tells the pulse of every wait."""

    def __init__(self, clock: Clock, part: Part) -> None:
        """Both stay their owners'."""
        self._clock = clock
        self._part = part

    def utc(self) -> datetime:
        """As the clock has it."""
        return self._clock.utc()

    def monotonic(self) -> float:
        """As the clock has it."""
        return self._clock.monotonic()

    def machine(self, instant: float) -> float:
        """As the clock has it."""
        return self._clock.machine(instant)

    def instant(self, machine: float) -> float:
        """As the clock has it."""
        return self._clock.instant(machine)

    def asleep(self) -> float:
        """As the clock has it."""
        return self._clock.asleep()

    async def sleep_until(self, instant: float) -> None:
        """The same wait, and the part is known to wait so long."""
        with self._part.until(self._clock.machine(instant), "a wait"):
            await self._clock.sleep_until(instant)

    @property
    def unheard(self) -> Clock:
        """The clock itself, for what goes on beside the part's own work and must not speak for it."""
        return self._clock


def unheard(clock: Clock) -> Clock:
    """The clock under one that tells; any other as it is."""
    return clock.unheard if isinstance(clock, TellingClock) else clock

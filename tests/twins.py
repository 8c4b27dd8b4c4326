"""Twins for tests of the real stack, on the clock of the daemon that shoots with them."""

from typing import Protocol

from nightside_drivers.clock import ScaledClock
from nightside_drivers.testing import TwinProcess


class StartTwin(Protocol):
    """Starts a twin on a clock; `faults` is TOML."""

    def __call__(self, clock: ScaledClock, faults: str = "", serial: str = "2012345") -> TwinProcess: ...


def following(clock: ScaledClock) -> tuple[str, ...]:
    """The words that put a twin on this clock."""
    return ("--start", clock.start.isoformat(), "--origin", repr(clock.origin), "--speed", repr(clock.speed))

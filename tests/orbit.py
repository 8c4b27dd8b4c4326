"""The orbit that most tests fly: the ISS on 3 July 2018, as the demonstration has it."""

from datetime import datetime, timedelta
from pathlib import Path

from nightside.demo import ELEMENTS
from nightside.sky.elements import load_elements
from nightside_drivers.clock import ScaledClock

ISS_FILE = Path(__file__).parents[1] / "daemon" / "nightside" / "sky" / "data" / ELEMENTS
"""The file of its elements."""
BEFORE_UMBRA = timedelta(minutes=33)
"""From their epoch: so late on the dayside that a daemon on a quick clock has just time to get ready."""


def iss_epoch() -> datetime:
    """The epoch of its elements (UTC)."""
    return load_elements(ISS_FILE).epoch


def shortly_before_umbra(speed: float) -> ScaledClock:
    """A clock of that many times the machine's speed, which begins a little before a window."""
    return ScaledClock(iss_epoch() + BEFORE_UMBRA, speed)

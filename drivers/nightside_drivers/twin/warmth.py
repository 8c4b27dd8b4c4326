"""How warm the sensor is: it heats while it works and cools while it rests. Numbers only."""

from math import exp

AMBIENT_C = 22.0
"""In the Cupola (assumed)."""

RISE_C = 14.0
"""How much warmer a sensor gets that works without end (assumed)."""

SLOWNESS_S = 900.0
"""Time in which two thirds of a change happen (assumed)."""

DOUBLING_C = 6.0
"""Dark current doubles with so many degrees, as silicon's does."""

TOO_HOT_C = 60.0
"""From here on live view is prohibited (assumed)."""


class Warmth:
    """The temperature of one sensor over clock time."""

    def __init__(self, now: float, ambient_c: float = AMBIENT_C) -> None:
        """At `now` (clock time, s) it is as warm as what is around it."""
        self.ambient_c = ambient_c
        self._above_c = 0.0
        self._at = now
        self._working = False

    def at(self, now: float) -> float:
        """Degrees Celsius at a clock time that does not run backwards."""
        goal = RISE_C if self._working else 0.0
        self._above_c = goal + (self._above_c - goal) * exp(-max(0.0, now - self._at) / SLOWNESS_S)
        self._at = max(self._at, now)
        return self.ambient_c + self._above_c

    def work(self, now: float, *, working: bool) -> None:
        """The sensor begins or ends to work."""
        self.at(now)
        self._working = working


def dark_current(sensor_c: float) -> float:
    """Dark current relative to that at `AMBIENT_C`."""
    relative: float = 2 ** ((sensor_c - AMBIENT_C) / DOUBLING_C)
    return relative

"""Whether the focus is better or worse than before: the number that a person looks at while turning the ring."""

from dataclasses import dataclass
from enum import StrEnum

SAME = 0.03
"""Relative: a smaller change is none, since the air moves stars by as much."""


class Trend(StrEnum):
    """Against the measurement before."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    BEST = "best"
    """Better than all before."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One measurement among the others."""

    hfd_px: float
    best_px: float
    """The smallest so far, this one included."""
    trend: Trend | None
    """`None` for the first."""

    @property
    def share(self) -> float:
        """How near this one is to the best: 1 is the best itself."""
        return self.best_px / self.hfd_px if self.hfd_px > 0 else 1.0


class Gauge:
    """Remembers the best and the last measurement."""

    def __init__(self) -> None:
        self._best: float | None = None
        self._last: float | None = None

    def read(self, hfd_px: float) -> Mark:
        """Take one measurement (pixels of the sensor, so that magnifications compare) and say how it compares."""
        trend = self._trend(hfd_px)
        self._best = hfd_px if self._best is None else min(self._best, hfd_px)
        self._last = hfd_px
        return Mark(hfd_px, self._best, trend)

    def _trend(self, now: float) -> Trend | None:
        if self._best is None or self._last is None:
            return None
        if now < self._best * (1 - SAME):
            return Trend.BEST
        if now < self._last * (1 - SAME):
            return Trend.BETTER
        return Trend.WORSE if now > self._last * (1 + SAME) else Trend.SAME

"""The ladder: what is tried, and in which order, to have a body back. Pure.

    retry ─► reopen ─► port reset ─► respawn ─► power ─► person

Each failure in a row climbs one rung; calm brings it down again. At the top nothing new is tried: the body is asked now and
then whether a person has come.
"""

from collections import Counter
from enum import StrEnum

from nightside_drivers.errors import NightsideError, Reopen


class Rung(StrEnum):
    """One thing that may bring a body back."""

    RETRY = "retry"
    """Ask again after a pause."""
    REOPEN = "reopen"
    """Say goodbye, and open a new session."""
    PORT_RESET = "port-reset"
    """Reset the USB port, as pulling the cable would."""
    RESPAWN = "respawn"
    """Kill the process that owns the body, and start another."""
    POWER = "power"
    """Cut the body's power and restore it, by a command of the user's."""
    PERSON = "person"
    """Only hands can help."""


RUNGS = (
    Rung.RETRY,
    Rung.RETRY,
    Rung.REOPEN,
    Rung.REOPEN,
    Rung.PORT_RESET,
    Rung.RESPAWN,
    Rung.POWER,
    Rung.PERSON,
)

LONGEST_PAUSE = 4
"""Times the first pause."""


class Ladder:
    """How far up one body's trouble has come."""

    def __init__(self) -> None:
        self.counts: Counter[Rung] = Counter()
        """How often each rung was taken, ever."""
        self._next = 0
        self._climbed = 0

    @property
    def exhausted(self) -> bool:
        """Whether a person has been called, and nothing else is left to try."""
        return self._next >= len(RUNGS)

    @property
    def pause(self) -> int:
        """How long to wait before the next attempt, in first pauses: doubled with each failure, within bounds."""
        return min(1 << min(self._climbed, 8), LONGEST_PAUSE)

    def climb(self, why: NightsideError) -> Rung:
        """The rung to take after this failure. A session that is over is not merely asked again."""
        if isinstance(why, Reopen):
            self._next = max(self._next, RUNGS.index(Rung.REOPEN))
        rung = RUNGS[min(self._next, len(RUNGS) - 1)]
        if not self.exhausted:
            self.counts[rung] += 1
        self._next = min(self._next + 1, len(RUNGS))
        self._climbed += 1
        return rung

    def descend(self) -> None:
        """All has been well for a while."""
        self._next = self._climbed = 0

"""The shutter: when it opens, how long it stays open, and what comes after. It knows nothing of cards, properties or PTP.

    IDLE ──start──▸ WAITING ──▸ OPEN ──▸ DARK ──▸ RECOVERING ──▸ IDLE
                       ▴          │ timer, let go, or cut short  │
                       └──────────┴── the next frame of a burst ─┘

WAITING is lag, self-timer and exposure delay; DARK is the second exposure of long-exposure noise reduction, and is skipped
without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nightside_drivers.twin.facts import Timing
from nightside_drivers.twin.timeline import Ticket, Timeline
from nightside_drivers.twin.truth import Opening, TruthLog


class Phase(StrEnum):
    """What the shutter is doing."""

    IDLE = "idle"
    WAITING = "waiting"
    OPEN = "open"
    DARK = "dark"
    RECOVERING = "recovering"


class Target(StrEnum):
    """Where frames go."""

    CARD = "card"
    SDRAM = "sdram"


@dataclass(frozen=True, slots=True)
class Release:
    """How the shutter was asked to open."""

    by: str
    """"usb", "burst" or "wired"."""
    exposure_s: float | None
    """None: bulb, open until let go."""
    frames: int | None = 1
    """None: one after the other until let go."""
    target: Target = Target.CARD
    delay_s: float = 0.0
    noise_reduction: bool = False
    gap_s: float = 0.0
    """Least dark time between two frames of one release."""


class Shutter:
    """One shutter on a timeline. Ask it to `start` only while it is idle."""

    def __init__(
        self,
        timeline: Timeline,
        timing: Timing,
        utc_at: Callable[[float], datetime],
        exposed: Callable[[Opening, Release, float], None],
        room_at: Callable[[float], float],
    ) -> None:
        """`exposed` is called at each closing; `room_at` says when, from an instant on, the buffer takes another frame."""
        self.phase = Phase.IDLE
        self.truth = TruthLog()
        self.stuck = False
        """A fault: while set, nothing closes it."""
        self.opened: list[Callable[[Opening], None]] = []
        """Called at each opening."""
        self.closed: list[Callable[[Opening], None]] = []
        """Called at each closing."""
        self.idled: list[Callable[[float], None]] = []
        """Called when it is ready for another release."""
        self._overdue = ""
        self._timeline = timeline
        self._timing = timing
        self._utc_at = utc_at
        self._exposed = exposed
        self._room_at = room_at
        self._release: Release | None = None
        self._opening: Opening | None = None
        self._left: int | None = 0
        self._next: Ticket | None = None

    @property
    def busy(self) -> bool:
        """Whether another release would be refused."""
        return self.phase is not Phase.IDLE

    @property
    def bulb(self) -> bool:
        """Whether it is open until somebody lets go."""
        return self.phase is Phase.OPEN and self._release is not None and self._release.exposure_s is None

    @property
    def opening(self) -> Opening | None:
        """The opening that is going on."""
        return self._opening

    def start(self, release: Release, now: float) -> None:
        """Release it."""
        if self.busy:
            raise RuntimeError(f"released while {self.phase}")
        self._release = release
        self._left = release.frames
        self._wait(now + release.delay_s + self._timing.release_lag_s)

    def let_go(self, now: float, ended_by: str = "release") -> None:
        """The finger leaves the button: a bulb exposure ends, a continuous one stops after its frame, a delay is called off."""
        self._left = 0
        if self.phase is Phase.WAITING and self._release is not None and self._release.by == "wired":
            self._after(now)
        elif self.bulb:
            self._close(now, ended_by)

    def cut(self, now: float, ended_by: str) -> None:
        """Close it at once, whatever was asked for: the battery is out, or the body was switched off."""
        self._left = 0
        self.stuck = False
        if self.phase is Phase.OPEN:
            self._close(now, ended_by)
        self._rest(now)

    def free(self, now: float) -> None:
        """It is stuck no longer: it closes now, if it should have closed in the meantime."""
        self.stuck = False
        if self._overdue and self.phase is Phase.OPEN:
            self._close(now, self._overdue)

    def _wait(self, until: float) -> None:
        self.phase = Phase.WAITING
        self._next = self._timeline.at(until, self._open)

    def _open(self, at: float) -> None:
        release = self._asked()
        self.phase = Phase.OPEN
        self._opening = self.truth.open(at, self._utc_at(at), release.exposure_s, release.by)
        if self._left is not None:
            self._left -= 1
        if release.exposure_s is not None:
            self._next = self._timeline.at(at + release.exposure_s, self._timer)
        for look in self.opened:
            look(self._opening)

    def _timer(self, at: float) -> None:
        self._close(at, "timer")

    def _close(self, at: float, ended_by: str) -> None:
        opening, release = self._opening, self._asked()
        if opening is None:
            return
        if self.stuck:
            self._overdue = ended_by
            return
        self._overdue = ""
        self._opening = None
        self._cancel()
        opening.closed, opening.closed_utc, opening.ended_by = at, self._utc_at(at), ended_by
        self._exposed(opening, release, at)
        for look in self.closed:
            look(opening)
        if self.phase is not Phase.OPEN:
            return  # something that looked has cut it
        if release.noise_reduction:
            self.phase = Phase.DARK
            self._next = self._timeline.at(at + (at - opening.opened), self._after)
        else:
            self._after(at)

    def _after(self, at: float) -> None:
        release = self._asked()
        if self._left is None or self._left > 0:
            self._wait(self._room_at(at + release.gap_s))
            return
        self._cancel()
        self.phase = Phase.RECOVERING
        self._next = self._timeline.at(at + self._timing.recovery_s, self._recovered)

    def _recovered(self, at: float) -> None:
        room = self._room_at(at)
        if room > at:
            self._next = self._timeline.at(room, self._recovered)
            return
        self._rest(at)

    def _rest(self, at: float) -> None:
        self._cancel()
        self.phase = Phase.IDLE
        self._release = None
        self._opening = None
        for look in self.idled:
            look(at)

    def _cancel(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _asked(self) -> Release:
        if self._release is None:
            raise RuntimeError("the shutter moved without a release")
        return self._release

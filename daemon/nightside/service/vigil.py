"""Keeping the service manager told, for as long as the daemon runs: a sentence about what goes on, and the watchdog's food.

The watchdog is fed only while every part of the daemon gets on (`nightside.pulse`). That this task runs at all shows that the event
loop does; how late it comes shows how well.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from nightside.clock import Clock, rest
from nightside.engine.snapshot import Shutter, Snapshot
from nightside.ledger.states import SessionPhase, WindowPhase
from nightside.pulse import Overdue, Pulse
from nightside.service.systemd import Systemd

log = structlog.stdlib.get_logger()

LOOK_S = 5.0
"""How often (machine time) it is looked how everybody is."""
LATE_S = 1.0
"""How late (machine time) the event loop may be before that is said. No shutter hangs on it, but commands and pages do."""
FAR = timedelta(days=1)
"""A window that is farther away than this is said to be: no night until then."""


class Vigil:
    """Over one daemon."""

    def __init__(self, systemd: Systemd, pulse: Pulse, clock: Clock, snapshots: Callable[[], Sequence[Snapshot]]) -> None:
        """Nothing is told before `keep`."""
        self._systemd = systemd
        self._pulse = pulse
        self._clock = clock
        self._snapshots = snapshots
        self._hanging: set[str] = set()
        self._late = False
        self.late_s = 0.0
        """How late (s) the event loop was when it was last looked."""

    async def keep(self) -> None:
        """Say that the daemon is ready, and go on telling until cancelled."""
        self._systemd.ready()
        while True:
            self._look()
            until = self._pulse.now + self._every_s
            await rest(self._clock, self._every_s)
            self._note_lateness(self._pulse.now - until)

    @property
    def _every_s(self) -> float:
        """Half of what the watchdog allows, at the most (sd_watchdog_enabled(3))."""
        allowed = self._systemd.watchdog_s
        return LOOK_S if allowed is None else min(LOOK_S, allowed / 3)

    def _look(self) -> None:
        overdue = self._pulse.overdue
        self._say(overdue)
        self._systemd.status(sentence(self._snapshots(), overdue))
        if not overdue:
            self._systemd.alive()

    def _say(self, overdue: Sequence[Overdue]) -> None:
        """Once when a part hangs, and once when it does no more."""
        now = {late.part for late in overdue}
        for late in overdue:
            if late.part not in self._hanging:
                ends = "" if self._systemd.watchdog_s is None else " The service manager ends it, and starts it again."
                log.error("part-hangs", part=late.part, doing=late.doing, next=f"The watchdog is not fed.{ends}")
        for part in self._hanging - now:
            log.info("part-gets-on", part=part)
        self._hanging = now

    def _note_lateness(self, late_s: float) -> None:
        self.late_s = max(0.0, late_s)
        late = self.late_s > LATE_S
        if late and not self._late:
            log.warning("event-loop-late", late_s=round(self.late_s, 1), next="Commands and pages wait; shutters do not.")
        self._late = late


def sentence(snapshots: Sequence[Snapshot], overdue: Sequence[Overdue] = ()) -> str:
    """How a daemon is, in a line for people."""
    several = len(snapshots) > 1
    bodies = [f"{one.body or one.model or 'A body'}: {_of(one)}" if several else _of(one) for one in snapshots]
    return " ".join([*(f"{late}." for late in overdue), *bodies])


def _of(now: Snapshot) -> str:
    waits = f"Waits. {' '.join(now.awaits)}" if now.awaits else ""
    return " ".join(said for said in (waits, _going_on(now)) if said)


def _going_on(now: Snapshot) -> str:
    """What it is at, or what comes next; nothing where that is only what it waits for."""
    when = "" if now.next_at is None else f" at {now.next_at:%Y-%m-%d %H:%M:%S} UTC"
    if now.shutter is not Shutter.CLOSED and now.shot is not None and now.closes_at is not None:
        verb = "is open" if now.shutter is Shutter.OPEN else "is due, and open"
        return f"Shot {now.shot + 1} of {now.shots} {verb} until {now.closes_at:%H:%M:%S} UTC."
    if now.prompt is not None:
        return f"Waits for a person: {now.prompt}"
    if now.trouble is not None:
        return now.trouble
    if now.phase is WindowPhase.DRAINING:
        return f"Drains the window {now.window}."
    far = now.next_at is not None and now.next_at - now.at > FAR
    waiting = f"No night until {now.next_at:%Y-%m-%d %H:%M} UTC." if far else f"Waits for the window {now.window}{when}."
    said = {
        SessionPhase.FINDING: "" if now.awaits else "Looks for the body.",
        SessionPhase.PLANNING: "" if now.awaits else "Plans the next window.",
        SessionPhase.WAITING: waiting,
        SessionPhase.WORKING: f"Next: {now.next}{when}." if now.next else f"Works on the window {now.window}.",
        SessionPhase.OVER: "Has nothing more to shoot.",
    }
    return said[now.session_phase]

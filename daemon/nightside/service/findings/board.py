"""`Findings`: what a running daemon finds, remembered for a while: however many ask, it looks once, and at one thing at a time."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from nightside.clock import Clock, SystemClock
from nightside.engine.snapshot import Snapshot
from nightside.ledger.states import SessionPhase
from nightside.pulse import Overdue
from nightside.service.findings.checking import Check, examine
from nightside.service.findings.values import Finding, Severity, bad, doubt, good, note, worst

REMEMBERED_S = 300.0
"""Machine time."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found."""

    at: datetime
    """UTC, when it was asked for."""
    worst: Severity
    findings: tuple[Finding, ...]


class Findings:
    """Of one daemon, on its event loop."""

    def __init__(self, checks: Sequence[Check], live: Sequence[Check], clock: Clock) -> None:
        """Nothing is looked at before somebody asks. What is `live` costs nothing, and is looked at each time.

        `clock` stamps what is found.
        """
        self._checks = tuple(checks)
        self._live = tuple(live)
        self._clock = clock
        self._machine = SystemClock()
        self._turn = asyncio.Lock()
        self._looked_at: float | None = None
        self._found: tuple[Finding, ...] = ()

    async def now(self) -> Examination:
        """What is found: of the bodies and the sinks now, of all else five minutes ago at the most."""
        async with self._turn:  # the shutter has only so many processors: nobody makes it look twice at once
            if self._looked_at is None or self._machine.monotonic() - self._looked_at > REMEMBERED_S:
                self._found = tuple(await examine(self._checks, together=1))
                self._looked_at = self._machine.monotonic()
            found = (*await examine(self._live, together=1), *self._found)
        return Examination(self._clock.utc(), worst(found), found)


def bodies(snapshots: Callable[[], Sequence[Snapshot]]) -> Check:
    """How the bodies are, as their engines say: nobody touches them."""

    async def told() -> Sequence[Finding]:
        return [finding for index, one in enumerate(snapshots(), 1) for finding in _body(one, index)]

    return Check("bodies", told)


def hangs(overdue: Callable[[], Sequence[Overdue]]) -> Check:
    """Which parts of the daemon should have said something by now."""

    async def told() -> Sequence[Finding]:
        remedy = "Under systemd the watchdog starts it anew. Else end it and start it again; the ledger knows how far it was."
        late = enumerate(overdue(), 1)
        return [bad(f"hang-{number}", f"{one}.", f"It has been overdue for {one.by_s:.0f} s.", remedy) for number, one in late]

    return Check("hang", told)


def wakings(findings: Callable[[], dict[str, str]]) -> Check:
    """What the agenda found when it last looked after the daemon."""

    async def told() -> Sequence[Finding]:
        return [doubt(f"agenda-{name}", says) for name, says in sorted(findings().items())]

    return Check("agenda", told)


def _body(snapshot: Snapshot, index: int) -> list[Finding]:
    name = f"body-{snapshot.body or index}"
    who = f"{snapshot.model}, serial {snapshot.body}" if snapshot.body else "The body"
    if snapshot.trouble is not None:
        return [
            bad(name, f"{who}: {snapshot.trouble}", "No exposure before that is mended.", "Nightside goes on by itself then.")
        ]
    if snapshot.session_phase is SessionPhase.FINDING:
        return [
            bad(name, f"{who} is looked for.", "Nothing is shot before it is found.", "Switch it on, and look at its cable.")
        ]
    if snapshot.prompt is not None:
        return [doubt(name, f"{who} waits for a person: {snapshot.prompt}", "", "Do so, and say `nightside tell confirm`.")]
    if snapshot.paused:
        return [doubt(name, f"{who} is paused.", "Its shots are missed meanwhile.", "`nightside tell resume` goes on.")]
    return [good(name, f"{who}: {snapshot.session_phase}."), *_next(snapshot, name)]


def _next(snapshot: Snapshot, name: str) -> list[Finding]:
    if not snapshot.next or snapshot.next_at is None:
        return []
    return [note(f"{name}-next", f"Next: {snapshot.next}, at {snapshot.next_at:%Y-%m-%d %H:%M:%S} UTC.")]

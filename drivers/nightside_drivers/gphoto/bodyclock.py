"""How far a body's own clock is off, measured: it goes into every frame's EXIF, and frames with a wrong time lose their place.

A body tells its time in whole seconds. The instant at which its second turns is what can be measured: it is asked until that
happens, and lies between the last answer of the old second and the first of the new one.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from nightside_drivers.api import ClockOffset
from nightside_drivers.clock import Anchor, SystemClock, machine_now, pause, wait_until_machine

ASK_EVERY_S = 0.01
WRITE_LEAD_S = 0.2
"""Before the turn of a second, to get ready to write."""

IN_UTC = frozenset({"datetimeutc"})
"""Widgets whose number is UTC (libgphoto2, config.c: _get_UINT32_as_time). Of the others it takes the time for local time."""

WHOLE_SECOND_SIGMA_S = 1 / math.sqrt(12)
"""Of one reading in whole seconds whose second did not turn: uniform over a second."""


def measured(read: Callable[[], datetime], within_s: float) -> ClockOffset:
    """Ask a body for its time (`read`, UTC in whole seconds) until its second turns, `within_s` (machine time) at the most."""
    anchor = Anchor.of(SystemClock())
    first, asked_at = read(), machine_now()
    until = asked_at + within_s
    while machine_now() < until:
        pause(ASK_EVERY_S)
        began = machine_now()
        now = read()
        ended = machine_now()
        if now != first:
            low, high = asked_at, ended
            turned_at = (low + high) / 2
            seconds = (now - anchor.when(turned_at)).total_seconds()
            return ClockOffset(seconds, (high - low) / math.sqrt(12), anchor.when(turned_at))
        asked_at = began
    middle = first + timedelta(seconds=0.5)
    return ClockOffset((middle - anchor.when(asked_at)).total_seconds(), WHOLE_SECOND_SIGMA_S, anchor.when(asked_at))


def at_the_turn(write: Callable[[datetime], None]) -> None:
    """Have `write` tell a body the time, in whole seconds of UTC, in the instant in which that second begins."""
    anchor = Anchor.of(SystemClock())
    turn = anchor.when(machine_now() + WRITE_LEAD_S).replace(microsecond=0) + timedelta(seconds=1)
    wait_until_machine(anchor.instant(turn))
    write(turn)


def told(widget: str, seconds: int) -> datetime:
    """The UTC that a body's clock shows, from the number that libgphoto2 makes of it."""
    return datetime.fromtimestamp(seconds, UTC) if widget in IN_UTC else as_utc(seconds)


def to_tell(widget: str, utc: datetime) -> int:
    """The number that libgphoto2 makes that UTC of."""
    return int(utc.timestamp() if widget in IN_UTC else utc.replace(tzinfo=None).timestamp())


def as_utc(seconds: int) -> datetime:
    """What a body means whose time libgphoto2 took for the computer's local time: bodies know no zone, and ours are kept on UTC."""
    return datetime.fromtimestamp(seconds).replace(tzinfo=UTC)  # noqa: DTZ006 — undoes libgphoto2's mktime

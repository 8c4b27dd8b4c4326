"""What of the nights comes, by program, as far ahead as the planner looks. Computes: not for a daemon's own process."""

from datetime import datetime, timedelta

from nightside.plan.lay import name_of
from nightside.plan.planner import SEARCHES, Night, Planner
from nightside.service.foreseen import Foreseen, ahead

DAY = timedelta(days=1)
"""Within this, every window is told."""


def coming(planner: Planner, now: datetime, again: timedelta) -> Foreseen:
    """Looks as far ahead as the planner does: near first, and further for programs that have no window there.

    It is looked `again` after so long. A window that begins before does not do: the agenda needs the one after it then.

    Raises:
        Refused: elements or duty plans are missing, damaged or stale.
    """
    night, programs = planner.night(), planner.programs
    day: tuple[tuple[datetime, str], ...] = ()
    starts: dict[str, list[datetime]] = {}
    for reach in SEARCHES:
        found = [
            (window.start, wanted) for window, wanted in planner.windows(night, now, now + reach) if not window.clipped_start
        ]
        day = day or tuple((at, name_of(wanted)) for at, wanted in found if at < now + DAY)
        starts = {
            program.called: [at for at, wanted in found if program in wanted]
            for program in programs
            if program.when is not None
        }
        known = night.trusted_until is not None and now + reach >= night.trusted_until
        if known or all(some and some[-1] > now + again for some in starts.values()):
            break
    return Foreseen(day, tuple(ahead(programs, starts, _none_within(night, now))))


def _none_within(night: Night, now: datetime) -> str:
    reach = SEARCHES[-1] if night.trusted_until is None else min(SEARCHES[-1], night.trusted_until - now)
    hours = reach / timedelta(hours=1)
    return f"none within {hours / 24:.0f} days" if hours >= 48 else f"none within {hours:.0f} hours"

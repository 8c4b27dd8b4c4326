"""What of the nights comes, by program: for the agenda, which shows it. The engine asks the planner itself, and shoots."""

from collections.abc import Callable
from datetime import datetime, timedelta

from nightside.clock import Clock
from nightside.errors import NightsideError
from nightside.plan.lay import name_of
from nightside.plan.planner import SEARCHES, AnyPlanner, Night
from nightside.plan.programs import AnyProgram
from nightside.service.agenda import Ahead, Foreseen, Look
from nightside.service.looks import DAILY, EVERY

WINDOWS_AHEAD = "windows-ahead"
UNKNOWN = f"unknown: {WINDOWS_AHEAD} says why"


def windows_ahead(planner: AnyPlanner, foresee: Callable[[Foreseen], None], clock: Clock) -> Look:
    """When the windows of the next day begin, and the next ones of each program with a `when`, however far ahead.

    As far as that can be known; that there are none is no fault.
    """

    def look() -> str | None:
        try:
            foresee(_foreseen(planner, clock.utc()))
        except NightsideError as error:
            foresee(Foreseen(programs=tuple(_ahead(planner.programs, {}, UNKNOWN))))
            return str(error)
        return None

    return look


def _foreseen(planner: AnyPlanner, now: datetime) -> Foreseen:
    """Looks as far ahead as the planner does: near first, and further for programs that have no window there.

    One that begins before the next look does not do: the agenda needs the one after it then.

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
        day = day or tuple((at, name_of(wanted)) for at, wanted in found if at < now + DAILY)
        starts = {
            program.called: [at for at, wanted in found if program in wanted]
            for program in programs
            if program.when is not None
        }
        known = night.trusted_until is not None and now + reach >= night.trusted_until
        if known or all(some and some[-1] > now + EVERY for some in starts.values()):
            break
    return Foreseen(day, tuple(_ahead(programs, starts, _none_within(night, now))))


def _ahead(programs: tuple[AnyProgram, ...], starts: dict[str, list[datetime]], none: str) -> list[Ahead]:
    """A line for each program with a `when`. Those of one `when` share their windows, and what came of these."""
    return [
        Ahead(
            program.called,
            name_of([other for other in programs if other.when == program.when]),
            tuple(starts.get(program.called, ())),
            none,
        )
        for program in programs
        if program.when is not None
    ]


def _none_within(night: Night, now: datetime) -> str:
    reach = SEARCHES[-1] if night.trusted_until is None else min(SEARCHES[-1], night.trusted_until - now)
    hours = reach / timedelta(hours=1)
    return f"none within {hours / 24:.0f} days" if hours >= 48 else f"none within {hours:.0f} hours"

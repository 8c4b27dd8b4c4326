"""What of the nights comes, by program: for the agenda, which shows it. The engine asks for its plans itself, and shoots."""

from collections.abc import Callable

from nightside.clock import Clock
from nightside.errors import NightsideError
from nightside.plan.programs import AnyProgram
from nightside.service.agenda import Look
from nightside.service.dome import Sky
from nightside.service.foreseen import Foreseen, ahead
from nightside.service.looks import EVERY
from nightside.service.questions import Coming

WINDOWS_AHEAD = "windows-ahead"
UNKNOWN = f"unknown: {WINDOWS_AHEAD} says why"


def windows_ahead(
    sky: Sky, programs: Callable[[], tuple[AnyProgram, ...]], foresee: Callable[[Foreseen], None], clock: Clock
) -> Look:
    """When the windows of the next day begin, and the next ones of each program with a `when`, however far ahead.

    As far as that can be known; that there are none is no fault. `programs` gives the configured ones.
    """

    def look() -> str | None:
        try:
            foresee(sky.ask(Coming(clock.utc(), EVERY)))
        except NightsideError as error:
            foresee(Foreseen(programs=tuple(ahead(programs(), {}, UNKNOWN))))
            return str(error)
        return None

    return look

"""A sky in the test's own process, for whoever asks questions of one."""

from collections.abc import Callable
from datetime import timedelta

from nightside.nights import meaning_of
from nightside.plan.planner import Night, Planner
from nightside.plan.programs import AnyProgram
from nightside.service.dome import AtHand


def sky_over(night: Callable[[], Night], *programs: AnyProgram) -> AtHand:
    """Over a night, which is asked for each time, with a planner of these programs."""
    return AtHand(Planner(night, programs, timedelta(seconds=20), 1.0, meaning_of))

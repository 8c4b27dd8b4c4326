"""The emergency program: something happens in the sky now, and nobody has time to think about settings. Pure."""

from datetime import datetime, timedelta

from nightside.plan.lay import lay
from nightside.plan.programs import StarTrail
from nightside.plan.values import Plan
from nightside.sky.window import Window
from nightside_drivers.api import Capabilities

NAME = "emergency"
LASTS = timedelta(minutes=5)
SOON = timedelta(seconds=3)
"""From the command to the first shot: the body is opened and set up meanwhile."""

EXPOSURE_S = 4.0
ISO = 3200
"""Bright enough for an aurora and short enough for a fireball's trail, on a lens of f/2.8 or so (astronauts' aurora frames are
1/2 to 5 s at ISO 3200 to 6400; the photographer who has time chooses better)."""


def emergency(now: datetime, body: Capabilities, gap_s: float) -> Plan:
    """Frame after frame for five minutes, beginning as soon as a body can be made ready; whether it is night is not asked.

    `gap_s` is what the body needs between two exposures (s of plan time).

    Raises:
        PlanImpossible: nothing fits into five minutes: a rehearsal is too fast for that.
    """
    exposure_s = min(body.shutter_speeds_s, key=lambda speed: abs(speed - EXPOSURE_S))
    iso = min(body.isos, key=lambda iso: abs(iso - ISO)) if body.isos else None
    program = StarTrail(name=NAME, exposure_s=exposure_s, iso=iso)
    return lay(program, Window(now + SOON, now + SOON + LASTS), body, gap_s).model_copy(update={"kind": NAME})


def is_emergency(plan: Plan) -> bool:
    """Whether a plan is the emergency program's: it goes before all others, whatever they are called."""
    return plan.kind == NAME

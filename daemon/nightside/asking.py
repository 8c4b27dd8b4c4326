"""By which configuration a daemon's sky is computed elsewhere, and whether it can be. Loads nothing that computes."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from nightside.plan.programs import AnyProgram
from nightside.plan.values import Plan
from nightside.service.astronomer import Astronomer
from nightside.service.dome import Dome, Sky
from nightside.service.observatory import InForce, Observatory, Setup
from nightside.service.questions import NextPlan
from nightside.settings import Settings
from nightside_drivers.api import Capabilities

if TYPE_CHECKING:
    from nightside.engine.planning import Planner


def setup_of(settings: Settings, scale: float) -> Setup:
    """What the process that answers needs to know of a configuration. `scale`: clock seconds in a machine second."""
    return Setup(settings, settings.every_program, scale)


def scale_of(settings: Settings) -> float:
    """How many of the clock's seconds are in a machine second: more than one in a rehearsal that runs fast."""
    return 1.0 if settings.clock is None else settings.clock.speed


def observatory(settings: Settings, astronomer: Astronomer | None = None) -> Observatory:
    """A daemon's, by its configuration; with who answers there, if somebody is there already."""
    return Observatory(InForce(setup_of(settings, scale_of(settings))), astronomer)


@dataclass(frozen=True, slots=True)
class Checked:
    """That everything is there which planning by a configuration will need.

    Raises `Refused`: something is missing or damaged that no network will bring.
    """

    settings: Settings

    def answer(self, dome: Dome) -> None:
        """By reading it."""
        del dome
        from nightside.nights import check

        check(self.settings)


def planner_by(sky: Sky) -> "Planner":
    """Plans, as the engine and arming ask for them: of one program, or of the configured ones. Raises as a sky does."""

    def plan(after: datetime, body: Capabilities, program: AnyProgram | None = None) -> Plan:
        return sky.ask(NextPlan(after, body, program))

    return plan

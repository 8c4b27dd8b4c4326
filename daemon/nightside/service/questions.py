"""What a running daemon asks of its planner and its elements. What answers is loaded where it is answered (`dome`)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from nightside.plan.programs import AnyProgram
from nightside.plan.values import Plan, Span
from nightside.service.dome import Dome
from nightside.service.findings.values import Finding
from nightside.service.foreseen import Foreseen
from nightside.sky.freshness import Freshness
from nightside_drivers.api import Capabilities


@dataclass(frozen=True, slots=True)
class NextPlan:
    """The next plan from an instant on, of programs that share it, or of the configured ones. Raises as `Planner` does."""

    after: datetime
    body: Capabilities
    program: AnyProgram | None = None
    """What is shot whatever its `when`, where it is not `None`."""
    programs: tuple[AnyProgram, ...] | None = None
    """What is tried in the place of the configured ones, where it is not `None`."""

    def answer(self, dome: Dome) -> Plan:
        """By the planner."""
        planner = dome.planner if self.programs is None else dome.planner.of(self.programs)
        return planner(self.after, self.body, self.program)


@dataclass(frozen=True, slots=True)
class SpanNow:
    """Where a plan's window lies as it would be computed now; `None` where there is none any more. Raises as `Planner` does."""

    plan: Plan

    def answer(self, dome: Dome) -> Span | None:
        """By the planner."""
        return dome.planner.span_of(self.plan)


@dataclass(frozen=True, slots=True)
class Aged:
    """Elements in use, and how old they are."""

    name: str
    epoch: datetime
    age: timedelta
    freshness: Freshness
    uncertainty_s: float
    """How early or late (± s) the satellite may pass its computed place."""


@dataclass(frozen=True, slots=True)
class ElementsInUse:
    """The elements that nights are computed from, at an instant; `None` where there are none. Raises `Refused`."""

    at: datetime

    def answer(self, dome: Dome) -> Aged | None:
        """As they are read now."""
        from nightside.sky.vantage import satellite_of

        night = dome.planner.night()
        elements = satellite_of(night.vantage)
        if elements is None:
            return None
        age, bound_s = elements.age(self.at), elements.along_track_uncertainty_s(self.at)
        return Aged(elements.name, elements.epoch, age, elements.freshness(self.at, night.ages), bound_s)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Elements and duty plans are read, and elements fetched where they have a source that may be asked. Raises `Refused`."""

    def answer(self, dome: Dome) -> None:
        """By reading them."""
        dome.planner.night()


@dataclass(frozen=True, slots=True)
class Coming:
    """When the windows of the next day begin, and the next ones of each program. Raises `Refused`."""

    now: datetime
    again: timedelta
    """After which it is asked again."""

    def answer(self, dome: Dome) -> Foreseen:
        """By the planner's own windows."""
        from nightside.service.coming import coming

        return coming(dome.planner, self.now, self.again)


@dataclass(frozen=True, slots=True)
class Tonight:
    """What is found of the elements, the next window, and the room for those of a day."""

    now: datetime
    body: Capabilities
    spool: Path
    floor: int
    """Bytes that are to be left free on the spool's disk."""

    def answer(self, dome: Dome) -> list[Finding]:
        """What is wrong is a finding too, and raises nothing."""
        from nightside.service.findings.night import NextNight

        planner = dome.planner
        return NextNight(
            lambda: self.now, planner.night, lambda after: planner(after, self.body), self.spool, self.floor
        ).look()

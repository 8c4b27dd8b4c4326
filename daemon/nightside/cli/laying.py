"""Who lays a plan for `nightside plan`: a running daemon, by what is armed there, or this command, by the configuration on disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from nightside.plan.programs import Program

if TYPE_CHECKING:
    from pathlib import Path

    from nightside.cli.daemon import Daemon
    from nightside.errors import PlanImpossible
    from nightside.plan.planner import Planner
    from nightside.plan.values import Plan
    from nightside.service.arming import Armed, Overlap
    from nightside_drivers.api import Capabilities


class Laying(Protocol):
    """Lays plans."""

    @property
    def now(self) -> datetime:
        """What time it is there (UTC)."""
        ...

    @property
    def usual(self) -> tuple[Program, ...]:
        """What is shot where nothing else is asked for.

        Raises:
            NothingArmed: nothing.
        """
        ...

    def lay(self, after: datetime, programs: Sequence[Program] | None) -> "Plan":
        """The next plan of these programs, sharing a window, or of the usual ones. Raises as a planner does."""
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """By this command."""

    now: datetime
    planner: "Planner"
    body: "Capabilities"

    @classmethod
    def of(cls, config: "Path") -> "Here":
        """By a configuration. Raises `ConfigRefused`, and whatever else keeps it from being planned by."""
        from nightside import settings as configuration
        from nightside.asking import scale_of
        from nightside.building import build_clock, known_body
        from nightside.nights import build_planner

        settings = configuration.load(config)
        clock = build_clock(settings)
        return cls(clock.utc(), build_planner(settings, scale_of(settings)), known_body(settings))

    @property
    def usual(self) -> tuple[Program, ...]:
        """The configuration's."""
        return self.planner.programs

    def lay(self, after: datetime, programs: Sequence[Program] | None) -> "Plan":
        """As `Laying` has it."""
        planner = self.planner if programs is None else self.planner.of(programs)
        return planner(after, self.body)


class There:
    """By a running daemon."""

    def __init__(self, daemon: "Daemon") -> None:
        """It stays its owner's."""
        from pydantic import TypeAdapter

        from nightside.service.http.routes.clock import Time

        self._daemon = daemon
        self.now: datetime = daemon.ask("/api/v1/clock", TypeAdapter(Time)).utc

    @property
    def armed(self) -> "list[Armed]":
        """What each body is to shoot."""
        from pydantic import TypeAdapter

        from nightside.service.arming import Armed

        return self._daemon.ask("/api/v1/armed", TypeAdapter(list[Armed]))

    @property
    def usual(self) -> tuple[Program, ...]:
        """What is armed on the first body."""
        return self.armed[0].programs

    def overlaps(self, plan: "Plan") -> "list[Overlap]":
        """What is in the ledger for the time of a plan."""
        from pydantic import TypeAdapter

        from nightside.service.arming import Overlap

        span = {"start": plan.span.start.isoformat(), "end": plan.span.end.isoformat()}
        return self._daemon.ask("/api/v1/armed/overlaps", TypeAdapter(list[Overlap]), **span)

    def lay(self, after: datetime, programs: Sequence[Program] | None) -> "Plan":
        """As `Laying` has it."""
        from pydantic import TypeAdapter

        from nightside.plan.values import Plan

        plan = TypeAdapter(Plan)
        if programs is None:
            return self._daemon.ask("/api/v1/plan", plan, after=after.isoformat())
        told = {"programs": [one.model_dump(mode="json", exclude_none=True) for one in programs]}
        return self._daemon.tell("/api/v1/plan/preview/several", plan, told, after=after.isoformat())


def offered_in(programs: Sequence[Program], error: "PlanImpossible") -> tuple[Program, ...] | None:
    """These programs with what is offered in the place of the one that was refused; nothing, where nothing is offered."""
    offered = error.offered
    if not isinstance(offered, Program):
        return None
    # A daemon says what it offers, and not in the place of what: that has the same name.
    return tuple(offered if one == error.refused or one.called == offered.called else one for one in programs)

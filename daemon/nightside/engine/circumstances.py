"""What the engine is told of the world beside its plans and its bodies: the clock's trust, fresh elements, other bodies' starts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from nightside.clock import Anchor, Clock
from nightside.engine.notices import Notices
from nightside.engine.trust import REHEARSED, ClockTrust
from nightside.plan.values import Plan, Span

Horizon = Callable[[Plan], Span | None]
"""Gives a plan's window as the newest elements have it; `None` when they have none there. May block, and raise `Refused`."""


class Anchors:
    """Instants at which windows began, so that several bodies count one window's time from the same one."""

    def __init__(self) -> None:
        self._pinned: dict[datetime, Anchor] = {}

    def of(self, window: datetime, clock: Clock) -> Anchor:
        """The anchor of the window that starts at an instant: pinned by the first body that asks."""
        anchor = self._pinned.get(window)
        if anchor is None:
            self._pinned = {window: Anchor.of(clock)}
        return self._pinned[window]


@dataclass(frozen=True)
class Circumstances:
    """Shared by all bodies of a daemon. What is left out is taken to be well."""

    notices: Notices
    trust: Callable[[], ClockTrust] = lambda: REHEARSED
    """Asks the system how far its clock can be trusted. May block."""
    trust_matters: bool = False
    """Whether plans may only be shot by a clock that something vouches for."""
    horizon: Horizon | None = None
    elements_come: bool = False
    """Whether elements are fetched from elsewhere: then those that cannot be used yet are waited for from the start."""
    element_age_days: Callable[[], float | None] = lambda: None
    """How old the elements are that windows are computed from. May block, and raise `Refused`."""
    anchors: Anchors = field(default_factory=Anchors)

    @classmethod
    def none(cls, clock: Clock) -> "Circumstances":
        """Nothing is known, and nothing objects."""
        return cls(Notices(clock))

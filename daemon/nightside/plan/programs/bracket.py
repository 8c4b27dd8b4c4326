"""Bracket: the same view in several exposures, a number of stops apart."""

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from nightside.plan.drafts import Expansion, in_rounds
from nightside.plan.means import Means
from nightside.plan.preflight import Complaint
from nightside.plan.programs.base import Exposing, ExposureTime, Program, Seconds, microseconds
from nightside.plan.values import Overrun
from nightside_drivers.api import Exposure

HALF_A_THIRD = 0.13
"""Bodies have third stops: no exposure of a bracket is further (relative) from one of them than this."""


class Bracket(Exposing):
    """Sets of exposures around a middle one, by shutter speed: for bright cities beside dark ground, or the Moon with its halo."""

    kind: Literal["bracket"] = "bracket"
    exposure_s: ExposureTime
    """Length of the middle exposure (s)."""
    frames: int = Field(default=3, ge=3, le=9)
    """How many exposures in a set; an odd number."""
    stops: float = Field(default=1.0, gt=0, le=5)
    """How far (EV) each is from the next."""
    order: Literal["middle-first", "darkest-first", "brightest-first"] = "middle-first"
    """In which order the exposures of a set are taken; after the middle one, the darker of each pair first."""
    sets: int | None = Field(default=None, gt=0)
    """How many sets; as many as fit, when not given."""
    every_s: Seconds | None = None
    """From the start of one set to the start of the next (s); one after the other, when not given."""
    tolerance: ClassVar[float] = HALF_A_THIRD

    @property
    def bounded(self) -> bool:
        """Where the sets are counted."""
        return self.sets is not None

    @property
    def usual_overrun(self) -> Overrun:
        """A set is only of use whole."""
        return Overrun.PUSH

    def exposures(self) -> tuple[Exposure, ...]:
        """In their order."""
        half = self.frames // 2
        steps = list(range(-half, half + 1))
        if self.order == "brightest-first":
            steps.reverse()
        elif self.order == "middle-first":
            steps.sort(key=abs)  # stable: the darker one of each pair first
        return tuple(self.asked(self.exposure_s * 2 ** (step * self.stops)) for step in steps)

    def complaints(self, means: Means) -> Iterator[Complaint]:
        """And whether sets follow each other as quickly as asked for."""
        yield from super().complaints(means)
        if self.every_s is None or self.sets == 1:
            return
        least_us = self._cycle_us(means)
        if microseconds(self.every_s) < least_us:
            yield Complaint(
                f"{self.called} asks for a set of {self.frames} every {self.every_s:g} s.",
                f"One takes {least_us / 1e6:g} s on a {means.body.model}, other settings between its exposures included.",
                f"Use every_s = {least_us / 1e6:g} or more.",
                self.tried({"every_s": least_us / 1e6}),
            )

    def expand(self, room_us: int, means: Means) -> Expansion:
        """Whole sets."""
        cycle = [self.draft(exposure.shutter_s, means) for exposure in self.exposures()]
        every_us = None if self.every_s is None else microseconds(self.every_s)
        return Expansion(in_rounds(cycle, means.gaps_us, every_us, self.sets, room_us), notes=self.moves(means))

    def with_exposure(self, old_s: float, new_s: float) -> Program | None:
        """All exposures longer or shorter by the same."""
        return self.tried({"exposure_s": self.exposure_s * new_s / old_s})

    def _cycle_us(self, means: Means) -> int:
        cycle = [self.draft(exposure.shutter_s, means) for exposure in self.exposures()]
        two = in_rounds(cycle, means.gaps_us, None, 2, 10**15)
        return two[len(cycle)].open_us

    @model_validator(mode="after")
    def _has_a_middle(self) -> Self:
        if self.frames % 2 == 0:
            raise ValueError(f"frames is {self.frames}, and a bracket has a middle one: use an odd number")
        return self

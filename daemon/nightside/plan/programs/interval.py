"""Interval: one exposure every so many seconds, counted from start to start."""

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import model_validator

from nightside.plan.drafts import Expansion, on_grid
from nightside.plan.means import Means
from nightside.plan.preflight import Complaint
from nightside.plan.programs.base import Program, Seconds, Timed, microseconds
from nightside.plan.values import Overrun


class Interval(Timed):
    """An exposure every `every_s`, on a grid that a late shot does not move."""

    kind: Literal["interval"] = "interval"
    every_s: Seconds
    """From one opening to the next (s): not the pause between two exposures."""

    @property
    def usual_overrun(self) -> Overrun:
        """A shot off the grid spoils a time lapse more than a missing one."""
        return Overrun.SKIP

    def complaints(self, means: Means) -> Iterator[Complaint]:
        """And whether the body keeps up."""
        yield from super().complaints(means)
        least_s = means.taken_as(self.exposures()[0]).shutter_s + means.gap_s
        if self.shots != 1 and microseconds(self.every_s) < microseconds(least_s):
            yield Complaint(
                f"{self.called} asks for {self.exposure_s:g} s every {self.every_s:g} s.",
                f"The {means.body.model} needs {means.gap_s:g} s between two exposures that are each triggered.",
                f"Use every_s = {least_s:g} or more.",
                self.tried({"every_s": round(least_s, 6)}),
            )

    def expand(self, room_us: int, means: Means) -> Expansion:
        """On the grid of `every_s`."""
        drafts = on_grid(self.draft(self.exposure_s, means), microseconds(self.every_s), self.limits(room_us))
        return Expansion(drafts, notes=self.moves(means))

    def with_exposure(self, old_s: float, new_s: float) -> Program | None:
        """At the same interval, or at a longer one if the exposure does not fit into it."""
        return self.tried({"exposure_s": new_s, "every_s": max(self.every_s, new_s)})

    @model_validator(mode="after")
    def _interval_holds_exposure(self) -> Self:
        if self.every_s < self.exposure_s:
            raise ValueError(
                f"every_s is {self.every_s:g} and counts from start to start, so it cannot be less than exposure_s, "
                f"{self.exposure_s:g}"
            )
        return self

"""Interval: one exposure every so many seconds, counted from start to start."""

from typing import Literal, Self

from pydantic import Field, model_validator

from nightside.plan.programs.base import Grid, Program
from nightside.plan.values import Overrun, Span


class Interval(Program):
    """An exposure every `every_s`, on a grid that a late shot does not move."""

    kind: Literal["interval"] = "interval"
    every_s: float = Field(gt=0, le=86400)
    """From one opening to the next (s): not the pause between two exposures."""

    @property
    def overrun(self) -> Overrun:
        """A shot off the grid spoils a time lapse more than a missing one."""
        return Overrun.SKIP

    def grid(self, span: Span, gap_s: float) -> Grid:
        """On the grid of `every_s`. Whether the body keeps up is preflight's question."""
        return Grid.fitting(span, self.exposure_s, self.every_s, self.shots)

    @model_validator(mode="after")
    def _interval_holds_exposure(self) -> Self:
        if self.every_s < self.exposure_s:
            raise ValueError(
                f"every_s is {self.every_s:g} and counts from start to start, so it cannot be less than exposure_s"
            )
        return self

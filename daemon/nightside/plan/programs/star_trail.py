"""Star trail: long exposures with as little gap as the body allows, to be stacked into unbroken arcs."""

from typing import Literal

from pydantic import Field

from nightside.plan.programs.base import Grid, Program
from nightside.plan.values import Overrun, Span


class StarTrail(Program):
    """Exposures back to back, for the whole window or for `total_s` of it."""

    kind: Literal["star-trail"] = "star-trail"
    exposure_s: float = Field(default=30.0, gt=0, le=3600)
    total_s: float | None = Field(default=None, gt=0)
    """How long the trail is (s), first opening to last closing; the whole window, when not given."""

    @property
    def overrun(self) -> Overrun:
        """A late frame still carries the trail on; a missing one breaks it."""
        return Overrun.PUSH

    def grid(self, span: Span, gap_s: float) -> Grid:
        """One exposure after the other, `gap_s` apart."""
        pitch_s = self.exposure_s + gap_s
        in_total = None if self.total_s is None else max(0, int((self.total_s + gap_s) / pitch_s + 1e-9))
        limits = [limit for limit in (self.shots, in_total) if limit is not None]
        return Grid.fitting(span, self.exposure_s, pitch_s, min(limits, default=None))

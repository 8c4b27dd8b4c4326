"""Star trail: long exposures with as little gap as the body allows, to be stacked into unbroken arcs."""

from typing import Literal

from pydantic import Field

from nightside.plan.drafts import MOST_SHOTS, Expansion, in_volleys, on_grid
from nightside.plan.means import Means
from nightside.plan.programs.base import ExposureTime, Timed
from nightside.plan.values import Overrun
from nightside_drivers.api import ReleaseKind


class StarTrail(Timed):
    """Exposures back to back, for the whole window or for `total_s` of it."""

    kind: Literal["star-trail"] = "star-trail"
    exposure_s: ExposureTime = Field(default=30.0)
    route: Literal["single", "burst", "held"] = "single"
    """`single` triggers each frame; `burst` lets one USB trigger take many; `held` holds a wired release down. Both need
    the dial on CL or CH, and leave a smaller gap."""

    @property
    def opened_by(self) -> ReleaseKind:
        """The route's release."""
        return ReleaseKind(self.release) if self.route == "single" else ReleaseKind(self.route)

    @property
    def usual_overrun(self) -> Overrun:
        """A late frame still carries the trail on; a missing one breaks it."""
        return Overrun.PUSH

    def expand(self, room_us: int, means: Means) -> Expansion:
        """One exposure after the other."""
        first = self.draft(self.exposure_s, means)
        if self.route == "single":
            drafts = on_grid(first, first.length_us + means.gap_us, self.limits(room_us))
            gap_s = means.gap_s / means.scale
        else:
            most = MOST_SHOTS + 1 if self.route == "held" else means.frames_of_a_trigger(first.length_us)
            pace = means.pace(first.length_us, most)
            drafts = in_volleys(first, pace, self.limits(room_us))
            gap_s = pace.own_gap_us / 1e6
        return Expansion(drafts, notes=self._gap(gap_s, means) if len(drafts) > 1 else ())

    def _gap(self, gap_s: float, means: Means) -> tuple[str, ...]:
        if self.focal_mm is None:
            return ()
        pixels = means.trail_px(gap_s, self.focal_mm)
        if pixels is None:
            return ()
        dark = f"{pixels:.1f}" if pixels >= 0.1 else f"{pixels:.2f}"
        return (f"Each gap of {gap_s:g} s leaves {dark} px of a trail dark at {self.focal_mm:g} mm on a {means.body.model}.",)

"""Time lapse: so many frames a second, as far as the body keeps up, to be played faster than they were taken."""

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from nightside.plan.drafts import MOST_SHOTS, Expansion, Pace, in_volleys, on_grid
from nightside.plan.means import Means
from nightside.plan.preflight import Complaint
from nightside.plan.programs.base import Program, Timed, microseconds
from nightside.plan.values import Overrun
from nightside_drivers.api import ReleaseKind


class TimeLapse(Timed):
    """Frames at a steady rate."""

    kind: Literal["time-lapse"] = "time-lapse"
    frames_per_s: float = Field(gt=0, le=120)
    """How many frames are taken in a second; less than one is allowed."""
    played_at: float = Field(default=24, gt=0, le=240)
    """How many frames a second the film shows, to say how long it is and how much faster."""
    route: Literal["single", "held"] = "single"
    """`single` triggers each frame; `held` holds a wired release down, at the rate that the body is
    set to on CL, for what is faster than triggers."""

    @property
    def opened_by(self) -> ReleaseKind:
        """The route's release."""
        return ReleaseKind(self.release) if self.route == "single" else ReleaseKind.HELD

    @property
    def usual_overrun(self) -> Overrun:
        """A frame off the grid jerks more than a missing one."""
        return Overrun.SKIP

    @property
    def every_s(self) -> float:
        """From one opening to the next (s)."""
        return 1.0 / self.frames_per_s

    def complaints(self, means: Means) -> Iterator[Complaint]:
        """And whether the body keeps up."""
        yield from super().complaints(means)
        fastest = self._fastest(means)
        if self.frames_per_s > fastest * (1 + 1e-9):
            way = "by itself" if self.route == "held" else "by one trigger a frame"
            rate = int(fastest * 1000) / 1000
            yield Complaint(
                f"{self.called} asks for {self.frames_per_s:g} frames a second with exposures of {self.exposure_s:g} s.",
                f"The {means.body.model} makes at most {rate:g} {way}.",
                f"Use frames_per_s = {rate:g} or less" + ("." if self.route == "held" else ', or route = "held" by wire.'),
                self.tried({"frames_per_s": rate}) if rate > 0 else None,
            )

    def expand(self, room_us: int, means: Means) -> Expansion:
        """On the grid of the rate."""
        first, every_us = self.draft(self.exposure_s, means), microseconds(self.every_s)
        by_hand: tuple[str, ...] = ()
        if self.route == "held":
            pace = Pace(every_us - first.length_us, means.own_gap_us, means.gap_us, MOST_SHOTS + 1)
            drafts = in_volleys(first, pace, self.limits(room_us))
            by_hand = (f"Set the rate of CL to {self.frames_per_s:g} frames/s in the body's menu.",)
        else:
            drafts = on_grid(first, every_us, self.limits(room_us))
        faster = self.played_at * self.every_s
        film = f"At {self.played_at:g} frames/s the film lasts {len(drafts) / self.played_at:.1f} s, {faster:g} times as fast."
        return Expansion(drafts, notes=(film, *self.moves(means)), by_hand=by_hand)

    def with_exposure(self, old_s: float, new_s: float) -> Program | None:
        """At the same rate, or at a lower one if the exposure does not fit into it."""
        return self.tried({"exposure_s": new_s, "frames_per_s": min(self.frames_per_s, 1 / new_s)})

    def _fastest(self, means: Means) -> float:
        length_s = means.taken_as(self.exposures()[0]).shutter_s
        if self.route == "held":
            return min(means.body.frames_per_s, 1 / (length_s + means.own_gap_us / 1e6))
        return 1 / (length_s + means.gap_s)

    @model_validator(mode="after")
    def _rate_holds_exposure(self) -> Self:
        if self.exposure_s * self.frames_per_s > 1:
            raise ValueError(
                f"frames_per_s is {self.frames_per_s:g}, which leaves {self.every_s:g} s for a frame, and exposure_s is "
                f"{self.exposure_s:g}"
            )
        return self

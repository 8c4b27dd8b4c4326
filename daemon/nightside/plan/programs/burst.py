"""Burst: as many frames as quickly as the body makes them, once or at intervals."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, Self

from pydantic import Field, model_validator

from nightside.plan.drafts import MOST_SHOTS, Draft, Expansion, Limits, in_volleys
from nightside.plan.means import Means
from nightside.plan.preflight import Complaint
from nightside.plan.programs.base import Exposing, ExposureTime, Program, Seconds, microseconds
from nightside.plan.values import Overrun
from nightside_drivers.api import Exposure, ReleaseKind


class Burst(Exposing):
    """Frames that one release takes, back to back: for lightning, meteors and what moves."""

    kind: Literal["burst"] = "burst"
    exposure_s: ExposureTime
    """Length of one exposure (s)."""
    frames: int = Field(gt=0, le=1000)
    """How many in one burst."""
    bursts: int | None = Field(default=None, gt=0)
    """How many bursts; as many as fit, when not given."""
    every_s: Seconds | None = None
    """From the start of one burst to the start of the next (s); as soon as the body is free, when not given."""
    route: Literal["burst", "held"] = "burst"
    """`burst` by one USB trigger, `held` by a wired release; both need the release dial on CL or CH."""

    @property
    def opened_by(self) -> ReleaseKind:
        """The route's release."""
        return ReleaseKind(self.route)

    @property
    def bounded(self) -> bool:
        """Where the bursts are counted."""
        return self.bursts is not None

    @property
    def usual_overrun(self) -> Overrun:
        """What was to be caught does not wait."""
        return Overrun.SKIP if self.every_s is not None else Overrun.PUSH

    def exposures(self) -> tuple[Exposure, ...]:
        """The one."""
        return (self.asked(self.exposure_s),)

    def with_exposure(self, old_s: float, new_s: float) -> Program | None:
        """The same with a different length of each exposure."""
        return self.tried({"exposure_s": new_s})

    def complaints(self, means: Means) -> Iterator[Complaint]:
        """And whether one trigger can ask for so many, and the body keeps up."""
        yield from super().complaints(means)
        first = self.draft(self.exposure_s, means)
        most = means.frames_of_a_trigger(first.length_us)
        if self.route == "burst" and self.frames > most:
            yield Complaint(
                f"{self.called} asks for {self.frames} frames in one burst.",
                f"One USB trigger gets at most {most} such frames from a {means.body.model}, and libgphoto2 waits 1000 s for them.",
                f'Use frames = {most}, or a wired release (route = "held").',
                self.tried({"frames": most}),
            )
        least_us = self._one(first, means)[-1].latest_us + means.gap_us
        if self.bursts != 1 and self.every_s is not None and microseconds(self.every_s) < least_us:
            yield Complaint(
                f"{self.called} asks for {self.frames} frames every {self.every_s:g} s.",
                f"They and the pause after them take up to {least_us / 1e6:g} s on a {means.body.model}.",
                f"Use every_s = {least_us / 1e6:g} or more, or fewer frames.",
                self.tried({"every_s": least_us / 1e6}),
            )

    def expand(self, room_us: int, means: Means) -> Expansion:
        """Burst after burst: whole ones, and what fits of the last."""
        one = self._one(self.draft(self.exposure_s, means), means)
        pitch_us = one[-1].latest_us + means.gap_us if self.every_s is None else microseconds(self.every_s)
        drafts: list[Draft] = []
        for index in range(MOST_SHOTS // self.frames + 1 if self.bursts is None else self.bursts):
            begun = [replace(draft, open_us=draft.open_us + index * pitch_us) for draft in one]
            fitting = [draft for draft in begun if draft.latest_us <= room_us]
            drafts += fitting
            if len(fitting) < len(one) or len(drafts) > MOST_SHOTS:
                break
        return Expansion(tuple(drafts), notes=self.moves(means))

    def shorter(self, room_us: int, means: Means) -> Program | None:
        """With the longest exposure of which one fits."""
        fitting = [speed for speed in means.body.shutter_speeds_s if speed * 1e6 <= room_us]
        return self.revised({"exposure_s": fitting[-1]}) if fitting else None

    def _one(self, first: Draft, means: Means) -> tuple[Draft, ...]:
        endless = Limits(10**15, self.frames)
        return in_volleys(first, means.pace(first.length_us, self.frames), endless)

    @model_validator(mode="after")
    def _interval_holds_exposures(self) -> Self:
        if self.every_s is not None and self.bursts != 1 and self.every_s < self.exposure_s * self.frames:
            raise ValueError(
                f"every_s is {self.every_s:g} and counts from start to start, and one burst exposes for "
                f"{self.exposure_s * self.frames:g} s"
            )
        return self

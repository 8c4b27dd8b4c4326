"""Darks: frames with the lens cap on, as long and as sensitive as the pictures that they are to be subtracted from."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from nightside.plan.drafts import Ask, Expansion, Limits, on_grid
from nightside.plan.means import Means
from nightside.plan.preflight import Complaint
from nightside.plan.programs.base import Exposing, ExposureTime, Program, microseconds
from nightside.plan.values import Overrun
from nightside_drivers.api import Exposure

CAP_ON, CAP_OFF = "Put the lens cap on.", "Take the lens cap off."


class Darks(Exposing):
    """Dark frames, after a person has been asked to put the lens cap on."""

    kind: Literal["darks"] = "darks"
    exposure_s: ExposureTime | None = None
    """Length of one exposure (s). In a sequence it may be left out: then it, ISO and aperture are those of the part before."""
    shots: int = Field(default=10, gt=0, le=1000)
    """How many."""
    prompt_s: float = Field(default=60, ge=0, le=3600)
    """How long (s) somebody has to reach the lens."""

    @property
    def bounded(self) -> bool:
        """Always."""
        return True

    @property
    def usual_overrun(self) -> Overrun:
        """It is dark at any instant."""
        return Overrun.PUSH

    def exposures(self) -> tuple[Exposure, ...]:
        """The one, once it is known."""
        return () if self.exposure_s is None else (self.asked(self.exposure_s),)

    def complaints(self, means: Means) -> Iterator[Complaint]:
        """And whether it is known what they are to match."""
        if self.exposure_s is None:
            yield Complaint(
                f"{self.called} names no exposure_s.",
                "Darks are only of use at the exposure and the ISO of the frames that they are subtracted from.",
                "Give exposure_s and iso, or put them into a sequence after the program that they belong to.",
            )
            return
        yield from super().complaints(means)

    def expand(self, room_us: int, means: Means) -> Expansion:
        """Time for the cap, and then one after the other."""
        if self.exposure_s is None:
            return Expansion()
        first, reach_us = self.draft(self.exposure_s, means), microseconds(self.prompt_s)
        drafts = on_grid(first, first.length_us + means.gap_us, Limits(room_us - reach_us, self.shots))
        return Expansion(Expansion(drafts).later(reach_us).drafts, (Ask(0, 0, CAP_ON),) if drafts else (), undo=CAP_OFF)

    def after(self, previous: Program) -> Program:
        """Matched to the most important exposure of the part before, where it names none of its own."""
        exposures = previous.exposures()
        if self.exposure_s is not None or not exposures:
            return self
        wanted = exposures[0]
        release = wanted.release if wanted.release in {"usb", "usb-bulb", "wired"} else "usb"
        matched = {"exposure_s": wanted.shutter_s, "iso": wanted.iso, "aperture": wanted.aperture, "release": str(release)}
        return self.revised(matched)

    def with_exposure(self, old_s: float, new_s: float) -> Program | None:
        """The same at another length."""
        return self.tried({"exposure_s": new_s})

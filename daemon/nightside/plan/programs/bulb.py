"""Bulb: one or several long exposures, by wire or where the body can hold its shutter open over USB."""

from typing import Literal

from pydantic import Field

from nightside.plan.drafts import Expansion, Limits, on_grid
from nightside.plan.means import Means
from nightside.plan.programs.base import Steady, microseconds
from nightside.plan.values import Overrun

TIMED_BY_BODIES_S = 30.0
"""Up to here bodies time exposures themselves."""


class Bulb(Steady):
    """Exposures for as long as the shutter is held open, as in a long exposure over one border."""

    kind: Literal["bulb"] = "bulb"
    shots: int | None = Field(default=1, gt=0, le=1000)
    """How many exposures."""
    pause_s: float = Field(default=0, ge=0, le=86400)
    """Rest (s) for the sensor between two of them, beyond what the body needs."""
    release: Literal["usb", "usb-bulb", "wired"] = "wired"

    @property
    def usual_overrun(self) -> Overrun:
        """A late one closes when it was to close, so that those after it are not late."""
        held = self.release == "usb-bulb" or self.exposure_s > TIMED_BY_BODIES_S
        return Overrun.SHORTEN if held else Overrun.PUSH

    def expand(self, room_us: int, means: Means) -> Expansion:
        """One after the other."""
        first = self.draft(self.exposure_s, means)
        pitch_us = first.length_us + max(means.gap_us, microseconds(self.pause_s))
        return Expansion(on_grid(first, pitch_us, Limits(room_us, self.shots)), notes=self.moves(means))

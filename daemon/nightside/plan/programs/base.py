"""What every kind of program has, and what it must be able to say."""

import abc
from datetime import timedelta
from typing import Literal

from pydantic import Field

from nightside.plan.values import Overrun, Span, Value
from nightside_drivers.api import Exposure

MICROSECOND = timedelta(microseconds=1)


class Grid(Value):
    """Equal exposures at equal pitch: integers of microseconds, so that the thousandth shot is as exact as the first."""

    count: int
    pitch_us: int
    exposure_us: int

    @classmethod
    def fitting(cls, span: Span, exposure_s: float, pitch_s: float, at_most: int | None) -> "Grid":
        """As many exposures as end inside `span`, one every `pitch_s` (≥ `exposure_s`), `at_most` if given."""
        exposure_us, pitch_us = round(exposure_s * 1e6), round(pitch_s * 1e6)
        room_us = span.duration // MICROSECOND
        count = 0 if room_us < exposure_us else (room_us - exposure_us) // pitch_us + 1
        return cls(count=count if at_most is None else min(count, at_most), pitch_us=pitch_us, exposure_us=exposure_us)


class Program(Value, abc.ABC):
    """What to shoot. Subclasses add a `kind` literal and their own fields."""

    name: str = Field(default="", max_length=40, pattern=r"^[a-z0-9-]*$")
    """Names the session and its folders: small letters, digits and hyphens. The kind, when not given."""
    exposure_s: float = Field(gt=0, le=3600)
    """Length of one exposure (s)."""
    iso: int | None = Field(default=None, gt=0)
    aperture: float | None = Field(default=None, gt=0)
    """f-number; on a D3s the lens ring sets it, and preflight checks it."""
    release: Literal["usb", "usb-bulb", "wired"] = "usb"
    """How the shutter is opened. Exposures longer than the body times itself need `wired`, or `usb-bulb` where the body has it."""
    shots: int | None = Field(default=None, gt=0)
    """How many exposures at the most; as many as fit, when not given."""

    @property
    @abc.abstractmethod
    def overrun(self) -> Overrun:
        """What becomes of a shot that the body is not free for."""

    @abc.abstractmethod
    def grid(self, span: Span, gap_s: float) -> Grid:
        """Lay this program's exposures into `span`; `gap_s` is what the body needs between two of them."""

    @property
    def exposure(self) -> Exposure:
        """The settings of each shot."""
        return Exposure(self.exposure_s, self.iso, self.aperture)

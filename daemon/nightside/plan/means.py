"""`Means`: what a plan has to go by besides its window: the body's abilities, its overhead, and how fast the sky turns."""

import math
from dataclasses import dataclass

from nightside.plan.drafts import Pace
from nightside_drivers.api import Capabilities, Exposure, ReleaseKind

SPEED_TOLERANCE = 0.02
"""How far (relative) an exposure may lie from one of the body's own: a body's 1/3 s is 0.3333 s."""

CHANGE_S = 0.5
"""Machine time that writing other settings takes between two shots: a few round trips over USB, each read back (unproven)."""

LONGEST_VOLLEY_S = 980.0
"""How long (machine time) one USB trigger may keep a body busy: libgphoto2 gives up on it after 1000 s."""

ARCSEC = 206_264.8
"""In a radian."""


@dataclass(frozen=True, slots=True)
class Means:
    """What the camera can do, in whole microseconds of plan time where it is a time."""

    body: Capabilities
    gap_us: int
    """Between two exposures that are each triggered."""
    own_gap_us: int
    """Between two exposures of which the body starts the second by itself."""
    change_us: int
    """Between two exposures with different settings."""
    longest_volley_us: int
    sky_arcsec_s: float | None = None
    """How fast the stars turn in front of the camera, by the wall clock; `None` where nobody said."""
    scale: float = 1.0
    """Seconds of plan time in a machine second."""

    @classmethod
    def of(cls, body: Capabilities, gap_s: float | None = None, sky_arcsec_s: float | None = None) -> "Means":
        """For a body whose gap by USB trigger is `gap_s` of plan time: its own, when not given; longer in a rehearsal.

        A rehearsal does not speed up what is said over USB. What a body does by itself it does in plan time, however fast that is.
        """
        scale = 1.0 if gap_s is None else gap_s / body.usb_gap_s

        def us(machine_s: float) -> int:
            return round(machine_s * scale * 1e6)

        return cls(
            body, us(body.usb_gap_s), round(body.own_gap_s * 1e6), us(CHANGE_S), us(LONGEST_VOLLEY_S), sky_arcsec_s, scale
        )

    @property
    def gap_s(self) -> float:
        """The least time (s) between two exposures that are each triggered."""
        return self.gap_us / 1e6

    @property
    def gaps_us(self) -> tuple[int, int]:
        """Between two exposures that are each triggered, and what other settings add to that."""
        return self.gap_us, self.change_us

    def pace(self, length_us: int, most: int) -> Pace:
        """How the body goes on by itself with exposures of this length, `most` to a release."""
        fastest_us = round(1e6 / self.body.frames_per_s)
        return Pace(max(self.own_gap_us, fastest_us - length_us), self.own_gap_us, self.gap_us, most)

    def frames_of_a_trigger(self, length_us: int) -> int:
        """How many such exposures one USB trigger may ask for."""
        pace = self.pace(length_us, 1)
        pitch_us = length_us + pace.own_gap_us + pace.drift_us
        return max(1, min(self.body.burst_frames, self.longest_volley_us // pitch_us))

    def holds_open(self, release: ReleaseKind, shutter_s: float) -> bool:
        """Whether whoever releases holds the shutter open, so that any length will do."""
        return release is ReleaseKind.USB_BULB or (release is ReleaseKind.WIRED and shutter_s > self.body.longest_exposure_s)

    def nearest_speed_s(self, wanted_s: float) -> float:
        """The body's own shutter speed next to a wanted one."""
        return min(self.body.shutter_speeds_s, key=lambda speed: abs(math.log(speed / wanted_s)))

    def has_speed(self, wanted_s: float, tolerance: float = SPEED_TOLERANCE) -> bool:
        """Whether the body times such an exposure, to a relative tolerance."""
        return abs(self.nearest_speed_s(wanted_s) - wanted_s) <= tolerance * wanted_s

    def nearest_iso(self, wanted: int) -> int:
        """The body's own ISO value next to a wanted one; the wanted one where the body has not said."""
        return min(self.body.isos, key=lambda iso: abs(iso - wanted), default=wanted)

    def taken_as(self, wanted: Exposure) -> Exposure:
        """An exposure as the body will make it: at its own shutter speed, where it times the exposure itself."""
        held = self.holds_open(wanted.release, wanted.shutter_s)
        shutter_s = wanted.shutter_s if held else self.nearest_speed_s(wanted.shutter_s)
        return Exposure(shutter_s, wanted.iso, wanted.aperture, wanted.release)

    def trail_px(self, seconds: float, focal_mm: float) -> float | None:
        """How far (pixels) a star moves over the sensor meanwhile, at the celestial equator of the motion."""
        if self.sky_arcsec_s is None:
            return None
        return seconds * self.sky_arcsec_s / ARCSEC * focal_mm * 1000 / self.body.pixel_um

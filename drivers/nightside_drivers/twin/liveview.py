"""Live view: the mirror is up and the sensor looks on. What it shows, with the header in front of it."""

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from nightside_drivers.twin.codes import Property
from nightside_drivers.twin.darkroom import Thumbnail
from nightside_drivers.twin.shutter import Phase
from nightside_drivers.twin.warmth import TOO_HOT_C

if TYPE_CHECKING:
    from nightside_drivers.twin.body import BodyModel

VIEW_PX = (640, 426)
"""Width and height of the picture (assumed)."""

VIEW_BYTES = 49_152
HEADER_BYTES = 128
"""Length of the header (libgphoto2, library.c, for bodies of this time)."""

ZOOM_PERCENT = (0, 25, 33, 50, 66, 100, 200)
"""What the values of Live View Image Zoom Ratio 0xd1a3 mean, in per cent of the sensor's pixels; 0 is all of it (libgphoto2,
config.c, for bodies of this time; the last one, which it has no name for, assumed)."""

_VIEW_EXPOSURE_S = 1 / 15
_VIEW_ISO = 102_400
"""In the dark live view is brightened as far as a D3S can (assumed)."""
_BATTERY, _PENDING, _SHOOTING, _HEAT, _MIRROR = 1 << 8, 1 << 12, 1 << 15, 1 << 17, 1 << 22
"""Bits of Live View Prohibit Condition 0xd1a4, by libgphoto2's list."""


class LiveView:
    """Live view of one body."""

    def __init__(self, body: "BodyModel") -> None:
        self.focus_at = (body.facts.file.sensor.width_px // 2, body.facts.file.sensor.height_px // 2)
        """Centre of the focus area, in pixels of the whole frame."""
        self._body = body
        self._since: float | None = None
        self._shown = 0

    @property
    def on(self) -> bool:
        """Whether the mirror is up for it."""
        return self._since is not None

    @property
    def ready(self) -> bool:
        """Whether it is on, and there is something to see."""
        settled = self._body.facts.file.timing.live_view_s
        return self._since is not None and self._body.clock.monotonic() >= self._since + settled

    @property
    def prohibited(self) -> int:
        """Why it cannot start, as bits; 0 when it can."""
        body = self._body
        bits = _BATTERY if body.charge.low else 0
        bits |= _PENDING if body.sdram.pending else 0
        bits |= _SHOOTING if body.shutter.phase is not Phase.IDLE else 0
        bits |= _HEAT if body.warmth.at(body.clock.monotonic()) >= TOO_HOT_C else 0
        return bits | (_MIRROR if body.mirror_stuck else 0)

    def start(self) -> None:
        """Mirror up."""
        if self._since is None:
            self._since = self._body.clock.monotonic()
            self._body.warmth.work(self._since, working=True)

    def end(self) -> None:
        """Mirror down."""
        if self._since is not None:
            self._since = None
            self._body.warmth.work(self._body.clock.monotonic(), working=self._body.shutter.busy)

    def watch(self) -> None:
        """A body that has become too hot, or its battery too low, lets the mirror down by itself."""
        if self.on and self.prohibited & (_BATTERY | _HEAT):
            self.end()

    @property
    def zoom(self) -> float:
        """How much larger than in the whole picture things are shown now."""
        percent = ZOOM_PERCENT[self._body.properties.number(Property.LIVE_VIEW_ZOOM) % len(ZOOM_PERCENT)]
        return max(1.0, percent / 100 * self._body.facts.file.sensor.width_px / VIEW_PX[0])

    @property
    def aim(self) -> tuple[float, float]:
        """What is in the middle of the picture, as shares of the frame: what is shown ends where the frame does."""
        sensor, half = self._body.facts.file.sensor, 0.5 / self.zoom
        across, down = self.focus_at[0] / sensor.width_px, self.focus_at[1] / sensor.height_px
        return min(max(across, half), 1 - half), min(max(down, half), 1 - half)

    def picture(self) -> Thumbnail:
        """What is seen now."""
        self._shown += 1
        now = self._body.clock.monotonic()
        frame = self._body.framing.view(self._body.utc_at(now), self._body.stamp(now), _VIEW_EXPOSURE_S, -self._shown)
        frame = replace(frame, iso=_VIEW_ISO, zoom=self.zoom, aim=self.aim, dark=self._body.capped)
        return Thumbnail(frame, self._body.darkroom, VIEW_PX, VIEW_BYTES, self._header())

    def _header(self) -> bytes:
        """Sizes of picture and frame, and the focus area, in big-endian words; the rest is nought (layout assumed)."""
        sensor = self._body.facts.file.sensor
        shown = (round(sensor.width_px / self.zoom), round(sensor.height_px / self.zoom))
        words = (*VIEW_PX, sensor.width_px, sensor.height_px, *shown)
        centre = (round(sensor.width_px * self.aim[0]), round(sensor.height_px * self.aim[1]))
        return struct.pack(">12H", *words, *centre, 200, 200, *self.focus_at).ljust(HEADER_BYTES, b"\0")

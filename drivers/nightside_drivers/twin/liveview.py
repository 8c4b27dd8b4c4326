"""Live view: the mirror is up and the sensor looks on. What it shows, with the header in front of it."""

import struct
from typing import TYPE_CHECKING

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

_FOCUS_END = 1000
"""Steps from one end of the focus to the other (assumed)."""

_VIEW_EXPOSURE_S = 1 / 30
_BATTERY, _PENDING, _SHOOTING, _HEAT, _MIRROR = 1 << 8, 1 << 12, 1 << 15, 1 << 17, 1 << 22
"""Bits of Live View Prohibit Condition 0xd1a4, by libgphoto2's list."""


class LiveView:
    """Live view of one body."""

    def __init__(self, body: "BodyModel") -> None:
        self.focus_at = (body.facts.file.sensor.width_px // 2, body.facts.file.sensor.height_px // 2)
        """Centre of the focus area, in pixels of the whole frame."""
        self._body = body
        self._since: float | None = None
        self._focus = _FOCUS_END // 2
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

    def focus(self, steps: int) -> bool:
        """Move the focus. Says whether it got there, or came to an end."""
        wanted = self._focus + steps
        self._focus = max(0, min(_FOCUS_END, wanted))
        return self._focus == wanted

    def picture(self) -> Thumbnail:
        """What is seen now."""
        self._shown += 1
        now = self._body.clock.monotonic()
        frame = self._body.framing.view(self._body.utc_at(now), self._body.stamp(now), _VIEW_EXPOSURE_S, -self._shown)
        return Thumbnail(frame, self._body.darkroom, VIEW_PX, VIEW_BYTES, self._header())

    def _header(self) -> bytes:
        """Sizes of picture and frame, and the focus area, in big-endian words; the rest is nought (layout assumed)."""
        sensor = self._body.facts.file.sensor
        words = (*VIEW_PX, sensor.width_px, sensor.height_px, sensor.width_px, sensor.height_px)
        centre = (sensor.width_px // 2, sensor.height_px // 2)
        return struct.pack(">12H", *words, *centre, 200, 200, *self.focus_at).ljust(HEADER_BYTES, b"\0")

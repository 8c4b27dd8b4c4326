"""Live view through libgphoto2: pictures, magnification, and an end that leaves the body as it was.

libgphoto2's preview starts a Nikon's live view by itself, aims the next frame at the camera's memory for it, and says of whatever
forbids it no more than −1. So the reasons are asked of the body, and where frames go is put back at the end. Read in
camlibs/ptp2/library.c (`camera_capture_preview`) and config.c of 2.5.34.
"""

import os
import re

import gphoto2 as gp

from nightside_drivers.api import LARGEST_VIEW, Look, View
from nightside_drivers.clock import pause
from nightside_drivers.errors import BodyBusy, BodyFailed, BodyRefused, LiveViewProhibited, NightsideError, SpoolFailed
from nightside_drivers.gphoto.settings import Settings
from nightside_drivers.gphoto.vendor_codes import translated
from nightside_drivers.gphoto.words import (
    AIM_WIDGET,
    MEDIA_WIDGET,
    PROHIBIT_WIDGET,
    PROHIBITED,
    VIEWFINDER_WIDGET,
    ZOOM_WIDGET,
    ZOOMED_OUT,
)

_PERCENT = re.compile(r"^(\d{1,4})%$")
_TRIES, _BETWEEN_S = 20, 0.05
"""A body that is busy lets its mirror down only when it is ready again."""


class LiveView:
    """Live view of one open camera."""

    def __init__(self, camera: gp.Camera, settings: Settings, frame_px: tuple[int, int]) -> None:
        """`camera` is open, `settings` are its own; `frame_px` are width and height of a whole frame, for aiming."""
        self._camera = camera
        self._settings = settings
        self._frame_px = frame_px
        self._on = False
        self._look: Look | None = None
        self._frames_went: str | None = None

    def offered(self) -> tuple[int, ...]:
        """The magnifications there are, in per cent, from 0; none where libgphoto2 can neither start nor end live view."""
        if self._settings.find(VIEWFINDER_WIDGET) is None:
            return ()
        found = {int(percent[1]) for word in self._settings.words(ZOOM_WIDGET) if (percent := _PERCENT.match(word))}
        return (0, *sorted(found - {0}))

    def view(self, look: Look, into: int) -> View:
        """The next picture, into a descriptor."""
        if look != self._look:
            self._turn_to(look)
        try:
            with translated("see a picture in live view"):
                seen = self._camera.capture_preview()  # the memory is its, and goes with it
                picture = memoryview(seen.get_data_and_size())
        except NightsideError:
            self._raise_if_prohibited()
            raise
        if not 0 < len(picture) <= LARGEST_VIEW:
            raise BodyFailed(f"The body sent a picture of {len(picture)} bytes in live view, which none has.")
        size = len(picture)
        try:
            while picture:
                picture = picture[os.write(into, picture) :]
        except OSError as error:
            raise SpoolFailed(f"A picture of live view could not be written: {error.strerror}.") from error
        return View(size, look)

    def end(self) -> None:
        """Mirror down, and frames go where they went before. Nothing where it is down already."""
        if not self._on:
            return
        self._on, self._look = False, None
        self._let_down()
        went, self._frames_went = self._frames_went, None
        if went is not None:
            self._settings.write(MEDIA_WIDGET, went)

    def end_left_over(self) -> None:
        """End a live view that a session before this one could not: its program was killed."""
        if self._settings.read(VIEWFINDER_WIDGET) == "1":
            self._let_down()

    def _turn_to(self, look: Look) -> None:
        """Start, aim and magnify, in this order: bodies aim only in live view, and magnify where they aim."""
        offered = self.offered()
        if not offered:
            raise BodyRefused(
                "libgphoto2 cannot start and end live view on this body.", remedy="Focus with the body's own screen."
            )
        if look.percent not in offered:
            raise BodyRefused(
                f"This body does not magnify live view to {look.percent} %.",
                remedy=f"It has {', '.join(map(str, offered))}; 0 is the whole picture.",
            )
        self._start()
        settings = self._settings
        if look.percent and settings.find(AIM_WIDGET):
            across, down = (min(max(round(share * px), 1), px - 1) for share, px in zip(look.at, self._frame_px, strict=True))
            settings.send(AIM_WIDGET, f"{across}x{down}")
        if settings.find(ZOOM_WIDGET):
            settings.write(ZOOM_WIDGET, f"{look.percent}%" if look.percent else ZOOMED_OUT)
        self._look = look

    def _start(self) -> None:
        if self._on:
            return
        self._raise_if_prohibited()
        self._frames_went = self._settings.read(MEDIA_WIDGET)
        self._on = True  # from here on there is something to end, whatever fails
        with translated("start live view"):
            self._camera.capture_preview()

    def _let_down(self) -> None:
        for attempt in range(_TRIES):
            try:
                self._settings.send(VIEWFINDER_WIDGET, 0)
            except BodyBusy:
                if attempt == _TRIES - 1:
                    raise
                pause(_BETWEEN_S)
            else:
                return

    def _raise_if_prohibited(self) -> None:
        """What the body itself says against live view, as a sentence with a remedy."""
        said = (self._settings.read(PROHIBIT_WIDGET) or "") if self._settings.find(PROHIBIT_WIDGET) else ""
        for words, (what, remedy) in PROHIBITED.items():
            if words in said:
                raise LiveViewProhibited(f"The body does not start live view: {what}.", remedy=remedy)
        if "unhandled bitmask" in said:
            raise LiveViewProhibited(
                f"The body does not start live view, for a reason without a name ({said.rpartition(' ')[2]}).",
                remedy="Try live view with the body's own button: its screen may say why.",
            )

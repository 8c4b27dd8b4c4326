"""`Measuring`: the pictures of live view, each with the size of its stars, and how that has gone lately."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from nightside.errors import PictureDamaged
from nightside.focus.gauge import Gauge, Mark
from nightside.focus.sizes import StarSize
from nightside.focus.viewfinder import Shown, Stream

LATELY = 30
"""Measurements that are remembered."""
MOST_DAMAGED = 20
"""Pictures in a row that may be damaged before it is no use to go on."""
MIDDLE = (0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Measured:
    """One picture, and what was seen in it."""

    shown: Shown
    size: StarSize
    mark: Mark | None
    """How its stars compare; `None` where none was found."""
    complaint: str = ""
    """Why nothing could be measured, where the picture is damaged."""


class Measuring:
    """One stream's pictures, decoded and measured on a thread. For one event loop."""

    def __init__(self, stream: Stream) -> None:
        """The stream stays its owner's."""
        self._stream = stream
        self._gauge = Gauge()
        self._damaged = 0
        self._lately: deque[float] = deque(maxlen=LATELY)
        self._brightest = MIDDLE

    @property
    def lately(self) -> tuple[float, ...]:
        """The last half-flux diameters (pixels of the sensor), oldest first."""
        return tuple(self._lately)

    def magnify(self, percent: int, at: tuple[float, float] | None = None) -> None:
        """Look so from the next picture on: at a place of the whole frame, or at the brightest star that was seen there."""
        self._stream.look = type(self._stream.look)(percent, at or self._brightest)

    def toggle(self, at: tuple[float, float]) -> None:
        """Magnify a place of the whole frame to the sensor's own pixels, or as near as the body comes; or show the frame again."""
        steps = [percent for percent in self._stream.capabilities.live_view if percent]
        if self._stream.look.percent or not steps:
            self.magnify(0)
        else:
            self.magnify(min(steps, key=lambda percent: abs(percent - 100)), at)

    async def pictures(self) -> AsyncGenerator[Measured]:
        """One after the other, for as long as somebody iterates.

        Raises:
            LiveViewRefused: a window is about to be armed.
            PictureDamaged: they have been so for some time.
            NightsideError: what the body said or did instead.
        """
        async with aclosing(self._stream.pictures()) as pictures:
            async for shown in pictures:
                yield await asyncio.to_thread(self._measured, shown)

    def _measured(self, shown: Shown) -> Measured:
        from nightside.focus.pictures import decoded  # numpy and others, which who only opens the page does without
        from nightside.focus.stars import measure

        try:
            picture = decoded(shown.jpeg)
        except PictureDamaged as error:
            self._damaged += 1
            if self._damaged > MOST_DAMAGED:
                raise
            return Measured(shown, StarSize(None), None, str(error))
        self._damaged = 0
        size = measure(picture)
        if shown.look.percent == 0 and size.target is not None:
            self._brightest = size.target.at
        if size.hfd_px is None:
            return Measured(shown, size, None)
        mark = self._gauge.read(size.hfd_px * self._stream.sensor_px(shown.look, picture.light.shape[1]))
        self._lately.append(mark.hfd_px)
        return Measured(shown, size, mark)

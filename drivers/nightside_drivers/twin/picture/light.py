"""What a sensor measures, before it becomes a file: the one shape in which painters give their pictures."""

from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nightside_drivers.twin.contents import FrameFacts

Light = NDArray[np.int16]
"""Height × width × 3, linear, in units of the converter: `BLACK` is no light, `WHITE` a full pixel."""

Pixels = NDArray[np.uint8]
"""Height × width × 3, as screens want it."""

BITS = 14
"""Of the converter."""

BLACK = 512
WHITE = (1 << BITS) - 1

_GAMMA = 2.2


class Painter(Protocol):
    """Makes pictures. The same frame gives the same light, from any thread and in any process."""

    def paint(self, frame: FrameFacts) -> Light:
        """What the sensor measured in that frame."""
        ...


@cache
def tone_curve() -> Pixels:
    """From every value of the converter to eight bits."""
    linear = np.clip((np.arange(WHITE + 1, dtype=np.float32) - BLACK) / (WHITE - BLACK), 0, 1)
    curve: Pixels = np.round(255 * linear ** (1 / _GAMMA)).astype(np.uint8)
    return curve


def to_pixels(light: Light) -> Pixels:
    """Through the tone curve."""
    pixels: Pixels = np.take(tone_curve(), light)
    return pixels


def expose(light: Light) -> Light:
    """Keep every value within what the converter can say, in place."""
    np.clip(light, 0, WHITE, out=light)
    return light

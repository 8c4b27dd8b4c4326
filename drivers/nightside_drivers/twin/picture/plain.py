"""The fast, plain picture: a dark gradient, a few dots and noise, by the seed. For load tests, and where nobody looks."""

import numpy as np

from nightside_drivers.twin.contents import FrameFacts
from nightside_drivers.twin.picture.light import BLACK, WHITE, Light

DOTS = 60
TILE_PX = 256


class PlainPainter:
    """Paints frames that nobody will look at."""

    def paint(self, frame: FrameFacts) -> Light:
        """A gradient with dots."""
        random = np.random.default_rng((frame.seed, frame.index & 0xFFFF_FFFF))
        height, width = frame.height_px, frame.width_px
        light: Light = np.empty((height, width, 3), dtype=np.int16)
        light[:] = np.linspace(BLACK + 20, BLACK + 160, height).astype(np.int16)[:, None, None]
        tile = random.integers(-12, 13, size=(TILE_PX, TILE_PX, 3), dtype=np.int16)
        for top in range(0, height, TILE_PX):
            for left in range(0, width, TILE_PX):
                part = light[top : top + TILE_PX, left : left + TILE_PX]
                part += tile[: part.shape[0], : part.shape[1]]
        at = random.integers(0, height, DOTS), random.integers(0, width, DOTS)
        light[at] = random.integers(2000, WHITE, size=(DOTS, 1), dtype=np.int16)
        return light

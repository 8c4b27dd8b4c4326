"""The fast, plain picture: a dark gradient, a few dots and noise, by the seed. For load tests, and where nobody looks."""

import numpy as np

from nightside_drivers.twin.contents import FrameFacts
from nightside_drivers.twin.picture.jpeg import Pixels

DOTS = 60


def render(frame: FrameFacts) -> Pixels:
    """The picture of a frame."""
    random = np.random.default_rng((frame.seed, frame.index & 0xFFFF_FFFF))
    height, width = frame.height_px, frame.width_px
    rows = np.linspace(6, 28, height, dtype=np.float32)[:, None, None]
    tint = np.array([0.8, 0.9, 1.2], dtype=np.float32)
    picture = np.broadcast_to(rows * tint, (height, width, 3)).astype(np.uint8)
    tile = random.integers(0, 6, size=(min(height, 256), min(width, 256), 3), dtype=np.uint8)
    repeats = (-(-height // tile.shape[0]), -(-width // tile.shape[1]), 1)
    picture += np.tile(tile, repeats)[:height, :width]
    at_y, at_x = random.integers(0, height, DOTS), random.integers(0, width, DOTS)
    picture[at_y, at_x] = random.integers(90, 255, size=(DOTS, 1), dtype=np.uint8)
    return picture

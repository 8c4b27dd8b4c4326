"""Pictures of stars whose size is known."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from nightside.focus.pictures import GAMMA

Light = NDArray[np.float64]
HEIGHT, WIDTH = 426, 640


class Sky:
    """A picture in the making, linear from 0 to 1."""

    def __init__(self, seed: int = 1, noise: float = 0.004) -> None:
        self.light: Light = np.zeros((HEIGHT, WIDTH))
        self._random = np.random.default_rng(seed)
        self._noise = noise

    def gaussian(self, column: float, row: float, sigma: float, peak: float, stretch: float = 1.0) -> "Sky":
        """A star that is sharp, or trailed by `stretch`."""
        rows, columns = np.indices(self.light.shape)
        self.light += peak * np.exp(-(((columns - column) / (sigma * stretch)) ** 2 + ((rows - row) / sigma) ** 2) / 2)
        return self

    def disk(self, column: float, row: float, diameter: float, peak: float) -> "Sky":
        """A star out of focus."""
        rows, columns = np.indices(self.light.shape)
        self.light += peak * np.clip(diameter / 2 + 0.5 - np.hypot(columns - column, rows - row), 0, 1)
        return self

    def jpeg(self, background: float = 0.03) -> bytes:
        """As a body would send it."""
        noisy = self.light + background + self._noise * self._random.standard_normal(self.light.shape)
        pixels = np.round(255 * np.clip(noisy, 0, 1) ** (1 / GAMMA)).astype(np.uint8)
        out = io.BytesIO()
        Image.fromarray(np.repeat(pixels[:, :, None], 3, axis=2)).save(out, "JPEG", quality=92)
        return out.getvalue()


@pytest.fixture
def sky() -> Sky:
    return Sky()

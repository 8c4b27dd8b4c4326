"""From directions to pixels, and from photons to converter units."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightside_drivers.twin.contents import FrameFacts
from nightside_drivers.twin.picture.light import WHITE
from nightside_drivers.twin.picture.sky.scenes import Matrix
from nightside_drivers.twin.picture.sky.stars import Vectors

SENSOR_MM = 36.0
FULL_WELL_E = 80_000
"""Electrons in a full pixel at ISO 200 (assumed)."""

ZERO_MAGNITUDE_E = 2.6e5
"""Electrons a second from a star of magnitude 0 through a square centimetre of lens: 880 000 photons in V, 30 % caught."""

FINE_PITCH_MM = 0.00845
"""The pixel for which glow and stars are reckoned: a D3S'."""

READ_NOISE_E = 5.0
DARK_CURRENT_E = 0.15
"""Electrons a second in an ordinary pixel (assumed)."""


@dataclass(frozen=True, slots=True)
class Optics:
    """One frame's lens, sensor and gain."""

    camera: Matrix
    focal_px: float
    width_px: int
    height_px: int
    gain: float
    """Converter units an electron."""
    aperture_cm2: float
    share: float
    """What a streak one pixel wide keeps of its brightness: a coarse pixel spreads it over more of the sensor."""
    middle_px: tuple[float, float]
    """Column and row of the lens's axis."""
    blur_px: float
    """Diameter of the disk that a star is out of focus."""

    @classmethod
    def of(cls, frame: FrameFacts, camera: Matrix) -> "Optics":
        """The optics of a frame."""
        diameter_cm = frame.focal_length_mm / frame.f_number / 10
        px_a_mm = frame.width_px * frame.zoom / SENSOR_MM
        across, down = frame.aim
        return cls(
            camera=camera,
            focal_px=frame.focal_length_mm * px_a_mm,
            width_px=frame.width_px,
            height_px=frame.height_px,
            gain=WHITE / FULL_WELL_E * frame.iso / 200,
            aperture_cm2=np.pi / 4 * diameter_cm**2,
            share=min(1.0, FINE_PITCH_MM * px_a_mm),
            middle_px=(
                frame.width_px * (0.5 - (across - 0.5) * frame.zoom),
                frame.height_px * (0.5 - (down - 0.5) * frame.zoom),
            ),
            blur_px=frame.blur_mm * px_a_mm,
        )

    def project(self, directions: Vectors) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Columns and rows of directions in the turning frame, and whether they are in front of the camera at all."""
        right, down, forward = self.camera @ directions.T
        ahead = forward > 0.05
        depth = np.where(ahead, forward, 1.0)
        column, row = self.middle_px
        return column + self.focal_px * right / depth, row + self.focal_px * down / depth, ahead

    def directions(self, columns: NDArray[np.float64], rows: NDArray[np.float64]) -> Vectors:
        """Unit vectors in the turning frame through pixels."""
        right = (columns - self.middle_px[0]) / self.focal_px
        down = (rows - self.middle_px[1]) / self.focal_px
        rays = np.stack([right, down, np.ones_like(right)], axis=-1)
        rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
        towards: Vectors = rays @ self.camera
        return towards

    def inside(self, columns: NDArray[np.float64], rows: NDArray[np.float64], margin: float) -> NDArray[np.bool_]:
        """Whether pixels are on the sensor, or within `margin` pixels of it."""
        wide = (columns > -margin) & (columns < self.width_px + margin)
        return wide & (rows > -margin) & (rows < self.height_px + margin)

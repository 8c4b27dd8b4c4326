"""Where the camera is and how it turns under the stars: the Cupola of the station, or a tripod on the ground.

Both are the same: a frame that turns about a pole at a steady rate, with the camera fixed in it. Only the pole, the rate and the
mounting differ.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import asin, cos, degrees, pi, radians, sin

import numpy as np
from numpy.typing import NDArray

from nightside_drivers.twin.contents import Scene
from nightside_drivers.twin.picture.sky.stars import Vectors

EPOCH = datetime(2000, 1, 1, 12, tzinfo=UTC)
"""J2000."""

EARTH_KM = 6371.0
ORBIT_KM = EARTH_KM + 420.0
ORBIT_S = 92.9 * 60
"""A period at 420 km: 3.875°/min."""

INCLINATION = radians(51.6)
NODE_RATE = radians(-5.0) / 86_400
"""The station's node drifts west by 5° a day (rad/s)."""

SIDEREAL_S = 86_164.0905
SITE_LATITUDE = radians(45.0)

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mounting:
    """A camera in a turning frame whose z axis is the pole; `up` is away from the Earth."""

    forward: NDArray[np.float64]
    up: NDArray[np.float64]
    rate: float
    """How fast the frame turns (rad/s)."""
    limb: float
    """Angle from straight up to the edge of the Earth, or the horizon (rad)."""
    orbits: bool

    def camera(self) -> Matrix:
        """Rows: right, down, forward."""
        high = self.up - self.forward * (self.up @ self.forward)
        high = high / np.linalg.norm(high)
        return np.stack([np.cross(self.forward, high), -high, self.forward])


def mounting(scene: Scene) -> Mounting:
    """In orbit: from the window towards the orbit's pole, a little down. On the ground: towards the celestial pole's horizon."""
    if scene is Scene.CUPOLA:
        tilt = radians(8.0)
        return Mounting(
            forward=np.array([-sin(tilt), 0.0, cos(tilt)]),
            up=np.array([1.0, 0.0, 0.0]),
            rate=2 * pi / ORBIT_S,
            limb=pi - asin(EARTH_KM / ORBIT_KM),
            orbits=True,
        )
    up = np.array([cos(SITE_LATITUDE), 0.0, sin(SITE_LATITUDE)])
    north = np.array([-sin(SITE_LATITUDE), 0.0, cos(SITE_LATITUDE)])
    height = radians(30.0)
    return Mounting(north * cos(height) + up * sin(height), up, 2 * pi / SIDEREAL_S, pi / 2, orbits=False)


def turned(scene: Scene, directions: Vectors, instant: datetime) -> Vectors:
    """Directions of J2000 in the turning frame at an instant."""
    seconds = (instant - EPOCH).total_seconds()
    if scene is Scene.CUPOLA:
        node = NODE_RATE * seconds
        pole = np.array([sin(INCLINATION) * sin(node), -sin(INCLINATION) * cos(node), cos(INCLINATION)])
        ascending = np.array([cos(node), sin(node), 0.0])
        frame = np.stack([ascending, np.cross(pole, ascending), pole])
        return about_pole(directions @ frame.T, -2 * pi * (seconds % ORBIT_S) / ORBIT_S)
    sidereal = radians((280.460_618_37 + 360.985_647_366_29 * (seconds / 86_400)) % 360)
    return about_pole(directions, -sidereal)


def about_pole(directions: Vectors, angle: float) -> Vectors:
    """Turned about the z axis."""
    turn = np.array([[cos(angle), -sin(angle), 0.0], [sin(angle), cos(angle), 0.0], [0.0, 0.0, 1.0]])
    moved: Vectors = directions @ turn.T
    return moved


def above_limb(mount: Mounting, directions: Vectors) -> NDArray[np.float64]:
    """Degrees above the edge of the Earth, or the horizon; negative is Earth."""
    from_up = np.arccos(np.clip(directions @ mount.up, -1, 1))
    height: NDArray[np.float64] = degrees(1) * (mount.limb - from_up)
    return height

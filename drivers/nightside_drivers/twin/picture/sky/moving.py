"""What moves during an exposure, and so becomes streaks: stars, city lights; and lightning, which is over at once."""

from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, pi

import numpy as np
from numpy.typing import NDArray

from nightside_drivers.twin.contents import FrameFacts
from nightside_drivers.twin.picture.light import WHITE, Light
from nightside_drivers.twin.picture.sky.optics import ZERO_MAGNITUDE_E, Optics
from nightside_drivers.twin.picture.sky.scenes import EARTH_KM, EPOCH, ORBIT_KM, Mounting, about_pole, above_limb, turned
from nightside_drivers.twin.picture.sky.stars import Vectors, bright_stars

FEWEST_STEPS, MOST_STEPS = 12, 600
STEPS_A_PX = 1.5
SPREAD_PX = 0.45
"""How far a point of light spreads (standard deviation)."""

CITIES, LIGHTS_A_CITY = 700, 14
CITY_SPREAD = 0.004
"""Radius of a city as an angle at the Earth's centre (rad): 25 km."""

FLASHES_A_SECOND = 0.06
FLASH_PX = 1.8
FLASH_POINTS = 300

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Points:
    """Points of light as one instant sees them, and what they give in an exposure."""

    directions: Vectors
    electrons: Numbers
    """n × 3, of the whole exposure."""


def add_stars(light: Light, frame: FrameFacts, mount: Mounting, optics: Optics) -> None:
    """Every catalogued star that is up, along its path."""
    stars = bright_stars()
    directions = turned(frame.scene, stars.directions, frame.opened)
    columns, rows, ahead = optics.project(directions)
    reach = mount.rate * frame.exposure_s * optics.focal_px * 2 + 8
    seen = ahead & optics.inside(columns, rows, reach)
    caught = stars.brightness * ZERO_MAGNITUDE_E * optics.aperture_cm2 * optics.share * frame.exposure_s
    points = Points(directions[seen], caught[seen, None] * stars.colour[seen])
    _streak(light, frame, mount, optics, points, rise=True)


def add_cities(light: Light, frame: FrameFacts, mount: Mounting, optics: Optics) -> None:
    """Lights on the ground below the station. The Earth's own turn, a sixteenth of the station's, is left out."""
    random = np.random.default_rng((frame.seed, 3))
    across = np.arcsin(random.uniform(-0.8, 0.8, CITIES))
    along = random.uniform(0, 2 * pi, CITIES)
    spread = CITY_SPREAD * random.standard_normal((2, CITIES, LIGHTS_A_CITY)) * random.uniform(0.2, 2.5, (CITIES, 1))
    latitude, longitude = (across[:, None] + spread[0]).ravel(), (along[:, None] + spread[1]).ravel()
    strength = random.lognormal(7.0, 1.0, CITIES * LIGHTS_A_CITY)
    here = _phase(frame.opened, mount)
    ground = _ground(latitude, longitude - here)
    near = ground[:, 0] > EARTH_KM / ORBIT_KM
    colour = np.array([1.3, 1.0, 0.55])
    electrons = strength[near, None] * colour * frame.exposure_s * optics.aperture_cm2
    _streak(light, frame, mount, optics, Points(ground[near], electrons), rise=False)


def add_lightning(light: Light, frame: FrameFacts, mount: Mounting, optics: Optics) -> None:
    """Flashes in clouds below, each at an instant of its own: the same flash is on whichever frame was open then."""
    began = (frame.opened - EPOCH).total_seconds()
    for second in range(int(began), int(began + frame.exposure_s) + 1):
        random = np.random.default_rng((frame.seed, 4, second))
        if random.random() >= FLASHES_A_SECOND or not began <= second + random.random() <= began + frame.exposure_s:
            continue
        limb = asin(EARTH_KM / ORBIT_KM)
        reach = (pi / 2 - limb) * random.uniform(0.3, 0.95)
        towards = random.uniform(-1.2, 1.2)
        place = np.array([[cos(reach), np.sin(reach) * np.sin(towards), np.sin(reach) * np.cos(towards)]])
        columns, rows, ahead = optics.project(_sight(place))
        if not ahead[0]:
            continue
        cloud = random.standard_normal((2, FLASH_POINTS)) * FLASH_PX * optics.width_px / 532
        electrons = np.full((FLASH_POINTS, 3), random.lognormal(7.6, 0.7)) * np.array([0.9, 0.9, 1.2]) * optics.aperture_cm2
        _splat(light, optics, columns[0] + cloud[0], rows[0] + cloud[1], electrons)


def _streak(light: Light, frame: FrameFacts, mount: Mounting, optics: Optics, points: Points, *, rise: bool) -> None:
    """Draw points along their paths. Stars keep their direction; lights on the ground are seen from a moving place."""
    angle = mount.rate * frame.exposure_s
    steps = int(np.clip(angle * optics.focal_px * STEPS_A_PX, FEWEST_STEPS, MOST_STEPS))
    random = np.random.default_rng((frame.seed, 5, frame.index & 0xFFFF_FFFF, rise))
    share = points.electrons / steps
    for step in range(steps):
        moved = about_pole(points.directions, -angle * (step + 0.5) / steps)
        sight = moved if rise else _sight(moved)
        columns, rows, ahead = optics.project(sight)
        if rise:
            ahead &= above_limb(mount, sight) > 0
        jitter = random.standard_normal((2, len(columns))) * SPREAD_PX
        _splat(light, optics, (columns + jitter[0])[ahead], (rows + jitter[1])[ahead], share[ahead])


def _splat(light: Light, optics: Optics, columns: Numbers, rows: Numbers, electrons: Numbers) -> None:
    """Add electrons to pixels, up to full ones."""
    inside = optics.inside(columns, rows, 0)
    at = np.floor(rows[inside]).astype(np.intp), np.floor(columns[inside]).astype(np.intp)
    lit = np.minimum(electrons[inside] * optics.gain, WHITE)
    light[at] = np.minimum(light[at] + lit, WHITE).astype(np.int16)


def _ground(latitude: Numbers, longitude: Numbers) -> Vectors:
    """Places on the ground as unit vectors in the turning frame."""
    across = np.cos(latitude)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=1)


def _sight(ground: Vectors) -> Vectors:
    """From the station to places on the ground."""
    line = ground * EARTH_KM - np.array([ORBIT_KM, 0.0, 0.0])
    seen: Vectors = line / np.linalg.norm(line, axis=1, keepdims=True)
    return seen


def _phase(instant: datetime, mount: Mounting) -> float:
    """How far the frame has turned (rad)."""
    return mount.rate * (instant - EPOCH).total_seconds() % (2 * pi)

"""The bright stars: where they are and how bright, from the catalogue that ships with the twin. Numbers only."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]
"""n × 3 unit vectors."""


@dataclass(frozen=True, slots=True)
class Stars:
    """A catalogue, brightest first."""

    directions: Vectors
    """In the equatorial frame of J2000. Proper motion, precession and aberration are left out: together less than a degree."""
    brightness: NDArray[np.float64]
    """Relative to a star of magnitude 0."""
    colour: NDArray[np.float64]
    """n × 3: shares of red, green and blue, with a mean of 1."""


@cache
def bright_stars() -> Stars:
    """The Bright Star Catalogue: 9096 stars down to magnitude 8."""
    text = (resources.files("nightside_drivers.twin") / "data" / "bright-stars.csv").read_text(encoding="utf-8")
    rows = np.loadtxt(text.splitlines(), delimiter=",", comments="#")
    ascension, declination = np.radians(rows[:, 0]), np.radians(rows[:, 1])
    across = np.cos(declination)
    directions = np.stack([across * np.cos(ascension), across * np.sin(ascension), np.sin(declination)], axis=1)
    return Stars(directions, 10 ** (-0.4 * rows[:, 2]), _colour(rows[:, 3]))


def _colour(kelvin: NDArray[np.float64]) -> NDArray[np.float64]:
    """Planck's law at 610, 540 and 460 nm, against the Sun's 5800 K, with the mean of the three at 1."""
    lengths = np.array([610e-9, 540e-9, 460e-9])
    second = 0.014_387_77  # m K, CODATA
    light = 1 / np.expm1(second / (lengths[None, :] * kelvin[:, None]))
    light = light * np.expm1(second / (lengths * 5800.0))
    shares: NDArray[np.float64] = light / light.mean(axis=1, keepdims=True)
    return shares

"""What the Earth hides of the Sun: angles at the satellite between the Sun and the Earth's limb.

The Sun is a disc of its real radius, the Earth a sphere or the ellipsoid WGS84, so the shadow is a cone, not a cylinder. The
limb is taken where the great circle from the Earth's centre to the Sun's crosses it, as flight-dynamics codes do.
"""

from enum import StrEnum

import numpy as np

from nightside.sky.frames import EARTH_RADIUS_KM, POLAR_RADIUS_KM
from nightside.sky.instants import Floats


class Earth(StrEnum):
    """The figure of the Earth that casts the shadow."""

    WGS84 = "wgs84"
    SPHERE = "sphere"
    """Of the equatorial radius, 6378.137 km."""


def above_limb(position: Floats, target: Floats, earth: Earth) -> tuple[Floats, Floats]:
    """How far a target's centre stands above the limb (rad), and its distance (km). Vectors from the Earth's centre, (3, n).

    Derivation: scaling z by a/b makes the ellipsoid a sphere and keeps tangents tangent. In the plane of the nadir and the
    target, spanned by the nadir n and the horizontal h, a ray at angle θ from nadir becomes k cos θ ñ + sin θ (α ñ + β h̃) in
    scaled space, where the tangent stands at asin(1/p) from ñ, p the scaled distance: tan θ = k T / (β − α T), T = 1/√(p²−1).
    """
    sight = target - position
    distance2 = _dot(sight, sight)
    radius2 = _dot(position, position)
    radius = np.sqrt(radius2)
    toward = -_dot(sight, position)
    aside = sight * radius2 + position * toward  # = r² × the part of the sight that is square to the nadir
    aside_length = np.sqrt(_dot(aside, aside))
    separation = np.arctan2(aside_length, toward * radius)
    above: Floats = separation - _limb_angle(position, radius, aside, aside_length, earth)
    return above, np.sqrt(distance2)


def _limb_angle(position: Floats, radius: Floats, aside: Floats, aside_length: Floats, earth: Earth) -> Floats:
    if earth is Earth.SPHERE:
        sphere: Floats = np.arcsin(np.minimum(EARTH_RADIUS_KM / radius, 1.0))
        return sphere
    squash2 = (EARTH_RADIUS_KM / POLAR_RADIUS_KM) ** 2 - 1.0
    z_over_r = position[2] / radius
    h_z = np.where(aside_length > 0.0, aside[2] / np.where(aside_length > 0.0, aside_length, 1.0), 0.0)
    k2 = 1.0 + squash2 * z_over_r**2
    mixed = -squash2 * z_over_r * h_z  # ñ·h̃ before normalising: z is the only axis that is scaled
    k = np.sqrt(k2)
    alpha = mixed / k
    beta = np.sqrt(1.0 + squash2 * h_z**2 - alpha**2)
    scaled2 = (radius / EARTH_RADIUS_KM) ** 2 * k2
    tangent = 1.0 / np.sqrt(np.maximum(scaled2 - 1.0, 1e-12))
    angle: Floats = np.arctan2(k * tangent, beta - alpha * tangent)
    return angle


def _dot(a: Floats, b: Floats) -> Floats:
    product: Floats = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    return product

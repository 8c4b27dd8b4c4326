"""Frames of reference. Everything in `nightside.sky` is computed in TEME of date, the frame of SGP4.

TEME (true equator, mean equinox) is reached from the Earth's side: it is the Earth-fixed frame turned back by the Greenwich
mean sidereal time of 1982, as SGP4's authors define it (Vallado et al., Revisiting Spacetrack Report #3, AIAA 2006-6753).
Its pole is the celestial intermediate pole. Precession and nutation are IAU 2000B, which is within 1 mas of the full theory.
"""

import erfa
import numpy as np
from numpy.typing import NDArray

from nightside.sky.earth_orientation import ut1_minus_utc
from nightside.sky.instants import J2000_JD, Floats, julian, terrestrial

EARTH_RADIUS_KM = 6378.137
"""Equatorial radius of WGS84."""
FLATTENING = 1.0 / 298.257223563
POLAR_RADIUS_KM = EARTH_RADIUS_KM * (1.0 - FLATTENING)
EARTH_SPIN_RAD_S = 7.292115e-5
"""Nominal angular velocity (WGS84)."""
ECCENTRICITY_2 = FLATTENING * (2.0 - FLATTENING)


def sidereal_angle(instants: Floats) -> Floats:
    """Greenwich mean sidereal time (rad): the angle from TEME's x axis to Greenwich."""
    day, fraction = julian(instants + ut1_minus_utc(instants))
    return erfa.gmst82(day, fraction)


def teme_from_icrf(instants: Floats) -> Floats:
    """The matrices that take vectors from GCRS axes to TEME, shape (n, 3, 3)."""
    whole, part = terrestrial(instants)
    to_true_equator = erfa.pnm00b(whole, part)
    return turn_z(to_true_equator, _equinox_offset(instants))


def teme_from_true_equator(instants: Floats) -> Floats:
    """The matrices that take vectors from the true equator and equinox of date to TEME, shape (n, 3, 3)."""
    return turn_z(np.broadcast_to(np.eye(3), (instants.size, 3, 3)), _equinox_offset(instants))


def icrf_from_eme2000() -> Floats:
    """The constant matrix from the mean equator and equinox of J2000 to GCRS axes: the frame bias (IERS Conventions 2003)."""
    return np.asarray(erfa.bp00(J2000_JD, 0.0)[0]).T


def turn_z(matrices: Floats, angle: Floats) -> Floats:
    """Matrices followed by a turn of the axes about z by `angle` (rad)."""
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y, z = matrices[:, 0], matrices[:, 1], matrices[:, 2]
    return np.stack((cosine * x + sine * y, cosine * y - sine * x, z), axis=1)


def _equinox_offset(instants: Floats) -> Floats:
    """Apparent minus mean sidereal time (rad): from TEME's equinox to the true one."""
    day, fraction = julian(instants + ut1_minus_utc(instants))
    offset = erfa.gst00b(day, fraction) - erfa.gmst82(day, fraction)
    return ((offset + np.pi) % (2.0 * np.pi)) - np.pi


def earth_fixed(vectors: Floats, instants: Floats) -> Floats:
    """Vectors, shape (3, n), turned from TEME to Earth-fixed axes."""
    return turn_vectors(vectors, sidereal_angle(instants))


def turn_vectors(vectors: Floats, angle: Floats) -> Floats:
    """Vectors of shape (3, n) seen from axes turned about z by `angle` (rad)."""
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y, z = vectors
    return np.stack((cosine * x + sine * y, cosine * y - sine * x, z))


def site_position(latitude_deg: float, longitude_deg: float, elevation_m: float) -> NDArray[np.float64]:
    """A geodetic place on WGS84 as an Earth-fixed vector (km), shape (3,)."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    height = elevation_m / 1000.0
    normal = EARTH_RADIUS_KM / np.sqrt(1.0 - ECCENTRICITY_2 * np.sin(latitude) ** 2)
    across = (normal + height) * np.cos(latitude)
    return np.array(
        [
            across * np.cos(longitude),
            across * np.sin(longitude),
            (normal * (1.0 - ECCENTRICITY_2) + height) * np.sin(latitude),
        ]
    )


def site_zenith(latitude_deg: float, longitude_deg: float) -> NDArray[np.float64]:
    """The geodetic zenith of a place as an Earth-fixed unit vector, shape (3,)."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    return np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])


def geodetic_zenith(position: Floats) -> Floats:
    """The outward normal of WGS84 below positions (km, pole along z), shape (3, n).

    Bowring's closed formula (Survey Review 23, 1976): better than 1e-8 rad below 1 000 km and than 1e-6 rad anywhere.
    """
    x, y, z = position
    across = np.hypot(x, y)
    parametric = np.arctan2(z * EARTH_RADIUS_KM, across * POLAR_RADIUS_KM)
    second = ECCENTRICITY_2 / (1.0 - ECCENTRICITY_2)
    up = z + second * POLAR_RADIUS_KM * np.sin(parametric) ** 3
    out = across - ECCENTRICITY_2 * EARTH_RADIUS_KM * np.cos(parametric) ** 3
    length = np.hypot(up, out)
    level = np.where(across > 0.0, out / np.where(across > 0.0, across, 1.0), 0.0) / length
    return np.stack((x * level, y * level, up / length))

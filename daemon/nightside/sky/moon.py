"""Where the Moon is, seen from the Earth's centre, in TEME (km): to about 0.2″ from 1950 to 2050, and 3″ (RMS) outside.

ERFA's `moon98` (Meeus's extract of ELP 2000-82, light time included) plus the harmonics of `nightside.sky.moon_terms`.
"""

import erfa
import numpy as np

from nightside.sky import moon_terms
from nightside.sky.frames import teme_from_icrf
from nightside.sky.instants import DAY_S, J2000_JD, Floats, terrestrial
from nightside.sky.interpolation import Table, tabulate
from nightside.sky.sun import AU_KM

RADIUS_KM = 1737.4
"""Mean radius (IAU 2015)."""
COARSE_S = DAY_S / 2.0
FINER = 4
CENTURY_DAYS = 36525.0
FITTED_CENTURIES = 0.5
"""Either side of J2000. Beyond it the correction fades out within a year."""
FADE_CENTURIES = 0.01

_ARCSECOND = np.pi / 648000.0
_OBLIQUITY = np.radians(84381.406 / 3600.0)


def moon_table(start: float, end: float) -> Table:
    """The Moon's vector (km, TEME), light time included, as three columns good from `start` to `end` (s since J2000)."""
    return tabulate(_moon, start, end, COARSE_S, FINER)


def _moon(instants: Floats) -> Floats:
    whole, part = terrestrial(instants)
    place = _corrected(erfa.moon98(whole, part)["p"] * AU_KM, (whole - J2000_JD) + part)
    turned: Floats = np.einsum("nij,nj->in", teme_from_icrf(instants), place)
    return turned


def _corrected(place: Floats, days: Floats) -> Floats:
    """GCRS vectors, shape (n, 3), turned by the corrections in ecliptic longitude and latitude."""
    cosine, sine = np.cos(_OBLIQUITY), np.sin(_OBLIQUITY)
    x, y, z = place[:, 0], cosine * place[:, 1] + sine * place[:, 2], cosine * place[:, 2] - sine * place[:, 1]
    weight = np.clip((FITTED_CENTURIES - np.abs(days) / CENTURY_DAYS) / FADE_CENTURIES + 1.0, 0.0, 1.0) * _ARCSECOND
    longitude = np.arctan2(y, x) + weight * _series(moon_terms.LONGITUDE_TREND, moon_terms.LONGITUDE, days)
    latitude = np.arctan2(z, np.hypot(x, y)) + weight * _series(moon_terms.LATITUDE_TREND, moon_terms.LATITUDE, days)
    distance = np.linalg.norm(place, axis=1)
    x, y, z = (
        distance * np.cos(latitude) * np.cos(longitude),
        distance * np.cos(latitude) * np.sin(longitude),
        distance * np.sin(latitude),
    )
    return np.stack((x, cosine * y - sine * z, cosine * z + sine * y), axis=1)


def _series(trend: tuple[float, float, float], terms: moon_terms.Terms, days: Floats) -> Floats:
    speed, amplitude, phase = np.array(terms).T
    centuries = days / CENTURY_DAYS
    total: Floats = trend[0] + centuries * (trend[1] + centuries * trend[2])
    for first in range(0, days.size, 512):  # in blocks, so that a century does not fill the memory
        block = slice(first, first + 512)
        total[block] += np.sin(np.multiply.outer(days[block], speed) + phase) @ amplitude
    return total

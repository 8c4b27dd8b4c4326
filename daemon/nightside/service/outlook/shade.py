"""Where on the Earth it is how dark: rings on a flat map. Pure.

A place's geodetic vertical is the unit vector of its latitude and longitude, and the Sun is far: its altitude h there is, to the
9″ of its parallax, given by n·s = sin h. So the line of one altitude is a circle about the subsolar point on the sphere of
verticals, and along each meridian the darker side of it is one stretch of latitudes.
"""

import numpy as np

from nightside.service.outlook.values import Line, Place, Shade
from nightside.sky.instants import Floats

SUN_DEG = (0.0, -6.0, -12.0, -18.0)
"""Night side, and where the three twilights end."""
EVERY_DEG = 2.0
NEAR_ENDS_DEG = (0.02, 0.1, 0.3, 0.7, 1.2)
"""Steps from where a ring ends in the east and the west, where it turns too sharply for the grid."""
DIGITS = 3


def shades(sun: Place) -> tuple[Shade, ...]:
    """The night side and the twilights when the Sun stands in the zenith of a place."""
    return tuple(Shade(sun_deg=altitude, rings=tuple(_rings(sun, altitude))) for altitude in SUN_DEG)


def terminator(sun: Place) -> tuple[Line, ...]:
    """Where the Sun's centre is on the horizon, from −180° to 180° of longitude."""
    longitude = _meridians(sun, 0.0)
    low, high = _dark(sun, 0.0, longitude)
    south_is_dark = sun.latitude_deg > 0.0
    return (_line(high if south_is_dark else low, longitude),)


def _rings(sun: Place, altitude_deg: float) -> list[Line]:
    """One ring for each run of meridians that have some of it: two at the most, parted by the antimeridian."""
    longitude = _meridians(sun, altitude_deg)
    low, high = _dark(sun, altitude_deg, longitude)
    there = ~np.isnan(low)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], there, [False])).astype(np.int8)))
    rings: list[Line] = []
    for first, last in edges.reshape(-1, 2).tolist():
        part = slice(first, last)
        around = np.concatenate((high[part], low[part][::-1]))
        rings.append(_line(around, np.concatenate((longitude[part], longitude[part][::-1]))))
    return rings


def _meridians(sun: Place, altitude_deg: float) -> Floats:
    """The grid, and the meridians on which a ring that spans no pole ends, with some close to them."""
    grid = np.arange(-180.0, 180.0 + EVERY_DEG / 2, EVERY_DEG)
    squared = np.sin(np.radians(altitude_deg)) ** 2 - np.sin(np.radians(sun.latitude_deg)) ** 2
    if squared < 0.0:
        return grid
    half_deg = float(np.degrees(np.arccos(np.sqrt(squared) / np.cos(np.radians(sun.latitude_deg)))))
    inward = np.array((0.0, *NEAR_ENDS_DEG))
    middle = sun.longitude_deg + 180.0
    ends = np.concatenate((middle - half_deg + inward, middle + half_deg - inward))
    return np.unique(np.concatenate((grid, (ends + 180.0) % 360.0 - 180.0)))


def _dark(sun: Place, altitude_deg: float, longitude_deg: Floats) -> tuple[Floats, Floats]:
    """The least and the greatest latitude (°) on each meridian where the Sun is lower; NaN where it is nowhere so low.

    On a meridian the Sun's direction has the part R along the meridian's plane, at the angle φ₀ from the equator, and
    n·s = R cos(φ − φ₀): it is low from φ₀ + α to φ₀ + 360° − α, with cos α = sin h / R.
    """
    declination, hour = np.radians(sun.latitude_deg), np.radians(longitude_deg - sun.longitude_deg)
    level, north = np.cos(declination) * np.cos(hour), np.sin(declination)
    radius, centre = np.hypot(level, north), np.degrees(np.arctan2(north, level))
    ratio = np.sin(np.radians(altitude_deg)) / np.maximum(radius, 1e-12)
    alpha = np.degrees(np.arccos(np.clip(ratio, -1.0, 1.0)))
    middle = (centre + 360.0) % 360.0 - 180.0  # of the dark stretch
    low, high = np.maximum(middle - 180.0 + alpha, -90.0), np.minimum(middle + 180.0 - alpha, 90.0)
    nowhere = (ratio < -1.0 - 1e-9) | (low > high)
    return np.where(nowhere, np.nan, low), np.where(nowhere, np.nan, high)


def _line(latitude: Floats, longitude: Floats) -> Line:
    return Line(
        latitude_deg=tuple(np.round(latitude, DIGITS).tolist()), longitude_deg=tuple(np.round(longitude, DIGITS).tolist())
    )

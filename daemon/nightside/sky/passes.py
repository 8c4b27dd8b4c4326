"""Passes of a satellite over a site: rise, culmination, set, and whether they can be seen."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from nightside.sky import curves
from nightside.sky.almanac import Almanac
from nightside.sky.conditions import Threshold
from nightside.sky.crossings import crossings
from nightside.sky.elements.values import Elements
from nightside.sky.frames import EARTH_SPIN_RAD_S
from nightside.sky.instants import DAY_S, Floats, moment
from nightside.sky.vantage import Site
from nightside.sky.windows import CHUNK_S, chunks, time_range

DARK_DEG = -6.0
"""The Sun's altitude at the site below which a sunlit satellite counts as visible."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass above the least elevation asked for. Times are aware and UTC, altitudes airless and topocentric on WGS84."""

    rise: datetime
    culmination: datetime
    set: datetime
    max_elevation_deg: float
    rise_azimuth_deg: float
    """From north through east."""
    culmination_azimuth_deg: float
    set_azimuth_deg: float
    sunlit_at_rise: bool
    """Not wholly inside the Earth's umbra; the same for the next two."""
    sunlit_at_culmination: bool
    sunlit_at_set: bool
    sun_altitude_deg: float
    """Of the Sun at the site, at culmination."""
    clipped_rise: bool = False
    """It was up before the search began, which looks one revolution beyond the range."""
    clipped_set: bool = False
    uncertainty_s: float = 0.0

    @property
    def visible(self) -> bool:
        """The site is dark at culmination, and the satellite in the Sun at rise, culmination or set."""
        lit = self.sunlit_at_rise or self.sunlit_at_culmination or self.sunlit_at_set
        return lit and self.sun_altitude_deg < DARK_DEG


def find_passes(
    elements: Elements, site: Site, start: datetime, end: datetime, min_elevation_deg: float = 10.0
) -> tuple[Pass, ...]:
    """Every pass that culminates between two aware datetimes, in order. Raises as `find_windows` does."""
    first, last = time_range(start, end)
    watched = Site(site.latitude_deg, site.longitude_deg, site.elevation_m, elements)
    return tuple(
        found
        for low, high in chunks(first, last, CHUNK_S)
        for found in _passes(watched, elements, low, high, min_elevation_deg)
    )


def _passes(site: Site, elements: Elements, low: float, high: float, min_elevation_deg: float) -> list[Pass]:
    orbit = Almanac(site, low, high).orbit
    beyond = min(2.0 * np.pi / orbit.swiftest_rad_s, DAY_S)
    least, most = orbit.limits
    almanac = Almanac(site, min(max(low - beyond, least), low), max(min(high + beyond, most), high))
    up = Threshold(curves.SATELLITE, above=True, level=min_elevation_deg)
    intervals = up.spans(almanac).intervals()
    if not intervals:
        return []
    tops = _culminations(almanac, np.array(intervals))
    keep = (tops >= low) & (tops < high)
    edges = np.array(intervals)[keep]
    return _describe(almanac, elements, edges[:, 0], tops[keep], edges[:, 1])


def _culminations(almanac: Almanac, intervals: Floats) -> Floats:
    """The instant of greatest elevation in each interval."""
    nodes = almanac.orbit_nodes()
    turns = crossings(lambda instants: _climb(almanac, instants), nodes, _climb(almanac, nodes))
    candidates = np.sort(np.concatenate((turns, intervals.ravel())))
    height = curves.satellite_elevation(almanac, candidates)
    first = np.searchsorted(candidates, intervals[:, 0], side="left")
    last = np.searchsorted(candidates, intervals[:, 1], side="right")
    best = [low + int(np.argmax(height[low:high])) for low, high in zip(first, last, strict=True)]
    tops: Floats = candidates[best]
    return tops


def _climb(almanac: Almanac, instants: Floats) -> Floats:
    """Of one sign with the rate of elevation: the derivative of sin(elevation), times the distance cubed."""
    position, velocity = almanac.states(instants)
    place, zenith = almanac.site_frame(instants)
    sight = position - place
    drift = velocity - EARTH_SPIN_RAD_S * np.stack((-place[1], place[0], np.zeros_like(place[0])))
    swing = EARTH_SPIN_RAD_S * np.stack((-zenith[1], zenith[0], np.zeros_like(zenith[0])))
    up = np.sum(sight * zenith, axis=0)
    rate = (np.sum(drift * zenith, axis=0) + np.sum(sight * swing, axis=0)) * np.sum(sight * sight, axis=0)
    climb: Floats = rate - up * np.sum(sight * drift, axis=0)
    return climb


def _describe(almanac: Almanac, elements: Elements, rises: Floats, tops: Floats, sets: Floats) -> list[Pass]:
    times = (rises, tops, sets)
    height = curves.satellite_elevation(almanac, tops)
    sun = curves.sun_altitude(almanac, tops)
    azimuths = [curves.satellite_azimuth(almanac, instants) for instants in times]
    lit = [curves.outside_umbra(almanac, instants) > 0.0 for instants in times]
    found: list[Pass] = []
    for i in range(tops.size):
        top = moment(float(tops[i]))
        found.append(
            Pass(
                rise=moment(float(rises[i])),
                culmination=top,
                set=moment(float(sets[i])),
                max_elevation_deg=float(height[i]),
                rise_azimuth_deg=float(azimuths[0][i]),
                culmination_azimuth_deg=float(azimuths[1][i]),
                set_azimuth_deg=float(azimuths[2][i]),
                sunlit_at_rise=bool(lit[0][i]),
                sunlit_at_culmination=bool(lit[1][i]),
                sunlit_at_set=bool(lit[2][i]),
                sun_altitude_deg=float(sun[i]),
                clipped_rise=bool(rises[i] == almanac.start),
                clipped_set=bool(sets[i] == almanac.end),
                uncertainty_s=elements.along_track_uncertainty_s(top),
            )
        )
    return found

"""Passes of a satellite over a site: rise, culmination, set, and whether they can be seen."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from nightside.sky import curves
from nightside.sky.almanac import Almanac
from nightside.sky.conditions import Threshold
from nightside.sky.elements.values import Elements, MeanElements
from nightside.sky.instants import DAY_S, Floats, moment, seconds
from nightside.sky.orbit import propagable_until
from nightside.sky.spans import Spans
from nightside.sky.vantage import Site
from nightside.sky.windows import CHUNK_S, chunks, time_range

DARK_DEG = -6.0
"""The Sun's altitude at the site below which a sunlit satellite counts as visible."""
MOST_BEYOND_S = 30.0 * DAY_S
"""How far beyond a range passes are followed to their rise and set, if a revolution takes longer."""


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
    """It was up before the search began, which looks one revolution beyond the range; or it is up all through the range."""
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
    """Every pass that culminates between two aware datetimes, in order. Raises as `find_windows` does.

    A satellite that is up all the time has one pass, clipped to the range.
    """
    low, high = time_range(start, end)
    watched = Site(site.latitude_deg, site.longitude_deg, site.elevation_m, elements)
    orbit = Almanac(watched, low, high).orbit
    beyond = min(orbit.period_s, MOST_BEYOND_S)
    covered = orbit.covered(low, high)
    first, last = min(max(low - beyond, covered[0]), low), max(min(high + beyond, covered[1]), high)
    if isinstance(elements.orbit, MeanElements):
        last = max(high, seconds(propagable_until(elements, end, moment(last))))
    up, turns = _survey(watched, first, last, min_elevation_deg)
    almanac = Almanac(watched, first, last)
    intervals = np.array(up.intervals()).reshape(-1, 2)
    tops = _culminations(almanac, intervals, turns)
    within = (tops >= low) & (tops < high)
    # What is up all through the range is highest somewhere in it, wherever it culminates.
    endless = (intervals[:, 0] <= first) & (intervals[:, 1] >= last)
    through = (intervals[:, 0] <= low) & (intervals[:, 1] >= high) & (~within | endless)
    intervals[through] = low, high
    tops[through] = _culminations(almanac, intervals[through], turns)
    keep = within | through
    return tuple(_describe(almanac, elements, intervals[keep], tops[keep], (low, high)))


def _survey(site: Site, first: float, last: float, min_elevation_deg: float) -> tuple[Spans, Floats]:
    """Where a satellite is up in a range, and when it turns between climbing and sinking: in parts, for memory's sake."""
    condition = Threshold(curves.SATELLITE, above=True, level=min_elevation_deg)
    whole: Spans | None = None
    turns: list[Floats] = []
    for low, high in chunks(first, last, CHUNK_S):
        almanac = Almanac(site, low, high)
        part = condition.spans(almanac)
        whole = part if whole is None else whole.then(part)
        turns.append(curves.SATELLITE.nodes(almanac))
    return whole or Spans.never(first, last), np.concatenate(turns)


def _culminations(almanac: Almanac, intervals: Floats, turns: Floats) -> Floats:
    """The instant of greatest elevation in each interval: one of its ends, or of the instants at which the satellite turns."""
    candidates = np.sort(np.concatenate((turns, intervals.ravel())))
    first = np.searchsorted(candidates, intervals[:, 0], side="left")
    last = np.searchsorted(candidates, intervals[:, 1], side="right")
    height = np.full(candidates.size, -np.inf)
    up = np.zeros(candidates.size, dtype=bool)
    for low, high in zip(first, last, strict=True):
        up[low:high] = True
    height[up] = curves.satellite_elevation(almanac, candidates[up])
    best = [low + int(np.argmax(height[low:high])) for low, high in zip(first, last, strict=True)]
    tops: Floats = candidates[np.array(best, dtype=np.intp)]
    return tops


def _describe(almanac: Almanac, elements: Elements, intervals: Floats, tops: Floats, whole: tuple[float, float]) -> list[Pass]:
    if tops.size == 0:
        return []
    rises, sets = intervals[:, 0], intervals[:, 1]
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
                clipped_rise=bool(rises[i] in (almanac.start, whole[0])),
                clipped_set=bool(sets[i] in (almanac.end, whole[1])),
                uncertainty_s=elements.along_track_uncertainty_s(top),
            )
        )
    return found

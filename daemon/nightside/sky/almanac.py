"""What is where over one range of time, seen from one vantage: computed once, read by every curve.

An almanac belongs to one question and one thread. It keeps the places at its own nodes, which several curves share.
"""

from collections.abc import Callable

import numpy as np

from nightside.errors import ConditionRefused
from nightside.sky.crossings import crossings
from nightside.sky.earth_orientation import to_celestial_pole
from nightside.sky.frames import earth_fixed, geodetic_zenith, sidereal_angle, site_position, site_zenith
from nightside.sky.instants import DAY_S, Floats
from nightside.sky.interpolation import Table
from nightside.sky.moon import moon_table
from nightside.sky.orbit import Orbit, orbit_of
from nightside.sky.shadow import Earth, above_limb
from nightside.sky.stars import GALACTIC_CENTRE_DEG, star_table
from nightside.sky.sun import SunPlace, sun_table
from nightside.sky.vantage import Site, Spacecraft, Vantage, satellite_of

NODES_PER_REVOLUTION = 24
HOUR_S = 3600.0


class Almanac:
    """Places of the Sun, the Moon and the satellite for instants from `start` to `end` (s since J2000) and a day beyond."""

    def __init__(self, vantage: Vantage, start: float, end: float) -> None:
        """Cheap: tables are made when they are first asked for."""
        self.vantage = vantage
        self.start = start
        self.end = end
        self.earth = Earth(vantage.earth) if isinstance(vantage, Spacecraft) else Earth.WGS84
        self.sun_place = SunPlace(vantage.sun) if isinstance(vantage, Spacecraft) else SunPlace.APPARENT
        self._orbit: Orbit | None = None
        self._sun: Table | None = None
        self._moon: Table | None = None
        self._galactic_centre: Table | None = None
        self._nodes: dict[float, Floats] = {}
        self._kept: dict[tuple[str, int], tuple[Floats, ...]] = {}

    @property
    def on_ground(self) -> bool:
        """Whether the vantage is a site."""
        return isinstance(self.vantage, Site)

    @property
    def site(self) -> Site:
        """The vantage, where it is a site; refused otherwise."""
        if isinstance(self.vantage, Site):
            return self.vantage
        raise ConditionRefused(
            "A condition asks for a ground site, but the vantage is a spacecraft.", remedy="Give a site, or another condition."
        )

    @property
    def orbit(self) -> Orbit:
        """The satellite's orbit; refused where the vantage has none."""
        if self._orbit is None:
            elements = satellite_of(self.vantage)
            if elements is None:
                raise ConditionRefused(
                    "A condition asks for a satellite, but only a ground site is given.",
                    remedy="Give elements, or a condition on the Sun and the Moon.",
                )
            self._orbit = orbit_of(elements)
        return self._orbit

    def sampled(self, name: str, nodes: Floats, value: "Callable[[Almanac, Floats], Floats]") -> Floats:
        """A named curve at its nodes, worked out once however many thresholds it has."""
        key = (name, id(nodes))
        if key not in self._kept:
            self._kept[key] = (value(self, nodes),)
        return self._kept[key][0]

    def nodes_and_extrema(self, name: str, nodes: Floats, rate: "Callable[[Almanac, Floats], Floats]") -> Floats:
        """Nodes, and between them the extrema of a curve whose slope has the sign of `rate`."""
        key = (f"extrema of {name}", id(nodes))
        if key not in self._kept:
            extrema = crossings(lambda instants: rate(self, instants), nodes, rate(self, nodes))
            self._kept[key] = (np.unique(np.concatenate((nodes, extrema))),)
        return self._kept[key][0]

    def nodes(self, step_s: float) -> Floats:
        """Instants every `step_s` on an absolute grid, covering the range with two to spare on either side."""
        if step_s not in self._nodes:
            first, last = np.floor(self.start / step_s) - 2, np.ceil(self.end / step_s) + 2
            self._nodes[step_s] = np.arange(first, last + 1) * step_s
        return self._nodes[step_s]

    def orbit_nodes(self) -> Floats:
        """Nodes dense enough for anything that turns with the satellite, inside what its ephemeris covers."""
        step = 2.0 * np.pi / self.orbit.swiftest_rad_s / NODES_PER_REVOLUTION
        low, high = self.orbit.covered(self.start, self.end)
        if -np.inf < low or high < np.inf:
            return self._limited_nodes(step, low, high)
        return self.nodes(step)

    def sun(self, instants: Floats) -> Floats:
        """The Sun's vector from the Earth's centre (km, TEME), shape (3, n)."""
        if self._sun is None:
            self._sun = sun_table(self.start - DAY_S, self.end + DAY_S, self.sun_place)
        return self._sun.at(instants)

    def moon(self, instants: Floats) -> Floats:
        """The Moon's vector from the Earth's centre (km, TEME), shape (3, n)."""
        if self._moon is None:
            self._moon = moon_table(self.start - DAY_S, self.end + DAY_S)
        return self._moon.at(instants)

    def galactic_centre(self, instants: Floats) -> Floats:
        """A far point (km, TEME) in the direction of Sagittarius A*, shape (3, n)."""
        if self._galactic_centre is None:
            self._galactic_centre = star_table(GALACTIC_CENTRE_DEG, self.start - DAY_S, self.end + DAY_S)
        return self._galactic_centre.at(instants)

    def states(self, instants: Floats) -> tuple[Floats, Floats]:
        """The satellite's position (km) and velocity (km/s) in TEME, each of shape (3, n)."""
        if not self._is_node_grid(instants):
            return self.orbit.states(instants)
        key = ("states", id(instants))
        if key not in self._kept:
            self._kept[key] = self.orbit.states(instants)
        position, velocity = self._kept[key]
        return position, velocity

    def sun_above_limb(self, instants: Floats) -> tuple[Floats, Floats]:
        """The Sun's centre above the Earth's limb at the satellite (rad), and its distance (km)."""
        key = ("limb", id(instants))
        if key in self._kept:
            above, distance = self._kept[key]
            return above, distance
        result = above_limb(self.states(instants)[0], self.sun(instants), self.earth)
        if self._is_node_grid(instants):
            self._kept[key] = result
        return result

    def nadir(self, instants: Floats) -> Floats:
        """The outward vertical at the point below the satellite, a unit vector in Earth-fixed axes, shape (3, n).

        It is the geodetic one over WGS84, so that its latitude and longitude are those of maps.
        """
        key = ("nadir", id(instants))
        if key in self._kept:
            return self._kept[key][0]
        vertical = earth_fixed(self.nadir_vertical(instants), instants)
        if self._is_node_grid(instants):
            self._kept[key] = (vertical,)
        return vertical

    def nadir_vertical(self, instants: Floats) -> Floats:
        """The same in TEME."""
        position = self.states(instants)[0]
        if self.earth is Earth.SPHERE:
            upward: Floats = position / np.linalg.norm(position, axis=0)
            return upward
        return geodetic_zenith(position)

    def site_frame(self, instants: Floats) -> tuple[Floats, Floats]:
        """The site's position (km) and zenith (unit) in TEME, each of shape (3, n)."""
        site = self.site
        angle = sidereal_angle(instants)
        cosine, sine = np.cos(angle), np.sin(angle)
        turned: list[Floats] = []
        for fixed in (
            site_position(site.latitude_deg, site.longitude_deg, site.elevation_m),
            site_zenith(site.latitude_deg, site.longitude_deg),
        ):
            x, y, z = to_celestial_pole(fixed, instants)
            turned.append(np.stack((x * cosine - y * sine, x * sine + y * cosine, z)))
        return turned[0], turned[1]

    def site_altitude(self, target: Floats, instants: Floats) -> Floats:
        """The airless topocentric altitude (rad) of a vector (km, TEME) at the site."""
        position, zenith = self.site_frame(instants)
        return _altitude(target - position, zenith)

    def _is_node_grid(self, instants: Floats) -> bool:
        return any(instants is grid for grid in self._nodes.values())

    def _limited_nodes(self, step: float, low: float, high: float) -> Floats:
        if step not in self._nodes:
            first, last = max(self.start - 2 * step, low), min(self.end + 2 * step, high)
            grid: Floats = np.arange(np.ceil(first / step), np.floor(last / step) + 1, dtype=np.float64) * step
            # At least four, however short the table: the search needs them.
            self._nodes[step] = np.unique(np.concatenate((np.linspace(first, last, 4), grid)))
        return self._nodes[step]


def _altitude(sight: Floats, zenith: Floats) -> Floats:
    up = np.sum(sight * zenith, axis=0)
    level = np.linalg.norm(sight - zenith * up, axis=0)
    altitude: Floats = np.arctan2(up, level)
    return altitude

"""The quantities that conditions compare: continuous curves over an almanac, each with its unit and a pace to look at it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from nightside.sky.almanac import HOUR_S, Almanac
from nightside.sky.frames import geodetic_zenith
from nightside.sky.instants import Floats
from nightside.sky.shadow import Earth
from nightside.sky.sun import RADIUS_KM as SUN_RADIUS_KM
from nightside.sky.vantage import Spacecraft


class Pace(Enum):
    """What a curve turns with."""

    ORBIT = "orbit"
    EARTH = "earth"
    """The Earth's rotation, or anything slower."""


Value = Callable[[Almanac, Floats], Floats]


@dataclass(frozen=True, slots=True)
class Curve:
    """A named quantity. Two curves are the same when their names are."""

    name: str
    unit: str
    pace: Callable[[Almanac], Pace]
    value: Value

    def nodes(self, almanac: Almanac) -> Floats:
        """Where to sample it so that nothing is missed."""
        return almanac.orbit_nodes() if self.pace(almanac) is Pace.ORBIT else almanac.nodes(HOUR_S)


def outside_umbra(almanac: Almanac, instants: Floats) -> Floats:
    """How far the whole of the Sun is above the limb's far side (°): negative where all of it is hidden."""
    above, distance = almanac.sun_above_limb(instants)
    return np.degrees(above + np.arcsin(SUN_RADIUS_KM / distance))


def outside_penumbra(almanac: Almanac, instants: Floats) -> Floats:
    """How far the Sun's lower edge is above the limb (°): negative where any of it is hidden."""
    above, distance = almanac.sun_above_limb(instants)
    return np.degrees(above - np.arcsin(SUN_RADIUS_KM / distance))


def sun_altitude(almanac: Almanac, instants: Floats) -> Floats:
    """The Sun's centre above a site's horizon, or above the limb seen from a spacecraft (°)."""
    if isinstance(almanac.vantage, Spacecraft):
        return np.degrees(almanac.sun_above_limb(instants)[0])
    return np.degrees(almanac.site_altitude(almanac.sun(instants), instants))


def nadir_sun(almanac: Almanac, instants: Floats) -> Floats:
    """The Sun's altitude at the point below the satellite (°), as seen from the Earth's centre's direction."""
    position, _ = almanac.states(instants)
    round_earth = almanac.earth is Earth.SPHERE
    zenith = position / np.linalg.norm(position, axis=0) if round_earth else geodetic_zenith(position)
    sun = almanac.sun(instants)
    sine: Floats = np.sum(zenith * sun, axis=0) / np.linalg.norm(sun, axis=0)
    return np.degrees(np.arcsin(sine))


def satellite_elevation(almanac: Almanac, instants: Floats) -> Floats:
    """The satellite's altitude at the site (°)."""
    return np.degrees(almanac.site_altitude(almanac.states(instants)[0], instants))


def satellite_azimuth(almanac: Almanac, instants: Floats) -> Floats:
    """The satellite's azimuth at the site (°), from north through east."""
    position, zenith = almanac.site_frame(instants)
    sight = almanac.states(instants)[0] - position
    east = np.stack((-zenith[1], zenith[0], np.zeros_like(zenith[0])))
    north = np.cross(zenith, east, axis=0)
    azimuth: Floats = np.degrees(np.arctan2(np.sum(sight * east, axis=0), np.sum(sight * north, axis=0))) % 360.0
    return azimuth


def with_the_satellite(almanac: Almanac) -> Pace:
    """The pace of curves that follow a satellite."""
    return Pace.ORBIT


def with_the_vantage(almanac: Almanac) -> Pace:
    """The pace of curves that turn with whoever looks."""
    return Pace.ORBIT if isinstance(almanac.vantage, Spacecraft) else Pace.EARTH


UMBRA = Curve("umbra", "°", with_the_satellite, outside_umbra)
PENUMBRA = Curve("penumbra", "°", with_the_satellite, outside_penumbra)
SUN = Curve("sun", "°", with_the_vantage, sun_altitude)
SATELLITE = Curve("satellite", "°", with_the_satellite, satellite_elevation)
NADIR_SUN = Curve("nadir_sun", "°", with_the_satellite, nadir_sun)

"""The quantities that conditions compare: continuous curves over an almanac, each with its unit and a pace to look at it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from nightside.sky.almanac import HOUR_S, Almanac
from nightside.sky.frames import EARTH_SPIN_RAD_S
from nightside.sky.geomagnetism import magnetic_latitude_sine
from nightside.sky.instants import Floats
from nightside.sky.moon import RADIUS_KM as MOON_RADIUS_KM
from nightside.sky.shadow import above_limb
from nightside.sky.sun import RADIUS_KM as SUN_RADIUS_KM
from nightside.sky.vantage import Spacecraft

HORIZON_REFRACTION_DEG = 34.0 / 60.0
"""The refraction at the horizon by which rising and setting are defined."""


class Pace(Enum):
    """What a curve turns with."""

    SATELLITE = "satellite"
    VANTAGE = "vantage"
    """The satellite from a spacecraft, the Earth from a site."""
    EARTH = "earth"
    """The Earth's rotation, or anything slower."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A named quantity. Two curves are the same when their names are."""

    name: str
    unit: str = field(compare=False)
    least: float = field(compare=False)
    """The least value that it can take; with `most`, what a threshold may be."""
    most: float = field(compare=False)
    pace: Pace = field(compare=False)
    value: Callable[[Almanac, Floats], Floats] = field(compare=False)
    rate: Callable[[Almanac, Floats], Floats] | None = field(default=None, compare=False)
    """A smooth quantity of one sign with its slope, for a curve that peaks too sharply to be followed by its values alone."""

    @property
    def follows_satellite(self) -> bool:
        """Whether it can only be asked of a satellite."""
        return self.pace is Pace.SATELLITE

    def nodes(self, almanac: Almanac) -> Floats:
        """Where to sample it so that nothing is missed."""
        aboard = self.pace is Pace.VANTAGE and isinstance(almanac.vantage, Spacecraft)
        grid = almanac.orbit_nodes() if aboard or self.follows_satellite else almanac.nodes(HOUR_S)
        return grid if self.rate is None else almanac.nodes_and_extrema(self.name, grid, self.rate)


def outside_umbra(almanac: Almanac, instants: Floats) -> Floats:
    """How far the Sun's upper edge is above the Earth's limb at the satellite (°): negative where all of it is hidden."""
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


def moon_altitude(almanac: Almanac, instants: Floats) -> Floats:
    """The Moon's centre above a site's horizon, or above the limb seen from a spacecraft (°)."""
    return _altitude(almanac, almanac.moon(instants), instants)


def moon_edge(almanac: Almanac, instants: Floats) -> Floats:
    """The Moon's upper edge above the limb, or above a site's horizon with 34′ of refraction (°)."""
    moon = almanac.moon(instants)
    seen_from = almanac.site_frame(instants)[0] if almanac.on_ground else almanac.states(instants)[0]
    radius = np.degrees(np.arcsin(MOON_RADIUS_KM / np.linalg.norm(moon - seen_from, axis=0)))
    refraction = HORIZON_REFRACTION_DEG if almanac.on_ground else 0.0
    edge: Floats = _altitude(almanac, moon, instants) + radius + refraction
    return edge


def milky_way_altitude(almanac: Almanac, instants: Floats) -> Floats:
    """The galactic centre above a site's horizon, or above the limb seen from a spacecraft (°)."""
    return _altitude(almanac, almanac.galactic_centre(instants), instants)


def moon_fraction(almanac: Almanac, instants: Floats) -> Floats:
    """The illuminated fraction of the Moon's disc, 0 to 1, seen from the Earth's centre."""
    moon, sun = almanac.moon(instants), almanac.sun(instants)
    to_sun = sun - moon
    cosine = -_dot(moon, to_sun) / np.sqrt(_dot(moon, moon) * _dot(to_sun, to_sun))
    fraction: Floats = (1.0 + cosine) / 2.0
    return fraction


def nadir_sun(almanac: Almanac, instants: Floats) -> Floats:
    """The Sun's altitude at the point below the satellite (°)."""
    return _vertical_angle(almanac, almanac.sun(instants), instants)


def nadir_moon(almanac: Almanac, instants: Floats) -> Floats:
    """The Moon's altitude at the point below the satellite (°)."""
    position = almanac.states(instants)[0]
    ground = position * (6371.0 / np.linalg.norm(position, axis=0))
    return _vertical_angle(almanac, almanac.moon(instants) - ground, instants)


def beta_angle(almanac: Almanac, instants: Floats) -> Floats:
    """The Sun above the orbit's plane (°), positive on the side from which the satellite is seen to go counter-clockwise."""
    position, velocity = almanac.states(instants)
    normal, sun = np.cross(position, velocity, axis=0), almanac.sun(instants)
    return np.degrees(np.arcsin(_dot(normal, sun) / np.sqrt(_dot(normal, normal) * _dot(sun, sun))))


def nadir_latitude(almanac: Almanac, instants: Floats) -> Floats:
    """The latitude of the point below the satellite (°)."""
    sine: Floats = np.clip(almanac.nadir(instants)[2], -1.0, 1.0)
    return np.degrees(np.arcsin(sine))


def magnetic_latitude(almanac: Almanac, instants: Floats) -> Floats:
    """The geomagnetic latitude of the point below the satellite (°)."""
    return np.degrees(np.arcsin(magnetic_latitude_sine(almanac.nadir(instants), instants)))


def satellite_elevation(almanac: Almanac, instants: Floats) -> Floats:
    """The satellite's altitude at the site (°)."""
    return np.degrees(almanac.site_altitude(almanac.states(instants)[0], instants))


def satellite_climb(almanac: Almanac, instants: Floats) -> Floats:
    """Of one sign with the rate of its altitude: the derivative of sin(altitude), times the distance cubed.

    The altitude itself turns within seconds where a satellite passes overhead; this does not.
    """
    position, velocity = almanac.states(instants)
    place, zenith = almanac.site_frame(instants)
    sight = position - place
    drift = velocity - EARTH_SPIN_RAD_S * np.stack((-place[1], place[0], np.zeros_like(place[0])))
    swing = EARTH_SPIN_RAD_S * np.stack((-zenith[1], zenith[0], np.zeros_like(zenith[0])))
    rate = (_dot(drift, zenith) + _dot(sight, swing)) * _dot(sight, sight)
    climb: Floats = rate - _dot(sight, zenith) * _dot(sight, drift)
    return climb


def satellite_azimuth(almanac: Almanac, instants: Floats) -> Floats:
    """The satellite's azimuth at the site (°), from north through east."""
    position, zenith = almanac.site_frame(instants)
    sight = almanac.states(instants)[0] - position
    east = np.stack((-zenith[1], zenith[0], np.zeros_like(zenith[0])))
    north = np.cross(zenith, east, axis=0)
    azimuth: Floats = np.degrees(np.arctan2(_dot(sight, east), _dot(sight, north))) % 360.0
    return azimuth


def east_of(longitude_deg: float) -> Curve:
    """Positive where nadir is less than half a turn east of a meridian: sin(difference) · cos(latitude)."""
    cosine, sine = np.cos(np.radians(longitude_deg)), np.sin(np.radians(longitude_deg))

    def value(almanac: Almanac, instants: Floats) -> Floats:
        x, y, _ = almanac.nadir(instants)
        turned: Floats = y * cosine - x * sine
        return turned

    return Curve(f"east of {longitude_deg!r}", "", -1.0, 1.0, Pace.SATELLITE, value)


def later_than(hour: float) -> Curve:
    """Positive where apparent solar time at nadir is less than twelve hours after `hour`."""
    angle = np.radians((hour - 12.0) * 15.0)
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))

    def value(almanac: Almanac, instants: Floats) -> Floats:
        up, sun = almanac.nadir_vertical(instants), almanac.sun(instants)
        east = sun[0] * up[1] - sun[1] * up[0]
        toward = sun[0] * up[0] + sun[1] * up[1]
        turned: Floats = (east * cosine - toward * sine) / np.hypot(sun[0], sun[1])
        return turned

    return Curve(f"later than {hour!r} h", "", -1.0, 1.0, Pace.SATELLITE, value)


def near(latitude_deg: float, longitude_deg: float, angle_rad: float) -> Curve:
    """Positive where nadir is within an angle of a place: the difference of the cosines."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    centre = np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])

    def value(almanac: Almanac, instants: Floats) -> Floats:
        inside: Floats = centre @ almanac.nadir(instants) - np.cos(angle_rad)
        return inside

    return Curve(f"within {angle_rad!r} of {latitude_deg!r}, {longitude_deg!r}", "", -1.0, 1.0, Pace.SATELLITE, value)


def _altitude(almanac: Almanac, target: Floats, instants: Floats) -> Floats:
    if almanac.on_ground:
        return np.degrees(almanac.site_altitude(target, instants))
    return np.degrees(above_limb(almanac.states(instants)[0], target, almanac.earth)[0])


def _vertical_angle(almanac: Almanac, sight: Floats, instants: Floats) -> Floats:
    return np.degrees(np.arcsin(_dot(almanac.nadir_vertical(instants), sight) / np.sqrt(_dot(sight, sight))))


def _dot(a: Floats, b: Floats) -> Floats:
    product: Floats = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    return product


UMBRA = Curve("umbra margin", "°", -90.0, 180.0, Pace.SATELLITE, outside_umbra)
PENUMBRA = Curve("penumbra margin", "°", -90.0, 180.0, Pace.SATELLITE, outside_penumbra)
SUN = Curve("sun", "°", -90.0, 180.0, Pace.VANTAGE, sun_altitude)
MOON = Curve("moon", "°", -90.0, 180.0, Pace.VANTAGE, moon_altitude)
MOON_EDGE = Curve("moon edge", "°", -90.0, 180.0, Pace.VANTAGE, moon_edge)
MOON_FRACTION = Curve("moon_fraction", "", 0.0, 1.0, Pace.EARTH, moon_fraction)
MILKY_WAY = Curve("milky_way", "°", -90.0, 180.0, Pace.VANTAGE, milky_way_altitude)
NADIR_SUN = Curve("nadir_sun", "°", -90.0, 90.0, Pace.SATELLITE, nadir_sun)
NADIR_MOON = Curve("nadir_moon", "°", -90.0, 90.0, Pace.SATELLITE, nadir_moon)
BETA = Curve("beta", "°", -90.0, 90.0, Pace.SATELLITE, beta_angle)
LATITUDE = Curve("latitude", "°", -90.0, 90.0, Pace.SATELLITE, nadir_latitude)
MAGNETIC_LATITUDE = Curve("magnetic_latitude", "°", -90.0, 90.0, Pace.SATELLITE, magnetic_latitude)
SATELLITE = Curve("satellite", "°", -90.0, 90.0, Pace.SATELLITE, satellite_elevation, satellite_climb)

QUANTITIES = {
    curve.name: curve
    for curve in (
        SUN,
        MOON,
        MOON_FRACTION,
        MILKY_WAY,
        NADIR_SUN,
        NADIR_MOON,
        BETA,
        LATITUDE,
        MAGNETIC_LATITUDE,
        SATELLITE,
    )
}
"""The curves that have a name in the text syntax."""

"""From where the night is seen: a spacecraft on its orbit, or a site on the ground."""

import math
from dataclasses import dataclass
from typing import TypeVar

from nightside.errors import ConditionRefused
from nightside.sky.elements.values import Elements
from nightside.sky.shadow import Earth
from nightside.sky.sun import SunPlace

E = TypeVar("E", Earth, SunPlace)


@dataclass(frozen=True, slots=True)
class Spacecraft:
    """A camera on an orbit. `earth` and `sun` may be given as their plain names."""

    elements: Elements
    earth: Earth | str = Earth.WGS84
    sun: SunPlace | str = SunPlace.APPARENT

    def __post_init__(self) -> None:
        object.__setattr__(self, "earth", earth_called(self.earth))
        object.__setattr__(self, "sun", sun_called(self.sun))


@dataclass(frozen=True, slots=True)
class Site:
    """A camera on the ground, in geodetic WGS84 coordinates; north and east are positive.

    With a `satellite`, conditions may also ask for that satellite's elevation and light.
    """

    latitude_deg: float
    longitude_deg: float
    elevation_m: float = 0.0
    satellite: Elements | None = None

    def __post_init__(self) -> None:
        _check("latitude", self.latitude_deg, 90.0, "°")
        _check("longitude", self.longitude_deg, 360.0, "°")
        _check("elevation", self.elevation_m, 100_000.0, " m")


Vantage = Spacecraft | Site


def satellite_of(vantage: Vantage) -> Elements | None:
    """The elements whose age a vantage's windows depend on, if any."""
    return vantage.elements if isinstance(vantage, Spacecraft) else vantage.satellite


def earth_called(name: str) -> Earth:
    """A figure of the Earth by its name. Raises `ConditionRefused`."""
    return _member(Earth, name, "figure of the Earth")


def sun_called(name: str) -> SunPlace:
    """A place of the Sun by its name. Raises `ConditionRefused`."""
    return _member(SunPlace, name, "place of the Sun")


def _check(what: str, value: float, most: float, unit: str) -> None:
    if not (math.isfinite(value) and -most <= value <= most):
        raise ConditionRefused(
            f"The site's {what} is {value:g}{unit}, but must lie from −{most:g} to {most:g}{unit}.",
            means="There is no such place.",
            remedy="Give latitude and longitude in degrees, north and east positive, and the elevation in metres.",
        )


def _member(kind: type[E], value: str, what: str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise ConditionRefused(
            f"There is no {what} called {value!r}.", remedy=f"Choose from {', '.join(member.value for member in kind)}."
        ) from None

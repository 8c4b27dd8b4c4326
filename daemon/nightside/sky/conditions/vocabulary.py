"""The words of the condition syntax: what each name, quantity and function means.

docs/reference/sky-conditions.md lists them for people; a test keeps the two together.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from nightside.errors import ConditionRefused
from nightside.sky import curves
from nightside.sky.conditions.base import And, Condition, Constant, Named, Not, Or, Threshold, number
from nightside.sky.conditions.calendars import Calendar, During, weekly
from nightside.sky.conditions.regions import Over, Polygon, Region, ring_of

MEAN_RADIUS_KM = 6371.0088
"""Of the Earth (IUGG): what turns kilometres on the ground into angles."""
AURORA_DEG = (60.0, 75.0)
"""Geomagnetic latitudes between which the oval lies on most nights."""

T = TypeVar("T")
Argument = float | str
Build = Callable[[Sequence[Argument], "Names"], Condition]


@dataclass(frozen=True, slots=True)
class Names:
    """What a configuration adds to the vocabulary: its own conditions, calendars and regions, by name."""

    conditions: Mapping[str, Condition] = field(default_factory=dict[str, Condition])
    calendars: Mapping[str, Calendar] = field(default_factory=dict[str, Calendar])
    regions: Mapping[str, Region] = field(default_factory=dict[str, Region])

    def __post_init__(self) -> None:
        for name in self.conditions:
            if not name.isidentifier() or name.lower() in RESERVED:
                raise ConditionRefused(
                    f"No condition can be called {name!r}.",
                    means="The name is taken by the syntax, or is no name.",
                    remedy="Use letters, digits and _, and a word that docs/reference/sky-conditions.md does not list.",
                )


WORDS: Mapping[str, Condition] = {
    "always": Constant(True),
    "never": Constant(False),
    "umbra": Threshold(curves.UMBRA, above=False, level=0.0, name="umbra"),
    "penumbra": Threshold(curves.PENUMBRA, above=False, level=0.0, name="penumbra"),
    "sunlit": Threshold(curves.PENUMBRA, above=True, level=0.0, name="sunlit"),
    "moon_up": Threshold(curves.MOON_EDGE, above=True, level=0.0, name="moon_up"),
    "milky_way_up": Threshold(curves.MILKY_WAY, above=True, level=0.0, name="milky_way_up"),
    "satellite_up": Threshold(curves.SATELLITE, above=True, level=0.0, name="satellite_up"),
    "daylight": Threshold(curves.SUN, above=True, level=-0.8333, name="daylight"),
    "civil_night": Threshold(curves.SUN, above=False, level=-6.0, name="civil_night"),
    "nautical_night": Threshold(curves.SUN, above=False, level=-12.0, name="nautical_night"),
    "astronomical_night": Threshold(curves.SUN, above=False, level=-18.0, name="astronomical_night"),
}


def _numbers(arguments: Sequence[Argument], count: int, meaning: str) -> list[float]:
    numbers = [argument for argument in arguments if isinstance(argument, float)]
    if len(numbers) != len(arguments) or len(numbers) != count:
        raise ValueError(f"takes {meaning}")
    return numbers


def _within(value: float, least: float, most: float, what: str) -> float:
    if not least <= value <= most:
        raise ValueError(f"takes {what} from {number(least)} to {number(most)}, not {number(value)}")
    return value


def _circle(arguments: Sequence[Argument], _: Names) -> Condition:
    latitude, longitude, radius = _numbers(arguments, 3, "a latitude, a longitude (°) and a radius (km)")
    _within(latitude, -90.0, 90.0, "a latitude")
    _within(longitude, -360.0, 360.0, "a longitude")
    _within(radius, 0.001, math.pi * MEAN_RADIUS_KM, "a radius")
    name = f"over_circle({number(latitude)}, {number(longitude)}, {number(radius)})"
    return Threshold(curves.near(latitude, longitude, radius / MEAN_RADIUS_KM), above=True, level=0.0, name=name)


def _box(arguments: Sequence[Argument], _: Names) -> Condition:
    south, west, north, east = _numbers(arguments, 4, "south, west, north and east (°)")
    _within(south, -90.0, 90.0, "a south edge")
    _within(north, south, 90.0, "a north edge")
    _within(west, -360.0, 360.0, "a west edge")
    _within(east, -360.0, 360.0, "an east edge")
    name = f"over_box({number(south)}, {number(west)}, {number(north)}, {number(east)})"
    meaning: Condition = And(
        Threshold(curves.LATITUDE, above=True, level=south), Threshold(curves.LATITUDE, above=False, level=north)
    )
    if abs(east - west) < 360.0:
        meaning = And(meaning, _wedge(curves.east_of(west), curves.east_of(east), (east - west) % 360.0 <= 180.0))
    return Named(name, meaning)


def _wedge(first: curves.Curve, last: curves.Curve, narrow: bool) -> Condition:
    """Between two meridians, the first on the west: two half-spaces, of which a wide wedge needs but one."""
    begun, over = Threshold(first, above=True, level=0.0), Threshold(last, above=True, level=0.0)
    return And(begun, Not(over)) if narrow else Or(begun, Not(over))


def _polygon(arguments: Sequence[Argument], _: Names) -> Condition:
    meaning = "latitude and longitude (°) of three corners or more"
    if len(arguments) % 2 or len(arguments) < 6:
        raise ValueError(f"takes {meaning}")
    numbers = _numbers(arguments, len(arguments), meaning)
    ring = ring_of(zip(numbers[::2], numbers[1::2], strict=True))
    return Over(f"over_polygon({', '.join(number(value) for value in numbers)})", Region((Polygon(ring),)))


def _over(arguments: Sequence[Argument], names: Names) -> Condition:
    match arguments:
        case [str(name)]:
            return Over(f"over({quoted(name)})", _known(names.regions, name, "region"))
        case _:
            raise ValueError("takes the name of one region")


def _aurora(arguments: Sequence[Argument], _: Names) -> Condition:
    low, high = _numbers(arguments, 2, "two geomagnetic latitudes (°), or nothing") if arguments else AURORA_DEG
    _within(low, 0.0, 90.0, "a geomagnetic latitude")
    _within(high, low, 90.0, "a geomagnetic latitude")
    latitude = curves.MAGNETIC_LATITUDE
    north = And(Threshold(latitude, above=True, level=low), Threshold(latitude, above=False, level=high))
    south = And(Threshold(latitude, above=False, level=-low), Threshold(latitude, above=True, level=-high))
    return Named(f"aurora({number(low)}, {number(high)})" if arguments else "aurora", Or(north, south))


def _solar_time(arguments: Sequence[Argument], _: Names) -> Condition:
    first, last = _numbers(arguments, 2, "two hours, such as 22 and 4")
    _within(first, 0.0, 24.0, "an hour")
    _within(last, 0.0, 24.0, "an hour")
    name = f"solar_time({number(first)}, {number(last)})"
    if (last - first) % 24.0 == 0.0:
        return Named(name, Constant(first != last))
    return Named(name, _wedge(curves.later_than(first), curves.later_than(last), (last - first) % 24.0 <= 12.0))


def _calendar(arguments: Sequence[Argument], names: Names) -> Condition:
    match arguments:
        case [str(name)]:
            return During(f"calendar({quoted(name)})", _known(names.calendars, name, "calendar"), "")
        case [str(name), str(word)]:
            return During(f"calendar({quoted(name)}, {quoted(word)})", _known(names.calendars, name, "calendar"), word)
        case _:
            raise ValueError("takes the name of a calendar and, if only some events count, a word in their titles")


def _weekly(arguments: Sequence[Argument], _: Names) -> Condition:
    match arguments:
        case [str(hours)]:
            zone = "UTC"
        case [str(hours), str(zone)]:
            pass
        case _:
            raise ValueError('takes hours such as "Mon-Fri 22:00-06:00" and, if they are not UTC, a time zone')
    name = f"weekly({quoted(hours)})" if zone == "UTC" else f"weekly({quoted(hours)}, {quoted(zone)})"
    return During(name, weekly(hours, zone), "")


def _known(known: Mapping[str, T], name: str, what: str) -> T:
    if name not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise ValueError(f"knows no {what} {name!r}; configured: {listed}")
    return known[name]


def quoted(text: str) -> str:
    """A text as the syntax writes it."""
    return f"'{text}'" if '"' in text else f'"{text}"'


FUNCTIONS: Mapping[str, Build] = {
    "over_circle": _circle,
    "over_box": _box,
    "over_polygon": _polygon,
    "over": _over,
    "aurora": _aurora,
    "solar_time": _solar_time,
    "calendar": _calendar,
    "weekly": _weekly,
}
BARE = frozenset({"aurora"})
"""Functions that may stand without parentheses."""
RESERVED = frozenset({*WORDS, *FUNCTIONS, *curves.QUANTITIES, "and", "or", "not"})

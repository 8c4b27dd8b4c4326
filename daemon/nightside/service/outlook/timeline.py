"""The day ahead from one vantage: light, Moon, nights, duty. Pure, and some ten milliseconds of work: not for the event loop."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np

from nightside.errors import NoNight
from nightside.plan.planner import SEARCHES, Night
from nightside.service.outlook.areas import pieces
from nightside.service.outlook.day import Day
from nightside.service.outlook.troubles import trouble_of
from nightside.service.outlook.values import Duty, ElementsInUse, Heights, Light, Lit, Moon, NightAhead, Stretch, Trouble
from nightside.sky import curves
from nightside.sky.almanac import Almanac
from nightside.sky.conditions import During
from nightside.sky.conditions.vocabulary import WORDS
from nightside.sky.freshness import Freshness
from nightside.sky.instants import moments, seconds
from nightside.sky.orbit import propagable_until
from nightside.sky.vantage import Spacecraft, satellite_of
from nightside.sky.window import Window
from nightside.sky.windows import survey
from nightside_drivers.errors import NightsideError

HEIGHTS_EVERY = timedelta(minutes=10)
HOUR = timedelta(hours=1)

ON_THE_GROUND = (
    (Light.CIVIL, ~WORDS["daylight"]),
    (Light.NAUTICAL, WORDS["civil_night"]),
    (Light.ASTRONOMICAL, WORDS["nautical_night"]),
    (Light.NIGHT, WORDS["astronomical_night"]),
)
ABOARD = ((Light.PENUMBRA, WORDS["penumbra"]), (Light.UMBRA, WORDS["umbra"]))
"""Each light, and the condition from which on it is at least so dark; lightest first."""


def day_ahead(night: Night, start: datetime, end: datetime) -> Day:
    """The day of a vantage, as far as its elements go. What cannot be known is left out, and `no_night` says why."""
    nights, next_night, why = _nights(night, start, end)
    duty = _duty(night, start, end)
    aboard, elements = isinstance(night.vantage, Spacecraft), _elements(night, start)
    if aboard and elements is not None and elements.freshness == Freshness.STALE:
        return Day((), None, nights, next_night, duty, None, elements, why)
    until = _known_until(night, start, end)
    if until <= start:
        return Day((), None, nights, next_night, duty, None, elements, why)
    scale = ABOARD if aboard else ON_THE_GROUND
    *darker, moon_up = survey([*(condition for _, condition in scale), WORDS["moon_up"]], night.vantage, start, until)
    light = tuple(_bands([light for light, _ in scale], darker, start, until))
    almanac = Almanac(night.vantage, seconds(start), seconds(until))
    heights = None if aboard else _heights(almanac, start, until)
    moon = _moon(almanac, start + (until - start) / 2, moon_up)
    return Day(light, moon, nights, next_night, duty, heights, elements, why)


def _nights(night: Night, start: datetime, end: datetime) -> tuple[tuple[NightAhead, ...], NightAhead | None, Trouble | None]:
    try:
        found = tuple(map(_ahead, night.windows(start, end)))
        return found, None if found else _next_night(night, end), None
    except NightsideError as error:
        return (), None, trouble_of(error)


def _next_night(night: Night, after: datetime) -> NightAhead:
    """The first window after an instant, sought as the planner seeks it. Raises where there is none to be trusted."""
    for ahead in SEARCHES[1:]:
        found = night.windows(after, after + ahead)
        if found:
            return _ahead(found[0])
    last = night.trusted_until
    raise NoNight(
        f"There is no night, as {night.condition} has it, "
        + ("for a year." if last is None else f"before {last:%Y-%m-%d %H:%M} UTC, when the elements are too old to plan by."),
        remedy="Widen the condition, shorten [night] min_length_s, or fetch newer elements.",
    )


def _ahead(window: Window) -> NightAhead:
    return NightAhead(
        start=window.start,
        end=window.end,
        uncertainty_s=window.uncertainty_s,
        clipped_start=window.clipped_start,
        clipped_end=window.clipped_end,
    )


def _known_until(night: Night, start: datetime, end: datetime) -> datetime:
    """How far the satellite's place can be computed, where the light depends on it."""
    if not isinstance(night.vantage, Spacecraft):
        return end
    return propagable_until(night.vantage.elements, start, end)


def _bands(lights: Sequence[Light], darker: Sequence[Sequence[Window]], start: datetime, end: datetime) -> Iterator[Lit]:
    """The range in stretches of one light each. `darker` holds, for each light, when it is at least so dark."""
    edges = {start, end} | {edge for windows in darker for window in windows for edge in (window.start, window.end)}
    instants = sorted(edges)
    begun, now = start, _light_at(lights, darker, start)
    for instant in instants[1:-1]:
        light = _light_at(lights, darker, instant)
        if light is not now:
            yield Lit(start=begun, end=instant, light=now)
            begun, now = instant, light
    yield Lit(start=begun, end=end, light=now)


def _light_at(lights: Sequence[Light], darker: Sequence[Sequence[Window]], instant: datetime) -> Light:
    now = Light.DAY
    for light, windows in zip(lights, darker, strict=True):
        if any(window.start <= instant < window.end for window in windows):
            now = light
    return now


def _heights(almanac: Almanac, start: datetime, end: datetime) -> Heights:
    every_s = HEIGHTS_EVERY.total_seconds()
    instants = np.arange(seconds(start), seconds(end) + 1.0, every_s)
    sun, moon = curves.sun_altitude(almanac, instants), curves.moon_altitude(almanac, instants)
    return Heights(every_s=every_s, sun_deg=tuple(np.round(sun, 2).tolist()), moon_deg=tuple(np.round(moon, 2).tolist()))


def _moon(almanac: Almanac, middle: datetime, up: Sequence[Window]) -> Moon:
    fraction = curves.moon_fraction(almanac, np.array([seconds(middle), seconds(middle) + HOUR.total_seconds()]))
    return Moon(
        fraction=round(float(fraction[0]), 4),
        waxing=bool(fraction[1] > fraction[0]),
        up=tuple(Stretch(start=window.start, end=window.end) for window in up),
    )


def _duty(night: Night, start: datetime, end: datetime) -> tuple[Duty, ...]:
    """The hours that the condition asks for, and those of calendars that it does not name."""
    hours = {
        str(one): one
        for condition in (night.condition, *night.names.conditions.values())
        for one in pieces(condition)
        if isinstance(one, During)
    }
    named = {id(one.calendar) for one in hours.values()}
    for name, calendar in night.names.calendars.items():
        if id(calendar) not in named:
            hours[name] = During(name, calendar, "")
    found: list[Duty] = []
    almanac = Almanac(night.vantage, seconds(start), seconds(end))
    for name, during in hours.items():
        edges = np.array(during.spans(almanac).intervals()).reshape(-1, 2)
        pairs = zip(moments(edges[:, 0]), moments(edges[:, 1]), strict=True)
        found.append(Duty(name=name, during=tuple(Stretch(start=low, end=high) for low, high in pairs)))
    return tuple(found)


def _elements(night: Night, at: datetime) -> ElementsInUse | None:
    elements = satellite_of(night.vantage)
    if elements is None:
        return None
    usable = elements.useable_until
    stale = elements.epoch + night.ages.stale
    return ElementsInUse(
        name=elements.name,
        norad_id=elements.norad_id,
        epoch=elements.epoch,
        age_days=round(elements.age(at) / timedelta(days=1), 3),
        freshness=str(elements.freshness(at, night.ages)),
        trusted_until=stale if usable is None else min(stale, usable),
    )

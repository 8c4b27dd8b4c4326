"""The Earth at one instant, and who is where above it. Pure, and some milliseconds of work: not for the event loop."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from nightside.plan.planner import Night
from nightside.service.outlook.areas import areas_of
from nightside.service.outlook.lines import cut, places_of, rounded
from nightside.service.outlook.shade import shades, terminator
from nightside.service.outlook.troubles import trouble_of
from nightside.service.outlook.values import Leg, Light, Place, Trouble, World
from nightside.sky import curves
from nightside.sky.almanac import Almanac
from nightside.sky.conditions.vocabulary import WORDS
from nightside.sky.elements import Elements, require_usable
from nightside.sky.frames import earth_fixed
from nightside.sky.instants import Floats, seconds
from nightside.sky.orbit import orbit_of, propagable_until
from nightside.sky.spans import Spans
from nightside.sky.vantage import Site, Spacecraft, Vantage, satellite_of
from nightside_drivers.errors import NightsideError

EVERY_S = 30.0
"""Between two points of a track: two degrees."""
BEFORE, AFTER = 0.5, 1.5
"""Revolutions of the track that are drawn."""
LONGEST_S = 86400.0
NOWHERE = Site(0.0, 0.0)


def world_at(night: Night, at: datetime) -> World:
    """The map of a configured vantage."""
    vantage = night.vantage
    sky = _sky(vantage, at)
    own = (
        Place(latitude_deg=vantage.latitude_deg, longitude_deg=_turned(vantage.longitude_deg))
        if isinstance(vantage, Site)
        else None
    )
    elements = satellite_of(vantage)
    found = sky.model_copy(update={"site": own, "areas": areas_of(night)})
    if elements is None:
        return found
    try:
        require_usable(elements, at, night.ages)
        return _with_satellite(found, vantage, elements, at)
    except NightsideError as error:
        return found.model_copy(update={"trouble": trouble_of(error)})


def world_without(trouble: Trouble, at: datetime) -> World:
    """The map where the vantage cannot be had: Sun, Moon and night side alone."""
    return _sky(NOWHERE, at).model_copy(update={"trouble": trouble})


def _sky(vantage: Vantage, at: datetime) -> World:
    instants = np.array([seconds(at)])
    almanac = Almanac(vantage, float(instants[0]), float(instants[0]) + 1.0)
    sun, moon = _below(almanac.sun(instants), instants), _below(almanac.moon(instants), instants)
    fraction = float(curves.moon_fraction(almanac, instants)[0])
    return World(at=at, sun=sun, moon=moon, moon_fraction=round(fraction, 4), terminator=terminator(sun), shades=shades(sun))


def _below(vector: Floats, instants: Floats) -> Place:
    """Where the zenith points along a vector (TEME)."""
    fixed = earth_fixed(vector, instants)
    latitude, longitude = places_of(fixed / np.linalg.norm(fixed, axis=0))
    return Place(latitude_deg=round(float(latitude[0]), 4), longitude_deg=round(float(longitude[0]), 4))


def _with_satellite(world: World, vantage: Vantage, elements: Elements, at: datetime) -> World:
    """The satellite and its track, as far as its elements go. Raises where they do not reach the instant."""
    period = timedelta(seconds=min(orbit_of(elements).period_s, LONGEST_S))
    start, end = at - BEFORE * period, at + AFTER * period
    if elements.useable_until is not None:
        start = max(start, elements.epoch)
    end = propagable_until(elements, at, end)
    if end <= at:
        return world
    aboard = vantage if isinstance(vantage, Spacecraft) else Spacecraft(elements)
    almanac = Almanac(aboard, seconds(start), seconds(end))
    umbra, penumbra = WORDS["umbra"].spans(almanac), WORDS["penumbra"].spans(almanac)
    here = np.array([seconds(at)])
    latitude, longitude = places_of(almanac.nadir(here))
    return world.model_copy(
        update={
            "satellite": Place(latitude_deg=round(float(latitude[0]), 3), longitude_deg=round(float(longitude[0]), 3)),
            "satellite_name": elements.name,
            "satellite_light": _light(umbra, penumbra, here[0]),
            "track": tuple(_legs(almanac, umbra, penumbra, here[0])),
        }
    )


def _light(umbra: Spans, penumbra: Spans, instant: float) -> Light:
    where = np.array([instant])
    if umbra.holds(where)[0]:
        return Light.UMBRA
    return Light.PENUMBRA if penumbra.holds(where)[0] else Light.DAY


def _legs(almanac: Almanac, umbra: Spans, penumbra: Spans, now: float) -> Iterator[Leg]:
    """The track, a leg for each light and each side of the antimeridian; neighbours share their ends."""
    edges = np.unique(np.concatenate(([almanac.start], umbra.edges, penumbra.edges, [almanac.end])))
    for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        instants = np.unique(np.concatenate((np.arange(low, high, EVERY_S), [high])))
        light = _light(umbra, penumbra, (low + high) / 2.0)
        for latitude, longitude, at in cut(*places_of(almanac.nadir(instants)), instants - now):
            yield Leg(latitude_deg=rounded(latitude), longitude_deg=rounded(longitude), light=light, at_s=rounded(at, 1))


def _turned(longitude_deg: float) -> float:
    return (longitude_deg + 180.0) % 360.0 - 180.0

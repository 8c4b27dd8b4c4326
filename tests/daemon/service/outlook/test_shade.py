"""The night side on the map is where it is night: held to the Sun's altitude as the sky computes it for a site."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightside.service.outlook.shade import SUN_DEG, shades, terminator
from nightside.service.outlook.values import Line, Place
from nightside.service.outlook.world import world_at
from nightside.sky import curves
from nightside.sky.almanac import Almanac
from nightside.sky.instants import Floats, seconds
from nightside.sky.vantage import Site
from tests.daemon.service.outlook.scenes import ALPS, night

PARALLAX_DEG = 9e-6 + 8.8 / 3600
INSTANTS = [
    datetime(2018, 3, 20, 16, 15, tzinfo=UTC),  # equinox
    datetime(2018, 6, 21, 10, 7, tzinfo=UTC),
    datetime(2018, 12, 21, 22, 22, tzinfo=UTC),
    datetime(2025, 5, 22, 18, 30, tzinfo=UTC),
]
places = st.builds(Place, latitude_deg=st.floats(-23.45, 23.45), longitude_deg=st.floats(-180, 179.999))


def altitude_by_the_sky(latitude: float, longitude: float, at: datetime) -> float:
    almanac = Almanac(Site(latitude, longitude), seconds(at), seconds(at) + 1.0)
    return float(curves.sun_altitude(almanac, np.array([seconds(at)]))[0])


def altitude_by_the_place(sun: Place, latitude: Floats, longitude: Floats) -> Floats:
    a, d = np.radians(latitude), np.radians(sun.latitude_deg)
    hour = np.radians(longitude - sun.longitude_deg)
    sine: Floats = np.sin(a) * np.sin(d) + np.cos(a) * np.cos(d) * np.cos(hour)
    return np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))


def inside(ring: Line, latitude: float, longitude: float) -> bool:
    """By counting crossings, on the flat map."""
    ys, xs = np.array(ring.latitude_deg), np.array(ring.longitude_deg)
    y2, x2 = np.roll(ys, -1), np.roll(xs, -1)
    spans = (xs > longitude) != (x2 > longitude)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = ys + (longitude - xs) / (x2 - xs) * (y2 - ys)
    return int(np.sum(spans & (at > latitude))) % 2 == 1


@pytest.mark.parametrize("at", INSTANTS, ids=str)
def test_the_sun_is_on_the_horizon_along_the_terminator(at: datetime) -> None:
    world = world_at(night(ALPS), at)

    for line in world.terminator:
        points = list(zip(line.latitude_deg, line.longitude_deg, strict=True))
        assert points[0][1] == -180.0
        assert points[-1][1] == 180.0
        for latitude, longitude in points[::7]:
            assert abs(altitude_by_the_sky(latitude, longitude, at)) < PARALLAX_DEG + 1e-3  # as it is rounded


@pytest.mark.parametrize("at", INSTANTS, ids=str)
def test_each_shade_ends_where_the_sun_is_as_low_as_it_says(at: datetime) -> None:
    world = world_at(night(ALPS), at)

    assert {shade.sun_deg for shade in world.shades} == set(SUN_DEG)
    for shade in world.shades:
        for ring in shade.rings:
            for latitude, longitude in list(zip(ring.latitude_deg, ring.longitude_deg, strict=True))[::11]:
                if abs(latitude) < 90.0:
                    assert abs(altitude_by_the_sky(latitude, longitude, at) - shade.sun_deg) < PARALLAX_DEG + 1e-2


@pytest.mark.parametrize("at", INSTANTS, ids=str)
def test_the_sun_stands_in_the_zenith_where_the_map_says(at: datetime) -> None:
    sun = world_at(night(ALPS), at).sun

    assert altitude_by_the_sky(sun.latitude_deg, sun.longitude_deg, at) > 89.99


@given(places, st.floats(-89.5, 89.5), st.floats(-179.5, 179.5))
def test_a_place_is_in_a_shade_when_the_sun_is_lower_there(sun: Place, latitude: float, longitude: float) -> None:
    altitude = float(altitude_by_the_place(sun, np.array(latitude), np.array(longitude)))

    for shade in shades(sun):
        covered = any(inside(ring, latitude, longitude) for ring in shade.rings)
        if abs(altitude - shade.sun_deg) > 1.0:  # rings have corners every two degrees
            assert covered == (altitude < shade.sun_deg), (sun, latitude, longitude)


@given(places)
def test_no_ring_crosses_the_map(sun: Place) -> None:
    lines = [ring for shade in shades(sun) for ring in shade.rings] + list(terminator(sun))

    for line in lines:
        longitude, latitude = np.array(line.longitude_deg), np.array(line.latitude_deg)
        assert np.all(np.abs(np.diff(longitude)) <= 2.001)
        assert np.all((np.abs(longitude) <= 180.0) & (np.abs(latitude) <= 90.0))

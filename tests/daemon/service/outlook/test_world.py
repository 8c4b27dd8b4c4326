"""Who is where on the map: held to SGP4 and ERFA alone, without the code under test."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import erfa
import numpy as np
import pytest
from sgp4.api import WGS72, Satrec

from nightside.service.outlook.lines import cut
from nightside.service.outlook.troubles import trouble_of
from nightside.service.outlook.values import Leg, Light, World
from nightside.service.outlook.world import world_at, world_without
from nightside.sky.conditions import Names, parse_condition
from nightside.sky.conditions.geojson import parse_geojson
from nightside.sky.vantage import Site
from nightside.sky.windows import find_windows
from nightside_drivers.errors import Refused
from tests.daemon.service.outlook.scenes import ALPS, EVENING, night, station
from tests.daemon.sky.reference import iss, table

ROUNDED_DEG = 6e-4
UT1_DEG = 0.004
"""What a second of UT1 − UTC turns the Earth by, which the reference below leaves out."""


def below(at: datetime) -> tuple[float, float]:
    """Geodetic latitude and longitude of the station's nadir, by SGP4, GMST and ERFA's ellipsoid."""
    (row,) = (row for row in table("satellites.csv") if row["satellite"] == "ISS2018")
    day = (at - datetime(2000, 1, 1, 12, tzinfo=UTC)) / timedelta(days=1)
    satellite: Any = Satrec
    code, (x, y, z), _ = satellite.twoline2rv(row["line1"], row["line2"], WGS72).sgp4(2451545.0 + int(day), day - int(day))
    assert code == 0
    untyped: Any = erfa  # both, more of them than the code under test uses, and so than their stubs tell
    turn = float(untyped.gmst82(2451545.0 + int(day), day - int(day)))
    fixed = np.array([np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x, z])
    longitude, latitude, _ = untyped.gc2gd(1, fixed * 1000.0)
    return float(np.degrees(latitude)), float(np.degrees(longitude))


def apart(one: float, other: float) -> float:
    """Of two longitudes."""
    return abs((one - other + 180.0) % 360.0 - 180.0)


@pytest.mark.parametrize("minutes", [0, 17, 46, 300])
def test_the_station_is_where_sgp4_has_it(minutes: int) -> None:
    at = EVENING + timedelta(minutes=minutes)

    place = world_at(station(), at).satellite

    assert place is not None
    latitude, longitude = below(at)
    assert abs(place.latitude_deg - latitude) < UT1_DEG
    assert apart(place.longitude_deg, longitude) < UT1_DEG


def test_each_point_of_the_track_is_where_the_station_is_then() -> None:
    world = world_at(station(), EVENING)

    for leg in world.track:
        for latitude, longitude, at_s in list(zip(leg.latitude_deg, leg.longitude_deg, leg.at_s, strict=True))[1:-1:9]:
            there, along = below(EVENING + timedelta(seconds=at_s))
            assert abs(latitude - there) < UT1_DEG + ROUNDED_DEG
            assert apart(longitude, along) * np.cos(np.radians(there)) < 2 * UT1_DEG + ROUNDED_DEG


def test_the_track_is_dark_where_the_station_is_in_the_umbra() -> None:
    world = world_at(station(), EVENING)

    (window,) = find_windows(parse_condition("umbra"), station().vantage, EVENING, EVENING + timedelta(minutes=80))
    dark = [leg for leg in world.track if leg.light is Light.UMBRA and leg.at_s[0] > 0]
    assert dark[0].at_s[0] == pytest.approx((window.start - EVENING).total_seconds(), abs=0.06)
    assert any(leg.at_s[-1] == pytest.approx((window.end - EVENING).total_seconds(), abs=0.06) for leg in dark)
    assert world.satellite_light is Light.DAY


def test_the_track_has_no_gaps_and_never_crosses_the_map() -> None:
    legs = world_at(station(), EVENING).track

    for before, leg in pairwise(legs):
        assert leg.at_s[0] == before.at_s[-1]
        assert leg.latitude_deg[0] == pytest.approx(before.latitude_deg[-1], abs=1e-2)
        assert apart(leg.longitude_deg[0], before.longitude_deg[-1]) < 1e-2
    assert all(np.abs(np.diff(leg.longitude_deg)).max() < 180.0 for leg in legs)
    reach = (legs[-1].at_s[-1] - legs[0].at_s[0]) / 60.0
    assert reach == pytest.approx(2 * 92.7, abs=0.5)


def test_a_line_over_the_antimeridian_is_cut_where_it_crosses() -> None:
    latitude, longitude = np.array([0.0, 10.0, 20.0]), np.array([178.0, -178.0, -174.0])

    first, second = cut(latitude, longitude, np.array([0.0, 1.0, 2.0]))

    assert [part.tolist() for part in first] == [[0.0, 5.0], [178.0, 180.0], [0.0, 0.5]]
    assert [part.tolist() for part in second] == [[5.0, 10.0, 20.0], [-180.0, -178.0, -174.0], [0.5, 1.0, 2.0]]


def test_a_site_is_on_the_map_with_the_satellite_that_it_watches() -> None:
    watching = world_at(night(Site(46.55, 350.0, 0.0, iss()), "satellite_up"), EVENING)

    assert watching.site is not None
    assert watching.site.longitude_deg == pytest.approx(-10.0)
    assert watching.satellite_name == "ISS2018"
    assert world_at(night(ALPS, "sun < -18"), EVENING).track == ()


def test_a_satellite_whose_elements_are_stale_is_left_out_and_the_map_says_why() -> None:
    world = world_at(station(), EVENING + timedelta(days=40))

    assert (world.satellite, world.track) == (None, ())
    assert world.trouble is not None
    assert world.trouble.code == "elements-stale"
    assert world.shades


def areas(world: World) -> dict[str, list[tuple[float, float]]]:
    return {
        area.name: [point for line in area.outlines for point in zip(line.latitude_deg, line.longitude_deg, strict=True)]
        for area in world.areas
    }


def test_the_regions_of_the_condition_and_of_the_configuration_are_outlined() -> None:
    square = '{"type":"Polygon","coordinates":[[[170,10],[-170,10],[-170,20],[170,20],[170,10]]]}'
    names = Names(regions=parse_geojson(square, "square.geojson"))
    wanted = "umbra & (over_circle(40, 10, 500) | over_box(-10, 30, 10, 50))"

    found = areas(world_at(station(wanted, names), EVENING))

    assert set(found) == {"over_circle(40, 10, 500)", "over_box(-10, 30, 10, 50)", "square.geojson"}
    assert max(latitude for latitude, _ in found["over_circle(40, 10, 500)"]) == pytest.approx(44.5, abs=0.01)
    assert {30.0, 50.0} <= {longitude for _, longitude in found["over_box(-10, 30, 10, 50)"]}
    assert max(abs(longitude) for _, longitude in found["square.geojson"]) == 180.0


def test_a_region_that_the_condition_names_is_outlined_once() -> None:
    triangle = '{"type":"Polygon","coordinates":[[[0,0],[10,0],[0,10],[0,0]]]}'
    names = Names(regions=parse_geojson(triangle, "t"))

    assert list(areas(world_at(station('umbra & over("t")', names), EVENING))) == ['over("t")']


def test_without_a_vantage_there_is_still_a_night_side() -> None:
    world = world_without(trouble_of(Refused("There are no elements.", remedy="Fetch some.")), EVENING)

    assert world.shades
    assert world.trouble is not None
    assert world.trouble.remedy == "Fetch some."


def test_the_legs_of_a_track_say_when() -> None:
    for leg in world_at(station(), EVENING).track:
        assert isinstance(leg, Leg)
        assert len(leg.at_s) == len(leg.latitude_deg) == len(leg.longitude_deg)
        assert list(leg.at_s) == sorted(leg.at_s)

"""The quantities behind conditions, against what is known of them by other means."""

import numpy as np
import pytest

from nightside.sky import curves
from nightside.sky.almanac import Almanac
from nightside.sky.conditions import parse_condition
from nightside.sky.earth_orientation import ut1_minus_utc, ut1_uncertainty_s
from nightside.sky.frames import geodetic_zenith, site_position, site_zenith
from nightside.sky.geomagnetism import magnetic_latitude_sine
from nightside.sky.instants import Floats, moment, seconds, tai_minus_utc
from nightside.sky.interpolation import tabulate
from nightside.sky.shadow import Earth, above_limb
from nightside.sky.sun import SunPlace, sun_table
from nightside.sky.vantage import Site, Spacecraft
from tests.daemon.sky.reference import iss, satellite, utc

YEAR = seconds(utc("2018-01-01")), seconds(utc("2019-01-01"))


def at(*texts: str) -> Floats:
    return np.array([seconds(utc(text)) for text in texts])


def almanac(text: str = "2018-07-04", days: float = 2.0, vantage: Spacecraft | Site | None = None) -> Almanac:
    start = seconds(utc(text))
    return Almanac(vantage if vantage is not None else Spacecraft(iss()), start, start + days * 86400.0)


def test_instants_survive_the_way_there_and_back() -> None:
    when = utc("2026-11-20T07:17:15.123456")

    assert moment(seconds(when)) == when


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1972-06-30", 10), ("1999-01-01", 32), ("2016-12-31T23:59:59", 36), ("2017-01-01", 37), ("1960-01-01", 10)],
)
def test_leap_seconds_are_known(text: str, expected: int) -> None:
    assert tai_minus_utc(at(text))[0] == expected


def test_ut1_is_the_published_one_and_says_how_far_it_is_known() -> None:
    assert ut1_minus_utc(at("2018-07-04", "2012-06-01", "1985-01-01")) == pytest.approx([0.0725, -0.5738, -0.1582], abs=0.002)
    assert ut1_uncertainty_s(at("2018-07-04", "2100-01-01")) == pytest.approx([0.007, 0.9])
    assert np.all(np.abs(ut1_minus_utc(at("1950-01-01", "2100-01-01"))) <= 0.9)


def test_the_sun_crosses_the_equator_at_the_equinox_and_is_nearest_in_january() -> None:
    table = sun_table(*YEAR, SunPlace.APPARENT)
    _, _, z = table.at(at("2018-03-20T16:15:00"))
    x, y, far = table.at(at("2018-01-03T05:35:00", "2018-07-06T16:47:00"))
    distance = np.sqrt(x**2 + y**2 + far**2) / 149597870.7

    assert abs(z[0] / 1.5e8) < 1e-5
    assert distance == pytest.approx([0.98328, 1.01670], abs=2e-5)


def test_the_apparent_sun_stands_one_aberration_behind() -> None:
    when = at("2018-07-04", "2018-12-01")
    seen, true = (sun_table(*YEAR, place).at(when) for place in SunPlace)

    angle = np.linalg.norm(seen / np.linalg.norm(seen, axis=0) - true / np.linalg.norm(true, axis=0), axis=0)

    assert np.degrees(angle) * 3600 == pytest.approx([20.2, 20.7], abs=0.1)


def test_interpolation_keeps_to_a_smooth_curve() -> None:
    table = tabulate(lambda t: np.stack((np.sin(t / 1e5), np.cos(t / 3e5))), 0.0, 1e6, 20_000.0, 4)
    instants = np.linspace(0.0, 1e6, 1001)

    assert table.at(instants) == pytest.approx(np.stack((np.sin(instants / 1e5), np.cos(instants / 3e5))), abs=2e-7)


@pytest.mark.parametrize("latitude", [-90.0, -45.0, 0.0, 30.0, 89.0])
@pytest.mark.parametrize("elevation_m", [0.0, 400_000.0])
def test_the_vertical_below_a_point_above_a_place_is_the_place_s(latitude: float, elevation_m: float) -> None:
    position = site_position(latitude, 25.0, elevation_m)[:, None]

    assert geodetic_zenith(position)[:, 0] == pytest.approx(site_zenith(latitude, 25.0), abs=2e-9)


def test_the_limb_of_the_ellipsoid_is_found_where_a_ray_grazes_it() -> None:
    generator = np.random.default_rng(1)
    place = generator.normal(size=(3, 200))
    place *= generator.uniform(6700.0, 42000.0, 200) / np.linalg.norm(place, axis=0)
    target = generator.normal(size=(3, 200)) * 1e8

    above, _ = above_limb(place, target, Earth.WGS84)
    # Turn the sight down by that angle, in the plane of the nadir and the target: it must touch the ellipsoid.
    nadir = -place / np.linalg.norm(place, axis=0)
    sight = (target - place) / np.linalg.norm(target - place, axis=0)
    level = sight - nadir * np.sum(sight * nadir, axis=0)
    level /= np.linalg.norm(level, axis=0)
    angle = np.arccos(np.clip(np.sum(sight * nadir, axis=0), -1.0, 1.0)) - above
    ray = nadir * np.cos(angle) + level * np.sin(angle)
    scale = np.array([1 / 6378.137, 1 / 6378.137, 1 / 6356.752314245])[:, None]
    p, u = place * scale, ray * scale
    nearest = np.sum(p * p, axis=0) - np.sum(p * u, axis=0) ** 2 / np.sum(u * u, axis=0)

    assert nearest == pytest.approx(np.ones(200), abs=1e-9)


def test_beta_is_the_sun_s_height_above_the_orbit() -> None:
    book, when = almanac(), at("2018-07-04T12:00:00")

    assert curves.beta_angle(book, when)[0] == pytest.approx(7.4, abs=0.5)
    assert np.all(np.abs(curves.beta_angle(book, book.orbit_nodes())) < 75.2)


def test_solar_time_is_noon_where_the_sun_is_highest() -> None:
    book = almanac()
    instants = np.linspace(book.start, book.end, 5000)
    noon = parse_condition("solar_time(11.9, 12.1)").spans(book).holds(instants)
    night = parse_condition("solar_time(18, 6)").spans(book).holds(instants)
    equator = np.abs(curves.nadir_latitude(book, instants)) < 1.0

    assert np.all(curves.nadir_sun(book, instants[noon & equator]) > 60.0)
    assert np.all(curves.nadir_sun(book, instants[night & equator]) < 2.0)
    assert night.mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("hours", "share"), [("0, 24", 1.0), ("5, 5", 0.0), ("6, 18", 0.5), ("18, 6", 0.5), ("1, 23", 11 / 12), ("23, 1", 1 / 12)]
)
def test_hours_of_solar_time_take_their_share_of_an_equatorial_orbit(hours: str, share: float) -> None:
    book = almanac("2006-06-26", 4.0, Spacecraft(satellite("HST2019")))

    spans = parse_condition(f"solar_time({hours})").spans(book)

    assert spans.holds(np.linspace(book.start, book.end, 9001)[1:-1]).mean() == pytest.approx(share, abs=0.03)


def test_the_geomagnetic_pole_is_where_it_was_in_2020() -> None:
    places = np.stack((site_zenith(80.65, -72.68), site_zenith(-80.65, 107.32), site_zenith(90.0, 0.0)), axis=1)

    latitude = np.degrees(np.arcsin(magnetic_latitude_sine(places, at("2020-01-01", "2020-01-01", "2020-01-01"))))

    assert latitude == pytest.approx([90.0, -90.0, 80.65], abs=0.1)


def test_the_aurora_is_crossed_in_both_hemispheres() -> None:
    book = almanac(days=3.0)
    instants = np.linspace(book.start, book.end, 20_001)[1:-1]

    seen = parse_condition("aurora").spans(book).holds(instants)
    latitude = curves.magnetic_latitude(book, instants)

    assert np.array_equal(seen, (np.abs(latitude) > 60.0) & (np.abs(latitude) < 75.0))
    assert latitude[seen].min() < -60.0
    assert latitude[seen].max() > 60.0


def test_the_moon_is_seen_from_the_station_for_more_than_half_of_the_time() -> None:
    book = almanac()
    instants = np.linspace(book.start, book.end, 20_001)[1:-1]

    up = parse_condition("moon_up").spans(book).holds(instants)

    assert up.mean() == pytest.approx((1 + np.sin(np.radians(20.2))) / 2, abs=0.07)


def test_the_ground_below_is_in_civil_dusk_before_the_station_is_in_the_umbra() -> None:
    book = almanac()
    edges = parse_condition("umbra").spans(book).edges

    assert np.all(curves.nadir_sun(book, edges) < -18.0)
    assert np.all(curves.nadir_sun(book, edges) > -22.0)

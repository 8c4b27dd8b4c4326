"""Regions: the nadir is inside exactly when it is, across antimeridians, around poles, and through holes."""

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from nightside.errors import ConditionRefused
from nightside.sky.almanac import Almanac
from nightside.sky.conditions import Names, parse_condition
from nightside.sky.conditions.geojson import parse_geojson
from nightside.sky.conditions.regions import Ring, ring_of, vertical
from nightside.sky.files import load_regions
from nightside.sky.instants import Floats, seconds
from nightside.sky.vantage import Spacecraft
from nightside.sky.windows import find_windows
from tests.daemon.sky.reference import iss, satellite, utc

START = utc("2018-07-04T00:00:00")


def inside(ring: Ring, latitude: float, longitude: float) -> bool:
    return bool(ring.contains(vertical(np.array([latitude]), np.array([longitude])).T)[0])


SQUARE = [(-10.0, -10.0), (-10.0, 10.0), (10.0, 10.0), (10.0, -10.0)]
PACIFIC = [(-10.0, 170.0), (-10.0, -170.0), (10.0, -170.0), (10.0, 170.0)]
ARCTIC = [(70.0, 0.0), (70.0, 90.0), (70.0, 180.0), (70.0, -90.0)]
ANTARCTIC = [(-70.0, 0.0), (-70.0, 90.0), (-70.0, 180.0), (-70.0, -90.0)]
ARROW = [(0.0, 0.0), (20.0, -20.0), (10.0, 0.0), (20.0, 20.0)]
PLACES = [
    (SQUARE, [(0, 0), (9, 9), (-9.9, 9.9)], [(0, 11), (11, 0), (0, 180), (90, 0), (-90, 0)]),
    (PACIFIC, [(0, 180), (0, -180), (5, 175), (-5, -175)], [(0, 0), (0, 165), (0, -165), (15, 180)]),
    (ARCTIC, [(90, 0), (85, 123), (76, 45)], [(60, 0), (-90, 0), (0, 0), (69, 0)]),
    (ANTARCTIC, [(-90, 0), (-85, 123)], [(-60, 0), (90, 0), (0, 0)]),
    (ARROW, [(5, 0), (11, 8), (15, -13)], [(12, 0), (20, 0), (-1, 0)]),
]


@pytest.mark.parametrize("turned", [False, True], ids=["as drawn", "drawn backwards"])
@pytest.mark.parametrize(("corners", "within", "without"), PLACES, ids=["square", "antimeridian", "north", "south", "arrow"])
def test_the_inside_is_the_smaller_side_whichever_way_it_is_drawn(
    corners: list[tuple[float, float]], within: list[tuple[float, float]], without: list[tuple[float, float]], turned: bool
) -> None:
    ring = ring_of(corners[::-1] if turned else corners)

    assert all(inside(ring, *place) for place in within)
    assert not any(inside(ring, *place) for place in without)


def test_the_area_of_an_octant_is_an_eighth_of_the_sphere() -> None:
    assert ring_of([(0, 0), (0, 90), (90, 0)]).area() == pytest.approx(np.pi / 2)
    assert ring_of([(0, 0), (90, 0), (0, 90)]).area() == pytest.approx(3.5 * np.pi)


REGIONS = [
    "over_circle(47, 8, 500)",
    "over_circle(0, 180, 3000)",
    "over_circle(90, 0, 4500)",
    "over_box(-10, 170, 10, -170)",
    "over_box(20, -180, 60, 180)",
    "over_box(-60, 10, 60, -10)",
    "over_polygon(10, 170, 10, -170, -10, -170, -10, 170)",
    "over_polygon(40, 0, 40, 120, 40, -120)",
    "over_polygon(0, 0, 20, -20, 10, 0, 20, 20)",
]


def samples(almanac: Almanac) -> Floats:
    return np.linspace(almanac.start + 1.0, almanac.end - 1.0, 4_000)


@pytest.mark.parametrize("name", ["ISS2018", "HST2019", "MOLNIYA2006"])
@pytest.mark.parametrize("text", REGIONS)
def test_windows_over_a_region_are_where_the_nadir_is_inside(text: str, name: str) -> None:
    elements = satellite(name)
    first = seconds(elements.epoch)
    almanac = Almanac(Spacecraft(elements), first, first + 4 * 86400.0)
    condition = parse_condition(text)

    held = condition.spans(almanac).holds(samples(almanac))

    assert np.array_equal(held, condition.margin(almanac, samples(almanac)) > 0.0)


def collection(*geometries: dict[str, object], **names: str) -> str:
    features = [
        {"type": "Feature", "properties": {"name": f"part {i}"}, "geometry": geometry} for i, geometry in enumerate(geometries)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features} | names)


def box(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def test_geojson_features_are_regions_by_name_and_the_file_is_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "oceans.geojson"
    path.write_text(
        collection(
            {"type": "Polygon", "coordinates": [box(170, -10, 190, 10)]},
            {"type": "MultiPolygon", "coordinates": [[box(0, 0, 40, 40), box(10, 10, 30, 30)], [box(-180, 60, 180, 90)]]},
            {"type": "Point", "coordinates": [0, 0]},
        )
    )

    regions = load_regions(path)
    points = vertical(np.array([0.0, 5.0, 20.0, 75.0, 50.0]), np.array([-175.0, 5.0, 20.0, 123.0, 0.0])).T

    assert set(regions) == {"oceans", "part 0", "part 1"}
    assert regions["part 0"].contains(points).tolist() == [True, False, False, False, False]
    assert regions["part 1"].contains(points).tolist() == [False, True, False, True, False]
    assert regions["oceans"].contains(points).tolist() == [True, True, False, True, False]


def test_a_region_with_a_hole_makes_the_same_windows_as_its_margin(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    path.write_text(json.dumps({"type": "Polygon", "coordinates": [box(-60, -40, 60, 40), box(-20, -20, 20, 20)]}))
    condition = parse_condition("over(ring)", Names(regions=load_regions(path)))
    almanac = Almanac(Spacecraft(iss()), seconds(START), seconds(START) + 86400.0)

    held = condition.spans(almanac).holds(samples(almanac)[::10])

    assert held.any()
    assert np.array_equal(held, condition.margin(almanac, samples(almanac)[::10]) > 0.0)


def test_lines_of_geojson_run_straight_on_the_map() -> None:
    (region, _) = parse_geojson(json.dumps({"type": "Polygon", "coordinates": [box(-60, 30, 60, 50)]}), "band").values(), None
    (band,) = region
    points = vertical(np.array([49.5, 50.5, 30.5, 29.5]), np.zeros(4)).T

    assert band.contains(points).tolist() == [True, False, True, False]


BROKEN = [
    ("not JSON", "{", "line 1, column 2"),
    ("deep", "[" * 100_000, "nest too deep|line 1"),
    ("no object", "[]", "an object such as a Feature"),
    ("no type", "{}", "'None' is no type of GeoJSON"),
    ("no polygon", '{"type": "Point", "coordinates": [0, 0]}', "it holds no polygon"),
    ("no ring", '{"type": "Polygon", "coordinates": []}', "a polygon has no rings"),
    ("a line", '{"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}', "at least three corners"),
    ("words", '{"type": "Polygon", "coordinates": [[["a", "b"], [1, 1], [2, 0]]]}', "is no position"),
    ("no place", '{"type": "Polygon", "coordinates": [[[0, 0], [1, 100], [2, 0]]]}', "latitudes go to ±90°"),
    ("not finite", '{"type": "Polygon", "coordinates": [[[0, 0], [1, NaN], [2, 0]]]}', "no place on the Earth"),
    ("endless", '{"type": "Polygon", "coordinates": [[[0, 0], [1, ' + "9" * 400 + "], [2, 0]]]}", "too large"),
    ("long number", '{"type": ' + "9" * 5000 + "}", "a number is too long"),
    ("nested", '{"type": "GeometryCollection", "geometries": [' * 20 + "]}" * 20, "collections nest more than"),
    ("properties", '{"type": "Feature", "properties": 5, "geometry": {"type": "Polygon"}}', "an object such as"),
]


@pytest.mark.parametrize(("text", "says"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_what_is_no_region_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "broken.geojson"
    path.write_text(text)

    with pytest.raises(ConditionRefused, match=says):
        load_regions(path)


@pytest.mark.parametrize("content", [None, b"\xff\xff"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "gone.geojson"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConditionRefused, match="cannot be used"):
        load_regions(path)


def test_a_region_that_is_never_reached_has_no_window() -> None:
    assert not find_windows(parse_condition("over_circle(89, 0, 500)"), Spacecraft(iss()), START, START + timedelta(days=3))

"""The coastline that the map draws: small enough for a phone, free to give away, and where the land is."""

import json
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from nightside.service.page.held import ASSETS

FILE = ASSETS / "coastline.json"


@cache
def rings() -> list[NDArray[np.float64]]:
    """Latitudes and longitudes, shape (n, 2), as the page reads them."""
    land = json.loads(FILE.read_text())
    return [np.cumsum(np.array(ring).reshape(-1, 2), axis=0) * land["scale_deg"] for ring in land["rings"]]


def is_land(latitude: float, longitude: float) -> bool:
    """Whether a place is inside of an odd number of rings."""
    crossed = 0
    for ring in rings():
        y, x = ring.T
        y2, x2 = np.roll(y, -1), np.roll(x, -1)
        meets = (x > longitude) != (x2 > longitude)
        crossed += int(np.sum(y[meets] + (longitude - x[meets]) / (x2 - x)[meets] * (y2 - y)[meets] > latitude))
    return crossed % 2 == 1


def test_it_is_small_and_says_where_it_comes_from() -> None:
    assert FILE.stat().st_size <= 150_000
    assert "public domain" in json.loads(FILE.read_text())["source"]


@pytest.mark.parametrize(
    ("place", "latitude", "longitude", "land"),
    [
        ("the Alps", 46.5, 8.0, True),
        ("the Atlantic", 0.0, -30.0, False),
        ("the Caspian Sea", 42.0, 51.0, False),
        ("Antarctica", -85.0, 12.3, True),
        ("Chukotka, in the east", 66.5, 178.5, True),
        ("Chukotka, over the antimeridian", 66.5, -177.0, True),
        ("the Arctic Ocean", 88.0, 100.2, False),
        ("the Pacific beside the antimeridian", 30.0, 179.0, False),
        ("Australia", -25.0, 135.0, True),
        ("Hawaii", 19.6, -155.5, True),
    ],
)
def test_land_is_where_land_is(place: str, latitude: float, longitude: float, land: bool) -> None:
    assert is_land(latitude, longitude) is land, place


def test_no_line_crosses_the_whole_map() -> None:
    for ring in rings():
        inside = np.abs(ring[:, 0]) < 85.0
        assert np.all(np.abs(np.diff(ring[:, 1]))[inside[:-1] & inside[1:]] < 60.0)

"""Every shadow crossing of the reference is found, no other is, and each to the accuracy that is promised."""

from datetime import datetime, timedelta

import pytest

from nightside.sky.conditions import parse_condition
from nightside.sky.vantage import Spacecraft
from nightside.sky.windows import find_windows
from tests.daemon.sky.reference import ends, satellite, satellite_range, starts, table, worst_s

LOW, HIGH = ("ISS2018", "HST2019"), ("MOLNIYA2006",)
PROMISED_S = [
    *((name, "sphere", "geometric", 0.001) for name in LOW),
    *((name, "sphere", "geometric", 0.010) for name in HIGH),
    *((name, "sphere", "apparent", 0.010) for name in LOW + HIGH),
    *((name, "wgs84", "geometric", 0.025) for name in LOW),
    *((name, "wgs84", "geometric", 0.050) for name in HIGH),
]


def crossings(name: str, event: str, earth: str, sun: str) -> list[datetime]:
    rows = [row for row in table("eclipses.csv") if row["satellite"] == name and row["event"] == event]
    shift = {"wgs84": "wgs84_minus_sphere_s", "sphere": "apparent_minus_geometric_s"}[earth]
    moved = earth == "wgs84" or sun == "apparent"
    return [
        datetime.fromisoformat(row["sphere_geometric"]) + timedelta(seconds=float(row[shift]) if moved else 0.0) for row in rows
    ]


@pytest.mark.parametrize("shadow", ["umbra", "penumbra"])
@pytest.mark.parametrize(("name", "earth", "sun", "promised_s"), PROMISED_S)
def test_every_crossing_is_found_on_time(name: str, earth: str, sun: str, promised_s: float, shadow: str) -> None:
    windows = find_windows(parse_condition(shadow), Spacecraft(satellite(name), earth, sun), *satellite_range(name))

    assert worst_s(starts(windows), crossings(name, f"{shadow}_entry", earth, sun)) <= promised_s
    assert worst_s(ends(windows), crossings(name, f"{shadow}_exit", earth, sun)) <= promised_s


def test_sunlit_is_the_rest_of_the_penumbra() -> None:
    vantage, (start, end) = Spacecraft(satellite("ISS2018")), satellite_range("ISS2018")

    shade = find_windows(parse_condition("penumbra"), vantage, start, end)
    light = find_windows(parse_condition("sunlit"), vantage, start, end)

    edges = sorted([w.start for w in shade + light] + [end])
    assert edges[0] == start
    assert sum((w.duration for w in shade + light), timedelta()) == end - start
    assert {w.end for w in shade + light} == set(edges[1:])

"""Passes over two sites come when the reference says, as high, as sunlit and as visible."""

from datetime import timedelta

import pytest

from nightside.sky.conditions import parse_condition
from nightside.sky.passes import find_passes
from nightside.sky.vantage import Site
from nightside.sky.windows import find_windows
from tests.daemon.sky.reference import iss, satellite, site, site_range, table, utc, worst_s

SITES = ("Greenwich", "Paranal")
RISE_S, CULMINATION_S = 0.01, 0.01
"""A tenth and a fiftieth of what is promised."""


@pytest.mark.parametrize("name", SITES)
def test_every_pass_is_found_on_time(name: str) -> None:
    rows = [row for row in table("passes.csv") if row["site"] == name]
    start = site_range(name)[0]

    found = find_passes(iss(), site(name), start, start + timedelta(days=10), 10.0)

    assert worst_s([one.rise for one in found], [utc(row["rise"][:-1]) for row in rows]) <= RISE_S
    assert worst_s([one.set for one in found], [utc(row["set"][:-1]) for row in rows]) <= RISE_S
    assert worst_s([one.culmination for one in found], [utc(row["culmination"][:-1]) for row in rows]) <= CULMINATION_S
    assert [one.max_elevation_deg for one in found] == pytest.approx([float(r["max_elevation_deg"]) for r in rows], abs=1e-4)


@pytest.mark.parametrize("name", SITES)
def test_light_and_visibility_are_the_reference_s(name: str) -> None:
    rows = [row for row in table("passes.csv") if row["site"] == name]
    start = site_range(name)[0]

    found = find_passes(iss(), site(name), start, start + timedelta(days=10), 10.0)

    lit = [(one.sunlit_at_rise, one.sunlit_at_culmination, one.sunlit_at_set) for one in found]
    assert lit == [tuple(mark == "Y" for mark in row["sunlit"]) for row in rows]
    assert [one.visible for one in found] == [row["visible"] == "Y" for row in rows]


def test_a_pass_is_whole_even_where_the_range_cuts_it() -> None:
    greenwich, (start, _) = site("Greenwich"), site_range("Greenwich")
    (first, *_) = find_passes(iss(), greenwich, start, start + timedelta(days=1))
    near = timedelta(seconds=1)

    (cut,) = find_passes(iss(), greenwich, first.culmination - near, first.culmination + near)

    assert (cut.rise, cut.culmination, cut.set) == (first.rise, first.culmination, first.set)
    assert not cut.clipped_rise
    assert not cut.clipped_set


def test_passes_do_not_depend_on_where_the_range_is_cut() -> None:
    greenwich, (start, _) = site("Greenwich"), site_range("Greenwich")
    whole = find_passes(iss(), greenwich, start, start + timedelta(days=6))

    halves = [find_passes(iss(), greenwich, start + timedelta(days=d), start + timedelta(days=d + 3)) for d in (0, 3)]

    assert halves[0] + halves[1] == whole


def test_elevation_is_a_condition_too() -> None:
    greenwich, (start, _) = site("Greenwich"), site_range("Greenwich")
    watched = Site(greenwich.latitude_deg, greenwich.longitude_deg, greenwich.elevation_m, iss())

    windows = find_windows(parse_condition("satellite > 10"), watched, start, start + timedelta(days=2))
    passes = find_passes(iss(), greenwich, start, start + timedelta(days=2))

    assert [(window.start, window.end) for window in windows] == [(one.rise, one.set) for one in passes]


def test_a_satellite_that_hangs_for_hours_has_one_culmination_a_pass() -> None:
    molniya, start = satellite("MOLNIYA2006"), utc("2006-06-26")

    found = find_passes(molniya, Site(60.0, 30.0), start, start + timedelta(days=3), 30.0)

    assert found
    assert all(one.rise < one.culmination < one.set for one in found)
    assert any(one.set - one.rise > timedelta(hours=5) for one in found)

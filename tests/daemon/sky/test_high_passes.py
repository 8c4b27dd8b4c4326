"""Satellites overhead: their altitude turns within seconds, far faster than nodes come, and no pass may be lost for that."""

from datetime import timedelta

import numpy as np
import pytest

from nightside.sky.almanac import Almanac
from nightside.sky.conditions import parse_condition
from nightside.sky.elements import parse_elements
from nightside.sky.instants import seconds
from nightside.sky.passes import find_passes
from nightside.sky.vantage import Site, Spacecraft, Vantage
from nightside.sky.windows import find_windows
from tests.daemon.sky.reference import iss, satellite, utc
from tests.daemon.sky.test_tle import summed

ZURICH = Site(47.37, 8.54, 408.0)
START = utc("2018-07-04T00:00:00")
SIXTY_DAYS = START + timedelta(days=60)


@pytest.mark.parametrize(("least", "count"), [(45.0, 132), (60.0, 73), (80.0, 21), (85.0, 12)])
def test_a_pass_above_any_height_is_one_of_the_low_ones(least: float, count: int) -> None:
    low = [one for one in find_passes(iss(), ZURICH, START, SIXTY_DAYS, 10.0) if one.max_elevation_deg > least]

    high = find_passes(iss(), ZURICH, START, SIXTY_DAYS, least)
    over = Site(ZURICH.latitude_deg, ZURICH.longitude_deg, ZURICH.elevation_m, iss())
    windows = find_windows(parse_condition(f"satellite > {least:g}"), over, START, SIXTY_DAYS)

    assert (len(low), len(high), len(windows)) == (count, count, count)
    assert [one.max_elevation_deg for one in high] == pytest.approx([one.max_elevation_deg for one in low], abs=1e-6)
    assert all(one.rise < one.culmination < one.set for one in high)


MOLNIYA = satellite("MOLNIYA2006")
PEAKS: list[tuple[str, Vantage]] = [
    *((text, Spacecraft(iss())) for text in ("nadir_sun > 70", "nadir_moon > 75", "moon > 105", "latitude > 51.6")),
    *((text, Spacecraft(iss())) for text in ("magnetic_latitude > 60", "milky_way > 95", "over_circle(40, 10, 60)")),
    *((text, Spacecraft(iss())) for text in ("aurora(59, 62)", "solar_time(11.8, 12.2)", "over_box(40, 5, 41, 6)")),
    *((text, Spacecraft(MOLNIYA)) for text in ("over_circle(62, 90, 100)", "nadir_sun > 60", "moon > 100", "latitude > 62")),
    *((text, Spacecraft(MOLNIYA)) for text in ("umbra", "solar_time(0, 1)", "aurora(70, 72)")),
    *((f"satellite > {height}", Site(62.0, 50.0, 0.0, MOLNIYA)) for height in (0, 30, 70, 80, 88)),
    *((f"satellite > {height}", Site(0.0, 10.0, 0.0, satellite("HST2019"))) for height in (30, 60, 85)),
    *((text, Site(10.0, 20.0)) for text in ("sun > 87", "moon > 80", "milky_way > 50.5")),
]


@pytest.mark.parametrize(("text", "vantage"), PEAKS, ids=[f"{text} {type(vantage).__name__}" for text, vantage in PEAKS])
def test_nothing_is_lost_where_a_curve_peaks_sharply(text: str, vantage: Vantage) -> None:
    """What holds for several seconds on a grid that has nothing to do with the nodes is inside a window."""
    elements = vantage.elements if isinstance(vantage, Spacecraft) else vantage.satellite
    start = seconds(elements.epoch if elements is not None else START)
    almanac = Almanac(vantage, start, start + 20.0 * 86400.0)
    condition = parse_condition(text)
    instants = np.arange(almanac.start + 1.0, almanac.end - 1.0, 7.3)

    seen, held = condition.margin(almanac, instants) > 0.0, condition.spans(almanac).holds(instants)

    assert int(np.sum(seen != held)) == 0


GEO_LINES = [
    summed("1 36516U 10016A   18184.50000000  .00000000  00000-0  00000-0 0  9990"),
    summed("2 36516   0.0500  90.0000 0002000   0.0000 280.0000  1.00272000 30000"),
]
GEO = parse_elements("\n".join(GEO_LINES), "geo")[0][0]


@pytest.mark.parametrize("hours", [0.5, 3.0, 24.0, 24.0 * 30, 24.0 * 500])
def test_a_satellite_that_never_sets_has_one_pass_clipped_to_the_range(hours: float) -> None:
    end = START + timedelta(hours=hours)

    (found,) = find_passes(GEO, Site(10.0, -90.0), START, end)

    assert (found.rise, found.set, found.clipped_rise, found.clipped_set) == (START, end, True, True)
    assert START <= found.culmination <= end


@pytest.mark.parametrize("place", [(55.0, 37.0), (47.0, 8.0), (0.0, 0.0)])
def test_long_passes_of_a_long_ellipse_are_as_many_as_its_windows(place: tuple[float, float]) -> None:
    epoch = MOLNIYA.epoch
    windows = find_windows(parse_condition("satellite > 10"), Site(*place, 0.0, MOLNIYA), epoch, epoch + timedelta(days=20))

    found = find_passes(MOLNIYA, Site(*place), epoch, epoch + timedelta(days=20))

    whole = [window for window in windows if not (window.clipped_start or window.clipped_end)]
    assert {window.start for window in whole} <= {one.rise for one in found}
    assert not any(one.clipped_rise or one.clipped_set for one in found)


def test_a_pass_longer_than_the_range_is_there_from_end_to_end() -> None:
    (whole, *_) = find_passes(iss(), ZURICH, START, SIXTY_DAYS)
    start, end = whole.rise + timedelta(seconds=20), whole.rise + timedelta(seconds=40)

    (cut,) = find_passes(iss(), ZURICH, start, end)

    assert (cut.rise, cut.set, cut.clipped_rise, cut.clipped_set) == (start, end, True, True)

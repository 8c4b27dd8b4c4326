"""Windows: their edges, their uncertainty, what happens where there are none, and what is refused."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from nightside.errors import ConditionRefused, ElementsDamaged, ElementsStale, RangeRefused
from nightside.sky.almanac import Almanac
from nightside.sky.conditions import parse_condition
from nightside.sky.elements import AgePolicy, Elements, Freshness, MeanElements, require_usable
from nightside.sky.instants import moment, seconds
from nightside.sky.passes import find_passes
from nightside.sky.vantage import Site, Spacecraft
from nightside.sky.windows import find_windows, no_night_until, search_end, survey
from tests.daemon.sky.reference import iss, satellite, satellite_range, site, utc

UMBRA = parse_condition("umbra")
PENUMBRA = parse_condition("penumbra")
DAY = timedelta(days=1)


def orbit(
    beta_node_deg: float, inclination_deg: float = 51.64, rev_day: float = 15.5, eccentricity: float = 0.0005
) -> Elements:
    epoch_s = seconds(utc("2018-03-20T16:15:00"))
    mean = MeanElements(epoch_s, rev_day, eccentricity, inclination_deg, beta_node_deg, 90.0, 0.0, 1e-5)
    return Elements("test", 1, moment(epoch_s), "made here", mean)


def test_a_window_knows_its_length_and_whether_it_was_cut() -> None:
    start, end = satellite_range("ISS2018")
    whole = find_windows(UMBRA, Spacecraft(iss()), start, end)
    middle = whole[3].start + whole[3].duration / 2

    before, after = (
        find_windows(UMBRA, Spacecraft(iss()), *span)[i] for span, i in (((start, middle), -1), ((middle, end), 0))
    )

    assert (before.start, before.end, before.clipped_start, before.clipped_end) == (whole[3].start, middle, False, True)
    assert (after.start, after.end, after.clipped_start, after.clipped_end) == (middle, whole[3].end, True, False)
    assert before.duration + after.duration == whole[3].duration


def test_a_range_inside_a_window_is_one_window_clipped_at_both_ends() -> None:
    start, end = satellite_range("ISS2018")
    (first, *_) = find_windows(UMBRA, Spacecraft(iss()), start, end)

    (found,) = find_windows(UMBRA, Spacecraft(iss()), first.start + timedelta(seconds=9), first.end - timedelta(seconds=9))

    assert found.clipped_start
    assert found.clipped_end


def test_edges_grow_uncertain_with_age_and_with_drag() -> None:
    near = find_windows(UMBRA, Spacecraft(iss()), iss().epoch, iss().epoch + DAY)
    far = find_windows(UMBRA, Spacecraft(iss()), iss().epoch + 13 * DAY, iss().epoch + 14 * DAY)

    assert [w.uncertainty_s for w in near] == sorted(w.uncertainty_s for w in near)
    assert near[0].uncertainty_s < 0.3
    assert 20 < far[-1].uncertainty_s < 40


@pytest.mark.parametrize(
    ("name", "days", "seen_s"),
    [("ISS2018", 0.9, 0.03), ("ISS2018", 14.0, 22.0), ("HST2019", 21.5, 1.5)],
)
def test_the_uncertainty_covers_what_was_measured_on_pairs_of_element_sets(name: str, days: float, seen_s: float) -> None:
    elements = satellite(name)

    assert elements.along_track_uncertainty_s(elements.epoch + days * DAY) > seen_s


def test_a_site_s_windows_share_the_uncertainty_of_the_earth_s_rotation() -> None:
    night = parse_condition("civil_night")

    (then, *_) = find_windows(night, site("Greenwich"), utc("2018-07-04"), utc("2018-07-06"))
    (far, *_) = find_windows(night, site("Greenwich"), utc("2060-07-04"), utc("2060-07-06"))

    assert then.uncertainty_s == pytest.approx(0.007)
    assert far.uncertainty_s == pytest.approx(0.9)


AGES = [
    (-15, "stale"),
    (-4, "ageing"),
    (-3, "fresh"),
    (0, "fresh"),
    (3, "fresh"),
    (3.1, "ageing"),
    (14, "ageing"),
    (14.1, "stale"),
]


@pytest.mark.parametrize(("days", "freshness"), AGES)
def test_elements_age_in_both_directions(days: float, freshness: str) -> None:
    at = iss().epoch + days * DAY

    assert iss().age(at) == days * DAY
    assert iss().freshness(at) is Freshness(freshness)


def test_the_limits_of_age_are_configurable_and_stale_elements_are_refused() -> None:
    at = iss().epoch + 5 * DAY
    strict = AgePolicy(fresh=DAY, stale=4 * DAY)

    assert require_usable(iss(), at) is Freshness.AGEING
    with pytest.raises(ElementsStale, match=r"ISS2018 are 5\.0 days old at 2018-07-08 19:25 UTC"):
        require_usable(iss(), at, strict)
    with pytest.raises(ValueError, match="from fresh to stale"):
        AgePolicy(fresh=4 * DAY, stale=DAY)


def test_an_orbit_in_full_sun_has_no_night_and_the_next_one_is_named() -> None:
    sunny = Spacecraft(orbit(beta_node_deg=90.0, inclination_deg=75.0))
    start = sunny.elements.epoch

    assert not find_windows(UMBRA, sunny, start, start + DAY)
    found = no_night_until(UMBRA, sunny, start)

    assert found is not None
    assert found.start > start + DAY
    assert not find_windows(UMBRA, sunny, start, found.start - timedelta(microseconds=2))
    # It grows out of nothing: between two revolutions the shadow is only just reached.
    assert found.duration < timedelta(minutes=8)


def test_a_night_under_way_is_the_next_night() -> None:
    start, end = satellite_range("ISS2018")
    (first, *_) = find_windows(UMBRA, Spacecraft(iss()), start, end)

    found = no_night_until(UMBRA, Spacecraft(iss()), first.start + timedelta(minutes=5))

    assert found is not None
    assert (found.clipped_start, found.end) == (True, first.end)


def test_a_polar_summer_ends() -> None:
    found = no_night_until(parse_condition("civil_night"), site("Longyearbyen"), utc("2018-05-01"))

    assert found is not None
    assert found.start.month == 9


def test_a_night_longer_than_the_search_s_stride_is_given_whole() -> None:
    found = no_night_until(parse_condition("sun < 0"), Site(-90.0, 0.0), utc("2018-02-01"))

    assert found is not None
    assert found.duration > timedelta(days=180)
    assert (found.clipped_start, found.clipped_end) == (False, False)


@pytest.mark.parametrize("text", ["never", "sun < -80", "moon_fraction > 0.5 & never"])
def test_what_never_comes_is_given_up_after_a_year(text: str) -> None:
    assert no_night_until(parse_condition(text), site("Greenwich"), utc("2018-01-01")) is None


def test_grazing_windows_are_not_missed() -> None:
    """As the Sun climbs above the orbit's plane, windows shrink to nothing; a fine search must find no more than we do."""
    sunny = Spacecraft(orbit(beta_node_deg=90.0, inclination_deg=75.0), "sphere", "geometric")
    first = no_night_until(UMBRA, sunny, sunny.elements.epoch)
    assert first is not None
    start = first.start - timedelta(hours=6)
    almanac = Almanac(sunny, seconds(start), seconds(start) + 43200.0)

    fine = np.arange(almanac.start, almanac.end, 0.25)
    seen = UMBRA.margin(almanac, fine) > 0.0
    expected = int(np.sum(seen[1:] & ~seen[:-1]))

    windows = find_windows(UMBRA, sunny, start, moment(almanac.end))
    assert len([window for window in windows if window.duration > timedelta(seconds=1)]) == expected
    assert windows[0].start == first.start


@pytest.mark.parametrize("eccentricity", [0.0, 0.3, 0.7, 0.9])
@pytest.mark.parametrize("node", [0.0, 60.0, 200.0])
def test_eccentric_orbits_lose_no_crossing_at_perigee(eccentricity: float, node: float) -> None:
    rev_day = 15.0 * (1.0 - eccentricity) ** 1.5
    spacecraft = Spacecraft(orbit(node, 30.0, rev_day, eccentricity))
    start = spacecraft.elements.epoch
    almanac = Almanac(spacecraft, seconds(start), seconds(start) + 172_800.0)

    held = UMBRA.spans(almanac).holds(np.arange(almanac.start, almanac.end, 7.0))

    assert np.array_equal(held, UMBRA.margin(almanac, np.arange(almanac.start, almanac.end, 7.0)) > 0.0)


def test_several_conditions_at_once_are_the_same_as_one_by_one() -> None:
    start, end = satellite_range("ISS2018")
    conditions = [UMBRA, PENUMBRA, parse_condition("nadir_sun < -12 & ~moon_up")]

    together = survey(conditions, Spacecraft(iss()), start, end, chunk_s=86_400.0)

    assert together == tuple(find_windows(condition, Spacecraft(iss()), start, end) for condition in conditions)


def test_the_umbra_lies_inside_the_penumbra() -> None:
    start, end = satellite_range("HST2019")

    assert not find_windows(parse_condition("umbra & ~penumbra"), Spacecraft(satellite("HST2019")), start, end)


RANGES: list[tuple[datetime, datetime, str]] = [
    (utc("2018-07-04"), utc("2018-07-04"), "is empty"),
    (utc("2018-07-04"), utc("2018-07-03"), "is empty"),
    (utc("2018-07-04").replace(tzinfo=None), utc("2018-07-05"), "has no time zone"),
    (utc("2018-07-04"), utc("2018-07-05").replace(tzinfo=None), "has no time zone"),
    (utc("1900-12-31"), utc("2020-01-01"), "outside of 1901 to 2099"),
    (utc("2018-07-04"), utc("2100-01-01"), "outside of 1901 to 2099"),
    (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), "outside of 1901 to 2099"),
]


@pytest.mark.parametrize(("start", "end", "says"), RANGES)
def test_a_range_that_is_none_is_refused(start: datetime, end: datetime, says: str) -> None:
    with pytest.raises(RangeRefused, match=says):
        find_windows(parse_condition("always"), site("Greenwich"), start, end)


@pytest.mark.parametrize("start", [datetime.max.replace(tzinfo=UTC), utc("1850-01-01"), utc("2018-01-01").replace(tzinfo=None)])
def test_a_search_from_nowhere_is_refused(start: datetime) -> None:
    with pytest.raises(RangeRefused):
        no_night_until(parse_condition("civil_night"), site("Greenwich"), start)


@pytest.mark.parametrize("start", ["1901-01-01", "2099-11-17"])
def test_the_ends_of_what_can_be_asked_are_answered(start: str) -> None:
    found = find_windows(parse_condition("moon_up & moon_fraction < 1"), site("Greenwich"), utc(start), utc(start) + 14 * DAY)

    assert len(found) in (13, 14, 15)


@pytest.mark.parametrize("text", ["umbra", "beta > 0", "over_circle(0, 0, 500)", "satellite > 10", "solar_time(22, 4)"])
def test_a_site_without_a_satellite_cannot_answer_for_one(text: str) -> None:
    with pytest.raises(ConditionRefused, match="only a ground site is given"):
        find_windows(parse_condition(text), site("Greenwich"), utc("2018-07-04"), utc("2018-07-05"))


def test_a_spacecraft_cannot_answer_for_a_site() -> None:
    with pytest.raises(ConditionRefused, match="the vantage is a spacecraft"):
        find_windows(parse_condition("satellite > 10"), Spacecraft(iss()), utc("2018-07-04"), utc("2018-07-05"))


@pytest.mark.parametrize("place", [(91.0, 0.0, 0.0), (0.0, 361.0, 0.0), (float("nan"), 0.0, 0.0), (0.0, 0.0, float("inf"))])
def test_a_site_that_is_nowhere_is_refused(place: tuple[float, float, float]) -> None:
    with pytest.raises(ConditionRefused, match="must lie from"):
        Site(*place)


@pytest.mark.parametrize(("earth", "sun"), [("flat", "apparent"), ("wgs84", "black")])
def test_an_unknown_earth_or_sun_is_refused(earth: str, sun: str) -> None:
    with pytest.raises(ConditionRefused, match="called"):
        Spacecraft(iss(), earth, sun)


def falling() -> Elements:
    mean = MeanElements(seconds(utc("2018-07-04")), 15.9, 0.001, 51.6, 0.0, 0.0, 0.0, 0.005, 0.005)
    return Elements("FALLING", 1, utc("2018-07-04"), "made here", mean)


def test_a_satellite_that_decays_in_the_range_is_refused_with_the_time() -> None:
    with pytest.raises(ElementsDamaged, match=r"FALLING cannot be propagated to 2018.*SGP4 error"):
        find_windows(UMBRA, Spacecraft(falling()), utc("2018-07-04"), utc("2019-07-04"))


def test_the_search_for_a_night_ends_where_the_satellite_falls() -> None:
    spacecraft, start = Spacecraft(falling()), utc("2018-07-04")
    end = search_end(UMBRA, spacecraft, start)

    assert start + DAY < end < start + 60 * DAY
    assert no_night_until(parse_condition("umbra & beta > 80"), spacecraft, start) is None
    assert no_night_until(UMBRA, spacecraft, end) is None
    assert find_windows(UMBRA, spacecraft, start, end)
    assert find_passes(falling(), site("Greenwich"), start, end)


def test_a_search_that_needs_no_satellite_goes_on_when_it_has_fallen() -> None:
    start = utc("2018-07-04")

    assert search_end(parse_condition("moon_fraction > 0.5"), Spacecraft(falling()), start) == start + 366 * DAY
    assert search_end(UMBRA, Spacecraft(iss()), start, 30 * DAY) == start + 30 * DAY

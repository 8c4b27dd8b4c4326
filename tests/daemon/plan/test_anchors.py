"""Instants named by what happens in the sky: as text, and over the night of 3 July 2018."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nightside.errors import PlanImpossible
from nightside.plan.anchors import crossed, parse
from nightside.plan.lay import lay
from nightside.plan.occasions import SkyOccasions, sky_arcsec_s
from nightside.sky.conditions import Names, parse_condition
from nightside.sky.elements import Elements, load_elements
from nightside.sky.passes import find_passes
from nightside.sky.vantage import Site, Spacecraft, Vantage
from nightside.sky.window import Window
from nightside.sky.windows import find_windows
from tests.daemon.plan.scenes import d3s, toml
from tests.orbit import ISS_FILE

EVENING = datetime(2018, 7, 3, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def iss() -> Elements:
    return load_elements(ISS_FILE)


ALPS = Site(46.5475, 7.985, 3571, iss())


def night(vantage: Vantage, condition: str) -> Window:
    return find_windows(parse_condition(condition), vantage, EVENING, EVENING + timedelta(days=1))[0]


@pytest.mark.parametrize(
    ("text", "offset_s"),
    [
        ("window.start+90s", 90),
        ("window.end-3m", -180),
        ("umbra.middle", 0),
        ("pass.culmination-2m30s", -150),
        ("moonset", 0),
        ("sunrise - 1h", -3600),
        ("off_duty.end −1h2m3.5s", -3723.5),
    ],
)
def test_an_anchor_is_a_name_a_point_and_an_offset(text: str, offset_s: float) -> None:
    assert parse(text).offset.total_seconds() == offset_s


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no anchor at column 1"),
        ("+90s", "no anchor at column 1"),
        ("window", "write window.start, window.middle, window.end"),
        ("window.begin", "names no instant at column 7"),
        ("pass.start", "write pass.rise, pass.culmination, pass.set"),
        ("moonset.start", "write moonset"),
        ("umbra.start+90", "no time after the sign"),
        ("umbra.start+s", "from column 12 on"),
        ("umbra.start+3m2h", "no time after the sign"),
        ("umbra.start+25h", "more than a day"),
        ("umbra.start+90s later", "from column 16 on"),
    ],
)
def test_what_is_no_anchor_is_refused_with_the_column_and_what_would_fit(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace(".", r"\.")):
        parse(text)


@pytest.mark.parametrize(
    ("start", "end", "crosses"),
    [
        ("window.start+5m", "window.start+1m", True),
        ("window.start", "window.start", True),
        ("umbra.end", "umbra.start", True),
        ("umbra.end-1h", "umbra.start", False),
        ("pass.set", "pass.rise+1s", False),
        ("pass.culmination", "pass.rise", True),
        ("moonset", "window.start", False),
        ("window.start+5m", "window.start+6m", False),
    ],
)
def test_anchors_that_cross_whatever_the_night_is_are_known(start: str, end: str, crosses: bool) -> None:
    assert crossed(start, end) is crosses


def test_the_umbra_of_a_window_that_is_the_umbra_is_that_window() -> None:
    station = Spacecraft(iss())
    window, occasions = night(station, "umbra"), SkyOccasions(station, Names())
    for point, expected in (("start", window.start), ("end", window.end), ("middle", window.start + window.duration / 2)):
        found = occasions.instant("umbra", point, window)
        assert found is not None
        assert abs(found - expected) < SECOND / 1000


def test_the_sun_rises_for_a_station_at_the_end_of_its_penumbra() -> None:
    station = Spacecraft(iss())
    window = night(station, "umbra")
    found = SkyOccasions(station, Names()).instant("sunrise", "", window)
    assert found is not None
    assert window.end < found < window.end + timedelta(seconds=60)


@pytest.mark.parametrize(("event", "before"), [("sunset", True), ("sunrise", False)])
def test_over_a_site_the_nearest_rising_or_setting_beside_the_window_counts(event: str, before: bool) -> None:
    window = night(ALPS, "sun < -12")
    found = SkyOccasions(ALPS, Names()).instant(event, "", window)
    assert found is not None
    assert (found < window.start) is before
    assert min(abs(found - window.start), abs(found - window.end)) < timedelta(hours=3)


def test_a_moonrise_inside_the_window_is_preferred() -> None:
    window = night(ALPS, "sun < -6")
    found = SkyOccasions(ALPS, Names()).instant("moonrise", "", window)
    assert found is not None
    assert window.start < found < window.end


def test_a_pass_is_the_highest_that_can_be_seen() -> None:
    window = night(ALPS, "sun < -6")
    passes = find_passes(iss(), ALPS, window.start, window.end)
    best = max((one for one in passes if one.visible), key=lambda one: one.max_elevation_deg)
    assert SkyOccasions(ALPS, Names()).instant("pass", "culmination", window) == best.culmination


def test_a_pass_recipe_is_laid_around_its_culmination() -> None:
    window, occasions = night(ALPS, "sun < -6"), SkyOccasions(ALPS, Names())
    top = occasions.instant("pass", "culmination", window)
    assert top is not None
    program = toml('kind = "star-trail"; start = "pass.culmination-2m30s"; end = "pass.culmination+2m30s"')
    plan = lay(program, window, d3s(), occasions=occasions)
    assert abs((plan.shots[0].open_at - top).total_seconds() + 150) < 0.001
    assert 120 < (plan.shots[-1].close_at - top).total_seconds() <= 150


def test_conditions_of_your_own_are_anchors_too() -> None:
    names = Names(conditions={"deep": parse_condition("sun < -15")})
    window = night(ALPS, "sun < -6")
    found = SkyOccasions(ALPS, names).instant("deep", "start", window)
    assert found is not None
    assert window.start < found < window.end


@pytest.mark.parametrize(
    ("vantage", "name", "says"),
    [
        (ALPS, "umbar", "Did you mean umbra"),
        (Spacecraft(iss()), "pass", "no satellite to pass over a site"),
        (replace(ALPS, satellite=None), "pass", r"\[site\]"),
    ],
)
def test_what_cannot_be_named_from_here_is_refused(vantage: Vantage, name: str, says: str) -> None:
    window = night(ALPS, "sun < -6")
    with pytest.raises(PlanImpossible, match=says) as refusal:
        SkyOccasions(vantage, Names()).instant(name, "culmination" if name == "pass" else "start", window)
    assert not refusal.value.of_window


def test_what_does_not_happen_near_a_window_is_a_reason_to_look_at_another() -> None:
    window = night(ALPS, "sun < -6")
    with pytest.raises(PlanImpossible, match="none within a day") as refusal:
        lay(toml('kind = "star-trail"; start = "never.start"'), window, d3s(), occasions=SkyOccasions(ALPS, Names()))
    assert refusal.value.of_window


def test_the_stars_turn_fifteen_times_as_fast_in_orbit() -> None:
    assert sky_arcsec_s(Spacecraft(iss()), EVENING) == pytest.approx(232.9, abs=1)
    assert sky_arcsec_s(ALPS, EVENING) == pytest.approx(15.041)


def test_a_pass_by_older_elements_is_told_to_be_uncertain_and_a_moonrise_is_not() -> None:
    condition = parse_condition("sun < -6")
    later = find_windows(condition, ALPS, EVENING + timedelta(days=8), EVENING + timedelta(days=9))[0]
    occasions = SkyOccasions(ALPS, Names())
    around = 'kind = "star-trail"; start = "pass.culmination-2m"; end = "pass.culmination+2m"'
    plan = lay(toml(around), later, d3s(), occasions=occasions)
    assert sum("which is known to ±" in warning for warning in plan.warnings) == 2
    assert not any(
        "±" in text for text in lay(toml('kind = "star-trail"; start = "moonrise"'), later, d3s(), occasions=occasions).warnings
    )
    assert SkyOccasions(Spacecraft(iss()), Names()).uncertainty_s("sunrise", later) > 1

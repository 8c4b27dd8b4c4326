"""The next plan: the right window, and none that the elements cannot be trusted for."""

from datetime import UTC, datetime, timedelta

import pytest

from nightside.errors import ElementsStale, NoNight, PlanImpossible
from nightside.plan.planner import LONGEST, Night, Planner
from nightside.plan.programs import AnyProgram, Interval, StarTrail
from nightside.sky.conditions import parse_condition
from nightside.sky.elements import Elements, load_elements
from nightside.sky.vantage import Site, Spacecraft, Vantage
from nightside_drivers import bodies
from nightside_drivers.api import Capabilities
from tests.orbit import ISS_FILE

EPOCH = datetime(2018, 7, 3, 19, 26, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def d3s() -> Capabilities:
    found = bodies.find("", "Nikon D3s")
    assert found is not None
    return found


def iss() -> Elements:
    return load_elements(ISS_FILE)


def planner(vantage: Vantage, condition: str, program: AnyProgram | None = None, min_length: timedelta = MINUTE) -> Planner:
    night = Night(vantage, parse_condition(condition), min_length)
    return Planner(lambda: night, (program or StarTrail(),), timedelta(seconds=20), 1.0)


def test_the_next_umbra_is_planned_whole() -> None:
    plan = planner(Spacecraft(iss()), "umbra")(EPOCH, d3s())
    assert f"{plan.span.start:%H:%M}" == "20:06"
    assert plan.span.duration > timedelta(minutes=35)


def test_a_window_that_has_begun_is_used_from_when_the_body_can_be_ready() -> None:
    after = datetime(2018, 7, 3, 20, 20, tzinfo=UTC)
    plan = planner(Spacecraft(iss()), "umbra")(after, d3s())
    assert plan.shots[0].open_at >= after + timedelta(seconds=20)
    assert plan.span.end < datetime(2018, 7, 3, 20, 43, tzinfo=UTC)


def test_windows_that_are_too_short_are_passed_over() -> None:
    plan = planner(Site(46.5, 8.0, 3000), "sun < -18 & ~moon_up", min_length=timedelta(hours=5))(EPOCH, d3s())
    assert plan.span.duration > timedelta(hours=4, minutes=59)


def test_windows_that_start_too_early_are_passed_over() -> None:
    night = Night(Spacecraft(iss()), parse_condition("umbra"), MINUTE, not_before=EPOCH + timedelta(hours=1))
    plan = Planner(lambda: night, (StarTrail(),), timedelta(seconds=20), 1.0)(EPOCH, d3s())
    assert f"{plan.span.start:%H:%M}" == "21:39"


def test_nothing_is_planned_beyond_the_trust_in_the_elements() -> None:
    with pytest.raises(ElementsStale, match=r"before 2018-07-17 19:25 UTC.*Fetch newer"):
        planner(Spacecraft(iss()), "umbra & beta < -20")(EPOCH, d3s())
    with pytest.raises(ElementsStale, match="days old"):
        planner(Spacecraft(iss()), "umbra")(EPOCH + timedelta(days=20), d3s())


def test_a_polar_summer_says_how_long_was_looked() -> None:
    with pytest.raises(NoNight, match="for a year"):
        planner(Site(0.0, 0.0, 0.0), "sun > 89.999 & moon_up & sun < -1")(EPOCH, d3s())


def test_a_polar_night_is_cut_into_days() -> None:
    plan = planner(Site(-77.8, 166.7, 10), "sun < -6", Interval(exposure_s=10, every_s=3600))(EPOCH, d3s())
    assert timedelta(0) < plan.span.duration <= LONGEST
    assert 1 <= len(plan.shots) <= 24


def test_what_the_body_cannot_do_is_said_at_once() -> None:
    with pytest.raises(PlanImpossible, match="Stack 30 s"):
        planner(Spacecraft(iss()), "umbra", StarTrail(exposure_s=900))(EPOCH, d3s())


def test_an_exposure_between_two_speeds_is_laid_as_the_body_will_make_it() -> None:
    plan = planner(Spacecraft(iss()), "umbra", StarTrail(exposure_s=29.5))(EPOCH, d3s())
    assert (plan.shots[0].close_at - plan.shots[0].open_at) == timedelta(seconds=30)
    assert plan.shots[1].open_at > plan.shots[0].close_at


STALE = EPOCH + timedelta(days=60)
WATCHED = Site(46.5, 8.0, 3000, iss())


def test_a_night_over_a_site_does_not_wait_for_elements_that_it_does_not_need() -> None:
    assert planner(WATCHED, "sun < -18")(STALE, d3s()).shots


def test_a_pass_is_not_planned_by_stale_elements() -> None:
    with pytest.raises(ElementsStale, match="days old"):
        planner(WATCHED, "sun < -18", StarTrail(start="pass.rise"))(STALE, d3s())
    with pytest.raises(ElementsStale, match="days old"):
        planner(WATCHED, "satellite_up & sun < -6")(STALE, d3s())


def test_where_this_window_has_no_room_for_a_program_a_later_one_is_planned() -> None:
    trail = StarTrail(start="moonrise", end="moonrise+10m")
    plan = planner(WATCHED, "sun < -12", trail)(EPOCH + timedelta(days=12), d3s())
    assert plan.span.start > EPOCH + timedelta(days=13)
    assert len(plan.shots) == 19


@pytest.mark.parametrize("minutes", [0, 61, 279])
def test_the_same_elements_have_a_plans_window_where_it_was(minutes: int) -> None:
    plan_next = planner(Spacecraft(iss()), "umbra")
    plan = plan_next(EPOCH + timedelta(minutes=minutes), d3s())
    found = plan_next.span_of(plan)
    assert found is not None
    assert abs(found.end - plan.span.end) < timedelta(milliseconds=1)
    assert found.start <= plan.span.start + timedelta(milliseconds=1)


def test_a_window_that_there_is_no_longer_is_none() -> None:
    plan = planner(Spacecraft(iss()), "umbra")(EPOCH, d3s())
    assert planner(Spacecraft(iss()), "umbra & sun > 0").span_of(plan) is None


def test_a_window_that_newer_elements_make_a_little_too_short_to_be_planned_is_still_one() -> None:
    plan = planner(Spacecraft(iss()), "umbra")(EPOCH, d3s())
    stricter = planner(Spacecraft(iss()), "umbra", min_length=plan.span.duration + MINUTE)
    found = stricter.span_of(plan)
    assert found is not None
    assert abs(found.end - plan.span.end) < timedelta(milliseconds=50)

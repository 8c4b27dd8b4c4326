"""Plans as they are drawn: few spans, that hold every shot."""

from datetime import timedelta

import pytest

from nightside.plan.lay import lay
from nightside.plan.programs import AnyProgram, Interval, StarTrail
from nightside.plan.values import Plan
from nightside.service.outlook.plans import MOST_RUNS, plan_ahead, runs_of
from nightside.sky.window import Window
from nightside_drivers import bodies
from tests.daemon.service.outlook.scenes import EVENING


def plan(program: AnyProgram, hours: float = 0.6) -> Plan:
    body = bodies.find("", "Nikon D3s")
    assert body is not None
    return lay(program, Window(EVENING, EVENING + timedelta(hours=hours)), body)


def test_a_star_trail_is_one_span() -> None:
    laid = plan(StarTrail())

    (run,) = runs_of(laid)

    assert (run.start, run.end, run.shots) == (laid.shots[0].open_at, laid.shots[-1].close_at, len(laid.shots))
    assert run.exposure_s == 30.0


@pytest.mark.parametrize(
    ("program", "hours"),
    [
        (Interval(exposure_s=2, every_s=4), 10),
        (Interval(exposure_s=30, every_s=200), 10),
        (Interval(exposure_s=30, every_s=3600), 10),
    ],
)
def test_however_many_shots_there_are_a_plan_is_some_spans_that_hold_all_of_them(program: AnyProgram, hours: float) -> None:
    laid = plan(program, hours)

    runs = runs_of(laid)

    assert len(runs) <= MOST_RUNS
    assert sum(run.shots for run in runs) == len(laid.shots)
    for shot in laid.shots:
        assert any(run.start <= shot.open_at and shot.close_at <= run.end for run in runs)


def test_a_plan_says_what_it_takes_and_when_its_frames_come_off_the_card() -> None:
    laid = plan(StarTrail())

    ahead = plan_ahead(laid, 60.0, laid=True, bodies=["b", "a"])

    assert (ahead.id, ahead.shots, ahead.bytes, ahead.bodies) == (laid.id, len(laid.shots), laid.expected_bytes, ("a", "b"))
    assert ahead.drain is not None
    assert laid.drain_s is not None
    assert ahead.drain.start == laid.shots[-1].close_at
    assert (ahead.drain.end - ahead.drain.start).total_seconds() == pytest.approx(laid.drain_s * 60.0)

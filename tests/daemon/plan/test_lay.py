"""Laying a program over a window."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nightside.errors import PlanImpossible
from nightside.plan.lay import lay
from nightside.plan.programs import AnyProgram, Interval, StarTrail
from nightside.plan.values import Overrun, Plan
from nightside.sky.window import Window
from nightside_drivers import bodies
from nightside_drivers.api import Capabilities

START = datetime(2018, 7, 3, 20, 6, 34, 439840, tzinfo=UTC)


def d3s() -> Capabilities:
    found = bodies.find("", "Nikon D3s")
    assert found is not None
    return found


def window(length_s: float = 2147.7, uncertainty_s: float = 0.0) -> Window:
    return Window(START, START + timedelta(seconds=length_s), uncertainty_s=uncertainty_s)


def openings(plan: Plan) -> list[float]:
    return [(shot.open_at - plan.span.start).total_seconds() for shot in plan.shots]


def test_a_star_trail_fills_its_window_without_a_wider_gap_than_the_body_needs() -> None:
    plan = lay(StarTrail(), window(), d3s())
    assert len(plan.shots) == 71
    assert openings(plan) == pytest.approx([index * 30.2 for index in range(71)])
    assert plan.overrun is Overrun.PUSH


def test_a_star_trail_of_a_quarter_of_an_hour_is_no_longer() -> None:
    plan = lay(StarTrail(total_s=900), window(), d3s())
    assert (plan.shots[-1].close_at - plan.shots[0].open_at).total_seconds() <= 900
    assert len(plan.shots) == 29


def test_an_interval_counts_from_start_to_start() -> None:
    plan = lay(Interval(exposure_s=1, every_s=5, shots=10), window(), d3s())
    assert openings(plan) == [index * 5.0 for index in range(10)]
    assert plan.overrun is Overrun.SKIP


def test_a_thousandth_shot_is_as_exact_as_the_first() -> None:
    plan = lay(Interval(exposure_s=0.5, every_s=2.1, shots=1000), window(), d3s())
    assert plan.shots[999].open_at - plan.span.start == timedelta(microseconds=999 * 2_100_000)


def test_nothing_is_planned_within_the_windows_uncertainty() -> None:
    plan = lay(StarTrail(), window(uncertainty_s=12.0), d3s())
    assert plan.shots[0].open_at == START + timedelta(seconds=12)
    assert plan.shots[-1].close_at <= window().end - timedelta(seconds=12)
    assert any("±12.0 s" in warning for warning in plan.warnings)


def test_a_rehearsal_leaves_the_body_more_room() -> None:
    assert openings(lay(StarTrail(), window(), d3s(), gap_s=12.0))[1] == pytest.approx(42.0)


REFUSALS: dict[str, tuple[AnyProgram, float, str]] = {
    "longer than the body times": (StarTrail(exposure_s=60), 2147, "no exposure longer than 30 s.* Stack 30 s exposures"),
    "between two shutter speeds": (StarTrail(exposure_s=27), 2147, "no such shutter speed. The nearest is 25 s"),
    "an ISO it has not": (StarTrail(iso=60), 2147, "ISO 60.* nearest is ISO 100"),
    "faster than the body": (Interval(exposure_s=30, every_s=30.1), 2147, "needs 0.2 s between.*every_s = 30.2"),
    "too short a window": (StarTrail(), 20, "leaves 20 s, and star-trail needs 30 s"),
}


@pytest.mark.parametrize(("program", "length_s", "says"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_shot_is_refused_with_the_nearest_that_can(program: AnyProgram, length_s: float, says: str) -> None:
    with pytest.raises(PlanImpossible, match=says):
        lay(program, window(length_s), d3s())


def test_a_window_that_is_all_uncertainty_has_no_room() -> None:
    with pytest.raises(PlanImpossible, match="leaves 0 s"):
        lay(StarTrail(), window(100, uncertainty_s=60), d3s())


def test_an_interval_shorter_than_its_exposure_is_refused_when_it_is_written_down() -> None:
    with pytest.raises(ValidationError, match="start to start"):
        Interval(exposure_s=10, every_s=5)


def interval(exposure_s: float, pause_s: float, shots: int | None) -> Interval:
    return Interval(exposure_s=exposure_s, every_s=exposure_s + pause_s, shots=shots)


programs = st.one_of(
    st.builds(
        StarTrail,
        exposure_s=st.sampled_from(d3s().shutter_speeds_s[37:]),
        total_s=st.none() | st.floats(1, 4000),
        shots=st.none() | st.integers(1, 500),
    ),
    st.builds(
        interval,
        st.sampled_from(d3s().shutter_speeds_s[37:]),
        st.floats(0.2, 300),
        st.none() | st.integers(1, 500),
    ),
)


@given(program=programs, length_s=st.floats(1, 10_000), uncertainty_s=st.floats(0, 600))
def test_every_plan_is_ordered_disjoint_inside_its_window_and_the_same_again(
    program: AnyProgram, length_s: float, uncertainty_s: float
) -> None:
    try:
        plan = lay(program, window(length_s, uncertainty_s), d3s())
    except PlanImpossible:
        return
    assert plan.checked() is plan
    assert plan.span.start >= START + timedelta(seconds=uncertainty_s, microseconds=-1)
    assert [shot.index for shot in plan.shots] == list(range(len(plan.shots)))
    assert lay(program, window(length_s, uncertainty_s), d3s()) == plan
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_shots_that_one_release_takes_stand_side_by_side_and_none_is_lost() -> None:
    plan = lay(StarTrail(), window(), d3s())
    shots = tuple(shot.model_copy(update={"joined": shot.index in {1, 2, 4}}) for shot in plan.shots[:6])
    volleys = plan.model_copy(update={"shots": shots}).volleys
    assert [[shot.index for shot in volley] for volley in volleys] == [[0, 1, 2], [3, 4], [5]]

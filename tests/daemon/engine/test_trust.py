"""Plans that follow an orbit wait for a clock that somebody keeps, and go on with the true time once there is one."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from nightside.engine.commands import Confirm
from nightside.engine.notices import Notice
from nightside.engine.trust import ClockTrust, Trust
from nightside.ledger.states import ShotState
from nightside.plan.values import Overrun, Span
from nightside_drivers.api import Exposure
from tests.daemon.engine.stage import START, Stage, plan_of

KEPT, UNKEPT = ClockTrust(Trust.NTP, 0.01, "chrony"), ClockTrust(Trust.RTC, None, "rtc")
FRAME = Exposure(10.0, 800)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.circumstances = replace(stage.circumstances, trust=lambda: UNKEPT, trust_matters=True)
    return stage


def test_nothing_is_shot_by_a_clock_that_nobody_keeps_and_the_reason_says_so(stage: Stage) -> None:
    told: list[Notice] = []
    stage.circumstances.notices.listen(told.append)
    night = stage.play(plan_of([FRAME] * 3, pitch_s=20, overrun=Overrun.SKIP))
    assert night.states == "mmm"
    assert all("No time server keeps the clock" in reason for reason in night.reasons())
    assert [notice.name for notice in told] == ["clock-untrusted"]
    assert any(seen.trouble and "[clock] trust" in seen.trouble for seen in night.seen)


def test_a_person_may_vouch_for_the_clock(stage: Stage) -> None:
    night = stage.play(plan_of([FRAME] * 3, pitch_s=20, overrun=Overrun.SKIP), stage.at(15.0, Confirm(what="clock")))
    assert night.states == "mee"
    assert night.report.clock is Trust.CONFIRMED


def test_where_it_does_not_matter_any_clock_will_do_and_the_report_says_which(stage: Stage) -> None:
    stage.circumstances = replace(stage.circumstances, trust_matters=False)
    night = stage.play(plan_of([FRAME] * 2, pitch_s=20))
    assert night.states == "ee"
    assert night.report.clock is Trust.RTC
    assert night.report.clock_sigma_s is None


def test_a_kept_clock_is_written_down_with_its_sigma(stage: Stage) -> None:
    stage.circumstances = replace(stage.circumstances, trust=lambda: KEPT, element_age_days=lambda: 1.5)
    night = stage.play(plan_of([FRAME], pitch_s=20))
    assert (night.report.clock, night.report.clock_sigma_s, night.report.element_age_days) == (Trust.NTP, 0.01, 1.5)
    assert night.report.battery_percent is not None


@pytest.mark.parametrize("step_s", [-30.0, 30.0])
@pytest.mark.parametrize("matters", [True, False])
def test_when_a_time_server_sets_the_clock_what_is_left_keeps_to_the_true_time(
    stage: Stage, step_s: float, matters: bool
) -> None:
    kept = [UNKEPT]
    stage.circumstances = replace(stage.circumstances, trust=lambda: kept[0], trust_matters=matters)

    def set_right() -> None:
        stage.clock.step_wall(step_s)
        kept[0] = KEPT

    plan = plan_of([FRAME] * 8, pitch_s=20, overrun=Overrun.SKIP)
    night = stage.play(plan, (45.0, set_right))
    taken = [shot for shot in night.shots if shot.state is ShotState.EXPOSED]
    assert len(taken) == len(night.truth) >= 3  # none is lost that lies ahead, and none is shot twice
    for shot, opening in zip(taken, night.truth, strict=True):
        true = stage.clock.utc() - timedelta(seconds=stage.clock.monotonic() - opening.opened)
        late_s = (true - shot.open_at).total_seconds()
        assert abs(late_s) < 1 or (opening.opened - stage.early_s < 60 and not matters)
    assert taken[-1].index == 7


def test_newer_elements_that_end_the_window_earlier_cost_the_shots_outside_and_move_none(stage: Stage) -> None:
    stage.circumstances = replace(stage.circumstances, trust_matters=False)
    plan = plan_of([FRAME] * 5, pitch_s=20, window_s=100)
    runner_span = Span(start=START + timedelta(seconds=1), end=START + timedelta(seconds=75), uncertainty_s=0)
    night = stage.play(plan, narrow=(30.0, runner_span))
    assert night.states == "eeeem"
    assert night.opened() == [0.0, 20.0, 40.0, 60.0]
    assert all("By newer elements the window is from 20:06:35 to 20:07:49 UTC" in reason for reason in night.reasons())

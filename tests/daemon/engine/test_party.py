"""Several bodies on one window: started together, accounted for apart, and none waits for another that fails."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.engine.commands import Emergency, Pause
from nightside.ledger.states import SessionPhase, WindowOutcome
from nightside.plan.values import Overrun
from nightside_drivers.api import ReleaseKind
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.faults.vocabulary import Fault, Kind
from tests.daemon.engine.night import FRAME, Night, later
from tests.daemon.engine.stage import START, plan_of

TOGETHER_S = 0.005


@pytest.mark.parametrize("release", [ReleaseKind.USB, ReleaseKind.WIRED])
def test_bodies_on_one_window_open_within_5_ms_of_each_other(tmp_path: Path, release: ReleaseKind) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20, release=release))
    night.live()
    assert sorted(report.serial for report in night.reports) == ["1001", "1002", "1003"]
    assert all(report.whole for report in night.reports)
    for together in zip(*(model.truth for model in night.models), strict=True):
        opened = [one.opened for one in together]
        assert max(opened) - min(opened) <= TOGETHER_S


def test_a_wall_clock_that_is_stepped_while_they_start_does_not_part_them(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20))
    night.live((-19.0, lambda night: night.clock.step_wall(0.4)), (-10.0, lambda night: night.clock.step_wall(-0.7)))
    for together in zip(*(model.truth for model in night.models), strict=True):
        opened = [one.opened for one in together]
        assert max(opened) - min(opened) <= TOGETHER_S


def test_one_body_that_fails_leaves_the_others_at_work(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20))
    FaultPlan(night.models[1], [Fault(kind=Kind.CABLE_PULLED, after_shots=1, seconds=100)], 0)
    night.live()
    safe = {report.serial: report.safe for report in night.reports}
    assert safe["1001"] == safe["1003"] == 4
    assert 1 <= safe["1002"] <= 4
    assert sum(bool(model.truth) for model in night.models) == 3


def test_every_bodys_frames_have_names_and_sums_of_their_own(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 3, pitch_s=20))
    night.live()
    files = list((tmp_path / "frames").rglob("*.jpg"))
    assert len(files) == 9
    listed = [
        line.split("  ")[1] for sums in (tmp_path / "frames").rglob("SHA256SUMS") for line in sums.read_text().splitlines()
    ]
    assert sorted(listed) == sorted(path.name for path in files)


def test_a_command_for_one_body_leaves_the_others_alone(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20, overrun=Overrun.SKIP))
    night.live((25.0, lambda night: night.desk and night.desk.give(Pause(body="1002"))))
    outcomes = {report.serial: report.outcome for report in night.reports}
    assert outcomes == {"1001": WindowOutcome.WHOLE, "1002": WindowOutcome.PARTIAL, "1003": WindowOutcome.WHOLE}


def test_an_emergency_is_shot_at_once_and_the_plan_goes_on_afterwards(tmp_path: Path) -> None:
    plan = plan_of([FRAME] * 30, pitch_s=20, overrun=Overrun.SKIP, window_s=700)
    night = Night(tmp_path, plan, serials=("1001",))
    night.live((105.0, lambda night: night.desk and night.desk.give(Emergency())))
    own, emergency = night.reports
    assert emergency.program == "emergency"
    assert emergency.whole
    first = next(one for one in night.models[0].truth if one.requested_s == pytest.approx(4.0))
    assert 105 <= first.opened - 300 <= 120
    assert own.outcome is WindowOutcome.PARTIAL
    assert own.shots[5].reason is None
    assert own.shots[-1].reason is None  # it went on
    assert own.safe + own.missed == 30
    assert (own.extra, emergency.extra) == (0, 0)  # no frame is taken for another window's
    assert own.safe + emergency.safe == len(night.models[0].truth)


def test_an_emergency_while_the_window_is_waited_for_costs_it_nothing_if_it_is_over_by_then(tmp_path: Path) -> None:
    plan = plan_of([FRAME] * 4, pitch_s=20)
    night = Night(tmp_path, plan, serials=("1001",), clock=VirtualClock(START - timedelta(minutes=5)))
    night.live((-290.0, lambda night: night.desk and night.desk.give(Emergency())))
    own, emergency = night.reports
    assert emergency.safe > 30
    assert own.missed <= 1


def test_an_emergency_does_not_wait_for_slow_sinks(tmp_path: Path) -> None:
    plan = plan_of([FRAME] * 4, pitch_s=20)
    night = Night(tmp_path, plan, serials=("1001",), following=later(plan, timedelta(hours=9)), storing_s=3600)
    night.live((200.0, lambda night: night.desk and night.desk.give(Emergency())))
    first = next(one for one in night.models[0].truth if one.requested_s == pytest.approx(4.0))
    assert 200 <= first.opened - 300 <= 240
    assert [report.taken for report in night.reports if report.program == "trial"] == [4, 4]


def test_a_program_that_somebody_calls_emergency_is_none(tmp_path: Path) -> None:
    plan = plan_of([FRAME] * 30, pitch_s=20, window_s=700).model_copy(update={"program": "emergency"})
    night = Night(tmp_path, plan, serials=("1001",))
    night.live((105.0, lambda night: night.desk and night.desk.give(Emergency())))
    assert 4.0 in {one.requested_s for one in night.models[0].truth}
    assert len(night.reports) == 2


def test_an_emergency_that_cannot_be_planned_costs_nothing(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20), serials=("1001",))
    night.gap_s = 1000.0
    night.live((25.0, lambda night: night.desk and night.desk.give(Emergency())))
    assert [report.whole for report in night.reports] == [True]
    assert "call-a-person" in {notice.name for notice in night.told}


def test_a_session_goes_through_its_phases_in_order(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 2, pitch_s=20), serials=("1001",))
    night.live()
    order = [phase for number, phase in enumerate(night.phases) if number == 0 or phase is not night.phases[number - 1]]
    assert order == [SessionPhase.FINDING, SessionPhase.PLANNING, SessionPhase.WAITING, SessionPhase.WORKING, SessionPhase.OVER]
    assert [notice.name for notice in night.told] == ["body-found", "window-armed", "window-done"]


def test_every_body_has_its_report_as_a_file_below_the_spool(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 2, pitch_s=20), serials=("1001", "1002"))
    night.live()
    kept = [json.loads(path.read_text()) for path in sorted((tmp_path / "spool" / "reports").rglob("*.json"))]
    assert [(one["serial"], one["outcome"], one["safe"]) for one in kept] == [("1001", "whole", 2), ("1002", "whole", 2)]
    assert kept[0]["shots"][0]["open_at"] == "2018-07-03T20:06:34.000000Z"
    assert kept[0]["battery_percent"][0] > 0


@pytest.mark.parametrize("killed_at", [-5.0, 3.0, 12.0, 25.0, 60.0, 69.9])
def test_a_kill_costs_each_body_at_most_the_shot_in_flight_and_the_one_that_was_due_meanwhile(
    tmp_path: Path, killed_at: float
) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20, overrun=Overrun.SKIP))
    night.live(killed_at=killed_at)
    night.reports.clear()
    night.clock.advance(2.0)
    night.live()
    assert sorted(report.serial for report in night.reports) == ["1001", "1002", "1003"]
    for report, model in zip(sorted(night.reports, key=lambda report: report.serial), night.models, strict=True):
        assert report.safe == len(model.truth)  # whatever the body exposed is kept, and nothing was shot twice
        assert report.missed <= 1
        assert report.safe + report.missed == 4
        assert report.extra == 0
        assert all(one.closed is not None for one in model.truth)

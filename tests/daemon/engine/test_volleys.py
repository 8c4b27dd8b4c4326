"""Several shots by one release, exposures that differ, and what is left of a release that comes late."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.engine.accounts import Accounts
from nightside.engine.timing import Timing
from nightside.plan.lay import lay
from nightside.plan.programs import StarTrail
from nightside.plan.values import Overrun, Shot, Span
from nightside.sky.window import Window
from nightside_drivers.api import Exposure, ReleaseKind
from nightside_drivers.twin.codes import Event
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.faults.vocabulary import Fault, Kind
from tests.daemon.engine.stage import START, Stage, plan_of
from tests.daemon.plan.scenes import d3s

FRAME = Exposure(2.0, 800)
GAP_S = 0.1


@pytest.mark.parametrize("release", [ReleaseKind.BURST, ReleaseKind.HELD])
def test_one_release_takes_all_the_shots_of_a_volley(tmp_path: Path, release: ReleaseKind) -> None:
    stage = Stage(tmp_path)
    stage.continuous()
    night = stage.play(plan_of([FRAME] * 12, pitch_s=2.0 + GAP_S, release=release, together=6))
    assert night.states == "e" * 12
    assert len(night.truth) == 12
    assert [asked.frames for asked in stage.prepared] == [6]  # the same settings are set once
    assert night.report.extra == 0
    assert night.opened() == [round(index * 2.1, 1) for index in range(12)]


def test_where_the_contact_is_wired_every_opening_is_the_true_one(tmp_path: Path) -> None:
    stage = Stage(tmp_path, contact=True)
    stage.continuous()
    night = stage.play(plan_of([FRAME] * 5, pitch_s=2.0 + GAP_S, release=ReleaseKind.HELD, together=5))
    assert [shot.contact_at for shot in night.shots] == [one.opened_utc for one in night.truth]
    assert [shot.contact_closed_at for shot in night.shots] == [one.closed_utc for one in night.truth]
    assert [shot.opened_at for shot in night.shots] == [one.opened_utc for one in night.truth]


@pytest.mark.parametrize(
    ("release", "contact"), [(ReleaseKind.BURST, False), (ReleaseKind.HELD, False), (ReleaseKind.HELD, True)]
)
def test_a_release_that_stops_early_costs_the_shots_that_it_did_not_take(
    tmp_path: Path, release: ReleaseKind, contact: bool
) -> None:
    stage = Stage(tmp_path, contact=contact)
    stage.continuous()
    FaultPlan(stage.model, [Fault(kind=Kind.CARD_FULL, slot=1, after_shots=7, seconds=4000)], 0)
    night = stage.play(plan_of([FRAME] * 10, pitch_s=2.0 + GAP_S, release=release, together=10))
    taken = sum(bool(one.files) for one in night.truth)
    assert 0 < taken < 10
    assert night.states == "e" * taken + "m" * (10 - taken)
    assert all("took" in reason for reason in night.reasons())


def test_of_a_volley_whose_events_are_lost_the_card_knows_every_frame(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.continuous()
    FaultPlan(stage.model, [Fault(kind=Kind.EVENT_LOST, event=Event.OBJECT_ADDED, after_shots=2, times=4)], 0)
    night = stage.play(plan_of([FRAME] * 10, pitch_s=2.0 + GAP_S, release=ReleaseKind.BURST, together=5))
    assert night.states == "e" * 10


def test_a_bracket_prepares_the_body_for_each_exposure_and_no_oftener(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stops = [Exposure(speed, 800) for speed in (0.5, 2.0, 8.0)]
    night = stage.play(plan_of([*stops, *stops, stops[-1]], pitch_s=10))
    assert night.states == "e" * 7
    assert [asked.shutter_s for asked in stage.prepared] == [0.5, 2.0, 8.0, 0.5, 2.0, 8.0]
    assert [one.requested_s for one in night.truth] == [0.5, 2.0, 8.0, 0.5, 2.0, 8.0, 8.0]


def test_an_exposure_that_the_body_refuses_costs_that_shot_and_not_the_others(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    night = stage.play(plan_of([FRAME, Exposure(7.77, 800), FRAME], pitch_s=10))
    assert night.states == "eme"


LATE = {
    (Overrun.PUSH, ReleaseKind.USB): [25.2, 35.2, 45.2, 55.2],
    (Overrun.SKIP, ReleaseKind.USB): [40.0, 60.0],
}


@pytest.mark.parametrize(("overrun", "release"), LATE)
def test_a_body_that_comes_late_is_used_as_the_policy_says(tmp_path: Path, overrun: Overrun, release: ReleaseKind) -> None:
    stage = Stage(tmp_path)
    stage.model.plug(plugged=False)
    plan = plan_of([Exposure(10.0, 800)] * 4, pitch_s=20, overrun=overrun, release=release, window_s=90)
    night = stage.play(plan, (25.0, lambda: stage.model.plug(plugged=True)))
    opened = night.opened()
    assert len(opened) == len(LATE[overrun, release])
    if overrun is Overrun.SKIP:
        assert opened == LATE[overrun, release]
        assert night.states == "mmee"
    else:
        assert 25 <= opened[0] <= 27
        assert night.states == "eeee"
    assert max(opened) <= 80


@pytest.mark.parametrize("overrun", [Overrun.PUSH, Overrun.SKIP])
def test_a_held_release_that_comes_late_loses_frames_and_not_all_of_them(tmp_path: Path, overrun: Overrun) -> None:
    stage = Stage(tmp_path)
    stage.continuous()
    stage.model.plug(plugged=False)
    plan = plan_of([FRAME] * 10, pitch_s=2.1, overrun=overrun, release=ReleaseKind.HELD, together=10, window_s=21.5)
    night = stage.play(plan, (8.5, lambda: stage.model.plug(plugged=True)))
    taken = night.states.count("e")
    assert 4 <= taken <= 6
    kept, lost = "e" * taken, "m" * (10 - taken)  # pushed, the last ones do not fit; on the grid, the first ones have passed
    assert night.states == (kept + lost if overrun is Overrun.PUSH else lost + kept)
    assert len(night.truth) == night.states.count("e")
    assert all(one.closed_utc is not None and one.closed_utc <= plan.span.end for one in night.truth)


def test_a_late_exposure_that_nightside_times_closes_when_it_was_to_close(tmp_path: Path) -> None:
    stage = Stage(tmp_path, contact=True)
    stage.bulb()
    stage.model.plug(plugged=False)
    plan = plan_of([Exposure(100.0)] * 2, pitch_s=110, overrun=Overrun.SHORTEN, release=ReleaseKind.WIRED)
    night = stage.play(plan, (30.0, lambda: stage.model.plug(plugged=True)))
    assert night.states == "ee"
    first, second = night.truth
    assert 30 <= night.opened()[0] <= 33
    assert first.closed is not None
    assert first.closed - stage.early_s == pytest.approx(100, abs=0.3)
    assert second.exposure_s == pytest.approx(100, abs=0.3)


def test_an_exposure_of_which_less_than_half_is_left_is_not_worth_taking(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.bulb()
    stage.model.plug(plugged=False)
    plan = plan_of([Exposure(100.0)] * 2, pitch_s=110, overrun=Overrun.SHORTEN, release=ReleaseKind.WIRED)
    night = stage.play(plan, (60.0, lambda: stage.model.plug(plugged=True)))
    assert night.states == "me"


@pytest.mark.parametrize(("overrun", "states"), [(Overrun.PUSH, "eee"), (Overrun.SKIP, "eme")])
def test_a_release_that_is_handed_over_too_late_is_made_at_once_where_shots_are_pushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overrun: Overrun, states: str
) -> None:
    stage, arm, held_up = Stage(tmp_path), Accounts.arm, [1]

    async def slowly(accounts: Accounts, shots: Sequence[Shot]) -> None:
        await arm(accounts, shots)
        if shots[0].index == 1 and stage.clock.monotonic() >= stage.early_s + 19 and held_up.pop():
            await stage.clock.sleep_until(stage.early_s + 21.0)  # a disk that takes its time
            held_up.append(0)

    monkeypatch.setattr(Accounts, "arm", slowly)
    night = stage.play(plan_of([FRAME] * 3, pitch_s=20, overrun=overrun))
    assert night.states == states


def test_a_release_that_is_pushed_leaves_room_for_the_bodys_own_gap_at_the_windows_end() -> None:
    trail = StarTrail(route="held", exposure_s=30)
    body = replace(d3s(), releases=frozenset(ReleaseKind))
    plan = lay(trail, Window(START, START + timedelta(seconds=620)), body)
    clock = VirtualClock(START + timedelta(seconds=107.5))
    timing = Timing(plan, clock)
    go, left_out = timing.go(plan.volleys[0], shortens=False)
    assert go is not None
    assert left_out
    drift_s = (len(go.shots) - 1) * body.own_gap_s
    assert timing.when(go.close_at) + timedelta(seconds=drift_s) <= plan.span.end
    narrow = plan.span.model_copy(update={"end": plan.shots[-2].close_at + timedelta(seconds=0.5)})
    timing.narrow(narrow)
    assert not timing.inside(plan.shots[-2])
    assert timing.inside(plan.shots[-3])


def until(seconds: float) -> Span:
    """The window, ended so many seconds after its start."""
    return Span(start=START, end=START + timedelta(seconds=seconds), uncertainty_s=0)


@pytest.mark.parametrize("contact", [False, True])
@pytest.mark.parametrize(("ends_s", "taken"), [(12.6, 6), (8.2, 3), (25.0, 11), (500.0, 12)])
def test_what_is_held_is_let_go_so_that_nothing_reaches_outside_a_window_that_newer_elements_end_earlier(
    tmp_path: Path, contact: bool, ends_s: float, taken: int
) -> None:
    stage = Stage(tmp_path, contact=contact)
    stage.continuous()
    plan = plan_of([FRAME] * 12, pitch_s=2.0 + GAP_S, release=ReleaseKind.HELD, together=12)
    night = stage.play(plan, narrow=(5.0, until(ends_s)))
    assert all(one.closed_utc is not None and one.closed_utc <= until(ends_s).end for one in night.truth)
    assert len(night.truth) == taken
    assert night.states == "e" * taken + "m" * (12 - taken)
    assert all("By newer elements the window is from" in reason for reason in night.reasons())
    assert night.report.extra == 0


@pytest.mark.parametrize("span", [until(5.5), until(1.0)])
def test_a_frame_that_the_body_has_begun_by_itself_is_the_last_when_its_window_is_over(tmp_path: Path, span: Span) -> None:
    stage = Stage(tmp_path)
    stage.continuous()
    plan = plan_of([FRAME] * 12, pitch_s=2.0 + GAP_S, release=ReleaseKind.HELD, together=12)
    night = stage.play(plan, narrow=(5.0, span))
    assert night.states == "eee" + "m" * 9
    assert len(night.truth) == 3


def test_a_shutter_that_is_held_by_wire_closes_with_a_window_that_newer_elements_end_earlier(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.bulb()
    plan = plan_of([Exposure(60.0)] * 2, pitch_s=70.0, release=ReleaseKind.WIRED)
    night = stage.play(plan, narrow=(10.0, until(40.0)))
    (opening,) = night.truth
    assert opening.closed_utc == until(40.0).end
    assert night.states == "em"

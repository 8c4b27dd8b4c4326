"""Long-exposure noise reduction, switched on by hand: refused where there is no room for dark frames, borne where there is."""

from pathlib import Path

import pytest
import structlog

from nightside.engine.commands import Skip
from nightside.engine.dark import TOOK_LONGER, took_a_dark_frame
from nightside.ledger.states import ShotState
from nightside.plan.values import Overrun
from nightside_drivers.api import Exposure, ReleaseKind, Taken
from nightside_drivers.twin.codes import Property
from tests.daemon.engine.stage import Played, Stage, plan_of


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def switch(stage: Stage, *, on: bool) -> None:
    """A hand in the body's menu."""
    stage.model.dial(Property.LONG_EXPOSURE_NR, int(on))


@pytest.mark.parametrize("overrun", list(Overrun))
def test_a_stack_is_not_begun_with_it_and_the_reason_is_said(stage: Stage, overrun: Overrun) -> None:
    switch(stage, on=True)
    played = stage.play(plan_of([Exposure(10.0)] * 4, pitch_s=10.2, overrun=overrun, window_s=45))
    assert played.states == "mmmm"
    assert played.opened() == []
    assert all("Long-exposure noise reduction is on" in reason for reason in played.reasons())
    assert any("Switch it off" in (seen.trouble or "") for seen in played.seen)


def test_neither_is_a_burst(stage: Stage) -> None:
    stage.continuous()
    switch(stage, on=True)
    plan = plan_of([Exposure(10.0)] * 4, pitch_s=10.2, release=ReleaseKind.BURST, together=4, window_s=45)
    played = stage.play(plan)
    assert played.states == "mmmm"
    assert played.opened() == []


def test_a_stack_begins_when_it_has_been_switched_off(stage: Stage) -> None:
    switch(stage, on=True)
    plan = plan_of([Exposure(10.0)] * 4, pitch_s=10.2, overrun=Overrun.SKIP)
    played = stage.play(plan, (15.0, lambda: switch(stage, on=False)))
    assert played.states == "mmee"


def test_exposures_with_room_for_it_are_taken_however_long_the_body_works_on_them(stage: Stage) -> None:
    switch(stage, on=True)
    played = stage.play(plan_of([Exposure(30.0)] * 3, pitch_s=70))
    assert played.states == "eee"
    assert played.opened() == [0.0, 70.0, 140.0]
    assert [shot.settings["dark_s"] for shot in played.shots if shot.settings] == [30.0] * 3


def test_switched_on_in_mid_stack_it_is_noticed_by_the_next_exposure_but_one(stage: Stage) -> None:
    plan = plan_of([Exposure(4.0)] * 8, pitch_s=4.2, overrun=Overrun.SKIP)
    played = stage.play(plan, (5.0, lambda: switch(stage, on=True)))
    assert played.states[:2] == "ee"
    assert "e" not in played.states[3:]
    assert any("noise reduction is on" in reason for reason in played.reasons())


@pytest.mark.parametrize("length_s", [4.0, 30.0])
@pytest.mark.parametrize("overrun", list(Overrun))
def test_the_exposure_that_it_was_switched_on_in_is_as_certain_as_the_others_and_its_session_goes_on(
    stage: Stage, overrun: Overrun, length_s: float
) -> None:
    plan = plan_of([Exposure(length_s)] * 6, pitch_s=length_s + 0.2, overrun=overrun)
    with structlog.testing.capture_logs() as told:
        played = stage.play(plan, (1.3 * length_s, lambda: switch(stage, on=True)))
    taken = [shot for shot in played.shots if shot.state is ShotState.EXPOSED]
    assert len(taken) == len(played.opened()) >= 2
    assert all(shot.settings is not None for shot in taken)  # nothing is known of those that only their files prove
    assert "session-broken" not in {line["event"] for line in told}
    assert len({seen.trouble for seen in played.seen if seen.trouble}) == 1


def test_a_stack_by_wire_whose_contact_misses_an_opening_finds_out_why(tmp_path: Path) -> None:
    stage = Stage(tmp_path, contact=True)
    plan = plan_of([Exposure(30.0)] * 6, pitch_s=30.1, overrun=Overrun.SKIP, release=ReleaseKind.WIRED)
    played = stage.play(plan, (40.0, lambda: switch(stage, on=True)))
    assert played.states == "eeemmm"
    assert len([reason for reason in played.reasons() if "noise reduction is on" in reason]) == 1


def test_what_is_skipped_by_hand_makes_no_room(stage: Stage) -> None:
    switch(stage, on=True)
    played: Played = stage.play(
        plan_of([Exposure(10.0)] * 2, pitch_s=10.2, overrun=Overrun.SKIP), stage.at(-30.0, Skip(releases=1))
    )
    assert played.reasons() >= {"Skipped by hand."}


@pytest.mark.parametrize(
    ("prepared", "busy_s", "dark"),
    [
        (Exposure(30.0), 60.1, True),
        (Exposure(30.0), 31.0, False),
        (Exposure(30.0, dark_s=30.0), 60.1, False),  # it was said
        (Exposure(1.0), 10.0, False),  # it does not act on such
        (Exposure(30.0, release=ReleaseKind.WIRED), 60.1, False),  # who presses does not hear when the body is ready
        (Exposure(2.0), 3.9, False),  # a slow body is as likely
    ],
)
def test_a_body_that_is_busy_for_as_long_again_is_taken_to_take_dark_frames(
    prepared: Exposure, busy_s: float, dark: bool
) -> None:
    assert took_a_dark_frame(prepared, prepared.shutter_s, Taken(100.0, 100.0 + busy_s, ())) is dark
    assert TOOK_LONGER

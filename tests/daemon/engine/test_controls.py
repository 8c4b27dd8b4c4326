"""What a person commands while a window is shot: heeded between exposures, and never at the cost of the one in flight."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from nightside.engine.commands import (
    KINDS,
    Abort,
    Command,
    Confirm,
    Emergency,
    Pause,
    Resume,
    Skip,
    StopAfterShot,
)
from nightside.engine.controls import ABORTED, PAUSED, SKIPPED, STOPPED, TAKEN_OVER
from nightside.engine.runner import Ending
from nightside.engine.snapshot import Shutter
from nightside.ledger.states import SessionPhase, WindowOutcome
from nightside.plan.values import Overrun, Prompt
from nightside_drivers.api import Exposure, ReleaseKind
from tests.daemon.engine.stage import START, Stage, plan_of

FRAME = Exposure(10.0, 800)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def whole(night_truth: list[float | None]) -> bool:
    return all(length == pytest.approx(10.0) for length in night_truth)


@pytest.mark.parametrize("command", [Pause(), Skip(), StopAfterShot(), Emergency()], ids=lambda command: command.kind)
def test_no_command_but_abort_hurts_the_exposure_in_flight(stage: Stage, command: Command) -> None:
    night = stage.play(plan_of([FRAME] * 5, pitch_s=20, overrun=Overrun.SKIP), stage.at(23.0, command))
    assert night.states.startswith("ee") or night.ending is Ending.HANDED_OVER
    assert whole([one.exposure_s for one in night.truth])


def test_a_pause_holds_the_grid_up_until_it_ends(stage: Stage) -> None:
    plan = plan_of([FRAME] * 5, pitch_s=20, overrun=Overrun.SKIP)
    night = stage.play(plan, stage.at(25.0, Pause()), stage.at(65.0, Resume()))
    assert night.states == "eemme"
    assert night.reasons() == {PAUSED}
    assert night.opened() == [0.0, 20.0, 80.0]


def test_after_a_pause_a_trail_goes_on_at_once_and_loses_what_no_longer_fits(stage: Stage) -> None:
    plan = plan_of([FRAME] * 5, pitch_s=10.2, window_s=56)
    night = stage.play(plan, stage.at(15.0, Pause()), stage.at(31.0, Resume()))
    assert night.states == "eeeem"
    assert night.opened()[2] == 31.0
    assert night.reasons() <= {PAUSED, "The exposure before it was not over yet."}


def test_a_pause_that_nobody_ends_costs_the_window_and_no_more(stage: Stage) -> None:
    night = stage.play(plan_of([FRAME] * 5, pitch_s=20), stage.at(25.0, Pause()))
    assert night.states == "eemmm"
    assert night.reasons() == {PAUSED}
    stage.controls.over()
    assert not stage.controls.paused


def test_what_is_skipped_is_missed_for_that_reason(stage: Stage) -> None:
    night = stage.play(plan_of([FRAME] * 5, pitch_s=20, overrun=Overrun.SKIP), stage.at(23.0, Skip(releases=2)))
    assert night.states == "eemme"
    assert night.reasons() == {SKIPPED}


def test_a_release_that_is_waited_for_can_be_skipped_too(stage: Stage) -> None:
    night = stage.play(plan_of([FRAME] * 3, pitch_s=100, overrun=Overrun.SKIP), stage.at(60.0, Skip()))
    assert night.states == "eme"


def test_stopping_after_a_shot_ends_the_window_and_keeps_what_was_taken(stage: Stage) -> None:
    night = stage.play(plan_of([FRAME] * 5, pitch_s=20), stage.at(23.0, StopAfterShot()))
    assert night.states == "eemmm"
    assert night.reasons() == {STOPPED}
    assert night.report.outcome is WindowOutcome.STOPPED


def test_an_abort_lets_a_wired_line_go_at_once(stage: Stage) -> None:
    stage.bulb()
    plan = plan_of([Exposure(100.0)] * 3, pitch_s=110, release=ReleaseKind.WIRED)
    said: list[str] = []
    night = stage.play(plan, (40.0, lambda: said.append(stage.controls.give(Abort()))))
    (opening,) = night.truth
    assert opening.closed is not None
    assert opening.closed - stage.early_s == pytest.approx(40, abs=0.5)
    assert night.states == "emm"  # its frame is on the card, shorter than planned
    assert night.report.outcome is WindowOutcome.ABORTED
    assert said == ["This window is over. The shutter is closed now."]


def test_an_abort_says_that_the_body_times_this_exposure_itself(stage: Stage) -> None:
    said: list[str] = []
    night = stage.play(plan_of([FRAME] * 3, pitch_s=20), (23.0, lambda: said.append(stage.controls.give(Abort()))))
    assert "nothing else can close its shutter before 20:07:04 UTC" in said[0]
    assert whole([one.exposure_s for one in night.truth])
    assert night.states == "eem"
    assert night.reasons() == {ABORTED}


def test_an_emergency_leaves_the_window_for_later_and_what_passed_meanwhile_has_that_reason(stage: Stage) -> None:
    plan = plan_of([FRAME] * 5, pitch_s=20, overrun=Overrun.SKIP)
    night = stage.play(plan, stage.at(23.0, Emergency()))
    assert night.ending is Ending.HANDED_OVER
    assert night.states == "eeapp"
    stage.clock.advance((START + timedelta(seconds=55) - stage.clock.utc()).total_seconds())
    later = stage.play(plan, away=TAKEN_OVER)
    assert later.states == "eemee"
    assert all(TAKEN_OVER in reason for reason in later.reasons())


CAP = Prompt(before=2, at=START + timedelta(seconds=30), says="Put the lens cap on.")


def test_a_prompt_is_shown_and_what_needs_it_waits_for_a_person(stage: Stage) -> None:
    plan = plan_of([FRAME] * 4, pitch_s=20, prompts=(CAP,))
    night = stage.play(plan, stage.at(47.0, Confirm()))
    assert night.states == "eeee"
    assert night.opened()[2] == 47.0
    assert "Put the lens cap on." in {seen.prompt for seen in night.seen}
    assert night.seen[-1].prompt is None


def test_a_prompt_that_nobody_answers_costs_the_shots_that_need_it(stage: Stage) -> None:
    off = Prompt(before=3, at=START + timedelta(seconds=50), says="Take it off again.", waits=False)
    plan = plan_of([FRAME] * 4, pitch_s=20, overrun=Overrun.SKIP, prompts=(CAP, off))
    night = stage.play(plan)
    assert night.states == "eeme"
    assert night.reasons() == {"Nobody said that this was done: Put the lens cap on."}


def test_what_is_asked_at_the_same_place_is_asked_together_and_waited_for(stage: Stage) -> None:
    off = Prompt(before=2, at=CAP.at, says="Take the lens cap off.")
    dial = Prompt(before=2, at=CAP.at, says="Turn the release dial to CL or CH.", waits=False)
    plan = plan_of([FRAME] * 4, pitch_s=20, prompts=(off, dial))
    night = stage.play(plan, stage.at(47.0, Confirm()))
    assert night.opened()[2] == 47.0
    assert f"{off.says} {dial.says}" in {seen.prompt for seen in night.seen}


def test_what_is_confirmed_unasked_does_not_count_for_the_next_prompt(stage: Stage) -> None:
    dial = Prompt(before=1, at=START + timedelta(seconds=10), says="Turn the release dial to S.", waits=False)
    plan = plan_of([FRAME] * 4, pitch_s=20, prompts=(dial, CAP))
    night = stage.play(plan, stage.at(25.0, Confirm()))
    assert night.states == "eemm"
    assert night.reasons() == {f"Nobody said that this was done: {CAP.says}"}


def test_a_confirmation_that_nobody_asked_for_says_so(stage: Stage) -> None:
    assert stage.controls.give(Confirm()) == "Nothing was asked for."


def test_readers_see_what_happens_next_and_when(stage: Stage) -> None:
    night = stage.play(plan_of([FRAME] * 2, pitch_s=20))
    openings = [(seen.shot, seen.opens_at, seen.closes_at) for seen in night.seen if seen.shutter is Shutter.OPEN]
    at = [START, START + timedelta(seconds=20)]
    assert openings == [(index, when, when + timedelta(seconds=10)) for index, when in enumerate(at)]
    assert all(seen.shutter is Shutter.CLOSED for seen in (night.seen[0], night.seen[-1]))
    assert [seen.at for seen in night.seen] == sorted(seen.at for seen in night.seen)


@pytest.mark.parametrize("kind", KINDS)
def test_every_command_is_read_back_from_what_is_sent(kind: str) -> None:
    command, commands = KINDS[kind](), TypeAdapter[Command](Command)
    assert commands.validate_json(commands.dump_json(command)) == command


def test_a_session_takes_no_turn_that_its_table_does_not_hold(stage: Stage) -> None:
    board = stage.controls.board
    board.publish(session_phase=SessionPhase.OVER)
    with pytest.raises(ValueError, match="over cannot turn waiting"):
        board.publish(session_phase=SessionPhase.WAITING)

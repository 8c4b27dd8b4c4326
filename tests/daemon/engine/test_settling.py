"""The end of a window on a card that is slow: what the body still writes is waited for, and never for longer than that can take."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nightside.engine.commands import Abort, Emergency
from nightside.engine.hold import Patience
from nightside.engine.reasons import EXPOSED
from nightside.ledger.states import FileKind
from nightside_drivers.api import Exposure
from nightside_drivers.twin.codes import Property
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.faults.vocabulary import Fault, Kind
from tests.daemon.engine.stage import Played, Stage, plan_of

SHOTS, PITCH_S = 6, 2.0
ENDED_S = (SHOTS - 1) * PITCH_S + 1
LISTENED_S, FRAME_S = Patience().settle_s, Patience().writing_s
PAIR = 7
"""Compression Setting: NEF and JPEG."""

PLAN = plan_of([Exposure(shutter_s=1)] * SHOTS, pitch_s=PITCH_S)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.model.dial(Property.COMPRESSION_SETTING, PAIR)
    return stage


def slow(stage: Stage, factor: float = 20.0) -> tuple[float, Callable[[], object]]:
    return 0.0, lambda: setattr(stage.model.storing, "slowness", factor)


def over_s(stage: Stage) -> float:
    """When all was settled (s after the last shutter closed)."""
    return stage.clock.monotonic() - stage.early_s - ENDED_S


def awaited(played: Played) -> list[str]:
    return [why for snapshot in played.seen for why in snapshot.awaits]


def test_what_a_slow_card_still_takes_is_waited_for_and_said(stage: Stage) -> None:
    played = stage.play(PLAN, slow(stage))
    assert played.states == "e" * SHOTS
    assert all(shot.frame is not None and not shot.lacks for shot in played.report.shots)
    assert over_s(stage) > 2 * LISTENED_S  # it did take longer than a body that has nothing more to write is listened to
    assert "The body may still be writing to its card: 5 shots lack files." in awaited(played)[0]
    assert played.seen[-1].awaits == ()


def test_a_quick_card_is_not_waited_for(stage: Stage) -> None:
    played = stage.play(PLAN)
    assert played.states == "e" * SHOTS
    assert over_s(stage) < LISTENED_S
    assert awaited(played) == []


def test_frames_that_never_come_are_waited_for_as_long_as_one_takes_to_be_written_and_then_missed(stage: Stage) -> None:
    played = stage.play(PLAN, slow(stage), (ENDED_S - 0.5, stage.model.storing.lose))
    assert "m" in played.states
    assert played.reasons() == {EXPOSED}
    assert over_s(stage) <= LISTENED_S + FRAME_S * played.states.count("m") + 1


def test_a_card_of_unbearable_slowness_is_given_up(stage: Stage) -> None:
    played = stage.play(PLAN, slow(stage, 10_000.0))
    assert played.states == "m" * SHOTS
    assert over_s(stage) <= LISTENED_S + FRAME_S * SHOTS


def test_a_frame_of_which_nothing_is_announced_is_found_on_the_card(stage: Stage) -> None:
    faults = FaultPlan(stage.model, (Fault(kind=Kind.EVENT_LOST, event=0x4002, after_shots=1, times=2 * SHOTS),), 0)
    played = stage.play(PLAN, slow(stage))
    faults.end()
    assert played.states == "e" * SHOTS
    assert all(shot.frame is not None and not shot.lacks for shot in played.report.shots)


def test_a_jpeg_that_comes_late_is_waited_for_too(stage: Stage) -> None:
    faults = FaultPlan(stage.model, (Fault(kind=Kind.JPEG_LATE, after_shots=SHOTS - 1, times=1, seconds=8.0),), 0)
    played = stage.play(PLAN)
    faults.end()
    assert not any(shot.lacks for shot in played.report.shots)


def test_a_jpeg_that_never_comes_is_said_to_be_lacking(stage: Stage) -> None:
    faults = FaultPlan(stage.model, (Fault(kind=Kind.RAW_WITHOUT_JPEG, after_shots=SHOTS - 1, times=1),), 0)
    played = stage.play(PLAN)
    faults.end()
    assert played.states == "e" * SHOTS
    assert [shot.lacks for shot in played.report.shots if shot.lacks] == [(FileKind.JPEG,)]
    assert over_s(stage) <= LISTENED_S + FRAME_S + 1


@pytest.mark.parametrize("command", [Abort(), Emergency()], ids=lambda command: str(command.kind))
@pytest.mark.parametrize("after_s", [0.5, LISTENED_S + 4.0], ids=["as soon as it is settled", "while files are waited for"])
def test_nobody_who_wants_an_end_waits_for_a_slow_card(stage: Stage, command: Abort | Emergency, after_s: float) -> None:
    given = ENDED_S + after_s
    stage.play(PLAN, slow(stage, 200.0), stage.at(given, command))
    assert over_s(stage) - after_s <= LISTENED_S + 0.5


def test_what_was_shot_long_ago_is_not_waited_for(stage: Stage) -> None:
    stage.play(PLAN, slow(stage), killed_at=ENDED_S)
    stage.model.storing.lose()
    stage.clock.run(stage.clock.sleep_until(stage.clock.monotonic() + 3600))
    began = stage.clock.monotonic()
    played = stage.play(PLAN)
    assert "m" in played.states
    assert stage.clock.monotonic() - began <= LISTENED_S + 1.5

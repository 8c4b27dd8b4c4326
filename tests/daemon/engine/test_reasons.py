"""Shots of which the card was asked are known by their reasons, and no others are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightside.engine.commands import Skip
from nightside.engine.controls import ABORTED, TAKEN_OVER
from nightside.engine.reasons import CUT_SHORT, EXPOSED, card_was_asked, cut_off, doubted, fell_short
from nightside.engine.runner import NOT_RUNNING
from nightside_drivers.api import Exposure, ReleaseKind
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.faults.vocabulary import Fault, Kind
from tests.daemon.engine.stage import Played, Stage, plan_of

FRAME = Exposure(4.0, 800)
PLAN = plan_of([FRAME] * 3, pitch_s=20)


def lost_in_the_buffer(stage: Stage) -> Played:
    return stage.play(PLAN, (0.0, lambda: setattr(stage.model.storing, "slowness", 20.0)), (45.0, stage.model.storing.lose))


def a_card_that_is_full(stage: Stage) -> Played:
    stage.continuous()
    FaultPlan(stage.model, [Fault(kind=Kind.CARD_FULL, slot=1, after_shots=1, seconds=4000)], 0)
    return stage.play(plan_of([FRAME] * 3, pitch_s=4.1, release=ReleaseKind.BURST, together=3))


def a_contact_that_does_not_close(stage: Stage) -> Played:
    FaultPlan(stage.model, [Fault(kind=Kind.RELEASE_DEAD, after_shots=1, seconds=20)], 0)
    return stage.play(plan_of([FRAME] * 3, pitch_s=20, release=ReleaseKind.WIRED))


@pytest.mark.parametrize(
    ("scene", "contact"),
    [(lost_in_the_buffer, False), (a_card_that_is_full, False), (a_contact_that_does_not_close, True)],
    ids=["lost", "full", "dead"],
)
def test_a_shot_that_was_released_and_has_no_frame_is_one_of_which_the_card_was_asked(
    tmp_path: Path, scene: Callable[[Stage], Played], contact: bool
) -> None:
    played = scene(Stage(tmp_path, contact=contact))
    assert "m" in played.states
    assert all(card_was_asked(reason) for reason in played.reasons())


def test_a_shot_that_nobody_released_is_none(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    played = stage.play(PLAN, stage.at(10.0, Skip()))
    assert played.states == "eme"
    assert not any(card_was_asked(reason) for reason in played.reasons())


@given(st.text(), st.integers(0, 100), st.integers(2, 100))
def test_whatever_was_the_matter_the_card_was_asked(why: str, taken: int, planned: int) -> None:
    assert all(card_was_asked(reason) for reason in (doubted(why), cut_off(taken, planned), fell_short(taken, planned)))


KEPT = {
    EXPOSED: "The exposure was made, and the card holds no frame of it.",
    CUT_SHORT: "Nightside was stopped while this exposure was due, and the card holds no frame of it.",
    doubted("Gone."): "Gone. The card holds no frame of it.",
    cut_off(3, 8): "The release took 3 of 8 frames; the card holds none of this one.",
    fell_short(3, 8): "The release was to take 8 frames and took 3: the card holds none of this one.",
}


@pytest.mark.parametrize(("said", "kept"), KEPT.items())
def test_what_ledgers_hold_is_said_and_known_as_ever(said: str, kept: str) -> None:
    assert said == kept
    assert card_was_asked(kept)


@pytest.mark.parametrize("reason", [None, "", NOT_RUNNING, ABORTED, TAKEN_OVER])
def test_other_reasons_ask_no_card(reason: str | None) -> None:
    assert not card_was_asked(reason)

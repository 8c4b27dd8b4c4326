"""Frames that are not what they are taken for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from nightside.ledger.records import FrameRecord, ShotRecord, WindowRecord
from nightside.ledger.states import Flag, FrameState, ShotState, WindowPhase
from nightside.plan.values import Plan
from nightside.storage.exif import Facts
from nightside.storage.witness import doubts
from nightside_drivers.api import CardFile

AHEAD_S = 7200.0
"""The body's clock is on local time."""

SERIAL = "2012345"


def night(plan: Plan) -> tuple[list[ShotRecord], list[FrameRecord], dict[int, Facts]]:
    """Five shots, a frame each, and each says what is true."""
    shots = [
        ShotRecord(
            shot.index,
            shot.open_at,
            shot.close_at,
            ShotState.EXPOSED,
            None,
            shot.open_at,
            0.0,
            shot.close_at + timedelta(0, 0.1),
        )
        for shot in plan.shots
    ]
    frames = [
        FrameRecord(
            id=index + 1,
            window_id=1,
            session="s",
            window="w",
            shot_index=index,
            file=CardFile("/store_00010001/DCIM/100ND3S_", f"DSC_{index + 1:04}.NEF"),
            state=FrameState.DRAINED,
            size=1,
            sha256=f"{index:064}",
            spool_path="x",
        )
        for index in range(5)
    ]
    facts = {
        index + 1: Facts(float(int(shot.open_at.timestamp() + AHEAD_S)), 30.0, 800, SERIAL, True)
        for index, shot in enumerate(plan.shots)
    }
    return shots, frames, facts


def flags(plan: Plan, shots: list[ShotRecord], frames: list[FrameRecord], facts: dict[int, Facts]) -> dict[int, Flag]:
    window = WindowRecord(1, "s", "w", SERIAL, plan, WindowPhase.DRAINING, frozenset())
    found = doubts(window, shots, frames, facts)
    assert all(doubt.reason.endswith(".") for doubt in found)
    return {doubt.frame.id: doubt.flag for doubt in found}


def test_frames_that_say_what_is_true_are_believed(plan: Plan) -> None:
    assert flags(plan, *night(plan)) == {}


@pytest.mark.parametrize(
    ("by_s", "flag"),
    [
        (-30.2, Flag.STALE),  # the shot before
        (60.4, Flag.STALE),
        (-86_400.0, Flag.STALE),  # a night before
        (45.0, None),  # no shot was then
        (1.0, None),
    ],
)
def test_one_of_another_shots_time_is_flagged(plan: Plan, by_s: float, flag: Flag | None) -> None:
    shots, frames, facts = night(plan)
    facts[3] = replace(facts[3], taken_at=(facts[3].taken_at or 0.0) + by_s)
    assert flags(plan, shots, frames, facts) == ({} if flag is None else {3: flag})


@pytest.mark.parametrize(
    ("said", "flag"),
    [
        (Facts(exposure_s=1.0), Flag.STALE),
        (Facts(exposure_s=120.0), Flag.STALE),
        (Facts(exposure_s=29.9), None),
        (Facts(serial="3000001"), Flag.FOREIGN),
        (Facts(serial="002012345"), None),
        (Facts(whole=False), Flag.TORN),
        (Facts(), None),
    ],
)
def test_one_that_says_something_else_is_flagged(plan: Plan, said: Facts, flag: Flag | None) -> None:
    shots, frames, facts = night(plan)
    facts[3] = said
    assert flags(plan, shots, frames, facts) == ({} if flag is None else {3: flag})


def test_the_very_bytes_of_an_earlier_frame_are_stale(plan: Plan) -> None:
    shots, frames, facts = night(plan)
    frames[3] = replace(frames[3], sha256=frames[1].sha256)
    assert flags(plan, shots, frames, facts) == {4: Flag.STALE}


def test_a_copy_on_a_second_card_is_not_stale(plan: Plan) -> None:
    shots, frames, facts = night(plan)
    copy = replace(frames[2], id=9, file=replace(frames[2].file, folder="/store_00020001/DCIM/100ND3S_"))
    assert flags(plan, shots, [*frames, copy], facts | {9: facts[3]}) == {}


def test_an_exposure_that_was_shortened_is_its_shots_all_the_same(plan: Plan) -> None:
    shots, frames, facts = night(plan)
    opened = shots[2].opened_at
    assert opened is not None
    shots[2] = replace(shots[2], closed_at=opened + timedelta(seconds=12))
    facts[3] = replace(facts[3], exposure_s=12.0)
    assert flags(plan, shots, frames, facts) == {}


def test_a_shot_of_which_only_the_plan_is_known_is_not_judged_by_time(plan: Plan) -> None:
    shots, frames, facts = night(plan)
    shots[2] = replace(shots[2], opened_late_s=None)
    facts[3] = replace(facts[3], taken_at=facts[3].taken_at - 20 if facts[3].taken_at else None)
    assert flags(plan, shots, frames, facts) == {}


def test_two_frames_do_not_overrule_each_other(plan: Plan) -> None:
    shots, frames, facts = night(plan)
    facts[2] = replace(facts[2], taken_at=0.0)
    assert flags(plan, shots[:2], frames[:2], facts) == {}


def test_a_clock_that_was_set_in_mid_window_makes_nothing_stale(plan: Plan) -> None:
    """Even by as much as two shots are apart."""
    shots, frames, facts = night(plan)
    for number in (4, 5):
        facts[number] = replace(facts[number], taken_at=(facts[number].taken_at or 0.0) - 60.4)
    assert flags(plan, shots, frames, facts) == {}


@pytest.mark.parametrize("number", [1, 5])
def test_a_clock_that_was_set_before_the_last_frame_or_after_the_first_makes_nothing_stale(plan: Plan, number: int) -> None:
    shots, frames, facts = night(plan)
    facts[number] = replace(facts[number], taken_at=(facts[number].taken_at or 0.0) - 3600)
    assert flags(plan, shots, frames, facts) == {}

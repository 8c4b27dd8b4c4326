"""Until the next window: what is waited for, what a pause means for it, and what newer elements make of it."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.engine.commands import Command, Pause, Skip, StopAfterShot
from nightside.engine.notices import Notice
from nightside.errors import ElementsDamaged, ElementsStale, NoNight
from nightside.plan.values import Overrun, Plan, Span
from nightside.storage.policy import Policy, RoomPolicy
from nightside.storage.room import free_bytes
from nightside_drivers.errors import Refused
from tests.daemon.engine.night import FRAME, Night, later
from tests.daemon.engine.stage import START, plan_of


@pytest.mark.parametrize(("command", "taken"), [(Pause(), [2, 0]), (Skip(), [2, 1]), (StopAfterShot(), [2, 2])])
def test_a_pause_between_two_windows_holds_for_the_next_and_an_end_for_neither(
    tmp_path: Path, command: Command, taken: list[int]
) -> None:
    plan = plan_of([FRAME] * 2, pitch_s=20, overrun=Overrun.SKIP)

    night = Night(tmp_path, plan, serials=("1001",), following=later(plan, timedelta(minutes=30)))

    def hear(notice: Notice) -> None:
        if notice.name == "window-done" and not night.reports and night.desk is not None:
            night.desk.give(command)

    night.hearing = hear
    night.live()
    assert [report.taken for report in night.reports] == taken
    assert night.desk is not None
    assert not night.desk.snapshots[0].paused


def test_newer_elements_move_a_window_that_has_not_begun(tmp_path: Path) -> None:
    plan = plan_of([FRAME] * 3, pitch_s=20)
    night = Night(tmp_path, plan, serials=("1001",), clock=VirtualClock(START - timedelta(minutes=40)))

    moved = later(plan, timedelta(seconds=90))
    night.live((1.0, lambda night: setattr(night, "plan", moved)))
    (own,) = night.reports
    assert own.window == moved.id
    assert own.whole
    assert [shot.open_at for shot in own.shots] == [shot.open_at for shot in moved.shots]
    assert [notice.name for notice in night.told].count("window-replanned") == 1


def test_elements_that_are_stale_or_being_replaced_between_two_windows_are_waited_for(tmp_path: Path) -> None:
    plan = plan_of([FRAME] * 2, pitch_s=20)
    night = Night(tmp_path, plan, serials=("1001",), following=later(plan, timedelta(hours=2)))

    def hear(notice: Notice) -> None:
        if notice.name == "window-done" and not night.reports:
            night.refusing = [*[ElementsStale("They are too old.")] * 2, *[ElementsDamaged("A line is cut off.")] * 2]

    night.hearing = hear
    night.live()
    assert [report.taken for report in night.reports] == [2, 2]
    assert [one.detail["code"] for one in night.told if one.name == "call-a-person"] == ["elements-damaged", "elements-stale"]


@pytest.mark.parametrize(
    ("why", "every_s"),
    [
        (NoNight("There is none for a year."), 3600.0),
        (ElementsStale("There is none while the elements are good.", ahead=True), 300.0),
    ],
    ids=["a polar summer", "a high beta angle"],
)
def test_a_night_that_does_not_come_is_waited_for_in_words_from_the_start(tmp_path: Path, why: Refused, every_s: float) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 2, pitch_s=20), serials=("1001",), clock=VirtualClock(START - timedelta(hours=4)))
    night.summer = [why] * 3
    waits: list[tuple[str, ...]] = []
    night.live(
        (0.0, lambda night: waits.append(night.snapshot.awaits)), (14_000.0, lambda night: waits.append(night.snapshot.awaits))
    )
    assert [report.safe for report in night.reports] == [2]
    assert waits == [(str(why),), ()]
    assert [late - early for early, late in pairwise(night.asked[:4])] == pytest.approx([every_s] * 3, abs=1)
    assert "call-a-person" not in {notice.name for notice in night.told}


def test_somebody_who_arms_in_a_polar_summer_is_heard_at_once(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 2, pitch_s=20), serials=("1001",), clock=VirtualClock(START - timedelta(hours=4)))
    night.summer = [NoNight("There is none for a year.")]
    night.live((600.0, lambda night: night.watch.controls.rouse()))
    assert [report.safe for report in night.reports] == [2]
    assert night.asked[1] == pytest.approx(900, abs=60)


def test_a_window_that_is_planned_anew_is_shortened_to_the_room_there_is_once_more(tmp_path: Path) -> None:
    free = free_bytes(tmp_path)
    plan = plan_of([FRAME] * 3, pitch_s=20).model_copy(update={"frame_bytes": free * 2 // 5})
    night = Night(tmp_path, plan, serials=("1001",), clock=VirtualClock(START - timedelta(minutes=40)))
    night.policy = Policy(room=RoomPolicy.SHORTEN)
    night.live()
    assert night.reports[0].planned == 2
    assert "window-replanned" not in {notice.name for notice in night.told}


def narrowed_to(seconds: float) -> Span:
    return Span(start=START, end=START + timedelta(seconds=seconds), uncertainty_s=0)


def test_elements_that_came_just_before_a_window_count_from_its_first_shot_on(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20), serials=("1001",), horizon=lambda _: narrowed_to(35))
    night.live()
    assert [one.closed_utc < START + timedelta(seconds=35) for one in night.models[0].truth if one.closed_utc] == [True, True]
    assert night.reports[0].missed == 2


def test_elements_that_cannot_be_read_once_are_asked_again(tmp_path: Path) -> None:
    answers: list[Span | None] = []

    def horizon(_: Plan) -> Span:
        answers.append(None)
        if len(answers) == 1:
            raise ElementsStale("They are being replaced.")
        return narrowed_to(500)

    night = Night(tmp_path, plan_of([FRAME] * 9, pitch_s=100, window_s=900), serials=("1001",), horizon=horizon)
    night.live()
    assert night.reports[0].missed == 4
    assert len(night.models[0].truth) == 5

"""Nights with everything that goes wrong in them, in a fraction of a second, and what must hold after each."""

import json
from pathlib import Path

import pytest
import structlog

from nightside.engine.commands import Abort, Emergency
from nightside.engine.report import path_of
from nightside.ledger.states import ArmingKind, ShotState, WindowOutcome, WindowPhase
from nightside.plan.programs import PROGRAMS, kind_of
from nightside.plan.programs.interval import Interval
from nightside.plan.programs.star_trail import StarTrail
from nightside.storage.policy import CardPolicy, Policy
from nightside_drivers.twin.codes import Event
from nightside_drivers.twin.faults.vocabulary import Fault, Kind
from tests.simulation.conftest import BEGINS_S, Written
from tests.simulation.invariants import assert_all
from tests.simulation.lives import Night, live_through
from tests.simulation.script import Choice, Death, Mood, Order, Part, Spell, Umbra, Way
from tests.simulation.seeds import MAKERS, script_of


def missed(night: Night) -> list[tuple[int, str | None]]:
    return [
        (shot.index, shot.reason)
        for account in night.stories[0].accounts
        for shot in account.report.shots
        if shot.state is ShotState.MISSED
    ]


def safe(night: Night) -> int:
    return sum(account.report.safe for account in night.stories[0].accounts)


def test_a_quiet_night_is_shot_as_it_was_planned(tmp_path: Path, script: Written) -> None:
    night = live_through(tmp_path, script())
    assert_all(night)
    (account,) = night.stories[0].accounts
    assert account.report.whole
    assert account.record.phase is WindowPhase.CLOSED
    assert account.report.widest_gap_s is not None
    assert account.report.widest_gap_s < 0.3
    for shot, opening in zip(account.record.plan.shots, night.stories[0].truth, strict=True):
        assert abs((night.clock.true(opening.opened) - shot.open_at).total_seconds()) < 0.01


ONE_FAULT = {
    "a body that is silent for a while": (Fault(kind=Kind.SILENT, after_shots=3, seconds=40), 2),
    "a body that is silent for the rest of the window": (Fault(kind=Kind.SILENT, after_shots=3, seconds=3000), 12),
    "a cable that is pulled and plugged": (Fault(kind=Kind.CABLE_PULLED, after_shots=4, seconds=20), 2),
    "a body that is switched off and on": (Fault(kind=Kind.POWER_CYCLE, after_shots=4, seconds=20), 3),
    "a body that falls asleep": (Fault(kind=Kind.ASLEEP, after_shots=4, seconds=20), 2),
    "an event that never comes": (Fault(kind=Kind.EVENT_LOST, event=Event.OBJECT_ADDED, after_shots=5), 0),
    "an event that comes twice": (Fault(kind=Kind.EVENT_DOUBLED, event=Event.OBJECT_ADDED, after_shots=5), 0),
    "a card that fills up": (Fault(kind=Kind.CARD_FULL, slot=1, after_shots=6, seconds=4000), 7),
    "a body that is busy for a moment": (Fault(kind=Kind.IN_PROGRESS, after_shots=2, times=3), 1),
    "a battery that dies": (Fault(kind=Kind.BATTERY_DEAD, after_shots=6), 7),
    "a download that breaks": (Fault(kind=Kind.TRUNCATE, after_shots=2, times=1), 1),
    "a mirror that fails once": (Fault(kind=Kind.MIRROR_ERROR, after_shots=2, seconds=10), 2),
    "a clock that is an hour wrong in the body": (Fault(kind=Kind.CLOCK_WRONG, offset_s=3600), 0),
}


@pytest.mark.parametrize(("fault", "lost_at_most"), ONE_FAULT.values(), ids=ONE_FAULT)
def test_one_thing_goes_wrong(tmp_path: Path, script: Written, fault: Fault, lost_at_most: int) -> None:
    night = live_through(tmp_path, script(fault))
    assert_all(night)
    assert len(missed(night)) <= lost_at_most, missed(night)


def of_pairs(*faults: Fault, shots: int = 4) -> Part:
    return Part(StarTrail(exposure_s=30, shots=shots, iso=800), faults, quality=7)


def test_a_night_of_pairs_is_safe_with_both_files_of_each(tmp_path: Path, script: Written) -> None:
    night = live_through(tmp_path, script(part=of_pairs()))
    assert_all(night)
    (account,) = night.stories[0].accounts
    assert (account.report.safe, len(account.frames)) == (4, 8)


def test_a_jpeg_that_never_comes_leaves_its_shot_incomplete_and_its_nef_on_the_card(tmp_path: Path, script: Written) -> None:
    lost = Fault(kind=Kind.RAW_WITHOUT_JPEG, after_shots=1)
    emptied = Policy(card=CardPolicy.DELETE_WHEN_SAFE)
    night = live_through(tmp_path, script(part=of_pairs(lost), policy=emptied))
    assert_all(night)
    (account,) = night.stories[0].accounts
    assert (account.report.safe, account.report.incomplete, account.report.missed) == (3, 1, 0)
    assert account.report.outcome is WindowOutcome.PARTIAL
    assert [path.rpartition(".")[2] for path in night.stories[0].card] == ["NEF"]


@pytest.mark.parametrize("after_s", [60.0, 300.0, 900.0], ids=["in its window", "when it was drained", "in the next window"])
def test_a_jpeg_that_comes_late_completes_its_shot(tmp_path: Path, script: Written, after_s: float) -> None:
    late = Fault(kind=Kind.JPEG_LATE, after_shots=2, seconds=after_s)
    umbras = (Umbra(BEGINS_S, 480.0), Umbra(BEGINS_S + 900, 480.0))
    night = live_through(tmp_path, script(part=of_pairs(late), umbras=umbras))
    assert_all(night)
    assert [account.report.safe for account in night.stories[0].accounts] == [4, 4]
    assert [account.record.outcome for account in night.stories[0].accounts] == [WindowOutcome.WHOLE] * 2


@pytest.mark.parametrize("by", [-7200.0, 30.0, 7200.0])
def test_a_stepped_wall_clock_moves_no_shot(tmp_path: Path, script: Written, by: float) -> None:
    night = live_through(tmp_path, script(steps=((BEGINS_S + 60, by), (BEGINS_S + 600, -by))))
    assert_all(night)
    assert night.stories[0].accounts[0].report.whole


def test_a_wall_clock_that_is_set_right_while_the_window_is_waited_for_is_believed(tmp_path: Path, script: Written) -> None:
    night = live_through(tmp_path, script(umbras=(Umbra(500.0, 480.0),), steps=((1.0, -180.0), (300.0, 180.0))))
    assert_all(night)
    assert night.stories[0].accounts[0].report.whole


def test_a_suspended_computer_goes_on_where_the_night_is(tmp_path: Path, script: Written) -> None:
    night = live_through(tmp_path, script(suspends=((BEGINS_S + 100, 60.0),)))
    assert_all(night)
    assert night.stories[0].accounts[0].report.taken >= 9


@pytest.mark.parametrize("at_shot", range(12))
def test_a_daemon_killed_in_any_exposure_loses_at_most_that_one(tmp_path: Path, script: Written, at_shot: int) -> None:
    night = live_through(tmp_path, script(deaths=(Death(Way.INSTANT, BEGINS_S + 0.2 + at_shot * 30.2 + 11.0),)))
    assert_all(night)
    assert len(missed(night)) <= 2, missed(night)  # the one in flight was found on the card; opening again may cost the next
    assert night.stories[0].accounts[0].report.extra == 0


@pytest.mark.parametrize("after", [False, True], ids=["before it is durable", "after it is"])
@pytest.mark.parametrize("number", range(1, 61))
def test_power_that_fails_at_any_line_of_the_ledger_loses_nothing(
    tmp_path: Path, script: Written, number: int, after: bool
) -> None:
    night = live_through(tmp_path, script(shots=4, deaths=(Death(Way.TRANSACTION, number, after),)))
    assert_all(night)
    assert len(missed(night)) <= 1, missed(night)
    assert safe(night) == len(night.stories[0].truth)
    assert night.stories[0].accounts[0].report.extra == 0


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize("number", range(1, 21))
def test_a_daemon_killed_at_any_call_to_its_body_loses_at_most_one_shot(
    tmp_path: Path, script: Written, number: int, after: bool
) -> None:
    night = live_through(tmp_path, script(shots=4, deaths=(Death(Way.CALL, number, after),)))
    assert_all(night)
    assert len(missed(night)) <= 1, missed(night)
    assert safe(night) == len(night.stories[0].truth)


@pytest.mark.parametrize("again", [(), (Umbra(2400.0, 240.0),)], ids=["by the next start", "by the next window"])
@pytest.mark.parametrize("quality", [1, 7], ids=["a JPEG each", "a pair each"])
def test_a_frame_that_comes_when_nobody_waits_any_more_is_its_shots_after_all(
    tmp_path: Path, script: Written, again: tuple[Umbra, ...], quality: int
) -> None:
    slow = Fault(kind=Kind.CARD_SLOW, at=BEGINS_S, seconds=600, factor=400.0 if quality == 1 else 100.0)
    program = Interval(exposure_s=1, every_s=8, shots=6)
    part = Part(program, (slow,), (Order(BEGINS_S + 5 * 8 + 4, Abort()),), quality=quality)
    with structlog.testing.capture_logs() as lines:
        night = live_through(tmp_path, script(umbras=(Umbra(BEGINS_S, 240.0), *again), part=part))
    assert_all(night)
    account = night.stories[0].accounts[0]
    came = {line["shot"] for line in lines if line["event"] == "frame-came-late"}
    assert {line["shot"] for line in lines if line["event"] == "shot-missed"} == came > {5}
    assert account.report.safe == 6
    assert account.record.outcome == WindowOutcome.WHOLE
    kept = json.loads((tmp_path / "spool" / path_of(account.report)).read_text())
    assert kept["taken"] == 6


def test_a_window_that_is_settled_late_leaves_the_frames_of_the_next_one_alone(tmp_path: Path, script: Written) -> None:
    pulled = Fault(kind=Kind.CARD_PULLED, after_shots=3, seconds=400)  # until the next window has begun to be waited for
    program = Interval(exposure_s=1, every_s=8, shots=6)
    night = live_through(tmp_path, script(umbras=(Umbra(120, 240), Umbra(1500, 240)), part=Part(program, (pulled,))))
    assert_all(night)
    first, second = night.stories[0].accounts
    assert second.report.whole
    assert not {frame.file.path for frame in first.frames} & {frame.file.path for frame in second.frames}


def test_an_emergency_in_the_middle_of_a_window_keeps_its_own_frames(tmp_path: Path, script: Written) -> None:
    program = Interval(exposure_s=1, every_s=20, shots=20)
    night = live_through(tmp_path, script(part=Part(program, orders=(Order(BEGINS_S + 100, Emergency()),))))
    assert_all(night)
    claimed = [frame.file.path for account in night.stories[0].accounts for frame in account.frames]
    assert len(claimed) == len(set(claimed)) == len(night.stories[0].truth)


@pytest.mark.parametrize("offset_s", [-3600.0, -25.0, 40.0])
def test_a_body_whose_clock_is_set_in_mid_window_keeps_each_frame_with_its_shot(
    tmp_path: Path, script: Written, offset_s: float
) -> None:
    night = live_through(tmp_path, script(Fault(kind=Kind.CLOCK_WRONG, after_shots=6, offset_s=offset_s)))
    assert_all(night)
    (account,) = night.stories[0].accounts
    assert len(account.frames) == 12
    assert all(
        frame.copies and frame.shot_index in {None, at} for at, frame in enumerate(account.frames)
    )  # None: flagged as stale


def test_a_window_whose_only_frame_found_no_room_on_the_card_is_closed(tmp_path: Path, script: Written) -> None:
    night = live_through(tmp_path, script(Fault(kind=Kind.CARD_FULL, at=BEGINS_S + 15, seconds=300), shots=1))
    assert_all(night)
    assert [index for index, _ in missed(night)] == [0]


@pytest.mark.parametrize("mood", Mood)
@pytest.mark.parametrize("place", ["spool", "frames"])
def test_a_disk_in_a_bad_mood_delays_frames_and_loses_none(tmp_path: Path, script: Written, place: str, mood: Mood) -> None:
    night = live_through(tmp_path, script(spells=(Spell(place, mood, BEGINS_S + 300, 500.0),)))
    assert_all(night)
    assert safe(night) == 12


def test_every_kind_of_program_is_made_up() -> None:
    assert set(MAKERS) == {kind_of(program) for program in PROGRAMS}


@pytest.mark.parametrize("seed", range(200))
def test_any_night_keeps_the_invariants(tmp_path: Path, seed: int) -> None:
    assert_all(live_through(tmp_path, script_of(seed)))


GIVEN = Interval(exposure_s=2, every_s=20, shots=5, name="given")


def shot_by(night: Night) -> list[tuple[str, int]]:
    """The programs that were shot, window by window, and how many frames each gave."""
    return [(account.record.plan.program, account.report.safe) for account in night.stories[0].accounts]


def test_a_daemon_that_is_disarmed_begins_no_window_until_something_is_armed(tmp_path: Path, script: Written) -> None:
    umbras = (Umbra(BEGINS_S, 240.0), Umbra(1500.0, 240.0))
    choices = (Choice(60.0, ArmingKind.NOTHING), Choice(900.0, ArmingKind.CONFIGURED))
    program = StarTrail(exposure_s=30, shots=4)
    night = live_through(tmp_path, script(umbras=umbras, part=Part(program, choices=choices)))
    assert_all(night)
    assert shot_by(night) == [("star-trail", 4)]
    assert night.stories[0].accounts[0].record.plan.span.start >= umbras[1].true[0]


def test_the_window_in_flight_is_not_touched_by_disarming(tmp_path: Path, script: Written) -> None:
    part = Part(StarTrail(exposure_s=30, shots=12, iso=800), choices=(Choice(BEGINS_S + 100, ArmingKind.NOTHING),))
    night = live_through(tmp_path, script(part=part))
    assert_all(night)
    assert shot_by(night) == [("star-trail", 12)]


@pytest.mark.parametrize("before_s", [1.0, 5.0, 15.0])
def test_a_window_that_a_body_is_made_ready_for_is_withdrawn_by_disarming(
    tmp_path: Path, script: Written, before_s: float
) -> None:
    umbras = (Umbra(BEGINS_S, 240.0), Umbra(1500.0, 240.0))
    choices = (Choice(BEGINS_S - before_s, ArmingKind.NOTHING), Choice(900.0, ArmingKind.CONFIGURED))
    night = live_through(tmp_path, script(umbras=umbras, part=Part(StarTrail(exposure_s=30, shots=4), choices=choices)))
    assert_all(night)
    (story,) = night.stories
    assert shot_by(night) == [("star-trail", 4)]
    assert len(story.truth) == 4
    kinds = [event.kind for event in story.events if event.kind in {"window-shooting", "window-withdrawn"}]
    assert kinds == ["window-shooting", "window-withdrawn", "window-shooting"]


@pytest.mark.parametrize("number", range(1, 9))
def test_a_daemon_that_is_killed_while_it_is_disarmed_shoots_nothing(tmp_path: Path, script: Written, number: int) -> None:
    choices = (Choice(BEGINS_S - 15.0, ArmingKind.NOTHING),)
    deaths = (Death(Way.TRANSACTION, number, after=True),)
    night = live_through(tmp_path, script(part=Part(StarTrail(exposure_s=30, shots=4), choices=choices), deaths=deaths))
    assert_all(night)
    assert not [account for account in night.stories[0].accounts if account.report.safe]


def test_a_program_for_one_window_that_stands_on_nothing_is_shot(tmp_path: Path, script: Written) -> None:
    choices = (Choice(30.0, ArmingKind.NOTHING), Choice(60.0, ArmingKind.PROGRAM, GIVEN, 1))
    night = live_through(tmp_path, script(part=Part(StarTrail(exposure_s=30, shots=4), choices=choices)))
    assert_all(night)
    assert shot_by(night)[0] == ("given", 5)


def test_a_program_for_one_window_is_shot_once_and_then_the_configuration_again(tmp_path: Path, script: Written) -> None:
    umbras = (Umbra(BEGINS_S, 240.0), Umbra(1500.0, 240.0))
    part = Part(StarTrail(exposure_s=30, shots=4), choices=(Choice(30.0, ArmingKind.PROGRAM, GIVEN, 1),))
    night = live_through(tmp_path, script(umbras=umbras, part=part))
    assert_all(night)
    assert shot_by(night) == [("given", 5), ("star-trail", 4)]


def test_a_program_that_is_armed_in_a_window_is_for_the_next_one(tmp_path: Path, script: Written) -> None:
    umbras = (Umbra(BEGINS_S, 240.0), Umbra(1500.0, 240.0))
    part = Part(StarTrail(exposure_s=30, shots=4), choices=(Choice(BEGINS_S + 50, ArmingKind.PROGRAM, GIVEN),))
    night = live_through(tmp_path, script(umbras=umbras, part=part))
    assert_all(night)
    assert shot_by(night) == [("star-trail", 4), ("given", 5)]


def test_disarming_and_arming_the_same_again_before_the_window_changes_nothing(tmp_path: Path, script: Written) -> None:
    choices = (Choice(60.0, ArmingKind.NOTHING), Choice(120.0, ArmingKind.CONFIGURED), Choice(130.0, ArmingKind.CONFIGURED))
    night = live_through(tmp_path, script(part=Part(StarTrail(exposure_s=30, shots=12, iso=800), choices=choices)))
    assert_all(night)
    assert shot_by(night) == [("star-trail", 12)]


def test_an_emergency_is_shot_although_nothing_is_armed(tmp_path: Path, script: Written) -> None:
    choices, orders = (Choice(60.0, ArmingKind.NOTHING),), (Order(120.0, Emergency()),)
    night = live_through(tmp_path, script(part=Part(GIVEN, orders=orders, choices=choices)))
    assert_all(night)
    assert [name for name, safe in shot_by(night) if safe] == ["emergency"]


@pytest.mark.parametrize("after", [False, True], ids=["before it is durable", "after it is"])
@pytest.mark.parametrize("number", range(1, 13))
def test_a_daemon_that_is_killed_over_an_arming_has_taken_it_or_not_at_all(
    tmp_path: Path, script: Written, number: int, after: bool
) -> None:
    part = Part(StarTrail(exposure_s=30, shots=2), choices=(Choice(30.0, ArmingKind.PROGRAM, GIVEN, 1),))
    night = live_through(tmp_path, script(part=part, deaths=(Death(Way.TRANSACTION, number, after),)))
    assert_all(night)
    assert shot_by(night)[0][0] == "given"

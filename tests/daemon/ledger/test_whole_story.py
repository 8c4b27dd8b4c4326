"""What the ledger keeps beside the states: true times, settings, flags, readings, complaints."""

from datetime import timedelta

import pytest

from nightside.clock import VirtualClock
from nightside.ledger.records import ExposedShot, WindowRecord
from nightside.ledger.states import FileKind, Flag, FrameState, ReadingKind, ShotState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside_drivers.api import CardFile, Fetched

FOLDER = "/store_00010001/DCIM/100ND3S_"
JPEG, NEF = CardFile(FOLDER, "DSC_0001.JPG"), CardFile(FOLDER, "DSC_0001.NEF")
FETCHED = Fetched(5, "ab" * 32)


@pytest.fixture
def window(ledger: Ledger, plan: Plan) -> WindowRecord:
    return ledger.begin("20180703-star-trail", "2012345", plan)


def safe_frame(ledger: Ledger, window: WindowRecord, file: CardFile = JPEG) -> int:
    ledger.on_card(window.id, None, file)
    frame = ledger.frames(window.id)[-1]
    ledger.drained(frame.id, FETCHED, f"s/w/{file.name}")
    ledger.stored(frame.id, "archive", f"s/w/{file.name}")
    ledger.safe(frame.id)
    return frame.id


def kinds(ledger: Ledger) -> list[str]:
    return [event.kind for event in ledger.events()]


def test_several_shots_are_armed_and_exposed_together(ledger: Ledger, window: WindowRecord, plan: Plan) -> None:
    ledger.arm(window.id, [0, 1, 2])
    tenth = timedelta(milliseconds=100)
    exposed = [
        ExposedShot(
            shot.index,
            shot.open_at,
            0.0,
            shot.close_at,
            commanded_at=shot.open_at - tenth,
            contact_at=shot.open_at,
            contact_closed_at=shot.close_at - tenth,
            settings={"iso": 800, "shutter_s": 30.0, "white_balance": None},
        )
        for shot in plan.shots[:3]
    ]
    ledger.expose(window.id, exposed)
    found = ledger.shots(window.id)
    assert [shot.state for shot in found] == [ShotState.EXPOSED] * 3 + [ShotState.PLANNED] * 2
    assert found[1].commanded_at == plan.shots[1].open_at - tenth
    assert (found[1].contact_at, found[1].contact_closed_at) == (plan.shots[1].open_at, plan.shots[1].close_at - tenth)
    assert found[1].settings == {"iso": 800, "shutter_s": 30.0, "white_balance": None}
    assert kinds(ledger)[1:] == ["shot-armed"] * 3 + ["shot-exposed"] * 3


def test_of_shots_that_go_together_all_are_armed_or_none(ledger: Ledger, window: WindowRecord) -> None:
    ledger.missed(window.id, 2, "late")
    with pytest.raises(ValueError, match=r"shot 2 .* cannot turn armed"):
        ledger.arm(window.id, [0, 1, 2])
    assert {shot.state for shot in ledger.shots(window.id)} == {ShotState.PLANNED, ShotState.MISSED}
    assert kinds(ledger) == ["window-planned", "shot-missed"]


def test_a_window_says_how_it_went_once_it_is_closed(ledger: Ledger, window: WindowRecord) -> None:
    with pytest.raises(ValueError, match="no outcome before it is closed"):
        ledger.enter(window.id, WindowPhase.SETTLING, "well")
    for phase in (WindowPhase.SETTLING, WindowPhase.DRAINING):
        ledger.enter(window.id, phase)
        assert ledger.window(window.id).outcome is None
    ledger.enter(window.id, WindowPhase.CLOSED, "5 of 5 shots are safe")
    assert ledger.window(window.id).outcome == "5 of 5 shots are safe"
    assert ledger.events()[-1].detail == {"outcome": "5 of 5 shots are safe"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [("A.NEF", FileKind.NEF), ("a.jpg", FileKind.JPEG), ("a.JPEG", FileKind.JPEG), ("a.MOV", FileKind.OTHER), ("NEF", "nef")],
)
def test_a_file_has_the_kind_of_its_extension(ledger: Ledger, window: WindowRecord, name: str, kind: str) -> None:
    ledger.on_card(window.id, 0, CardFile(FOLDER, name))
    assert ledger.frames(window.id)[0].kind == kind


def test_the_bodys_time_of_a_file_is_kept_as_soon_as_it_is_known(ledger: Ledger, window: WindowRecord) -> None:
    ledger.on_card(window.id, 0, JPEG)
    assert ledger.frames(window.id)[0].file.made_at is None
    ledger.on_card(window.id, 0, CardFile(JPEG.folder, JPEG.name, 1000.0))
    ledger.on_card(window.id, 0, CardFile(JPEG.folder, JPEG.name, 2000.0))  # a listing says nothing new
    assert ledger.frames(window.id)[0].file.made_at == 1000.0
    ledger.dated(1, 1000.37)  # the EXIF knows better
    assert ledger.frames(window.id)[0].file.made_at == 1000.37


def test_a_flagged_file_is_kept_and_its_shot_is_missed(ledger: Ledger, window: WindowRecord, plan: Plan) -> None:
    ledger.arm(window.id, 0)
    ledger.exposed(window.id, 0, plan.shots[0].open_at, 0.0, plan.shots[0].close_at)
    ledger.on_card(window.id, 0, JPEG)
    ledger.flagged(1, Flag.STALE, "The body gave an older frame.")
    frame, shot = ledger.frames(window.id)[0], ledger.shots(window.id)[0]
    assert (frame.flag, frame.shot_index, frame.state) == (Flag.STALE, None, FrameState.ON_CARD)
    assert (shot.state, shot.reason) == (ShotState.MISSED, "The body gave an older frame.")
    assert kinds(ledger)[-2:] == ["frame-flagged", "shot-missed"]


def test_a_shot_that_has_another_file_does_not_miss_the_flagged_one(ledger: Ledger, window: WindowRecord, plan: Plan) -> None:
    ledger.arm(window.id, 0)
    ledger.exposed(window.id, 0, plan.shots[0].open_at, 0.0, plan.shots[0].close_at)
    for file in (NEF, JPEG):
        ledger.on_card(window.id, 0, file)
    ledger.flagged(2, Flag.TORN, "The JPEG ends in the middle.")
    assert ledger.shots(window.id)[0].state is ShotState.EXPOSED


def test_a_file_may_be_known_to_be_foreign_from_the_beginning(ledger: Ledger, window: WindowRecord) -> None:
    ledger.on_card(window.id, None, JPEG, adopted=True, flag=Flag.FOREIGN)
    assert (ledger.frames(window.id)[0].flag, ledger.frames(window.id)[0].adopted) == (Flag.FOREIGN, True)
    with pytest.raises(ValueError, match="no shot's"):
        ledger.on_card(window.id, 0, NEF, flag=Flag.FOREIGN)


def test_a_frame_that_is_a_shots_after_all_loses_its_flag(ledger: Ledger, window: WindowRecord) -> None:
    ledger.on_card(window.id, None, JPEG, flag=Flag.STALE)
    ledger.reassign(1, 3)
    assert (ledger.frames(window.id)[0].flag, ledger.frames(window.id)[0].shot_index) == (None, 3)


def test_a_failure_is_noted_once_and_forgotten_with_the_next_step(ledger: Ledger, window: WindowRecord) -> None:
    ledger.on_card(window.id, 0, JPEG)
    for _ in range(3):
        ledger.failed(1, "The cable was pulled.")
    assert ledger.frames(window.id)[0].error == "The cable was pulled."
    assert kinds(ledger).count("frame-failed") == 1
    ledger.drained(1, FETCHED, "s/w/f.jpg")
    assert ledger.frames(window.id)[0].error is None


def test_a_file_leaves_the_card_only_after_it_was_said_to_be_deletable(ledger: Ledger, window: WindowRecord) -> None:
    frame_id = safe_frame(ledger, window)
    with pytest.raises(ValueError, match="cannot turn deleted"):
        ledger.deleted(frame_id)
    ledger.deletable(frame_id)
    ledger.deletable(frame_id)  # a restart says it again
    ledger.deleted(frame_id)
    assert ledger.frames(window.id)[0].state is FrameState.DELETED


@pytest.mark.parametrize("state", ["on-card", "drained"])
def test_what_is_not_safe_is_neither_deleted_nor_pruned(ledger: Ledger, window: WindowRecord, state: str) -> None:
    ledger.on_card(window.id, 0, JPEG)
    if state == "drained":
        ledger.drained(1, FETCHED, "s/w/f.jpg")
    for act in (ledger.deletable, ledger.deleted, ledger.pruned):
        with pytest.raises(ValueError, match="frame 1 cannot"):
            act(1)


def test_a_pruned_frame_is_offered_to_no_sink(ledger: Ledger, window: WindowRecord, clock: VirtualClock) -> None:
    frame_id = safe_frame(ledger, window)
    assert [frame.id for frame in ledger.owed("second")] == [frame_id]
    ledger.pruned(frame_id)
    frame = ledger.frames(window.id)[0]
    assert (frame.pruned_at, frame.spool_path, frame.state) == (clock.utc(), "s/w/DSC_0001.JPG", FrameState.SAFE)
    assert ledger.owed("second") == []


def test_a_frame_whose_copy_is_lost_is_stored_again_and_not_deleted(ledger: Ledger, window: WindowRecord) -> None:
    frame_id = safe_frame(ledger, window)
    ledger.deletable(frame_id)
    ledger.copy_lost(frame_id, "archive", "Its SHA-256 is another.")
    frame = ledger.frames(window.id)[0]
    assert (frame.state, frame.copies) == (FrameState.DRAINED, ())
    assert [owed.id for owed in ledger.owed("archive")] == [frame_id]
    with pytest.raises(ValueError, match="cannot turn deleted"):
        ledger.deleted(frame_id)
    with pytest.raises(ValueError, match="holds no copy"):
        ledger.copy_lost(frame_id, "archive", "again")


def test_a_pruned_frame_whose_copy_is_lost_is_drained_again(ledger: Ledger, window: WindowRecord) -> None:
    frame_id = safe_frame(ledger, window)
    ledger.pruned(frame_id)
    ledger.copy_lost(frame_id, "archive", "The disk is gone.")
    (frame,) = ledger.to_drain("2012345")
    assert (frame.id, frame.state) == (frame_id, FrameState.ON_CARD)
    ledger.drained(frame_id, FETCHED, "s/w/again.jpg")
    frame = ledger.frame(frame_id)
    assert (frame.state, frame.spool_path, frame.pruned_at) == (FrameState.DRAINED, "s/w/again.jpg", None)
    assert [owed.id for owed in ledger.owed("archive")] == [frame_id]


def test_a_sink_that_is_another_one_holds_nothing_of_what_the_first_held(ledger: Ledger, window: WindowRecord) -> None:
    files = [CardFile(FOLDER, f"DSC_{number:04}.JPG") for number in range(4)]
    kept, removed, pruned, elsewhere = (safe_frame(ledger, window, file) for file in files)
    ledger.stored(elsewhere, "second", "s/w/a.jpg")
    ledger.deletable(kept)
    for act in (ledger.deletable, ledger.deleted):
        act(removed)
    ledger.pruned(pruned)
    assert ledger.sink_is("archive", "first") == 0
    assert ledger.sink_is("archive", "first") == 0
    assert ledger.sink_is("archive", "another") == 4
    states = {frame.id: (frame.state, dict(frame.copies)) for frame in ledger.frames(window.id)}
    assert states == {
        kept: (FrameState.DRAINED, {}),
        removed: (FrameState.DELETED, {}),
        pruned: (FrameState.DRAINED, {}),
        elsewhere: (FrameState.DRAINED, {"second": "s/w/a.jpg"}),
    }
    assert {state: tally.frames for state, tally in ledger.summary().items()} == {
        FrameState.DRAINED: 3,
        FrameState.DELETED: 1,
    }
    assert [frame.id for frame in ledger.owed("archive")] == [kept, elsewhere, removed]
    assert ledger.number_of("archive") == "another"


def test_what_is_to_be_drained_comes_oldest_first_and_by_body(ledger: Ledger, window: WindowRecord, plan: Plan) -> None:
    other = ledger.begin("20180703-star-trail", "2012346", plan)
    for window_id, name in ((window.id, "A.JPG"), (other.id, "B.JPG"), (window.id, "C.JPG")):
        ledger.on_card(window_id, None, CardFile(FOLDER, name))
    ledger.drained(1, FETCHED, "s/w/a.jpg")
    assert [frame.file.name for frame in ledger.to_drain("2012345")] == ["C.JPG"]
    assert [frame.file.name for frame in ledger.to_drain("2012346", 1)] == ["B.JPG"]


def test_readings_are_kept_with_their_instants(ledger: Ledger, window: WindowRecord, clock: VirtualClock) -> None:
    ledger.measured(window.id, {ReadingKind.BATTERY: 87, ReadingKind.IMAGES_LEFT: 412})
    clock.advance(60)
    ledger.measured(window.id, {ReadingKind.BATTERY: 86})
    ledger.measured(None, {ReadingKind.CLOCK_SIGMA: 0.002})
    ledger.measured(None, {})
    assert [(one.at, one.value) for one in ledger.readings(window.id, ReadingKind.BATTERY)] == [
        (clock.utc() - timedelta(seconds=60), 87),
        (clock.utc(), 86),
    ]
    assert [one.kind for one in ledger.readings() if one.window_id is None] == [ReadingKind.CLOCK_SIGMA]


def test_how_a_bodys_clock_stands_is_kept_by_body(ledger: Ledger, clock: VirtualClock) -> None:
    ledger.clock_measured("2012345", -12.4, 0.3)
    ledger.clock_measured("2012345", -12.5, 0.1, clock.utc() - timedelta(hours=1))
    ledger.clock_measured("2012346", 3600.0, 0.3)
    assert [(one.seconds, one.sigma_s) for one in ledger.body_clocks("2012345")] == [(-12.5, 0.1), (-12.4, 0.3)]


def test_a_sink_that_keeps_failing_is_news_once_and_counted(ledger: Ledger, clock: VirtualClock) -> None:
    begun = clock.utc()
    news: list[bool] = []
    for says in ("refused", "refused", "refused", "no room"):
        news.append(ledger.sink_failed("nas", "folder-unwritable", says))
        clock.advance(60)
    assert news == [True, False, False, True]
    assert [(one.says, one.since, one.times) for one in ledger.sink_troubles()] == [
        ("no room", begun + timedelta(minutes=3), 1)
    ]
    assert kinds(ledger) == ["sink-failed", "sink-failed"]


def test_a_sink_that_is_well_again_is_news_once(ledger: Ledger) -> None:
    assert not ledger.sink_well("nas")
    for _ in range(2):
        ledger.sink_failed("nas", "folder-unwritable", "refused")
    assert ledger.sink_well("nas")
    assert not ledger.sink_well("nas")
    assert ledger.sink_troubles() == []
    assert kinds(ledger) == ["sink-failed", "sink-well"]
    assert ledger.events()[-1].detail["times"] == 2

"""What the ledger records, and what it refuses to."""

import gc
from datetime import timedelta
from typing import Any

import pytest

from nightside.clock import VirtualClock
from nightside.ledger.opening import open_ledger
from nightside.ledger.place import Place
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import FrameState, ShotState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside_drivers.api import CardFile, Fetched

FILE = CardFile("/store_00010001/DCIM/100ND3S_", "DSC_0001.JPG")


@pytest.fixture
def window(ledger: Ledger, plan: Plan) -> WindowRecord:
    return ledger.begin("20180703-star-trail", "2012345", plan)


def states(ledger: Ledger, window: WindowRecord) -> list[ShotState]:
    return [shot.state for shot in ledger.shots(window.id)]


def test_a_window_is_recorded_whole_before_anything_is_shot(ledger: Ledger, window: WindowRecord, plan: Plan) -> None:
    assert window.plan == plan
    assert window.phase is WindowPhase.PLANNED
    assert [(shot.open_at, shot.close_at) for shot in ledger.shots(window.id)] == [
        (shot.open_at, shot.close_at) for shot in plan.shots
    ]
    assert states(ledger, window) == [ShotState.PLANNED] * 5


def test_beginning_a_known_window_again_gives_what_is_recorded(ledger: Ledger, window: WindowRecord, plan: Plan) -> None:
    ledger.arm(window.id, 0)
    assert ledger.begin("20180703-star-trail", "2012345", plan).id == window.id
    assert states(ledger, window)[0] is ShotState.ARMED


def test_what_was_written_of_a_plan_and_a_card_is_not_kept_in_memory(ledger: Ledger, window: WindowRecord, plan: Plan) -> None:
    """Statements are kept for their next use, and must not hold a long night's plan or a full card's listing for weeks."""
    ledger.replan(window.id, plan.model_copy(update={"notes": ("Newer elements.",)}))
    ledger.remember_card(window.id, ["/store_00010001/DCIM/100ND3S_/DSC_0001.JPG"])
    assert [one for one in held(dict) if isinstance(one.get("open_at"), str) and "exposure" in one] == []
    assert [one for one in held(list) if one == ["/store_00010001/DCIM/100ND3S_/DSC_0001.JPG"]] == []


def held(kind: type[Any]) -> list[Any]:
    """Every object of a kind that somebody still holds."""
    gc.collect()
    return [one for one in gc.get_objects() if type(one) is kind]


def test_two_bodies_on_one_window_are_two_records(ledger: Ledger, window: WindowRecord, plan: Plan) -> None:
    assert ledger.begin("20180703-star-trail", "2012346", plan).id != window.id


def test_a_shot_goes_from_planned_to_exposed(ledger: Ledger, window: WindowRecord, plan: Plan) -> None:
    opened = plan.shots[0].open_at + timedelta(microseconds=1300)
    ledger.arm(window.id, 0)
    ledger.exposed(window.id, 0, opened, 0.0013, opened + timedelta(seconds=30))
    shot = ledger.shots(window.id)[0]
    assert (shot.state, shot.opened_at, shot.opened_late_s) == (ShotState.EXPOSED, opened, 0.0013)


def test_a_missed_shot_keeps_its_reason(ledger: Ledger, window: WindowRecord) -> None:
    ledger.missed(window.id, 3, "The card was full.")
    assert ledger.shots(window.id)[3].reason == "The card was full."


def test_a_shot_is_never_exposed_without_having_been_armed(ledger: Ledger, window: WindowRecord, plan: Plan) -> None:
    at = plan.shots[0].open_at
    with pytest.raises(ValueError, match="cannot turn exposed"):
        ledger.exposed(window.id, 0, at, 0.0, at)


def test_a_missed_shot_stays_missed(ledger: Ledger, window: WindowRecord) -> None:
    ledger.missed(window.id, 0, "late")
    with pytest.raises(ValueError, match="cannot turn armed"):
        ledger.arm(window.id, 0)


def test_a_window_does_not_go_back(ledger: Ledger, window: WindowRecord) -> None:
    ledger.enter(window.id, WindowPhase.SETTLING)
    with pytest.raises(ValueError, match="cannot turn shooting"):
        ledger.enter(window.id, WindowPhase.SHOOTING)


def test_a_frame_goes_from_the_card_to_safe(ledger: Ledger, window: WindowRecord) -> None:
    ledger.on_card(window.id, 0, FILE)
    frame = ledger.frames(window.id)[0]
    ledger.drained(frame.id, Fetched(5, "ab" * 32), "s/w/f.jpg")
    ledger.stored(frame.id, "archive", "s/w/f.jpg")
    ledger.safe(frame.id)
    frame = ledger.frames(window.id)[0]
    assert (frame.state, frame.size, frame.sha256, frame.copies) == (FrameState.SAFE, 5, "ab" * 32, (("archive", "s/w/f.jpg"),))


def test_saying_twice_that_a_file_is_there_changes_nothing(ledger: Ledger, window: WindowRecord) -> None:
    ledger.on_card(window.id, 0, FILE)
    ledger.on_card(window.id, 1, FILE)
    assert [frame.shot_index for frame in ledger.frames(window.id)] == [0]


def test_a_refused_transition_leaves_no_event(ledger: Ledger, window: WindowRecord) -> None:
    with pytest.raises(ValueError, match="cannot turn"):
        ledger.safe(99)
    assert [(event.kind, event.window_id) for event in ledger.events()] == [("window-planned", window.id)]


def test_what_was_written_is_there_after_opening_again(
    ledger: Ledger, window: WindowRecord, place: Place, clock: VirtualClock
) -> None:
    ledger.arm(window.id, 0)
    ledger.remember_card(window.id, {"/a", "/b"})
    ledger.close()
    again = open_ledger(place, clock)
    found = again.unfinished("2012345")
    assert [(one.id, one.card_before) for one in found] == [(window.id, frozenset({"/a", "/b"}))]
    assert again.shots(window.id)[0].state is ShotState.ARMED
    again.close()


def test_a_closed_window_is_not_taken_up_again(ledger: Ledger, window: WindowRecord) -> None:
    for phase in (WindowPhase.SETTLING, WindowPhase.DRAINING, WindowPhase.CLOSED):
        ledger.enter(window.id, phase)
    assert ledger.unfinished("2012345") == []


@pytest.mark.parametrize(
    "name", ["DSC\0_1.JPG", "DSC\ud800.JPG", "a\nb.JPG", "'; DROP TABLE frames; --", "../../etc/passwd", "%s😀"]
)
def test_whatever_a_body_calls_a_file_is_kept_once(ledger: Ledger, window: WindowRecord, name: str) -> None:
    for _ in range(2):
        ledger.on_card(window.id, 0, CardFile("/store", name))
    assert len(ledger.frames(window.id)) == 1
    ledger.missed(window.id, 1, f"No file {name}.")
    ledger.remember_card(window.id, [name])

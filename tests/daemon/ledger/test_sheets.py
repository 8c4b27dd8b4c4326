"""The contact sheet of a window, and what a person thinks of its frames."""

import pytest

from nightside.ledger.records import WindowRecord
from nightside.ledger.states import ShotState
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside_drivers.api import CardFile, Fetched
from tests.daemon.ledger.replay import replayed, stored

FOLDER = "/store_00010001/DCIM/100ND3S_"


@pytest.fixture
def window(ledger: Ledger, plan: Plan) -> WindowRecord:
    """A window whose first three shots each have a pair of files, and one file that no shot explains."""
    window = ledger.begin("20180703-star-trail", "2012345", plan)
    for index in range(3):
        for ending in ("NEF", "JPG"):
            ledger.on_card(window.id, index, CardFile(FOLDER, f"DSC_{index:04}.{ending}"))
    ledger.on_card(window.id, None, CardFile(FOLDER, "DSC_9999.JPG"), adopted=True)
    return window


def test_a_sheet_has_the_shots_that_were_asked_for_and_their_files(ledger: Ledger, window: WindowRecord) -> None:
    shots, frames = ledger.sheet(window.id, range(1, 3))
    assert [shot.index for shot in shots] == [1, 2]
    assert [frame.shot_index for frame in frames] == [1, 1, 2, 2]
    assert ledger.sheet(window.id, range(100, 200)) == ([], [])
    assert ledger.shot_counts(window.id) == {ShotState.PLANNED: len(ledger.shots(window.id))}


def test_files_without_a_shot_have_a_list_of_their_own(ledger: Ledger, window: WindowRecord) -> None:
    (found,) = ledger.unexplained(window.id, after=0, limit=10)
    assert found.file.name == "DSC_9999.JPG"
    assert ledger.unexplained(window.id, after=found.id, limit=10) == []


def test_the_files_of_a_frame_are_judged_together_and_no_other(ledger: Ledger, window: WindowRecord) -> None:
    nef, jpeg = ledger.sheet(window.id, range(1))[1]
    assert [frame.rating for frame in ledger.rate(jpeg.id, 4)] == [4, 4]
    assert [frame.id for frame in ledger.rated(window.id, range(3, 6), after=0, limit=10)] == [nef.id, jpeg.id]
    ledger.rate(nef.id, -1)
    assert ledger.rated(window.id, range(6), after=0, limit=10) == []
    assert {frame.id for frame in ledger.rated(window.id, range(-1, 0), after=0, limit=10)} == {nef.id, jpeg.id}
    ledger.rate(nef.id, None)
    assert ledger.rated(window.id, range(-1, 6), after=0, limit=10) == []


@pytest.mark.parametrize("rating", [-2, 6])
def test_there_are_five_stars_and_one_way_to_reject(ledger: Ledger, window: WindowRecord, rating: int) -> None:
    (frame, _) = ledger.sheet(window.id, range(1))[1]
    with pytest.raises(ValueError, match="is none"):
        ledger.rate(frame.id, rating)


def test_what_a_person_thought_follows_from_the_events_alone(ledger: Ledger, window: WindowRecord) -> None:
    frame = ledger.frames(window.id)[5]
    ledger.rate(frame.id, 5)
    ledger.rate(frame.id, 2)
    assert replayed(ledger.events()) == stored(ledger)


def test_the_newest_frame_of_a_body_is_the_one_that_came_last_and_can_be_looked_at(
    ledger: Ledger, window: WindowRecord
) -> None:
    assert ledger.newest("2012345") is None, "all of them are on the card alone"
    for frame in ledger.sheet(window.id, range(2))[1]:
        ledger.drained(frame.id, Fetched(10, "a" * 64), f"there/{frame.id}")
    newest = ledger.newest("2012345")
    assert newest is not None
    assert (newest.file.name, newest.shot_index) == ("DSC_0001.JPG", 1)
    assert ledger.newest("another") is None

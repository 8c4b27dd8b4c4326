"""What a person does to pictures with the buttons on the body, and what the initiator hears of it."""

import pytest

from nightside_drivers.testing.initiator import Initiator
from nightside_drivers.twin.codes import Event, Operation, Response
from nightside_drivers.twin.playback import NotPossible, erase, protect

JPEG, NEF = "DCIM/100ND3S_/DSC_0001.JPG", "DCIM/100ND3S_/DSC_0001.NEF"


@pytest.fixture
def pair(initiator: Initiator) -> Initiator:
    """A NEF and a JPEG of one frame, and no event that waits."""
    initiator.set(0x5004, 7, 1)
    initiator.shoot()
    initiator.events()
    return initiator


def test_an_erased_picture_is_gone_and_the_initiator_is_told_of_each_file(pair: Initiator) -> None:
    handles = pair.handles()
    free = pair.body.bay.cards[0].free_bytes
    assert set(erase(pair.body, 1, JPEG)) == {JPEG, NEF}
    assert sorted(pair.events()) == [(Event.OBJECT_REMOVED, handle) for handle in sorted(handles)]
    assert pair.names() == []
    assert pair.body.bay.cards[0].free_bytes > free
    assert pair.ask(Operation.GET_OBJECT, handles[0]).response == Response.INVALID_OBJECT_HANDLE


def test_what_an_initiator_deletes_itself_it_is_not_told_of(pair: Initiator) -> None:
    pair.ask(Operation.DELETE_OBJECT, pair.handles()[0])
    assert Event.OBJECT_REMOVED not in pair.happened()


def test_a_protected_picture_stays_whoever_wants_it_gone(pair: Initiator) -> None:
    handles = pair.handles()
    protect(pair.body, 1, NEF, on=True)
    assert sorted(pair.events()) == [(Event.OBJECT_INFO_CHANGED, handle) for handle in sorted(handles)]
    with pytest.raises(NotPossible, match="protected"):
        erase(pair.body, 1, JPEG)
    assert pair.ask(Operation.DELETE_OBJECT, handles[0]).response == Response.OBJECT_WRITE_PROTECTED
    protect(pair.body, 1, NEF, on=False)
    erase(pair.body, 1, JPEG)
    assert pair.handles() == []


@pytest.mark.parametrize(("slot", "file"), [(1, "DCIM/100ND3S_/DSC_0002.JPG"), (1, "DCIM"), (2, JPEG), (3, JPEG), (0, JPEG)])
def test_what_is_not_there_cannot_be_erased(pair: Initiator, slot: int, file: str) -> None:
    with pytest.raises(NotPossible):
        erase(pair.body, slot, file)
    assert len(pair.handles()) == 2


def test_a_locked_card_and_a_body_that_is_off_change_nothing(pair: Initiator) -> None:
    pair.body.bay.cards[0].write_protected = True
    with pytest.raises(NotPossible, match="write-protected"):
        erase(pair.body, 1, JPEG)
    with pytest.raises(NotPossible, match="write-protected"):
        protect(pair.body, 1, JPEG, on=True)
    pair.body.bay.cards[0].write_protected = False
    pair.body.switch(on=False)
    with pytest.raises(NotPossible, match="off"):
        erase(pair.body, 1, JPEG)

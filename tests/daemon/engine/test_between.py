"""Which frames may be drained while the window still runs."""

from datetime import UTC, datetime, timedelta

import pytest

from nightside.engine.between import beyond_doubt
from nightside.ledger.records import FrameRecord, ShotRecord
from nightside.ledger.states import FrameState, ShotState
from nightside_drivers.api import CardFile

START = datetime(2018, 7, 3, 20, 6, 34, tzinfo=UTC)
STATES = {"e": ShotState.EXPOSED, "m": ShotState.MISSED, "p": ShotState.PLANNED, "a": ShotState.ARMED}


def shots(states: str) -> list[ShotRecord]:
    return [
        ShotRecord(index, START, START + timedelta(seconds=30), STATES[state], None, None, None, None)
        for index, state in enumerate(states)
    ]


def frame(shot: int | None, name: str, folder: str = "/store_00010001/DCIM/100ND3S_") -> FrameRecord:
    file = CardFile(folder, name)
    return FrameRecord(hash(name) % 1000, 1, "s", "w", shot, file, FrameState.ON_CARD, None, None, None)


def frames(*of: int | None) -> list[FrameRecord]:
    return [frame(shot, f"DSC_{number:04}.NEF") for number, shot in enumerate(of, 1)]


@pytest.mark.parametrize(
    ("states", "of", "sure"),
    [
        ("eepp", (0, 1), [0, 1]),
        ("emep", (0, 2), [0, 2]),
        ("eeep", (0, 2), [0]),  # an event was lost: which of the two files is whose is not known yet
        ("eeep", (0, 1, 1, 2), [0]),  # two stems for one shot
        ("eaep", (0, 2), [0]),  # nobody knows what became of the second
        ("eepp", (0, 1, None), []),  # a file that no shot explains
        ("pppp", (), []),
    ],
)
def test_only_frames_whose_shots_are_beyond_doubt_are_taken(states: str, of: tuple[int | None, ...], sure: list[int]) -> None:
    assert [one.shot_index for one in beyond_doubt(shots(states), frames(*of))] == sure


def test_the_files_of_one_frame_on_two_cards_are_one_stem() -> None:
    pair = [frame(0, "DSC_0001.NEF"), frame(0, "DSC_0001.JPG"), frame(0, "DSC_0001.JPG", "/store_00020001/DCIM/100ND3S_")]
    assert beyond_doubt(shots("ep"), pair) == pair

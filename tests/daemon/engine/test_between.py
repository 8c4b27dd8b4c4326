"""Which frames may be drained while the window still runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.engine.between import LEAST_GAP_S, MARGIN_S, Between, beyond_doubt
from nightside.engine.hold import Hold, Patience
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.records import FrameRecord, ShotRecord
from nightside.ledger.states import FrameState, ShotState
from nightside.storage.drain import Drain
from nightside.storage.policy import DrainWhen
from nightside.storage.spool import Spool
from nightside.storage.traffic import Traffic
from nightside_drivers import bodies
from nightside_drivers.api import CardFile, Exposure
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.facts import load
from tests.daemon.engine.stage import Stage, plan_of

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


ENOUGH_S = MARGIN_S + LEAST_GAP_S + 0.1


@pytest.mark.parametrize(
    ("when", "gap_s", "worth_while"),
    [
        (DrainWhen.BETWEEN_WINDOWS, 3600.0, False),
        (DrainWhen.BETWEEN_SHOTS, 0.1, False),
        (DrainWhen.BETWEEN_SHOTS, ENOUGH_S, True),
        (DrainWhen.AT_ONCE, 0.1, True),
    ],
)
def test_whether_a_gap_is_worth_a_look_is_known_without_a_look(
    tmp_path: Path, when: DrainWhen, gap_s: float, *, worth_while: bool
) -> None:
    bodies.table()
    clock = VirtualClock(START)
    ledger = open_ledger(tmp_path / "ledger.sqlite", clock)
    window = ledger.begin("20180703-trial", "2012345", plan_of([Exposure(1.0)], pitch_s=1.2))
    journal = Journal(ledger)
    hold = Hold(TwinBody(BodyModel(load("d3s"), clock)), clock, Patience())
    drain = Drain(window, Spool(tmp_path / "spool"), journal, clock, Traffic())
    between = Between(window, when, drain, hold, journal, clock)
    assert between.worth_while(clock.monotonic() + gap_s) is worth_while
    journal.close()


@pytest.mark.parametrize("sync_s", [0.01, 0.1])
def test_no_gap_between_two_exposures_holds_a_disks_sync(tmp_path: Path, sync_s: float) -> None:
    opened: list[list[float]] = []
    for slow_s in (0.0, sync_s):
        stage = Stage(tmp_path / f"{slow_s}", sync_s=slow_s)
        stage.folder.mkdir()
        played = stage.play(plan_of([Exposure(2.0)] * 6, pitch_s=2.0))
        assert played.states == "eeeeee"
        opened.append([(one.opened_utc - START).total_seconds() for one in played.truth])
    assert opened[0] == opened[1]

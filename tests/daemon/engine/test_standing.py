"""How a window stands, on the board: shots and files as the ledger writes them down."""

import asyncio
from datetime import datetime, timedelta

import pytest

from nightside.clock import VirtualClock
from nightside.engine.notices import Notice, Notices
from nightside.engine.snapshot import Board
from nightside.engine.standing import Standing
from nightside.ledger.journal import Journal
from nightside.ledger.states import Flag, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside_drivers.api import CardFile, Fetched
from tests.daemon.conftest import START

FOLDER = "/store_00010001/DCIM/100ND3S_"


class Scene:
    """A ledger whose event table is heard, and a window in it."""

    def __init__(self, ledger: Ledger, clock: VirtualClock, plan: Plan) -> None:
        self.ledger, self.board = ledger, Board(clock)
        self.window_id = ledger.begin("20180703-trial", "2012345", plan).id
        self.standing = Standing(self.board)
        ledger.listener = lambda event: self.standing.hear(Notice(event["kind"], clock.utc(), "", {**event, **event["detail"]}))

    def begin(self) -> None:
        """Count this window from here on."""
        self.begin_with(self.window_id)

    def begin_with(self, window_id: int) -> None:
        """The same of another."""
        asyncio.run(self.standing.begin(window_id, Journal(self.ledger)))

    def expose(self, index: int) -> datetime:
        """One shot, a little late."""
        opened_at = START + timedelta(seconds=30.2 * index + 0.001)
        self.ledger.arm(self.window_id, index)
        self.ledger.exposed(self.window_id, index, opened_at, 0.001, opened_at + timedelta(seconds=30))
        return opened_at

    def find(self, index: int | None, name: str) -> int:
        """A file on the card; gives its number."""
        self.ledger.on_card(self.window_id, index, CardFile(FOLDER, name))
        return self.ledger.frames(self.window_id)[-1].id

    def keep(self, frame_id: int) -> None:
        """Drain it, and have every sink hold it."""
        self.ledger.drained(frame_id, Fetched(3, "0" * 64), f"frames/{frame_id}")
        self.ledger.safe(frame_id)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Taken, missed and safe."""
        return self.board.now.taken, self.board.now.missed, self.board.now.safe


@pytest.fixture
def scene(ledger: Ledger, clock: VirtualClock, plan: Plan) -> Scene:
    return Scene(ledger, clock, plan)


def test_each_line_of_the_event_table_is_counted_as_it_is_written(scene: Scene) -> None:
    scene.begin()
    opened_at = scene.expose(0)
    assert scene.counts == (1, 0, 0)
    frame_id = scene.find(0, "DSC_0001.NEF")
    assert scene.board.now.last_frame is not None
    assert scene.board.now.last_frame.id == frame_id
    assert scene.board.now.last_frame.stem == "DSC_0001"
    assert scene.board.now.last_frame.at == opened_at
    scene.keep(frame_id)
    scene.ledger.missed(scene.window_id, 1, "Skipped by hand.")
    assert scene.counts == (1, 1, 1)
    assert scene.board.now.window_id == scene.window_id


def test_a_shot_is_safe_when_all_its_files_are(scene: Scene) -> None:
    scene.begin()
    scene.expose(0)
    nef, jpeg = scene.find(0, "DSC_0001.NEF"), scene.find(0, "DSC_0001.JPG")
    scene.keep(nef)
    assert scene.counts == (1, 0, 0)
    scene.keep(jpeg)
    assert scene.counts == (1, 0, 1)


def test_a_file_that_proves_to_be_another_shots_takes_its_safety_with_it(scene: Scene) -> None:
    scene.begin()
    scene.expose(0)
    later = scene.expose(1)
    frame_id = scene.find(0, "DSC_0001.NEF")
    scene.ledger.reassign(frame_id, 1)
    scene.keep(frame_id)
    assert scene.counts == (2, 0, 1)
    assert scene.board.now.last_frame is not None
    assert scene.board.now.last_frame.at == later
    scene.ledger.flagged(frame_id, Flag.TORN, "It is not whole.")
    assert scene.counts == (1, 1, 0)
    assert scene.board.now.last_frame.at is None


def test_a_window_that_is_taken_up_again_stands_as_the_ledger_has_it(scene: Scene) -> None:
    scene.expose(0)
    frame_id = scene.find(0, "DSC_0001.NEF")
    scene.keep(frame_id)
    scene.ledger.missed(scene.window_id, 4, "Skipped by hand.")
    assert scene.counts == (0, 0, 0)  # nobody counted yet
    scene.begin()
    assert scene.counts == (1, 1, 1)
    assert scene.board.now.last_frame is not None


def test_what_other_windows_do_is_not_counted_and_a_new_one_begins_from_nothing(scene: Scene, plan: Plan) -> None:
    scene.begin()
    scene.expose(0)
    scene.find(0, "DSC_0001.NEF")
    other = scene.ledger.begin("20180704-trial", "2012345", plan).id
    scene.ledger.missed(other, 0, "Skipped by hand.")
    scene.ledger.enter(other, WindowPhase.SHOOTING)
    assert scene.counts == (1, 0, 0)
    scene.begin_with(other)
    assert scene.counts == (0, 1, 0)
    assert scene.board.now.last_frame is None


def test_notices_that_are_no_lines_of_the_table_change_nothing(scene: Scene, clock: VirtualClock) -> None:
    scene.begin()
    notices = Notices(clock)
    notices.listen(scene.standing.hear)
    notices.tell("window-armed", session="20180703-trial", window="1")
    assert scene.counts == (0, 0, 0)


@pytest.mark.parametrize("told_first", [True, False])
def test_half_of_a_pair_is_not_safe(scene: Scene, *, told_first: bool) -> None:
    scene.begin()
    if told_first:
        scene.ledger.set_to(scene.window_id, "NEF+Fine")
    scene.expose(0)
    scene.keep(scene.find(0, "DSC_0001.NEF"))
    assert scene.counts == (1, 0, 0 if told_first else 1)
    if not told_first:
        scene.ledger.set_to(scene.window_id, "NEF+Fine")
    assert scene.counts == (1, 0, 0)
    scene.keep(scene.find(0, "DSC_0001.JPG"))
    assert scene.counts == (1, 0, 1)

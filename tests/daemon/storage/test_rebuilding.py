"""A damaged ledger is set aside and made anew: nothing is deleted, nothing is doubled, and no more is claimed than is known."""

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.errors import LedgerDamaged
from nightside.ledger.backup import keep_copy
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.records import FrameRecord, WindowRecord
from nightside.ledger.setting_aside import new_one
from nightside.ledger.states import Flag, FrameState, ShotState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside.storage.feeding import Feeding
from nightside.storage.promises import promised
from nightside.storage.rebuilding import LOST_PLAN, UNKNOWN, Rebuilt, rebuild
from nightside.storage.sinks.folder import FolderSink
from nightside.storage.spool import Spool
from nightside.storage.templates import DEFAULT
from nightside_drivers.api import CardFile, Fetched

SESSION, SERIAL = "20180703-star-trail", "2012345"
FOLDER = "/store_00010001/DCIM/100ND3S_"


class Station:
    """A ledger, a spool and a sink in a folder, with a night in progress: the second of five shots is being exposed."""

    def __init__(self, folder: Path, clock: VirtualClock, plan: Plan) -> None:
        self.folder, self.clock, self.plan = folder, clock, plan
        self.path, self.spool = folder / "ledger.sqlite", folder / "spool"
        self.sink = FolderSink("frames", folder / "frames")

    def open(self) -> Ledger:
        return open_ledger(self.path, self.clock, "cupola")

    def rebuild(self) -> Rebuilt:
        lists = asyncio.run(promised([self.sink]))
        return rebuild(self.path, self.spool, lists, DEFAULT, self.clock, "cupola")

    def feed(self, ledger: Ledger) -> None:
        """Give the sink what it is owed, as the daemon does."""

        async def feed() -> None:
            journal = Journal(ledger)
            spool = await asyncio.to_thread(Spool, self.spool)
            feeding = Feeding([self.sink], spool, journal, self.clock, DEFAULT)
            async with feeding.running():
                assert await feeding.caught_up()

        self.clock.run(feed())

    def drain(self, ledger: Ledger, frame: FrameRecord, content: bytes, window: WindowRecord) -> None:
        index = "extra" if frame.shot_index is None else f"{frame.shot_index:05}"
        place = f"{window.session}/{window.name}/{SERIAL}-{index}-{frame.file.name.lower().replace('dsc', 'DSC')}"
        path = self.spool / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        ledger.drained(frame.id, Fetched(len(content), hashlib.sha256(content).hexdigest()), place)

    def begin(self) -> WindowRecord:
        """Shoot two frames, drain and store the first, and arm the third shot."""
        (self.folder / "frames").mkdir()
        ledger = self.open()
        window = ledger.begin(SESSION, SERIAL, self.plan)
        ledger.enter(window.id, WindowPhase.SHOOTING)
        ledger.remember_card(window.id, [f"{FOLDER}/DSC_0001.JPG"])
        for shot in self.plan.shots[:2]:
            ledger.arm(window.id, shot.index)
            ledger.exposed(window.id, shot.index, shot.open_at, 0.0, shot.close_at)
            ledger.on_card(window.id, shot.index, CardFile(FOLDER, f"DSC_{shot.index + 2:04}.JPG"))
        self.drain(ledger, ledger.frames(window.id)[0], b"the first", window)
        self.clock.advance((self.plan.shots[2].open_at - self.clock.utc()) / timedelta(seconds=1) + 1)
        ledger.arm(window.id, 2)
        ledger.close()
        return window

    def files(self, root: str) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder / root)): path.read_bytes() for path in sorted((self.folder / root).rglob("*.jpg"))
        }


@pytest.fixture
def station(tmp_path: Path, clock: VirtualClock, plan: Plan) -> Station:
    return Station(tmp_path, clock, plan)


@pytest.fixture
def opened(station: Station) -> Iterator[Callable[[], Ledger]]:
    """The ledger, opened; closed with the test."""
    ledgers: list[Ledger] = []

    def open_() -> Ledger:
        ledgers.append(station.open())
        return ledgers[-1]

    yield open_
    for ledger in ledgers:
        ledger.close()


def wreck(path: Path) -> bytes:
    """Leave nothing that can be read."""
    path.write_bytes(b"\xff" * path.stat().st_size)
    return path.read_bytes()


def scratch(path: Path, table: str) -> None:
    """Damage the pages of one table, as a bad sector does."""
    with closing(sqlite3.connect(path)) as db:
        (size,) = db.execute("PRAGMA page_size").fetchone()
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


def test_the_damaged_ledger_is_kept_as_it_was(station: Station, opened: Callable[[], Ledger]) -> None:
    station.begin()
    before = wreck(station.path)
    with pytest.raises(LedgerDamaged):
        opened()
    done = station.rebuild()
    assert done.aside.name.startswith("ledger.sqlite.damaged-2018")
    assert done.aside.read_bytes() == before
    assert opened().events()[-1].kind == "ledger-rebuilt"


def test_two_ledgers_that_are_damaged_in_one_second_are_both_kept(station: Station) -> None:
    station.begin()
    wreck(station.path)
    first = station.rebuild().aside
    second_before = wreck(station.path)
    second = station.rebuild().aside
    assert first != second
    assert second.read_bytes() == second_before


@pytest.mark.parametrize("table", ["events", "copies", "tallies", "readings"])
def test_a_night_goes_on_when_other_tables_than_its_own_are_damaged(
    station: Station, opened: Callable[[], Ledger], table: str
) -> None:
    window = station.begin()
    scratch(station.path, table)
    with pytest.raises(LedgerDamaged):
        opened()
    station.rebuild()
    ledger = opened()
    (again,) = ledger.unfinished(SERIAL)
    assert (again.plan, again.phase, again.card_before) == (
        window.plan,
        WindowPhase.SHOOTING,
        frozenset({f"{FOLDER}/DSC_0001.JPG"}),
    )
    states = [shot.state for shot in ledger.shots(again.id)]
    assert states == [ShotState.EXPOSED, ShotState.EXPOSED, ShotState.ARMED, ShotState.PLANNED, ShotState.PLANNED]
    frames = ledger.frames(again.id)
    assert [(frame.file.name, frame.state) for frame in frames] == [
        ("DSC_0002.JPG", FrameState.DRAINED),
        ("DSC_0003.JPG", FrameState.ON_CARD),
    ]


def test_shots_of_which_nothing_is_known_are_in_doubt_if_their_time_has_come(
    station: Station, opened: Callable[[], Ledger]
) -> None:
    station.begin()
    scratch(station.path, "shots")
    station.rebuild()
    ledger = opened()
    (window,) = ledger.unfinished(SERIAL)
    states = [shot.state for shot in ledger.shots(window.id)]
    assert states == [ShotState.EXPOSED, ShotState.EXPOSED, ShotState.ARMED, ShotState.PLANNED, ShotState.PLANNED]


def test_last_nights_copy_fills_what_the_damaged_ledger_lost(station: Station, opened: Callable[[], Ledger]) -> None:
    window = station.begin()
    keep_copy(station.path)
    wreck(station.path)
    station.rebuild()
    ledger = opened()
    assert [one.plan for one in ledger.windows()] == [window.plan]
    assert [frame.state for frame in ledger.frames()] == [FrameState.DRAINED, FrameState.ON_CARD]


def test_from_the_spool_alone_frames_are_known_again(station: Station, opened: Callable[[], Ledger]) -> None:
    window = station.begin()
    wreck(station.path)
    assert station.rebuild().hashed == 1
    ledger = opened()
    (again,) = ledger.windows()
    assert (again.session, again.name, again.serial, again.phase) == (SESSION, window.name, SERIAL, WindowPhase.CLOSED)
    assert again.plan.warnings == (LOST_PLAN,)
    (frame,) = ledger.frames(again.id)
    assert (frame.shot_index, frame.sha256) == (0, hashlib.sha256(b"the first").hexdigest())
    assert [shot.state for shot in ledger.shots(again.id)] == [ShotState.EXPOSED]


def test_nothing_is_stored_twice(station: Station, opened: Callable[[], Ledger]) -> None:
    station.begin()
    ledger = opened()
    station.feed(ledger)
    before = station.files("frames")
    assert len(before) == 1
    wreck(station.path)
    station.rebuild()
    ledger = opened()
    (frame,) = ledger.owed("frames")
    assert frame.state is FrameState.DRAINED  # it was safe, and has to be proved again
    station.feed(ledger)
    assert station.files("frames") == before
    again = open_ledger(station.path, station.clock)
    assert [one.state for one in again.frames()] == [FrameState.SAFE]
    again.close()


def test_what_only_a_sink_holds_is_known_and_not_called_safe(station: Station, opened: Callable[[], Ledger]) -> None:
    station.begin()
    station.feed(opened())
    ledger = opened()
    (safe,) = ledger.frames(state=FrameState.SAFE)
    ledger.pruned(safe.id)
    for path in station.spool.rglob("*.jpg"):
        path.unlink()
    ledger.close()
    wreck(station.path)
    station.rebuild()
    ledger = opened()
    (frame,) = ledger.frames()
    assert (frame.state, frame.spool_path, frame.sha256) == (FrameState.DRAINED, None, safe.sha256)
    assert [sink for sink, _ in frame.copies] == ["frames"]
    assert frame.error is not None
    assert "nightside verify" in frame.error
    assert ledger.owed("frames") == []
    station.feed(ledger)
    assert [one.state for one in opened().frames()] == [FrameState.DRAINED]


def test_a_rebuilt_frame_is_never_deleted_from_a_card(station: Station, opened: Callable[[], Ledger]) -> None:
    station.begin()
    scratch(station.path, "events")
    station.rebuild()
    ledger = opened()
    frame = ledger.frames()[0]
    ledger.stored(frame.id, "frames", "x")
    ledger.safe(frame.id)
    with pytest.raises(ValueError, match="cannot turn deletable"):
        ledger.deletable(frame.id)


def test_a_frame_that_is_drained_again_under_another_name_is_not_stored_again(
    station: Station, opened: Callable[[], Ledger], plan: Plan
) -> None:
    station.begin()
    wreck(station.path)
    station.rebuild()
    ledger = opened()
    window = ledger.begin(f"{SESSION}-2", SERIAL, plan)
    ledger.on_card(window.id, None, CardFile(FOLDER, "DSC_0002.JPG"), adopted=True)
    adopted = ledger.frames(window.id)[0]
    station.drain(ledger, adopted, b"the first", window)
    assert ledger.frames(window.id)[0].flag is Flag.KNOWN
    assert [frame.window_id for frame in ledger.owed("frames")] != [window.id]
    assert len(ledger.owed("frames")) == 1


def test_files_that_are_none_of_ours_are_left_alone(station: Station, opened: Callable[[], Ledger], tmp_path: Path) -> None:
    station.begin()
    folder = station.spool / SESSION / "20180703T200634Z"
    (folder / "notes.txt").write_text("by hand")
    (folder / "link.jpg").symlink_to("/etc/passwd")
    (station.spool / SESSION / "20189999T200634Z").mkdir()
    (station.spool / SESSION / "20189999T200634Z" / f"{SERIAL}-00001-DSC_0001.jpg").write_bytes(b"?")
    wreck(station.path)
    assert station.rebuild().nameless == 2
    assert len(opened().frames()) == 1
    assert (folder / "notes.txt").read_text() == "by hand"


def test_a_closed_window_that_lost_its_shots_says_so(station: Station, opened: Callable[[], Ledger]) -> None:
    window = station.begin()
    ledger = opened()
    for phase in (WindowPhase.SETTLING, WindowPhase.DRAINING, WindowPhase.CLOSED):
        ledger.enter(window.id, phase)
    ledger.close()
    scratch(station.path, "shots")
    station.rebuild()
    found = opened().shots(1)
    assert [shot.state for shot in found] == [ShotState.EXPOSED] * 2 + [ShotState.MISSED] * 3
    assert {shot.reason for shot in found[2:]} == {UNKNOWN}


@pytest.mark.parametrize("renamed", [True, False], ids=["after the first renaming", "before it"])
def test_a_power_cut_while_it_takes_its_place_loses_neither(
    station: Station, opened: Callable[[], Ledger], renamed: bool
) -> None:
    station.begin()
    new = new_one(station.path)
    open_ledger(new, station.clock).close()
    before = wreck(station.path)
    if renamed:
        station.path.rename(station.path.with_name("ledger.sqlite.damaged-x"))
        assert opened().windows() == []
        assert station.path.with_name("ledger.sqlite.damaged-x").read_bytes() == before
    else:
        with pytest.raises(LedgerDamaged):
            opened()
        assert station.rebuild().frames == 1

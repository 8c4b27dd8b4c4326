"""A ledger whose disk is full or read-only, or that somebody else holds: words, and no half of anything."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.errors import LedgerDamaged, LedgerRefused
from nightside.ledger.opening import open_ledger
from nightside.ledger.states import ShotState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside_drivers.api import CardFile, Fetched
from nightside_drivers.clock import pause
from tests.daemon.ledger.replay import replayed, stored
from tests.disks import small_disk as mounted

FILE = CardFile("/store", "DSC_0001.JPG")


@pytest.fixture
def ledger(tmp_path: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A ledger in a file that does not wait long."""
    monkeypatch.setattr("nightside.ledger.sqlite.BUSY_S", 0.3)
    opened = open_ledger(tmp_path / "ledger.sqlite", clock)
    yield opened
    opened.close()


@contextmanager
def held(path: Path) -> Generator[sqlite3.Connection]:
    """Another program that is writing."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_ledger_that_another_program_holds_is_waited_for(ledger: Ledger, tmp_path: Path, plan: Plan) -> None:
    window = ledger.begin("session", "2012345", plan)
    with held(tmp_path / "ledger.sqlite") as other:

        def let_go() -> None:
            pause(0.05)
            other.execute("COMMIT")

        thread = threading.Thread(target=let_go)
        thread.start()
        ledger.arm(window.id, 0)
        thread.join()
    assert ledger.shots(window.id)[0].state is ShotState.ARMED


def test_a_ledger_that_stays_held_is_told_and_nothing_is_half_written(ledger: Ledger, tmp_path: Path, plan: Plan) -> None:
    window = ledger.begin("session", "2012345", plan)
    with (
        held(tmp_path / "ledger.sqlite"),
        pytest.raises(LedgerRefused, match=r"held by another program.*no shot is taken.*database browser, and try again"),
    ):
        ledger.arm(window.id, 0)
    assert ledger.shots(window.id)[0].state is ShotState.PLANNED
    ledger.arm(window.id, 0)


def test_a_ledger_that_is_held_exclusively_is_not_taken_for_a_damaged_one(
    ledger: Ledger, tmp_path: Path, clock: VirtualClock
) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerRefused, match="held by another program") as refused:
            open_ledger(path, clock)
    assert not isinstance(refused.value, LedgerDamaged)
    open_ledger(path, clock).close()


def fill(act: Callable[[int], object]) -> None:
    """Do something until it is refused."""
    for number in range(500):
        act(number)


STEPS: dict[str, Callable[[Ledger, Plan], object]] = {
    "planning a window": lambda ledger, plan: ledger.begin("another session", "2012345", plan),
    "entering a phase": lambda ledger, _: ledger.enter(1, WindowPhase.SHOOTING),
    "listing a card": lambda ledger, _: ledger.remember_card(1, [f"/store/{number}" for number in range(2000)]),
    "arming": lambda ledger, _: ledger.arm(1, [0, 1, 2]),
    "missing": lambda ledger, _: ledger.missed(1, [3, 4], "late" * 500),
    "a file on the card": lambda ledger, _: ledger.on_card(1, 1, CardFile("/store", "x" * 3000)),
    "draining": lambda ledger, _: ledger.drained(1, Fetched(5, "ab" * 32), "s/" + "x" * 3000),
    "a failing sink": lambda ledger, _: ledger.sink_failed("nas", "storage-full", "x" * 3000),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_full_disk_at_any_write_is_told_and_leaves_no_half(
    ledger: Ledger, plan: Plan, step: Callable[[Ledger, Plan], object]
) -> None:
    ledger.begin("session", "2012345", plan)
    ledger.on_card(1, 0, FILE)
    cursor = ledger._engine.raw_connection().cursor()
    (pages,) = cursor.execute("PRAGMA page_count").fetchone()
    cursor.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(LedgerRefused, match="its disk is full"):
        fill(lambda number: ledger.failed(1, f"{number}{'x' * 2000}"))
    with pytest.raises(LedgerRefused, match="its disk is full"):  # now the last page is full to its last bytes
        fill(lambda number: ledger.failed(1, f"{number}"))
    before, events = stored(ledger), len(ledger.events())
    with pytest.raises(LedgerRefused, match=r"its disk is full.*What was written before is whole"):
        step(ledger, plan)
    assert stored(ledger) == before
    assert len(ledger.events()) == events
    cursor.execute("PRAGMA max_page_count=1000000")
    cursor.close()
    step(ledger, plan)  # there is room again
    assert replayed(ledger.events()) == stored(ledger)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "small") as folder:
        yield folder


def test_on_a_disk_that_is_really_full_every_refused_step_is_told_and_none_is_half_done(
    small_disk: Path, clock: VirtualClock, plan: Plan
) -> None:
    ledger = open_ledger(small_disk / "ledger.sqlite", clock)
    ledger.begin("session", "2012345", plan)
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        room = shutil.disk_usage(small_disk).free
        file.write(b"x" * (room - 40_000))
    with pytest.raises(LedgerRefused, match="its disk is full"):
        fill(lambda number: ledger.on_card(1, None, CardFile("/store", f"{number}-{'x' * 500}")))
    written = len(ledger.frames(1))
    assert written > 0
    assert replayed(ledger.events()) == stored(ledger)
    filler.unlink()
    ledger.on_card(1, None, FILE)
    ledger.close()
    again = open_ledger(small_disk / "ledger.sqlite", clock)
    assert len(again.frames(1)) == written + 1
    again.close()


def test_a_new_ledger_on_a_full_disk_is_refused_in_words(small_disk: Path, clock: VirtualClock) -> None:
    with (small_disk / "filler").open("wb", buffering=0) as file:
        file.write(b"x" * shutil.disk_usage(small_disk).free)
    with pytest.raises(LedgerRefused, match="disk is full"):
        open_ledger(small_disk / "ledger.sqlite", clock)


def test_a_ledger_that_turns_read_only_is_told(ledger: Ledger, plan: Plan) -> None:
    ledger.begin("session", "2012345", plan)
    cursor = ledger._engine.raw_connection().cursor()
    cursor.execute("PRAGMA query_only=ON")  # SQLite says the same of a disk that was mounted anew, read-only
    with pytest.raises(LedgerRefused, match=r"cannot be written: .*readonly.*permissions or its disk"):
        ledger.arm(1, 0)
    cursor.execute("PRAGMA query_only=OFF")
    cursor.close()
    assert ledger.shots(1)[0].state is ShotState.PLANNED

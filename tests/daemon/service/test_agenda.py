"""The agenda, on a clock that is not the machine's."""

import asyncio
from datetime import timedelta
from pathlib import Path

from structlog.testing import capture_logs

from nightside.clock import VirtualClock
from nightside.engine.notices import Notices
from nightside.engine.snapshot import Board
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.states import WindowPhase
from nightside.ledger.store import Ledger
from nightside.service.agenda import Agenda, Entry, EntryKind
from nightside.service.drains import PENDING, Drains
from nightside.service.foreseen import Foreseen


def test_a_look_comes_at_once_and_then_at_every_interval_of_clock_time(clock: VirtualClock) -> None:
    begun, looks = clock.utc(), list[timedelta]()

    def look() -> None:
        looks.append(clock.utc() - begun)

    async def main() -> None:
        agenda = Agenda(clock)
        agenda.every(timedelta(hours=6), "element-age", look)
        async with agenda:
            for hours in (1, 5, 6.5, 12, 18.5):
                await clock.sleep_until(hours * 3600)

    clock.run(main())
    assert [round(look / timedelta(hours=1), 3) for look in looks] == [0, 6, 12, 18]


def test_a_finding_is_logged_when_it_appears_and_when_it_has_gone(clock: VirtualClock) -> None:
    findings: list[str | None] = ["The disk is full.", "The disk is full.", None, None]

    async def main() -> dict[str, str]:
        agenda = Agenda(clock)
        agenda.every(timedelta(hours=1), "room", lambda: findings.pop(0))
        async with agenda:
            await clock.sleep_until(1.5 * 3600)
            wrong = agenda.findings
            await clock.sleep_until(3.5 * 3600)
        assert agenda.findings == {}
        return wrong

    with capture_logs() as lines:
        wrong = clock.run(main())
    assert wrong == {"room": "The disk is full."}
    assert [(line["log_level"], line["finding"]) for line in lines] == [
        ("warning", "The disk is full."),
        ("info", "All is well again."),
    ]


def test_a_look_that_was_slept_through_is_made_up_for(clock: VirtualClock) -> None:
    looks: list[float] = []

    async def main() -> None:
        agenda = Agenda(clock)
        agenda.every(timedelta(hours=1), "room", lambda: looks.append(clock.monotonic()))
        async with agenda:
            await clock.sleep_until(60)
            clock.advance(50 * 3600)  # the laptop's lid was closed
            await clock.sleep_until(clock.monotonic() + 60)

    clock.run(main())
    assert len(looks) == 2


def live(path: Path, clock: VirtualClock, seconds: float, *, at_once: bool, found: str | None = None) -> list[float]:
    """One daemon's agenda over a ledger, for so long; the clock times at which its one daily entry came."""
    came: list[float] = []

    def look() -> str | None:
        came.append(clock.monotonic())
        return found

    async def main() -> None:
        journal = Journal(await asyncio.to_thread(open_ledger, path, clock))
        agenda = await Agenda.kept(clock, journal)
        agenda.every(timedelta(days=1), "ledger-copy", look, at_once=at_once)
        async with agenda:
            await clock.sleep_until(clock.monotonic() + seconds)
        await asyncio.to_thread(journal.close)

    clock.run(main())
    return came


def test_a_restart_does_not_repeat_what_is_not_due(tmp_path: Path, clock: VirtualClock) -> None:
    path = tmp_path / "ledger.sqlite"
    first = live(path, clock, 3600.0, at_once=False)
    assert len(first) == 1
    assert live(path, clock, 20 * 3600.0, at_once=False) == []
    assert live(path, clock, 5 * 3600.0, at_once=False) == [first[0] + 86400.0]


def test_what_was_due_while_no_daemon_ran_comes_at_once_and_that_is_said(tmp_path: Path, clock: VirtualClock) -> None:
    path = tmp_path / "ledger.sqlite"
    (first,) = live(path, clock, 3600.0, at_once=False)
    clock.advance(3 * 86400.0)
    begins = clock.monotonic()
    with capture_logs() as lines:
        assert live(path, clock, 60.0, at_once=False) == [begins]
    assert [line["event"] for line in lines] == ["agenda-late"]
    ledger = open_ledger(path, clock)
    (kept,) = ledger.wakings()
    ledger.close()
    assert (kept.last_at - kept.due_at).total_seconds() == begins - first - 86400.0


def test_what_came_of_an_entry_is_known_before_it_comes_again(tmp_path: Path, clock: VirtualClock) -> None:
    path = tmp_path / "ledger.sqlite"
    live(path, clock, 60.0, at_once=True, found="There is no room for a copy.")

    async def main() -> Entry:
        journal = Journal(await asyncio.to_thread(open_ledger, path, clock))
        agenda = await Agenda.kept(clock, journal)
        agenda.every(timedelta(days=1), "ledger-copy", lambda: None, at_once=False)
        await asyncio.to_thread(journal.close)
        return agenda.entries[0]

    entry = clock.run(main())
    assert entry.finding == "There is no room for a copy."
    assert entry.next_at is not None
    assert entry.last_at is not None
    assert entry.next_at - entry.last_at == timedelta(days=1)
    assert entry.took_s == 0.0


def test_an_entry_that_fails_says_so_and_comes_again(clock: VirtualClock) -> None:
    times: list[float] = []

    def look() -> None:
        times.append(clock.monotonic())
        raise RuntimeError("the bus is gone")

    async def main() -> Entry:
        agenda = Agenda(clock)
        agenda.every(timedelta(hours=1), "bus", look)
        async with agenda:
            await clock.sleep_until(1.5 * 3600)
            return agenda.entries[0]

    assert clock.run(main()).finding == "It failed: the bus is gone"
    assert len(times) == 2


def test_the_windows_that_come_are_on_it_until_they_begin(clock: VirtualClock) -> None:
    async def main() -> list[list[str]]:
        agenda = Agenda(clock)
        agenda.foresee(Foreseen(tuple((clock.utc() + timedelta(hours=hours), "dark") for hours in (1, 3))))
        seen = [[entry.name for entry in agenda.entries]]
        await clock.sleep_until(2 * 3600)
        return [*seen, [entry.name for entry in agenda.entries]]

    first, later = clock.run(main())
    assert (len(first), later) == (2, first[1:])


def test_what_is_wanted_soon_comes_now_and_from_then_on_at_its_interval(clock: VirtualClock) -> None:
    begun, looks = clock.utc(), list[timedelta]()

    async def main() -> None:
        agenda = Agenda(clock)
        agenda.every(timedelta(hours=1), "windows-ahead", lambda: looks.append(clock.utc() - begun))
        async with agenda:
            await clock.sleep_until(0.5 * 3600)
            agenda.soon("windows-ahead")
            await clock.sleep_until(2 * 3600)
        agenda.soon("windows-ahead")  # it is over: nothing comes any more

    clock.run(main())
    assert [round(look / timedelta(hours=1), 3) for look in looks] == [0, 0.5, 1.5]


def test_what_is_tried_comes_first_after_a_while_and_a_restart_changes_nothing(tmp_path: Path, clock: VirtualClock) -> None:
    begun, came = clock.utc(), list[float]()

    async def trial() -> str | None:
        came.append((clock.utc() - begun) / timedelta(hours=1))
        return "The line is gone."

    async def life(hours: float) -> Entry:
        journal = Journal(await asyncio.to_thread(open_ledger, tmp_path / "ledger.sqlite", clock))
        agenda = await Agenda.kept(clock, journal)
        agenda.trying(timedelta(days=1), "self-test", trial, timedelta(hours=1))
        async with agenda:
            await clock.sleep_until(clock.monotonic() + hours * 3600)
            entry = agenda.entries[0]
        await asyncio.to_thread(journal.close)
        return entry

    assert clock.run(life(0.5)).last_at is None
    assert clock.run(life(2)).finding == "The line is gone."
    assert clock.run(life(10)).last_at is not None
    clock.run(life(20))
    assert [round(hours, 3) for hours in came] == [1.5, 25.5]


def test_what_the_engine_drains_is_on_it_with_how_long_it_took_and_when_it_comes_again(
    tmp_path: Path, clock: VirtualClock
) -> None:
    ends = clock.utc() + timedelta(hours=1)
    board = Board(clock)
    board.publish(phase=WindowPhase.PLANNED, ends_at=ends)

    async def main() -> list[Entry]:
        journal = Journal(await asyncio.to_thread(open_ledger, tmp_path / "ledger.sqlite", clock))
        agenda = await Agenda.kept(clock, journal)
        notices = Notices(clock)
        notices.listen(Drains(agenda, lambda: (board.now,), clock).hear)
        seen: list[Entry] = []
        async with agenda:
            seen += agenda.entries
            notices.pass_on("window-draining", {"window_id": 1})
            await clock.sleep_until(clock.monotonic() + 90)
            seen += agenda.entries
            notices.pass_on("window-closed", {"window_id": 1})
            seen += agenda.entries
        seen += (await Agenda.kept(clock, journal)).entries
        kept = await journal.do(Ledger.wakings)
        await asyncio.to_thread(journal.close)
        assert [(one.name, one.took_s, one.finding) for one in kept] == [("drain", 90.0, None)]
        return seen

    before, during, after = clock.run(main())
    assert (before.kind, before.next_at, before.last_at) == (EntryKind.ENGINE, ends, None)
    assert during.finding == PENDING
    assert (after.finding, after.took_s, after.last_at) == (None, 90.0, during.last_at)

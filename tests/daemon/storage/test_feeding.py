"""Feeding sinks for as long as it takes, on a virtual clock: whatever one does, the others and the night go on."""

import asyncio
import gc
import itertools
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from nightside.clock import VirtualClock
from nightside.errors import LedgerRefused
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import FrameState
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside.storage.feeding import GIVE_WAY, LONGEST_PAUSE_S, Feeding
from nightside.storage.sinks.sink import Copy, CopyDiffers, SinkDown
from tests.daemon.storage.station import Station, feed, known_sink


@pytest.fixture
def station(tmp_path: Path, clock: VirtualClock, ledger: Ledger, plan: Plan) -> Station:
    return Station(tmp_path, clock, ledger, plan)


async def down(_: Copy) -> None:
    raise SinkDown("The server is down.")


async def hanging(_: Copy) -> None:
    await asyncio.Event().wait()


def test_frames_are_safe_once_the_required_sinks_hold_them(clock: VirtualClock, station: Station) -> None:
    station.drain(3)
    near, far = station.sink("near"), station.sink("far", required=False)

    async def night() -> None:
        async with station.feeding(near, far) as feeding:
            assert await feeding.caught_up()

    clock.run(night())
    assert station.states() == [FrameState.SAFE] * 3
    assert len(station.held_by("near")) == 3
    assert (station.tmp_path / "near/20180703-star-trail/manifest-sha256.txt").read_text().count("\n") == 3


def test_a_sink_that_hangs_holds_up_no_other_and_no_frame_is_called_safe(clock: VirtualClock, station: Station) -> None:
    station.drain(2)
    dead, well = station.sink("dead"), station.sink("well")
    dead.mood = hanging

    async def night() -> None:
        async with station.feeding(dead, well) as feeding:
            assert not await feeding.caught_up(clock.monotonic() + 600)

    clock.run(night())
    assert len(station.held_by("well")) == 2
    assert station.states() == [FrameState.DRAINED] * 2


def test_an_optional_sink_that_hangs_keeps_nothing_from_being_safe(clock: VirtualClock, station: Station) -> None:
    station.drain(2)
    dead, well = station.sink("dead", required=False), station.sink("well")
    dead.mood = hanging

    async def night() -> None:
        async with station.feeding(dead, well) as feeding:
            assert await feeding.caught_up()

    clock.run(night())
    assert station.states() == [FrameState.SAFE] * 2


def test_a_sink_that_is_down_is_tried_for_as_long_as_it_takes_in_pauses_that_grow(
    clock: VirtualClock, station: Station
) -> None:
    station.drain()
    sink = station.sink("nas")
    sink.mood = down

    async def night() -> None:
        async with station.feeding(sink) as feeding:
            assert not await feeding.caught_up()
            assert len(sink.asked) == GIVE_WAY  # then nobody waits for it any more
            (state,) = feeding.states
            assert (state.backlog, state.failing_since, state.why) == (
                1,
                clock.utc() - timedelta(seconds=15),
                "The server is down.",
            )
            await clock.sleep_until(7200)
            sink.mood = None
            await clock.sleep_until(7200 + LONGEST_PAUSE_S)
            assert await feeding.caught_up()
            assert feeding.states[0].failing_since is None

    clock.run(night())
    times = [at for at, _ in sink.asked]
    pauses = [later - at for at, later in itertools.pairwise(times)]
    assert pauses[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert set(pauses[9:]) == {300}
    assert station.states() == [FrameState.SAFE]
    kinds = [event.kind for event in station.ledger.events()]
    assert (kinds.count("sink-failed"), kinds.count("sink-well")) == (1, 1)  # once when it starts, once when it ends


def test_what_is_drained_while_a_sink_is_down_arrives_when_it_is_back(clock: VirtualClock, station: Station) -> None:
    sink = station.sink("nas")
    sink.mood = down

    async def night() -> None:
        async with station.feeding(sink) as feeding:
            for _ in range(5):
                await station.journal.do(lambda _: station.drain())
                feeding.wake()
                await clock.sleep_until(clock.monotonic() + 100)
            sink.mood = None
            await clock.sleep_until(clock.monotonic() + 400)

    clock.run(night())
    assert station.states() == [FrameState.SAFE] * 5


def test_a_drained_frame_is_found_even_if_nobody_says_so(clock: VirtualClock, station: Station) -> None:
    sink = station.sink("nas")

    async def night() -> None:
        async with station.feeding(sink) as feeding:
            assert await feeding.caught_up()
            await station.journal.do(lambda _: station.drain())
            await clock.sleep_until(100)

    clock.run(night())
    assert station.states() == [FrameState.SAFE]


def test_a_frame_that_a_sink_refuses_holds_up_no_other(clock: VirtualClock, station: Station) -> None:
    station.drain(4)
    sink = station.sink("nas")

    async def particular(copy: Copy) -> None:
        if copy.path.endswith("DSC_0001.jpg"):
            raise CopyDiffers("Something else is there.")

    sink.mood = particular

    async def night() -> None:
        async with station.feeding(sink) as feeding:
            assert not await feeding.caught_up()
            assert feeding.states[0].why == "Something else is there."
            assert feeding.states[0].backlog == 1
            await station.journal.do(lambda _: station.drain())
            feeding.wake()
            assert not await feeding.caught_up()
            assert len(station.held_by("nas")) == 4  # the new one did not wait for the refused one
            sink.mood = None  # somebody moved it aside
            await clock.sleep_until(clock.monotonic() + LONGEST_PAUSE_S)

    clock.run(night())
    assert station.states() == [FrameState.SAFE] * 5
    assert sum(name.endswith("0001.jpg") for _, name in sink.asked) < 10


def test_a_later_sink_waits_for_an_earlier_one_unless_that_fails(clock: VirtualClock, station: Station) -> None:
    first, second = station.sink("first", order=1), station.sink("second", order=2)
    arrived: list[str] = []

    def slowly(name: str) -> Callable[[Copy], Coroutine[Any, Any, None]]:
        async def store(_: Copy) -> None:
            await clock.sleep_until(clock.monotonic() + 10)
            arrived.append(name)

        return store

    first.mood, second.mood = slowly("first"), slowly("second")
    station.drain(3)

    async def night() -> None:
        async with station.feeding(second, first) as feeding:
            assert await feeding.caught_up()
            assert arrived == ["first"] * 3 + ["second"] * 3
            first.mood = down
            await station.journal.do(lambda _: station.drain())
            feeding.wake()
            await clock.sleep_until(clock.monotonic() + 20)
            assert arrived[6:] == ["second"]

    clock.run(night())


def test_what_a_kill_left_unsaid_is_said_at_the_next_start(clock: VirtualClock, station: Station) -> None:
    station.drain(2)
    sink = station.sink("nas")
    first, second = station.ledger.frames(station.window.id)
    station.ledger.stored(first.id, "nas", "20180703-star-trail/w/a.jpg")  # killed before it was called safe
    station.ledger.stored(second.id, "nas", "20180703-star-trail/w/b.jpg")  # and before the manifest was written

    async def night() -> None:
        async with station.feeding(sink) as feeding:
            assert await feeding.caught_up()

    clock.run(night())
    assert station.states() == [FrameState.SAFE] * 2
    manifest = (station.tmp_path / "nas/20180703-star-trail/manifest-sha256.txt").read_text()
    assert "w/a.jpg" in manifest
    assert "w/b.jpg" in manifest
    assert sink.asked == []  # nothing is stored twice


def test_a_ledger_that_refuses_ends_the_night(clock: VirtualClock, station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    station.drain()

    def refuse(*_: object) -> None:
        raise LedgerRefused("The disk of the ledger is full.")

    monkeypatch.setattr(Ledger, "stored", refuse)

    async def night() -> None:
        async with station.feeding(station.sink("nas")) as feeding:
            await feeding.caught_up()

    with pytest.raises(LedgerRefused, match="disk of the ledger is full"):
        clock.run(night())


def test_whoever_waits_does_not_wait_beyond_the_next_window(clock: VirtualClock, station: Station) -> None:
    station.drain(10)
    sink = station.sink("slow")

    async def slow(_: Copy) -> None:
        await clock.sleep_until(clock.monotonic() + 100)

    sink.mood = slow

    async def night() -> None:
        async with station.feeding(sink) as feeding:
            assert not await feeding.caught_up(250)
            assert clock.monotonic() == timedelta(seconds=250).total_seconds()
            assert await feeding.caught_up()

    clock.run(night())
    assert station.states() == [FrameState.SAFE] * 10


def test_a_long_backlog_goes_in_pages_past_what_is_refused(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightside.storage.feeding.AT_ONCE", 2)
    station.drain(9)
    sink, backlogs = station.sink("near"), list[int]()

    async def refuse_the_first_three(copy: Copy) -> None:
        backlogs.append(feeding.states[0].backlog)
        if copy.path.endswith(("0000.jpg", "0001.jpg", "0002.jpg")):
            raise CopyDiffers("Something else is there.")

    sink.mood = refuse_the_first_three
    feeding = Feeding([sink], station.spool, station.journal, station.clock)

    async def night() -> None:
        async with feeding.running():
            assert not await feeding.caught_up(station.clock.monotonic() + 600)

    station.clock.run(night())
    assert len(station.held_by("near")) == 6
    assert backlogs[:3] == [9, 9, 9]
    assert feeding.states[0].backlog == 3


def test_of_weeks_of_windows_only_the_latest_are_kept_in_memory(clock: VirtualClock, station: Station, plan: Plan) -> None:
    ids = [station.ledger.begin(f"2018{number:04}-star-trail", "2012345", plan).id for number in range(1, 31)]

    async def weeks() -> None:
        async with station.feeding(station.sink("near")) as feeding:
            for one in ids:
                assert (await feeding.window(one)).id == one
            gc.collect()
            assert sum(isinstance(one, WindowRecord) for one in gc.get_objects()) < 15

    clock.run(weeks())


def test_a_manifest_keeps_what_another_station_put_beside_our_frames(station: Station) -> None:
    station.drain(2)
    feed(station, known_sink(station))
    manifest = station.tmp_path / "usb/20180703-star-trail/manifest-sha256.txt"
    theirs = f"{'ab' * 32}  20180703T190000Z/2099999-00000-DSC_0001.jpg\n"
    manifest.write_text(theirs)
    station.drain(1)
    feed(station, known_sink(station))
    assert theirs in manifest.read_text()
    assert manifest.read_text().count("\n") == 4


def test_a_crash_between_frames_of_two_sessions_leaves_neither_without_its_manifest(station: Station, plan: Plan) -> None:
    station.drain(1)
    station.window = station.ledger.begin("20180703-interval", "2012346", plan)
    station.drain(1)
    feed(station, known_sink(station))
    manifests = [
        station.tmp_path / "usb" / session / "manifest-sha256.txt" for session in ("20180703-star-trail", "20180703-interval")
    ]
    for manifest in manifests:
        manifest.unlink()  # as they are before the first of them is written
    feed(station, known_sink(station))
    assert [manifest.exists() for manifest in manifests] == [True, True]

"""A sink in whose place another stands, or that is known no more: what the first one held is not taken to be there."""

from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.ledger.states import FrameState
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside.storage.sinks.folder import FolderSink
from nightside.storage.sinks.marker import NOTES, Notes
from tests.daemon.storage.station import Station, feed, known_sink


@pytest.fixture
def station(tmp_path: Path, clock: VirtualClock, ledger: Ledger, plan: Plan) -> Station:
    return Station(tmp_path, clock, ledger, plan)


def test_a_disk_that_takes_the_place_of_another_is_not_taken_to_hold_what_the_other_held(station: Station) -> None:
    station.drain(3)
    feed(station, known_sink(station))
    assert station.states() == [FrameState.SAFE] * 3
    (station.tmp_path / "usb").rename(station.tmp_path / "drawer")
    (station.spool.root / NOTES / "usb.id").unlink()  # as the sink's own words say that a new disk is let in
    feed(station, known_sink(station))
    assert len(station.held_by("usb")) == 3
    assert station.states() == [FrameState.SAFE] * 3
    assert "frame-copy-lost" in {event.kind for event in station.ledger.events()}


def test_what_only_a_replaced_disk_held_is_safe_no_more(station: Station) -> None:
    """The spool's copy was removed long since: the new disk cannot get it, and the card may be the last that has it."""
    station.drain(2)
    feed(station, known_sink(station))
    first, _ = station.ledger.frames(station.window.id)
    station.ledger.pruned(first.id)
    (station.spool.root / (first.spool_path or "")).unlink()
    (station.tmp_path / "usb").rename(station.tmp_path / "drawer")
    (station.spool.root / NOTES / "usb.id").unlink()
    feed(station, known_sink(station))
    assert len(station.held_by("usb")) == 1
    assert station.states() == [FrameState.DRAINED, FrameState.SAFE]
    assert [len(frame.copies) for frame in station.ledger.frames(station.window.id)] == [0, 1]


def test_a_sink_that_is_known_again_keeps_what_it_holds(station: Station) -> None:
    """A new spool has no notes; the number in the sink is the same."""
    station.drain(2)
    feed(station, known_sink(station))
    (station.spool.root / NOTES / "usb.id").unlink()
    feed(station, known_sink(station))
    assert "frame-copy-lost" not in {event.kind for event in station.ledger.events()}


def test_a_sink_whose_note_is_gone_is_in_doubt_until_it_was_seen(station: Station) -> None:
    station.drain(1)
    feed(station, known_sink(station))
    (station.spool.root / NOTES / "usb.id").unlink()
    doubts: list[set[str]] = []

    async def night(*, plugged: bool) -> None:
        sink = FolderSink(
            "usb",
            station.tmp_path / "usb",
            notes=Notes(station.spool.root, "usb"),
            mount=None if plugged else station.tmp_path / "unplugged",
        )
        async with station.feeding(sink) as feeding:
            await feeding.caught_up(station.clock.monotonic() + 60)
            doubts.append(set(feeding.in_doubt))

    station.clock.run(night(plugged=False))
    station.clock.run(night(plugged=True))
    assert doubts == [{"usb"}, set()]

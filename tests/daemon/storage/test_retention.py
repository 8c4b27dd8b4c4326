"""Nothing goes that is not safe, and nothing that is not what it was."""

import asyncio
import hashlib
import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from nightside.engine.hold import Hold
from nightside.engine.housekeeping import Housekeeping
from nightside.ledger.states import Flag, FrameState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.storage.feeding import Feeding
from nightside.storage.policy import CardPolicy, Policy
from nightside.storage.retention import Retention
from nightside.storage.sinks.folder import FolderSink
from nightside_drivers.api import CardFile
from tests.daemon.storage.conftest import SERIAL, Dawn, Morning

DAY = timedelta(days=1)


async def safe(dawn: Dawn, sizes: list[int], sinks: Iterable[str] = ("disk",)) -> Morning:
    """A morning whose frames are drained, stored in these sinks, and safe; its window is closed."""
    morning = await asyncio.to_thread(dawn, sizes)
    await morning.drain().run(morning.body)
    for frame in await morning.frames():
        for sink in sinks:
            await morning.journal.do(Ledger.stored, frame.id, sink, "path")
        await morning.journal.do(Ledger.safe, frame.id)
    await morning.journal.do(Ledger.enter, morning.window.id, WindowPhase.CLOSED)
    return morning


def retention(morning: Morning, policy: Policy | None = None, others: Iterable[str] = ()) -> Retention:
    return Retention(policy or Policy(), morning.spool, morning.journal, morning.clock, ["disk"], others)


async def states(morning: Morning) -> list[FrameState]:
    return [frame.state for frame in await morning.frames()]


def card_path(morning: Morning, index: int) -> Path:
    return morning.body.card / f"store_00010001/DCIM/100ND3S_/DSC_{index + 1:04}.NEF"


async def on_card(morning: Morning) -> list[str]:
    return [file.name for file in await morning.body.files()]


async def test_what_is_safe_is_deleted_from_the_card(dawn: Dawn) -> None:
    morning = await safe(dawn, [500, 600])
    keeps = retention(morning)
    assert await keeps.clear_card(morning.body, await keeps.deletable(SERIAL)) == 2
    assert await on_card(morning) == []
    assert await states(morning) == [FrameState.DELETED] * 2


async def test_nothing_is_deletable_that_a_required_sink_does_not_hold(dawn: Dawn) -> None:
    """Also where the state says safe, because the sink was made required since."""
    morning = await safe(dawn, [500], sinks=["other"])
    assert await retention(morning).deletable(SERIAL) == []
    assert await Retention(Policy(), morning.spool, morning.journal, morning.clock, []).deletable(SERIAL) == []


async def test_nothing_is_deletable_while_a_window_of_that_body_is_open(dawn: Dawn) -> None:
    morning = await asyncio.to_thread(dawn, [500])
    await morning.drain().run(morning.body)
    (frame,) = await morning.frames()
    await morning.journal.do(Ledger.stored, frame.id, "disk", "path")
    await morning.journal.do(Ledger.safe, frame.id)
    assert await retention(morning).deletable(SERIAL) == []


@pytest.mark.parametrize("difference", ["size", "time"])
async def test_another_file_of_that_name_is_kept(dawn: Dawn, difference: str) -> None:
    """The counter passed 9999, or somebody changed the card."""
    morning = await safe(dawn, [500, 600])
    path = card_path(morning, 0)
    before = await asyncio.to_thread(path.stat)
    if difference == "size":
        await asyncio.to_thread(path.write_bytes, b"x" * 501)
        os.utime(path, (before.st_atime, before.st_mtime))
    else:
        os.utime(path, (before.st_atime, before.st_mtime + 2))
    keeps = retention(morning)
    assert await keeps.clear_card(morning.body, await keeps.deletable(SERIAL)) == 1
    assert await on_card(morning) == ["DSC_0001.NEF"]
    assert await states(morning) == [FrameState.SAFE, FrameState.DELETED]


async def test_a_daemon_that_ended_between_saying_and_deleting_finishes_it(dawn: Dawn) -> None:
    morning = await safe(dawn, [500, 600, 700])
    for frame in (await morning.frames())[:2]:
        await morning.journal.do(Ledger.deletable, frame.id)
    await asyncio.to_thread(card_path(morning, 0).unlink)  # of the first, even the deletion had been done
    keeps = retention(morning)
    await keeps.clear_card(morning.body, await keeps.deletable(SERIAL))
    assert await on_card(morning) == []
    assert await states(morning) == [FrameState.DELETED] * 3


async def test_of_a_card_that_is_out_nothing_is_said(dawn: Dawn) -> None:
    morning = await safe(dawn, [500])
    (frame,) = await morning.frames()
    await morning.journal.do(Ledger.deletable, frame.id)
    await asyncio.to_thread(card_path(morning, 0).unlink)
    keeps = retention(morning)
    assert await keeps.clear_card(morning.body, await keeps.deletable(SERIAL)) == 0
    assert await states(morning) == [FrameState.DELETABLE]


async def spooled(morning: Morning) -> int:
    return len(await asyncio.to_thread(lambda: list(morning.spool.root.rglob("*.nef"))))


async def test_spool_copies_go_when_they_are_old_and_all_sinks_hold_them(dawn: Dawn) -> None:
    morning = await safe(dawn, [500, 600])
    keeps = retention(morning, Policy(spool_keep=DAY))
    assert await keeps.prune() == 0
    morning.clock.advance(2 * 86_400)
    assert await retention(morning, Policy(spool_keep=DAY), others=["offsite"]).prune() == 0
    assert await keeps.prune() == 2
    assert await spooled(morning) == 0
    assert all(frame.pruned_at for frame in await morning.frames())


async def test_the_floor_takes_what_is_safe_and_leaves_what_is_not(dawn: Dawn) -> None:
    morning = await safe(dawn, [500, 600])
    assert await retention(morning, Policy(spool_floor=1 << 60), others=["offsite"]).prune() == 2
    assert await spooled(morning) == 0
    other = await asyncio.to_thread(morning.spool.path("unsafe.nef").write_bytes, b"x")
    assert other == 1
    assert await retention(morning, Policy(spool_floor=1 << 60)).prune() == 0
    assert await spooled(morning) == 1


async def test_what_was_only_said_to_be_pruned_is_pruned_at_the_next_start(dawn: Dawn) -> None:
    morning = await safe(dawn, [500])
    (frame,) = await morning.frames()
    await morning.journal.do(Ledger.pruned, frame.id)
    await retention(morning).resume()
    assert await spooled(morning) == 0


async def twins(dawn: Dawn, second: bytes) -> Morning:
    """Two files of one shot under one name, as on the two cards of a body; both are drained, the first is safe and pruned."""
    morning = await asyncio.to_thread(dawn, [500])
    (first,) = await morning.frames()
    folder = "store_00020001/DCIM/100ND3S_"
    other = morning.body.card / folder
    await asyncio.to_thread(other.mkdir, parents=True)
    await asyncio.to_thread((other / first.file.name).write_bytes, second or morning.content(first))
    await morning.drain().run(morning.body)
    await morning.journal.do(Ledger.stored, first.id, "disk", "path")
    await morning.journal.do(Ledger.safe, first.id)
    if not second:
        await morning.journal.do(Ledger.on_card, morning.window.id, 0, CardFile(f"/{folder}", first.file.name))
        await morning.drain().run(morning.body)
    assert await retention(morning, Policy(spool_floor=1 << 60)).prune() == 1
    if second:
        await morning.journal.do(Ledger.on_card, morning.window.id, 0, CardFile(f"/{folder}", first.file.name))
        await morning.drain().run(morning.body)
    return morning


@pytest.mark.parametrize("second", [b"", b"other bytes"], ids=["the same bytes, shared", "other bytes, drained later"])
async def test_a_file_stays_in_the_spool_that_another_card_s_frame_has_still(dawn: Dawn, second: bytes) -> None:
    morning = await twins(dawn, second)
    await retention(morning).resume()
    _, other = await morning.frames()
    held = await asyncio.to_thread(morning.spool.path(other.spool_path or "").read_bytes)
    assert hashlib.sha256(held).hexdigest() == other.sha256


async def test_a_name_that_sinks_know_is_not_given_to_other_bytes(dawn: Dawn) -> None:
    """The spool forgot the first file, and the sinks hold it under that name."""
    morning = await twins(dawn, b"other bytes")
    first, other = await morning.frames()
    assert first.spool_path != other.spool_path


async def test_nothing_is_removed_while_a_required_sink_may_be_another_one(dawn: Dawn, tmp_path: Path) -> None:
    morning = await safe(dawn, [500])
    feeding = Feeding([FolderSink("disk", tmp_path / "disk")], morning.spool, morning.journal, morning.clock)
    feeding.in_doubt.add("disk")
    policy = Policy(card=CardPolicy.DELETE_WHEN_SAFE, spool_floor=1 << 60)
    nobody = cast("Hold", None)  # the body is not even looked for
    await Housekeeping(policy, morning.spool, feeding, nobody, morning.journal, morning.clock).remove(morning.window)
    assert await states(morning) == [FrameState.SAFE]
    assert await spooled(morning) == 1


@pytest.mark.parametrize("partner", ["lacking", "on the card alone", "not in every required sink", "flagged"])
async def test_nothing_of_a_shot_goes_while_it_wants_another_file(dawn: Dawn, partner: str) -> None:
    """The card is the only place where what is lacking could still be."""
    morning = await asyncio.to_thread(dawn, [500, 600])
    await morning.journal.do(Ledger.set_to, morning.window.id, "NEF+Fine")
    await _second_files(morning, [1] if partner == "lacking" else [0, 1])
    await morning.drain().run(morning.body)
    for frame in await morning.frames():
        wanting = frame.shot_index == 0 and frame.file.name.endswith("JPG")
        if wanting and partner == "flagged":
            await morning.journal.do(Ledger.flagged, frame.id, Flag.TORN, "Its end is missing.")
        elif not wanting or partner == "not in every required sink":
            await morning.journal.do(Ledger.stored, frame.id, "other" if wanting else "disk", "path")
            await morning.journal.do(Ledger.safe, frame.id)
    await morning.journal.do(Ledger.enter, morning.window.id, WindowPhase.CLOSED)
    keeps = retention(morning)
    assert [frame.shot_index for frame in await keeps.deletable(SERIAL)] == [1, 1]
    await keeps.clear_card(morning.body, await keeps.deletable(SERIAL))
    assert {name.partition(".")[0] for name in await on_card(morning)} == {"DSC_0001"}


async def test_what_came_late_lets_the_whole_shot_go(dawn: Dawn) -> None:
    morning = await safe(dawn, [500])
    await morning.journal.do(Ledger.set_to, morning.window.id, "NEF+Fine")
    keeps = retention(morning)
    assert await keeps.deletable(SERIAL) == []
    await _second_files(morning, [0])
    await morning.drain().run(morning.body)
    frame = (await morning.frames())[1]
    await morning.journal.do(Ledger.stored, frame.id, "disk", "path")
    assert await keeps.deletable(SERIAL) == []
    await morning.journal.do(Ledger.safe, frame.id)
    assert await keeps.clear_card(morning.body, await keeps.deletable(SERIAL)) == 2
    assert await on_card(morning) == []


async def _second_files(morning: Morning, shots: Iterable[int]) -> None:
    """Put JPEGs of these shots on the card, and into the ledger."""
    for index in shots:
        await asyncio.to_thread(card_path(morning, index).with_suffix(".JPG").write_bytes, os.urandom(300 + index))
        file = CardFile("/store_00010001/DCIM/100ND3S_", f"DSC_{index + 1:04}.JPG")
        await morning.journal.do(Ledger.on_card, morning.window.id, index, file)

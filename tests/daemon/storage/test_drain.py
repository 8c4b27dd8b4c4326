"""Frames come off the card whole, whatever breaks off in between, and a frame that fails holds up no other."""

import asyncio
import hashlib
import os
import threading
from collections.abc import Callable
from typing import TypeVar

import pytest
import structlog

from nightside.ledger.states import FrameState
from nightside.storage.spool import NICE
from nightside.storage.traffic import Traffic
from nightside_drivers.errors import BodyFailed, BodyGone, BodyRefused
from tests.daemon.storage.conftest import SERIAL, Dawn, Morning

T = TypeVar("T")


async def off(act: Callable[[], T]) -> T:
    return await asyncio.to_thread(act)


async def assert_all_drained(morning: Morning) -> None:
    for frame in await morning.frames():
        content, path = await asyncio.to_thread(morning.content, frame), morning.spool.path(frame.spool_path or "")
        assert frame.state is FrameState.DRAINED
        assert (frame.size, frame.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert await off(path.read_bytes) == content


async def test_every_frame_comes_off_the_card_as_it_is(dawn: Dawn) -> None:
    morning = await off(lambda: dawn([5000, 1, 70_000, 3000, 8000]))
    assert await morning.drain().run(morning.body) == 0
    await assert_all_drained(morning)


async def test_what_is_hashed_and_flushed_stands_back_behind_what_comes(dawn: Dawn) -> None:
    morning = await off(lambda: dawn([5000, 3000]))
    await morning.drain().run(morning.body)

    def niceness() -> dict[str, int]:
        return {
            thread.name.rpartition("_")[0]: os.getpriority(os.PRIO_PROCESS, thread.native_id or 0)
            for thread in threading.enumerate()
            if thread.name.startswith("nightside")
        }

    found = await off(niceness)
    assert found["nightside hash"] == found["nightside keep"] == NICE
    assert found["nightside ledger"] == os.getpriority(os.PRIO_PROCESS, os.getpid()) < NICE


async def test_nothing_is_left_of_what_was_made_ready_for_a_file_that_did_not_come(dawn: Dawn) -> None:
    morning = await off(lambda: dawn([5000, 9000, 4000]))
    drain = morning.drain()
    morning.body.breaks_at = [1000]
    with pytest.raises(BodyGone):
        await drain.run(morning.body)
    assert len(list(morning.spool.root.rglob("*.part"))) == 1  # that has begun to come
    await drain.close()
    assert list(morning.spool.root.rglob("*.part")) == []


async def test_a_file_that_broke_off_is_gone_on_with_where_it_stopped(dawn: Dawn) -> None:
    morning = await off(lambda: dawn([5000, 9000, 4000]))
    drain = morning.drain()
    morning.body.breaks_at = [10_000, 3000, 6000]
    for _ in range(2):
        with pytest.raises(BodyGone):
            await drain.run(morning.body)
    assert await drain.run(morning.body) == 0
    assert [start for name, start in morning.body.asked if name == "DSC_0002.NEF"] == [0, 3000, 6000]
    await assert_all_drained(morning)
    await drain.close()
    assert list(morning.spool.root.rglob("*.part")) == []


async def test_another_file_of_the_same_name_is_begun_anew(dawn: Dawn) -> None:
    morning = await off(lambda: dawn([9000]))
    drain = morning.drain()
    morning.body.breaks_at = [3000]
    with pytest.raises(BodyGone):
        await drain.run(morning.body)
    (frame,) = await morning.frames()
    path = morning.body.card / frame.file.folder.strip("/") / frame.file.name
    await off(lambda: path.write_bytes(b"another" * 2000))
    assert await drain.run(morning.body) == 0
    assert [start for _, start in morning.body.asked] == [0, 0]
    await assert_all_drained(morning)


@pytest.mark.parametrize("refusal", [BodyRefused, BodyFailed])
async def test_a_frame_that_the_body_does_not_give_is_left_on_the_card_and_said_so(
    dawn: Dawn, refusal: type[BodyRefused | BodyFailed]
) -> None:
    morning = await off(lambda: dawn([5000, 5000, 5000]))
    morning.body.breaks_at, morning.body.fails_with = [10_000, 2000], refusal
    drain = morning.drain()
    if refusal is BodyFailed:
        with pytest.raises(BodyFailed):
            await drain.run(morning.body)
    assert await drain.run(morning.body) == 1
    assert [frame.state for frame in await morning.frames()] == [FrameState.DRAINED, FrameState.ON_CARD, FrameState.DRAINED]
    assert (await morning.frames())[1].error == "The cable was pulled."
    assert list(morning.spool.root.rglob("*.part")) == []


async def test_a_frame_in_the_spool_that_the_ledger_does_not_know_of_is_not_doubled(dawn: Dawn) -> None:
    """Killed between the name and the ledger's line."""
    morning = await off(lambda: dawn([5000]))
    (frame,) = await morning.frames()
    content = await off(lambda: morning.content(frame))
    part = await morning.spool.begin()
    await morning.body.fetch(frame.file, part.descriptor)
    await morning.spool.keep(part, frame, SERIAL)
    assert await morning.drain().run(morning.body) == 0
    assert [path.read_bytes() for path in morning.spool.root.rglob("*.nef")] == [content]


async def test_the_budget_is_told_before_anything_is_copied(dawn: Dawn) -> None:
    morning = await off(lambda: dawn([60_000, 20_000]))
    traffic = Traffic()
    traffic.note(SERIAL, 40_000, 1.0)
    with structlog.testing.capture_logs() as lines:
        await morning.drain(traffic).run(morning.body, dayside_s=3360)
    assert lines[0]["budget"] == "2 frames, 0.0 GB, 2 s of a 56-min dayside"


async def test_between_shots_only_what_surely_fits_is_copied(dawn: Dawn) -> None:
    morning = await off(lambda: dawn([5000, 5000]))
    morning.clock.advance(100)
    traffic = Traffic()
    traffic.note(SERIAL, 14_000_000, 10.0)  # a frame as large as the plan expects takes ten seconds
    frames = await morning.frames()
    await morning.drain(traffic).run_until(morning.body, frames, until=110)
    assert morning.body.asked == []
    await morning.drain(traffic).run_until(morning.body, frames[:1], until=120)
    assert [frame.state for frame in await morning.frames()] == [FrameState.DRAINED, FrameState.ON_CARD]

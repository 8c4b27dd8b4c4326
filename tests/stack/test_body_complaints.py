"""What photographers complain of, each on a twin that does it: the driver says what it is, loses nothing, and goes on."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator

import pytest

from nightside.clock import SystemClock
from nightside_drivers.api import CardFile, Exposure
from nightside_drivers.clock import machine_now, rest
from nightside_drivers.errors import CardFull, NightsideError, Reopen, Retry
from nightside_drivers.proxy import Deadlines, HostedBody
from nightside_drivers.testing import TwinProcess


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with TwinProcess("--scene", "plain") as running:
        yield running


@pytest.fixture
async def body(twin: TwinProcess) -> AsyncIterator[HostedBody]:
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port}, Deadlines(shot_margin_s=5))
    await hosted.open()
    yield hosted
    await hosted.kill()


async def shoot(body: HostedBody) -> tuple[CardFile, ...]:
    await body.prepare(Exposure(0.5))
    at = machine_now() + 0.1
    taken = await body.shoot(at, at + 1, at + 0.5)
    return taken.files or await body.reported(2)


async def fetch(body: HostedBody, file: CardFile) -> bytes:
    with tempfile.TemporaryFile() as into:
        portion = await body.fetch(file, into.fileno())
        assert portion.whole
        return os.pread(into.fileno(), portion.size + 1, 0)


async def test_a_frame_whose_event_is_lost_is_on_the_card_all_the_same(body: HostedBody, twin: TwinProcess) -> None:
    twin.control.fault("event-lost", times=1)
    await shoot(body)
    await rest(SystemClock(), 0.5)
    (file,) = await body.files()
    assert await fetch(body, file)


async def test_a_download_that_breaks_off_is_a_broken_session_and_the_file_comes_whole_in_the_next(
    body: HostedBody, twin: TwinProcess
) -> None:
    (file,) = await shoot(body)
    whole = await fetch(body, file)
    twin.control.fault("drop", bytes=2000)
    with pytest.raises(Reopen):
        await fetch(body, file)
    await body.kill()
    await body.open()
    assert await fetch(body, file) == whole


async def test_a_download_that_broke_off_goes_on_where_it_stopped(body: HostedBody, twin: TwinProcess) -> None:
    (file,) = await shoot(body)
    whole = await fetch(body, file)
    with tempfile.TemporaryFile() as into:
        stopped = await body.fetch(file, into.fileno(), until=machine_now())
        assert (stopped.reached, stopped.size) == (0, len(whole))
        os.pwrite(into.fileno(), whole[:2000], 0)
        await body.kill()
        await body.open()
        assert (await body.fetch(file, into.fileno(), 2000)).whole
        assert os.pread(into.fileno(), len(whole) + 1, 0) == whole


async def test_a_range_that_a_busy_body_does_not_give_is_asked_for_again(body: HostedBody, twin: TwinProcess) -> None:
    (file,) = await shoot(body)
    whole = await fetch(body, file)
    twin.control.fault("in-progress", times=2)
    assert await fetch(body, file) == whole


async def test_a_busy_body_is_waited_for(body: HostedBody, twin: TwinProcess) -> None:
    twin.control.fault("busy", seconds=1.0)
    async with asyncio.timeout(20):
        while True:
            try:
                assert await shoot(body)
            except Retry:
                await rest(SystemClock(), 0.2)
            else:
                return


async def test_a_full_card_ends_the_night_and_is_called_by_its_name(body: HostedBody, twin: TwinProcess) -> None:
    twin.control.card(1, free_bytes=0)
    with pytest.raises(CardFull):
        await shoot(body)
    assert twin.truth() == []


async def test_a_write_protected_card_calls_a_person(body: HostedBody, twin: TwinProcess) -> None:
    twin.control.card(1, write_protected=True)
    with pytest.raises(NightsideError):
        await shoot(body)
    assert twin.truth() == []


async def test_after_the_counter_wraps_frames_still_have_their_own_names(body: HostedBody, twin: TwinProcess) -> None:
    (first,) = await shoot(body)
    twin.control.fault("counter-reset")
    (second,) = await shoot(body)
    assert first.path != second.path
    assert {first, second} <= set(await body.files())


async def test_a_frame_that_stays_visible_after_it_was_deleted_does_not_come_twice(body: HostedBody, twin: TwinProcess) -> None:
    (first,) = await shoot(body)
    twin.control.fault("stale-handle", seconds=2.0)
    await body.delete(first)
    (second,) = await shoot(body)
    assert second != first


async def test_a_body_that_was_switched_off_and_on_is_the_same_body_in_a_new_session(
    body: HostedBody, twin: TwinProcess
) -> None:
    twin.control.fault("power-cycle", seconds=0.5)
    with pytest.raises((Reopen, Retry)):
        await body.files()
    await body.kill()
    await rest(SystemClock(), 1.0)
    assert (await body.open()).identity.serial == "2012345"
    assert await shoot(body)

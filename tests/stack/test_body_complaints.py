"""What photographers complain of, each on a twin that does it: the driver says what it is, loses nothing, and goes on."""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from nightside.clock import SystemClock
from nightside_drivers.api import CardFile, Exposure, ReleaseKind, Setting
from nightside_drivers.clock import machine_now, rest
from nightside_drivers.errors import BodyRefused, CardFull, NightsideError, Reopen, Retry
from nightside_drivers.proxy import Deadlines, HostedBody
from nightside_drivers.testing import TwinProcess
from nightside_drivers.twin.codes import Event, Property
from nightside_drivers.wired.options import release_options
from nightside_drivers.wired.serial_line import SerialWiring

BULB = 0xFFFFFFFF
LONGER_THAN_THE_BODY_TIMES_S = 31.0


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


# ── long exposures ──


@asynccontextmanager
async def wired_bulb(length_s: float, deadlines: Deadlines) -> AsyncGenerator[tuple[HostedBody, TwinProcess, float]]:
    """A body that is about to hold its shutter open by wire, and the instant at which it will."""
    with TwinProcess("--release-port", "0", "--scene", "plain") as twin:
        twin.control.dial(Property.EXPOSURE_TIME, BULB)
        wire = release_options(SerialWiring(twin.release_url))
        body = HostedBody("gphoto", {"port": twin.gphoto_port} | wire, deadlines)
        await body.open()
        await body.prepare(Exposure(LONGER_THAN_THE_BODY_TIMES_S, release=ReleaseKind.WIRED))
        try:
            yield body, twin, machine_now() + 0.3
        finally:
            await body.kill()


async def test_whoever_wants_the_card_waits_until_a_bulb_exposure_is_over_which_reading_would_end() -> None:
    """The twin ends it as real bodies do (gphoto2 #52, #546)."""
    async with wired_bulb(1.5, Deadlines()) as (body, twin, at):
        shooting = asyncio.create_task(body.shoot(at, at + 1, at + 1.5))
        await rest(SystemClock(), 0.8)
        listed = await body.files()
        await shooting
        (opening,) = twin.truth()
        assert opening["ended_by"] == "release"
        assert opening["closed"] - opening["opened"] == pytest.approx(1.5, abs=0.5)
        assert len(listed or await body.reported(3)) >= 1


async def test_an_exposure_that_is_longer_than_any_call_may_take_is_not_given_up() -> None:
    """What a call may take is counted from the end of the exposure (libgphoto2 #495; POCS #1045)."""
    async with wired_bulb(2.5, Deadlines(call_s=1.0, shot_margin_s=1.0)) as (body, twin, at):
        await body.shoot(at, at + 1, at + 2.5)
        (opening,) = twin.truth()
        assert opening["closed"] - opening["opened"] == pytest.approx(2.5, abs=0.5)


# ── what gets lost, and what comes late ──


async def test_the_second_file_of_a_pair_whose_event_is_lost_comes_off_the_card_with_the_first(
    body: HostedBody, twin: TwinProcess
) -> None:
    (applied,) = await body.apply({Setting.QUALITY: "raw+jpeg"})
    assert applied.exact
    await shoot(body)  # the first frame makes folders, which are announced too
    before = set(await body.files())
    twin.control.fault("event-lost", event=int(Event.OBJECT_ADDED), times=1)
    announced = await shoot(body)
    await rest(SystemClock(), 0.5)
    listed = set(await body.files()) - before
    assert len(announced) < 2
    assert sorted(file.name.partition(".")[2] for file in listed) == ["JPG", "NEF"]
    assert len({file.name.partition(".")[0] for file in listed}) == 1
    assert all([await fetch(body, file) for file in listed])


async def test_a_card_that_is_listed_again_shows_what_was_never_announced_and_the_next_frame_goes_there_too(
    body: HostedBody, twin: TwinProcess
) -> None:
    """libgphoto2 keeps a list of its own, and adds to it what it hears of."""
    await shoot(body)
    assert len(await body.files()) == 1
    twin.control.fault("event-lost", times=100)
    await shoot(body)
    await rest(SystemClock(), 0.5)
    assert len(await body.files()) == 2
    twin.control.no_faults()
    at = machine_now() + 0.1
    await body.shoot(at, at + 1, at + 0.5)
    await body.reported(2)
    assert len(await body.files()) == 3


async def test_an_event_that_comes_twice_is_one_file(body: HostedBody, twin: TwinProcess) -> None:
    twin.control.fault("event-doubled", event=int(Event.OBJECT_ADDED), times=1)
    announced = await shoot(body)
    assert set(announced) == set(await body.files())


async def test_a_body_that_fell_asleep_is_the_same_body_when_it_wakes(body: HostedBody, twin: TwinProcess) -> None:
    twin.control.fault("asleep", seconds=0.5)
    with pytest.raises((Reopen, Retry)):
        await body.files()
    await body.kill()
    await rest(SystemClock(), 1.0)
    assert (await body.open()).identity.serial == "2012345"
    assert await shoot(body)


async def test_the_meter_is_kept_on_as_long_as_the_body_can(body: HostedBody) -> None:
    """A D3s that goes to sleep leaves the bus (gphoto2 #613)."""
    (applied,) = await body.apply({Setting.METER_OFF: "longest"})
    assert applied.exact
    assert "30" in ((await body.state()).meter_off or "")


async def test_a_battery_that_dies_is_a_broken_session_and_not_a_hang(body: HostedBody, twin: TwinProcess) -> None:
    twin.control.fault("battery-dead")
    with pytest.raises((Reopen, Retry)):
        await shoot(body)


async def test_captures_go_to_the_card_although_libgphoto2_would_have_them_in_ram(body: HostedBody, twin: TwinProcess) -> None:
    """In RAM each frame is fetched at once, about 2 s each (gphoto2 #8), and one that nobody fetches is lost."""
    (applied,) = await body.apply({Setting.TARGET: "ram"})
    assert applied.exact
    (file,) = await shoot(body)
    assert file in await body.files()
    assert await fetch(body, file)


async def test_a_body_that_another_program_has_is_not_shared(body: HostedBody, twin: TwinProcess) -> None:
    second = HostedBody("gphoto", {"port": twin.gphoto_port}, Deadlines(open_s=5))
    with pytest.raises(NightsideError):
        await second.open()
    await second.kill()
    assert await shoot(body), "the first one is not disturbed"


async def test_a_picture_that_is_protected_by_hand_stays_on_the_card_and_that_is_said(
    body: HostedBody, twin: TwinProcess
) -> None:
    (file,) = await shoot(body)
    twin.control.protect(f"{file.folder.strip('/').partition('/')[2]}/{file.name}", on=True)
    with pytest.raises(BodyRefused, match="protected"):
        await body.delete(file)
    assert file in await body.files()

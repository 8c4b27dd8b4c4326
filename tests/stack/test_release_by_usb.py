"""Releases over USB beside the plain trigger: bulb where the body has it, and bursts that the body counts itself."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator

import pytest

from nightside_drivers.api import Exposure, ReleaseKind, Taken
from nightside_drivers.clock import SystemClock, machine_now, rest
from nightside_drivers.errors import BodyRefused
from nightside_drivers.gphoto.driver import GphotoDriver
from nightside_drivers.proxy import HostedBody
from nightside_drivers.rig import Rig
from nightside_drivers.testing import TwinProcess

CAPTURE_MODE, CONTINUOUS_LOW = 0x5013, 0x8010


def driving(twin: TwinProcess) -> Iterator[Rig]:
    rig = Rig(GphotoDriver(twin.gphoto_port), None)
    rig.open()
    rig.capabilities()
    yield rig
    rig.close()


@pytest.fixture
def d800e() -> Iterator[TwinProcess]:
    with TwinProcess("--body", "d800e", "--scene", "plain") as running:
        yield running


@pytest.fixture
def d3s() -> Iterator[TwinProcess]:
    with TwinProcess("--scene", "plain") as running:
        yield running


@pytest.fixture
def bulb_body(d800e: TwinProcess) -> Iterator[Rig]:
    yield from driving(d800e)


@pytest.fixture
def continuous(d3s: TwinProcess) -> Iterator[Rig]:
    d3s.control.dial(CAPTURE_MODE, CONTINUOUS_LOW)
    yield from driving(d3s)


@pytest.fixture
def body(d3s: TwinProcess) -> Iterator[Rig]:
    yield from driving(d3s)


def test_a_body_that_can_holds_its_shutter_open_over_usb(bulb_body: Rig, d800e: TwinProcess) -> None:
    bulb_body.prepare(Exposure(40.0, release=ReleaseKind.USB_BULB))
    at = machine_now() + 0.2
    taken = bulb_body.shoot(at, at + 1, at + 1.2)
    (opening,) = d800e.truth()
    assert (opening["release"], opening["ended_by"], opening["requested_s"]) == ("usb", "release", None)
    assert opening["closed"] - opening["opened"] == pytest.approx(1.2, abs=0.5)
    assert taken.opened_at >= opening["opened"] - 0.05
    assert taken.files or bulb_body.reported(3)


def test_timed_exposures_work_again_after_bulb(bulb_body: Rig, d800e: TwinProcess) -> None:
    for exposure in (Exposure(40.0, release=ReleaseKind.USB_BULB), Exposure(0.5)):
        bulb_body.prepare(exposure)
        at = machine_now() + 0.2
        bulb_body.shoot(at, at + 1, at + 0.5)
    assert [one["requested_s"] for one in d800e.truth()] == [None, 0.5]


def test_a_d3s_is_not_asked_for_bulb_whatever_libgphoto2_lists(body: Rig, d3s: TwinProcess) -> None:
    with pytest.raises(BodyRefused, match=r"cannot hold its shutter open over USB.*[Ss]tack|wire"):
        body.prepare(Exposure(40.0, release=ReleaseKind.USB_BULB))
    assert d3s.truth() == []


def test_one_trigger_takes_a_burst_that_the_body_counts(continuous: Rig, d3s: TwinProcess) -> None:
    continuous.prepare(Exposure(0.5, release=ReleaseKind.BURST, frames=4))
    at = machine_now() + 0.2
    taken = continuous.shoot(at, at + 1, at + 2.5)
    assert [one["release"] for one in d3s.truth()] == ["burst"] * 4
    files = set(taken.files)
    while len(files) < 4 and (more := continuous.reported(3)):
        files |= set(more)
    assert len(files) == 4


def test_after_a_burst_a_trigger_takes_one_frame_again(continuous: Rig, d3s: TwinProcess) -> None:
    for exposure in (Exposure(0.5, release=ReleaseKind.BURST, frames=3), Exposure(0.5)):
        continuous.prepare(exposure)
        at = machine_now() + 0.2
        continuous.shoot(at, at + 1, at + 2)
    assert len(d3s.truth()) == 4


def test_a_burst_with_the_dial_on_single_is_refused_with_what_to_turn(body: Rig) -> None:
    with pytest.raises(BodyRefused, match="to CL or CH"):
        body.prepare(Exposure(0.5, release=ReleaseKind.BURST, frames=4))


def test_a_burst_longer_than_the_body_counts_is_refused(continuous: Rig) -> None:
    with pytest.raises(BodyRefused, match="from 1 to 103"):
        continuous.prepare(Exposure(0.5, release=ReleaseKind.BURST, frames=104))


def test_a_plain_trigger_takes_one_frame_only(body: Rig) -> None:
    with pytest.raises(BodyRefused, match="takes one frame"):
        body.prepare(Exposure(0.5, frames=2))


async def bulb_under_way(twin: TwinProcess) -> tuple[HostedBody, "asyncio.Task[Taken]"]:
    """A minute's exposure over USB that nobody ends, in a child process."""
    body = HostedBody("gphoto", {"port": twin.gphoto_port})
    await body.open()
    await body.prepare(Exposure(60.0, release=ReleaseKind.USB_BULB))
    at = machine_now() + 0.05
    shooting = asyncio.create_task(body.shoot(at, at + 5, at + 60))
    while not await asyncio.to_thread(twin.truth):
        await rest(SystemClock(), 0.05)
    return body, shooting


async def closed_by(twin: TwinProcess) -> str:
    while (opening := (await asyncio.to_thread(twin.truth))[0])["closed"] is None:
        await rest(SystemClock(), 0.05)
    return str(opening["ended_by"])


@pytest.mark.parametrize("how", ["closed", "killed", "terminated"])
async def test_a_shutter_that_is_held_open_over_usb_is_told_to_close_by_whatever_ends_its_process(
    d800e: TwinProcess, how: str
) -> None:
    """A session that merely ends need not close it, on a real body."""
    body, shooting = await bulb_under_way(d800e)
    assert body.pid is not None
    if how == "terminated":
        os.kill(body.pid, signal.SIGTERM)
    elif how == "killed":
        await body.kill()
    else:
        shooting.cancel()
    await body.close()
    await asyncio.gather(shooting, return_exceptions=True)
    assert await closed_by(d800e) == "release"


async def test_it_is_told_to_close_when_the_daemon_is_killed(d800e: TwinProcess) -> None:
    code = f"""
import asyncio
from nightside_drivers.api import Exposure, ReleaseKind
from nightside_drivers.clock import machine_now
from nightside_drivers.proxy import HostedBody

async def main():
    body = HostedBody("gphoto", {{"port": "{d800e.gphoto_port}"}})
    await body.open()
    await body.prepare(Exposure(60.0, release=ReleaseKind.USB_BULB))
    at = machine_now() + 0.05
    await body.shoot(at, at + 5, at + 60)

asyncio.run(main())
"""
    daemon = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    while not await asyncio.to_thread(d800e.truth):
        await rest(SystemClock(), 0.05)
    daemon.kill()
    await daemon.wait()
    assert await closed_by(d800e) == "release"

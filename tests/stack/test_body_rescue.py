"""Having a body back, on the real stack: its process killed, its power cut, its cable out and in again."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from nightside.clock import SystemClock
from nightside.engine.hold import Hold, Patience
from nightside_drivers import rescue
from nightside_drivers.errors import Reopen
from nightside_drivers.finding import usb
from nightside_drivers.ladder import Rung
from nightside_drivers.proxy import Deadlines, HostedBody
from nightside_drivers.rescue import HostedRescue
from nightside_drivers.testing import TwinProcess

QUICK = Deadlines(open_s=2, call_s=2, close_s=1)


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with TwinProcess("--scene", "plain") as running:
        yield running


@pytest.fixture
async def body(twin: TwinProcess) -> AsyncIterator[HostedBody]:
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port, "serial": "2012345"}, QUICK)
    yield hosted
    await hosted.kill()


def holding(body: HostedBody, *power: str) -> Hold:
    return Hold(body, SystemClock(), Patience(pause_s=0.2), HostedRescue(body, "usb:", "2012345", power))


async def test_a_body_that_hangs_when_it_is_opened_is_had_back_when_it_stops(body: HostedBody, twin: TwinProcess) -> None:
    twin.control.fault("silent", seconds=3.0)
    hold = holding(body)
    assert (await hold.open()).identity.serial == "2012345"
    assert hold.ladder.counts[Rung.REOPEN] >= 1


async def test_a_body_whose_cable_is_out_comes_back_with_it(body: HostedBody, twin: TwinProcess) -> None:
    hold = holding(body)
    await hold.open()
    twin.control.fault("cable-pulled", seconds=1.0)
    with pytest.raises(Reopen) as lost:
        await body.files()
    await hold.broken(lost.value)
    assert (await hold.open()).identity.serial == "2012345"


async def test_a_body_that_only_power_brings_back_gets_its_power_cut_by_the_hook(body: HostedBody, twin: TwinProcess) -> None:
    hook = f"from nightside_drivers.testing.process import ControlClient as C; C({twin.control_port}).power(on=True)"
    hold = holding(body, sys.executable, "-c", hook)
    twin.control.power(on=False)
    assert (await hold.open()).identity.serial == "2012345"
    assert hold.ladder.counts[Rung.POWER] == 1
    assert hold.ladder.counts[Rung.PERSON] == 0


async def test_a_hook_that_fails_or_is_not_there_is_passed_over(body: HostedBody) -> None:
    for command in (("false",), ("/no/such/uhubctl",)):
        assert not await HostedRescue(body, "usb:", None, command).perform(Rung.POWER)


async def test_between_windows_a_body_lives_in_no_process_and_in_the_next_in_another(
    body: HostedBody, twin: TwinProcess
) -> None:
    """Whatever libgphoto2 leaked in a window ends with it."""
    hold = holding(body)
    await hold.open()
    first = body.pid
    await hold.let_go()
    assert body.pid is None
    assert body.rss == 0
    await hold.open()
    assert body.pid not in {None, first}


async def test_a_body_that_is_not_on_usb_has_no_port_to_reset(body: HostedBody, twin: TwinProcess) -> None:
    await body.open()
    assert not await HostedRescue(body, twin.gphoto_port).perform(Rung.PORT_RESET)
    assert body.pid is None


async def test_a_respawned_body_lives_in_another_process(body: HostedBody, twin: TwinProcess) -> None:
    hold = holding(body)
    await hold.open()
    first = body.pid
    await HostedRescue(body, "usb:").perform(Rung.RESPAWN)
    assert body.pid is None
    await body.open()
    assert body.pid not in {None, first}


async def test_a_port_whose_reset_never_ends_is_given_up(
    body: HostedBody, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel holds whoever resets it: here, a pipe that nobody reads holds whoever opens it."""
    device = tmp_path / "004"
    await asyncio.to_thread(os.mkfifo, device)

    def node(_: str) -> Path:
        return device

    monkeypatch.setattr(usb, "node", node)
    monkeypatch.setattr(rescue, "RESET_WITHIN_S", 0.5)
    assert not await HostedRescue(body, "usb:001,004").perform(Rung.PORT_RESET)


async def test_a_hook_that_never_ends_is_ended(body: HostedBody, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescue, "POWER_WITHIN_S", 0.1)
    assert not await HostedRescue(body, "usb:", None, ("sleep", "1000000")).perform(Rung.POWER)

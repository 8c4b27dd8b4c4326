"""Hearing that something was plugged in: the kernel's own events through the real udev, and what events mean from a table."""

import asyncio
import os
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from nightside_drivers.finding.plugging import UdevPlugging, listening, meant

D3S = {
    "ACTION": "add",
    "DEVPATH": "/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0",
    "SUBSYSTEM": "usb",
    "DEVTYPE": "usb_interface",
    "PRODUCT": "4b0/426/100",
    "TYPE": "0/0/0",
    "INTERFACE": "6/1/1",
    "MODALIAS": "usb:v04B0p0426d0100dc00dsc00dp00ic06isc01ip01in00",
}
"""The shape of the kernel's event for a PTP interface (drivers/usb/core: usb_if_uevent); the numbers are a D3s's."""

STICK = D3S | {"INTERFACE": "8/6/80", "PRODUCT": "781/5583/100"}
ADAPTER = {"ACTION": "add", "SUBSYSTEM": "tty", "DEVNAME": "/dev/ttyUSB0"}


@pytest.mark.parametrize(
    ("action", "properties", "says"),
    [
        pytest.param("add", D3S, "a camera", id="a PTP interface, from the kernel"),
        pytest.param("add", D3S | {"ID_MODEL": "NIKON_DSC_D3S"}, "NIKON_DSC_D3S", id="a PTP interface, from udev's daemon"),
        pytest.param("remove", D3S, "", id="a camera that leaves"),
        pytest.param("bind", D3S, "", id="a driver that takes a device already seen"),
        pytest.param("add", STICK, "", id="a memory stick"),
        pytest.param("add", {"SUBSYSTEM": "usb", "DEVTYPE": "usb_device"}, "", id="a device before its interfaces"),
        pytest.param("add", ADAPTER, "/dev/ttyUSB0", id="the adapter of a wired release"),
        pytest.param("add", {"SUBSYSTEM": "tty"}, "a serial port", id="a port without a name"),
        pytest.param(None, {}, "", id="an event that says nothing"),
    ],
)
def test_an_event_says_whether_a_body_or_a_release_line_was_plugged_in(
    action: str | None, properties: Mapping[str, str], says: str
) -> None:
    assert meant(action, properties) == says


CONSOLE = Path("/sys/class/tty/console/uevent")
"""Writing an action to it has the kernel tell it again (sysfs-uevent): the nearest to a plug that needs no hands."""


def replug(action: str) -> bool:
    """Have the kernel tell of a serial port, if this user may."""
    try:
        CONSOLE.write_text(f"{action}\n")
    except OSError:
        return False
    return True


async def heard(plugging: UdevPlugging, within_s: float) -> str | None:
    try:
        async with asyncio.timeout(within_s):
            return await plugging.plugged()
    except TimeoutError:
        return None


async def test_a_serial_port_that_the_kernel_tells_of_is_heard_and_its_leaving_is_not() -> None:
    async with listening() as plugging:
        if plugging is None or not await asyncio.to_thread(replug, "remove"):
            pytest.skip("only root may have the kernel tell of a device again")
        await asyncio.to_thread(replug, "change")
        assert await heard(plugging, 0.2) is None
        await asyncio.to_thread(replug, "add")
        assert await heard(plugging, 10) == "/dev/console"
        assert await heard(plugging, 0.2) is None, "one event is told once"


async def test_an_event_that_came_while_nobody_waited_is_told_to_the_next_who_does() -> None:
    async with listening() as plugging:
        if plugging is None or not await asyncio.to_thread(replug, "add"):
            pytest.skip("only root may have the kernel tell of a device again")
        assert await heard(plugging, 10) == "/dev/console"


async def test_more_events_than_the_kernel_keeps_are_something_to_look_for_and_no_end_of_it() -> None:
    """A hub that comes and goes: the kernel drops what nobody took, and says so at every look until it is asked why."""
    async with listening() as plugging:
        if plugging is None:
            pytest.skip("only root may have the kernel tell of a device again")
        with socket.socket(fileno=os.dup(plugging._monitor.fileno())) as narrow:
            narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        for _ in range(100):
            if not replug("add"):
                pytest.skip("only root may have the kernel tell of a device again")
        assert await heard(plugging, 10) == "something"
        while await heard(plugging, 0.2) is not None:
            pass
        await asyncio.to_thread(replug, "add")
        assert await heard(plugging, 10) is not None

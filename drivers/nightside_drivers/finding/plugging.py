"""Hearing at once that something was plugged in, from the kernel's events (udev). Where there are none, whoever waits polls."""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyudev

UDEVD = Path("/run/udev/control")
"""There while udev's daemon runs, which tells of a device once its permissions are set. Without it the kernel is heard."""

MOST_AT_ONCE = 64
"""Events that are taken before others have their turn on the event loop; it comes back for the rest."""

STILL_IMAGE = "6/1/"
"""What the kernel calls a PTP interface (class and subclass, USB-IF: Still Image Capture Device) in its events."""


class Plugging(Protocol):
    """Whoever hears of it when something is plugged in."""

    async def plugged(self) -> str:
        """Return when something that may be a body or a release line was plugged in since the last call, and say what."""
        ...


class UdevPlugging:
    """Hears it from a monitor of udev's. Not shared between tasks."""

    def __init__(self, monitor: "pyudev.Monitor") -> None:
        """`monitor` is started, and this object's from here on."""
        self._monitor = monitor
        self._heard: asyncio.Event = asyncio.Event()
        self._what = ""

    async def plugged(self) -> str:
        """Wait for it; an event that nobody waited for is told once."""
        await self._heard.wait()
        self._heard.clear()
        return self._what

    def read(self) -> None:
        """Take the events that are there. Called by the event loop."""
        for _ in range(MOST_AT_ONCE):
            try:
                device = self._monitor.poll(timeout=0)
            except OSError:
                # So many events at once that the kernel dropped some: looking costs little. It says so until it is asked why.
                forget_error(self._monitor.fileno())
                self._tell("something")
                return
            if device is None:
                return
            self._tell(meant(device.action, device.properties))

    def _tell(self, what: str) -> None:
        if what:
            self._what = what
            self._heard.set()


def forget_error(descriptor: int) -> None:
    """Take note of a socket's error, which the kernel repeats until somebody does (socket(7), SO_ERROR)."""
    with socket.socket(fileno=os.dup(descriptor)) as same:
        same.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def meant(action: str | None, properties: Mapping[str, str]) -> str:
    """What an event says was plugged in, if that may be a body or a release line; nothing otherwise."""
    if action != "add":
        return ""
    if properties.get("SUBSYSTEM") == "tty":
        return properties.get("DEVNAME", "") or "a serial port"
    if properties.get("INTERFACE", "").startswith(STILL_IMAGE):
        return properties.get("ID_MODEL", "") or "a camera"
    return ""


@asynccontextmanager
async def listening() -> AsyncGenerator[UdevPlugging | None]:
    """Listen while the block runs. Gives nothing where this system tells no such events: then only polling is left."""
    monitor = await asyncio.to_thread(_monitor)
    if monitor is None:
        yield None
        return
    loop = asyncio.get_running_loop()
    plugging = UdevPlugging(monitor)
    loop.add_reader(monitor.fileno(), plugging.read)
    try:
        yield plugging
    finally:
        loop.remove_reader(monitor.fileno())


def _monitor() -> "pyudev.Monitor | None":
    try:
        import pyudev

        monitor = pyudev.Monitor.from_netlink(pyudev.Context(), source="udev" if UDEVD.exists() else "kernel")
        monitor.filter_by("usb")
        monitor.filter_by("tty")
        monitor.start()
    except (ImportError, OSError, ValueError):
        return None  # no libudev, or a container that is told no events
    return monitor

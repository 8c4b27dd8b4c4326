"""A twin whose button is wired to a serial server or to a GPIO pin, and a body in a child process that presses it."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from nightside_drivers.clock import SystemClock, rest
from nightside_drivers.proxy import Deadlines, HostedBody
from nightside_drivers.testing import TwinProcess
from nightside_drivers.wired.gpio_line import GpioWiring
from nightside_drivers.wired.options import Wiring, release_options
from nightside_drivers.wired.serial_line import SerialWiring
from tests import twin_pins

BULB = 0xFFFFFFFF
EXPOSURE_TIME = 0x500D
LONG_S = 60.0
"""An exposure that only a kill ends within a test."""
Plug = Callable[..., Wiring]
"""How a twin's button is wired; `contact` for its sync contact too."""


@contextmanager
def twin_with_a_button() -> Generator[TwinProcess]:
    with TwinProcess("--release-port", "0", "--scene", "plain") as running:
        yield running


def plugged(kind: str, twin: TwinProcess, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Plug:
    """Wires of a kind, `serial` or `gpio`, to a twin's button; the pins' driver is found by way of a folder."""
    if kind == "serial":
        return lambda *, contact=False: SerialWiring(twin.release_url, contact=contact)
    about = folder / "twin_pins-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: twin-pins\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[gpiozero_pin_factories]\ntwin = tests.twin_pins:factory\n")
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parents[2]}{os.pathsep}{folder}")
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "twin")
    monkeypatch.setenv(twin_pins.CONTROL_PORT, str(twin.control_port))
    return lambda *, contact=False: GpioWiring(twin_pins.RELEASE_PIN, contact=twin_pins.CONTACT_PIN if contact else None)


def options(twin: TwinProcess, wiring: Wiring) -> dict[str, str]:
    return {"port": twin.gphoto_port} | release_options(wiring)


@asynccontextmanager
async def wired(twin: TwinProcess, wiring: Wiring) -> AsyncGenerator[HostedBody]:
    hosted = HostedBody("gphoto", options(twin, wiring), Deadlines(shot_margin_s=5))
    await hosted.open()
    try:
        yield hosted
    finally:
        await hosted.close()


def bulb_by_hand(twin: TwinProcess) -> None:
    twin.control.dial(EXPOSURE_TIME, BULB)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await rest(SystemClock(), 0.02)


def is_open(twin: TwinProcess) -> bool:
    return bool(twin.control.state()["sync"])

"""A shutter that a wire holds open: whatever ends the child, the daemon or the cable, it is closed within a second.

The button is wired to a serial server, or to a GPIO pin that stays as it was when its holder dies, like a Raspberry Pi's.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Self

import pytest

from nightside_drivers.api import Exposure, ReleaseKind
from nightside_drivers.clock import machine_now
from nightside_drivers.errors import ContactMissing
from nightside_drivers.proxy import HostedBody
from nightside_drivers.testing import TwinProcess
from nightside_drivers.wired.gpio_line import GpioWiring
from nightside_drivers.wired.options import Wiring
from nightside_drivers.wired.serial_line import SerialWiring
from tests import twin_pins
from tests.stack.wired_twin import (
    LONG_S,
    Plug,
    bulb_by_hand,
    is_open,
    options,
    plugged,
    twin_with_a_button,
    until,
    wired,
)


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with twin_with_a_button() as running:
        yield running


@pytest.fixture(params=["serial", "gpio"])
def plug(request: pytest.FixtureRequest, twin: TwinProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plug:
    return plugged(request.param, twin, tmp_path, monkeypatch)


def closed_s_after(twin: TwinProcess, instant: float) -> float:
    """How long after a machine time the last shutter closed. A twin at the machine's own speed keeps machine time."""
    (opening,) = twin.truth()
    return float(opening["closed"]) - instant


@asynccontextmanager
async def long_exposure(twin: TwinProcess, wiring: Wiring) -> AsyncGenerator[HostedBody]:
    """A bulb exposure that nobody ends, under way."""
    bulb_by_hand(twin)
    async with AsyncExitStack() as held:
        body = await held.enter_async_context(wired(twin, wiring))
        await body.prepare(Exposure(LONG_S, release=ReleaseKind.WIRED))
        at = machine_now() + 0.05
        shooting = asyncio.create_task(body.shoot(at, at + 1, at + LONG_S))
        held.callback(shooting.cancel)
        await until(lambda: is_open(twin))
        yield body
        shooting.cancel()
        await asyncio.gather(shooting, return_exceptions=True)


async def test_closing_the_body_in_mid_exposure_closes_the_shutter(twin: TwinProcess, plug: Plug) -> None:
    async with long_exposure(twin, plug()) as body:
        began = machine_now()
        await body.close()
        await until(lambda: not is_open(twin))
    assert closed_s_after(twin, began) < 1


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
async def test_killing_the_child_closes_the_shutter(twin: TwinProcess, plug: Plug, how: signal.Signals) -> None:
    async with long_exposure(twin, plug()) as body:
        assert body.pid is not None
        began = machine_now()
        os.kill(body.pid, how)
        await until(lambda: not is_open(twin))
    assert closed_s_after(twin, began) < 1


DAEMON = """
import asyncio, json, sys
from nightside_drivers.api import Exposure, ReleaseKind
from nightside_drivers.clock import machine_now
from nightside_drivers.proxy import HostedBody

async def main():
    body = HostedBody("gphoto", json.loads(sys.argv[1]))
    await body.open()
    await body.prepare(Exposure(60.0, release=ReleaseKind.WIRED))
    at = machine_now() + 0.05
    await body.shoot(at, at + 1, at + 60)

asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
async def test_killing_the_daemon_closes_the_shutter(twin: TwinProcess, plug: Plug, how: signal.Signals) -> None:
    bulb_by_hand(twin)
    daemon = subprocess.Popen([sys.executable, "-c", DAEMON, json.dumps(options(twin, plug()))])  # noqa: ASYNC220 — it is there to be killed
    try:
        await until(lambda: is_open(twin))
        began = machine_now()
        daemon.send_signal(how)
        await until(lambda: not is_open(twin))
    finally:
        daemon.kill()
        daemon.wait()
    assert closed_s_after(twin, began) < 1


async def test_an_exception_in_mid_press_closes_the_shutter(twin: TwinProcess, plug: Plug) -> None:
    """The contact is wired, the shutter opens, and then the contact's cable is what fails: the press is called off."""
    bulb_by_hand(twin)
    twin.control.fault("sync-dead")
    async with wired(twin, plug(contact=True)) as body:
        await body.prepare(Exposure(LONG_S, release=ReleaseKind.WIRED))
        began = machine_now()
        with pytest.raises(ContactMissing):
            await body.shoot(began + 0.05, began + 1, began + LONG_S)
        gave_up = machine_now()
    assert closed_s_after(twin, gave_up) < 1


async def test_pins_that_nobody_let_go_are_let_go_by_the_service_manager(twin: TwinProcess, plug: Plug, tmp_path: Path) -> None:
    """Both the child and its warden were killed, and the button is still pressed."""
    wiring = plug()
    bulb_by_hand(twin)
    twin.control.press()
    await until(lambda: is_open(twin))
    (tmp_path / "nightside.toml").write_text(
        f"""
        site = {{ latitude_deg = 0, longitude_deg = 0 }}
        camera = {{ release = {{ kind = "gpio", pin = {twin_pins.RELEASE_PIN} }} }}
        storage = {{ spool = "spool", sinks = [{{ name = "frames", path = "frames" }}] }}
        ledger = {{ path = "ledger.sqlite" }}
        """
        if isinstance(wiring, GpioWiring)
        else f"""
        site = {{ latitude_deg = 0, longitude_deg = 0 }}
        camera = {{ release = {{ port = "{twin.release_url}" }} }}
        storage = {{ spool = "spool", sinks = [{{ name = "frames", path = "frames" }}] }}
        ledger = {{ path = "ledger.sqlite" }}
        """
    )
    words = [sys.executable, "-m", "nightside", "let-go", "--config", str(tmp_path / "nightside.toml")]
    ended = await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    if isinstance(wiring, GpioWiring):
        await until(lambda: not is_open(twin))
    else:
        assert "nothing to let go" in ended.stdout
        assert is_open(twin), "a serial port is left to the kernel: opening it would move its lines"


async def test_the_release_cable_out_closes_the_shutter(twin: TwinProcess) -> None:
    with Cable(int(twin.release_url.rpartition(":")[2])) as cable:
        async with long_exposure(twin, SerialWiring(f"rfc2217://127.0.0.1:{cable.port}")):
            began = machine_now()
            cable.pull()
            await until(lambda: not is_open(twin))
        assert closed_s_after(twin, began) < 1


async def test_the_usb_cable_out_does_not_keep_the_wire_from_closing_the_shutter(twin: TwinProcess, plug: Plug) -> None:
    bulb_by_hand(twin)
    async with wired(twin, plug()) as body:
        await body.prepare(Exposure(31.0, release=ReleaseKind.WIRED))
        at = machine_now() + 0.05
        shooting = asyncio.create_task(body.shoot(at, at + 1, at + 1.5))
        await until(lambda: is_open(twin))
        twin.control.cable(plugged=False)
        taken = await shooting
    assert closed_s_after(twin, taken.opened_at) < 2.5


class Cable:
    """Carries bytes between a client and the twin's wired line until it is pulled."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._ends: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._carry, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.pull()
        self._server.close()

    def pull(self) -> None:
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def _carry(self) -> None:
        try:
            near = self._server.accept()[0]
        except OSError:
            return
        far = socket.create_connection(("127.0.0.1", self._to))
        self._ends += [near, far]
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    @staticmethod
    def _copy(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(1024):
                sink.sendall(data)
        except OSError:
            return

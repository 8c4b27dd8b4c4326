"""Exposures by wire: the real libgphoto2, and the real pyserial or gpiozero, in a child process, judged by the twin's truth log.

Its button is wired to a serial server or to a GPIO pin. The pin is like a Raspberry Pi's: it stays as it was when its holder dies.
Whatever ends the child, the daemon or the cable, the shutter is closed within a second.
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
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from nightside_drivers.api import Exposure, ReleaseKind
from nightside_drivers.clock import SystemClock, machine_now, rest
from nightside_drivers.errors import BodyRefused, ContactMissing, ReleaseFailed, ReleaseGone, TooLate
from nightside_drivers.proxy import Deadlines, HostedBody
from nightside_drivers.testing import TwinProcess
from nightside_drivers.wired.gpio_line import GpioWiring
from nightside_drivers.wired.options import Wiring, release_options
from nightside_drivers.wired.serial_line import Line, SerialWiring
from tests import twin_pins

BULB = 0xFFFFFFFF
EXPOSURE_TIME, CAPTURE_MODE, CONTINUOUS_LOW = 0x500D, 0x5013, 0x8010
Plug = Callable[..., Wiring]
LONG_S = 60.0
"""An exposure that only a kill ends within a test."""


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with TwinProcess("--release-port", "0", "--scene", "plain") as running:
        yield running


@pytest.fixture(params=["serial", "gpio"])
def plug(request: pytest.FixtureRequest, twin: TwinProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plug:
    """How the twin's button is wired; `contact` for its sync contact too."""
    if request.param == "serial":
        return lambda *, contact=False: SerialWiring(twin.release_url, contact=contact)
    about = tmp_path / "twin_pins-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: twin-pins\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[gpiozero_pin_factories]\ntwin = tests.twin_pins:factory\n")
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parents[2]}{os.pathsep}{tmp_path}")
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


async def shoot(body: HostedBody, exposure: Exposure) -> Any:
    await body.prepare(exposure)
    at = machine_now() + 0.1
    return await body.shoot(at, at + 1, at + exposure.shutter_s * exposure.frames)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await rest(SystemClock(), 0.02)


def is_open(twin: TwinProcess) -> bool:
    return bool(twin.control.state()["sync"])


def closed_s_after(twin: TwinProcess, instant: float) -> float:
    """How long after a machine time the last shutter closed. A twin at the machine's own speed keeps machine time."""
    (opening,) = twin.truth()
    return float(opening["closed"]) - instant


# ── what it takes ──


async def test_a_frame_that_the_body_times_needs_one_short_press(twin: TwinProcess, plug: Plug) -> None:
    async with wired(twin, plug()) as body:
        taken = await shoot(body, Exposure(1.0, release=ReleaseKind.WIRED))
        files = await body.reported(3)
    (opening,) = twin.truth()
    assert (opening["release"], opening["ended_by"]) == ("wired", "timer")
    assert opening["closed"] - opening["opened"] == pytest.approx(1.0, abs=1e-6)
    assert taken.opened_at <= opening["opened"]
    assert taken.closed_at >= opening["closed"] - 0.1
    assert len(files) == 1


async def test_an_exposure_longer_than_the_body_times_is_held_as_bulb(twin: TwinProcess, plug: Plug) -> None:
    bulb_by_hand(twin)
    async with wired(twin, plug()) as body:
        await body.prepare(Exposure(32.0, release=ReleaseKind.WIRED))
        at = machine_now() + 0.1
        await body.shoot(at, at + 1, at + 1.5)  # a rehearsal at 21 times the speed
    (opening,) = twin.truth()
    assert opening["ended_by"] == "release"
    assert opening["closed"] - opening["opened"] == pytest.approx(1.5, abs=0.5)


async def test_a_held_line_lets_the_body_take_frame_after_frame(twin: TwinProcess, plug: Plug) -> None:
    twin.control.dial(CAPTURE_MODE, CONTINUOUS_LOW)
    async with wired(twin, plug()) as body:
        await body.prepare(Exposure(1.0, release=ReleaseKind.HELD, frames=3))
        at = machine_now() + 0.1
        await body.shoot(at, at + 1, at + 3.4)
    truth = twin.truth()
    assert [one["release"] for one in truth] == ["wired"] * 3
    assert [one["closed"] - one["opened"] for one in truth] == pytest.approx([1.0] * 3)


async def test_what_is_held_is_let_go_earlier_if_that_is_told_meanwhile_and_the_session_goes_on(
    twin: TwinProcess, plug: Plug
) -> None:
    twin.control.dial(CAPTURE_MODE, CONTINUOUS_LOW)
    async with wired(twin, plug()) as body:
        await body.prepare(Exposure(1.0, release=ReleaseKind.HELD, frames=50))
        at = machine_now() + 0.1
        shooting = asyncio.create_task(body.shoot(at, at + 1, at + 55))
        await until(lambda: is_open(twin))
        await body.close_earlier(at + 2.1, 2)
        state = asyncio.create_task(body.state())  # whatever else is asked waits for its turn
        await shooting
        await state
        assert [one["ended_by"] for one in twin.truth()] == ["timer"] * 2
        bulb_by_hand(twin)
        await body.prepare(Exposure(LONG_S, release=ReleaseKind.WIRED))
        at = machine_now() + 0.1
        shooting = asyncio.create_task(body.shoot(at, at + 1, at + LONG_S))
        await until(lambda: is_open(twin))
        await body.close_earlier(at + 0.8, 1)
        await shooting
        await body.close_earlier(at, 1)  # nothing is held any more
        await body.state()
    long = twin.truth()[-1]
    assert long["ended_by"] == "release"
    assert long["closed"] - long["opened"] < LONG_S / 2


@pytest.mark.parametrize("prefocus", [None, Line.DTR], ids=["alone", "with prefocus"])
async def test_it_does_not_matter_whether_the_half_press_is_wired_apart(twin: TwinProcess, prefocus: Line | None) -> None:
    async with wired(twin, SerialWiring(twin.release_url, Line.RTS, prefocus)) as body:
        await shoot(body, Exposure(0.5, release=ReleaseKind.WIRED))
    assert len(twin.truth()) == 1


async def test_the_other_line_can_be_the_release() -> None:
    with TwinProcess("--release-port", "0", "--release-line", "dtr", "--scene", "plain") as twin:
        async with wired(twin, SerialWiring(twin.release_url, Line.DTR)) as body:
            await shoot(body, Exposure(0.5, release=ReleaseKind.WIRED))
        assert len(twin.truth()) == 1


# ── what it refuses ──


async def test_bulb_is_asked_of_a_hand_where_the_body_does_not_take_it(twin: TwinProcess, plug: Plug) -> None:
    async with wired(twin, plug()) as body:
        with pytest.raises(BodyRefused, match="Bulb by hand"):
            await body.prepare(Exposure(120.0, release=ReleaseKind.WIRED))


async def test_without_a_wire_no_exposure_is_by_wire(twin: TwinProcess) -> None:
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port})
    opened = await hosted.open()
    assert ReleaseKind.WIRED not in opened.capabilities.releases
    with pytest.raises(ReleaseFailed, match=r"\[camera.release\]"):
        await hosted.prepare(Exposure(1.0, release=ReleaseKind.WIRED))
    await hosted.close()


async def test_a_press_that_would_be_late_is_not_made(twin: TwinProcess, plug: Plug) -> None:
    async with wired(twin, plug()) as body:
        await body.prepare(Exposure(1.0, release=ReleaseKind.WIRED))
        with pytest.raises(TooLate):
            await body.shoot(machine_now() - 2, machine_now() - 1, machine_now())
    assert twin.truth() == []


async def test_a_release_that_is_not_there_is_said_before_the_body_is_touched(twin: TwinProcess) -> None:
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port} | release_options(SerialWiring("/dev/ttyNIGHTSIDE7")))
    with pytest.raises(ReleaseGone, match="/dev/ttyNIGHTSIDE7"):
        await hosted.open()


# ── the sync contact ──


async def test_the_sync_contact_tells_when_each_shutter_really_opened(twin: TwinProcess, plug: Plug) -> None:
    twin.control.dial(CAPTURE_MODE, CONTINUOUS_LOW)
    async with wired(twin, plug(contact=True)) as body:
        await body.prepare(Exposure(0.5, release=ReleaseKind.HELD, frames=3))
        at = machine_now() + 0.1
        taken = await body.shoot(at, at + 1, at + 2.2)
    truth = twin.truth()
    assert len(taken.contacts) == len(truth) > 1
    for contact, opening in zip(taken.contacts, truth, strict=True):
        assert contact.opened_at == pytest.approx(opening["opened"], abs=0.4)
        assert contact.closed_at == pytest.approx(opening["closed"], abs=0.4)


async def test_a_shutter_that_does_not_open_is_noticed_at_once_and_the_next_shot_is_taken(
    twin: TwinProcess, plug: Plug
) -> None:
    async with wired(twin, plug(contact=True)) as body:
        twin.control.fault("release-dead")
        with pytest.raises(ContactMissing, match="did not close"):
            await shoot(body, Exposure(0.5, release=ReleaseKind.WIRED))
        twin.control.no_faults()
        await shoot(body, Exposure(0.5, release=ReleaseKind.WIRED))
    assert len(twin.truth()) == 1


# ── and is closed on every exit ──


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

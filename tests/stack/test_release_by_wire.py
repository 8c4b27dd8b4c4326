"""Exposures by wire: the real libgphoto2, and the real pyserial or gpiozero, in a child process, judged by the twin's truth log.

Its button is wired to a serial server or to a GPIO pin. The pin is like a Raspberry Pi's: it stays as it was when its holder dies.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nightside_drivers.api import Exposure, ReleaseKind
from nightside_drivers.clock import machine_now
from nightside_drivers.errors import BodyRefused, ContactMissing, ReleaseFailed, ReleaseGone, TooLate
from nightside_drivers.proxy import HostedBody
from nightside_drivers.testing import TwinProcess
from nightside_drivers.wired.options import release_options
from nightside_drivers.wired.serial_line import Line, SerialWiring
from tests.stack.wired_twin import (
    LONG_S,
    Plug,
    bulb_by_hand,
    is_open,
    plugged,
    twin_with_a_button,
    until,
    wired,
)

CAPTURE_MODE, CONTINUOUS_LOW = 0x5013, 0x8010


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with twin_with_a_button() as running:
        yield running


@pytest.fixture(params=["serial", "gpio"])
def plug(request: pytest.FixtureRequest, twin: TwinProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plug:
    return plugged(request.param, twin, tmp_path, monkeypatch)


async def shoot(body: HostedBody, exposure: Exposure) -> Any:
    await body.prepare(exposure)
    at = machine_now() + 0.1
    return await body.shoot(at, at + 1, at + exposure.shutter_s * exposure.frames)


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

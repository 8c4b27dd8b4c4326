"""Live view through the real libgphoto2: pictures, magnification, why not, and that it ends whatever happens."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from PIL import Image

from nightside_drivers.api import Exposure, Look, ReleaseKind
from nightside_drivers.clock import machine_now
from nightside_drivers.errors import BodyRefused, BodySilent, HostDied, LiveViewProhibited
from nightside_drivers.gphoto.driver import GphotoDriver
from nightside_drivers.proxy import Deadlines, HostedBody
from nightside_drivers.testing import TwinProcess
from nightside_drivers.wired.options import release_options
from nightside_drivers.wired.serial_line import SerialWiring

RECORDING_MEDIA, ZOOM = "0xd10b", "0xd1a3"


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with TwinProcess("--scene", "tripod", "--release-port", "0", "--start", "2018-07-03T22:00:00Z", "--speed", "4") as running:
        yield running


@pytest.fixture
async def body(twin: TwinProcess) -> AsyncIterator[HostedBody]:
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port} | release_options(SerialWiring(twin.release_url)))
    await hosted.open()
    yield hosted
    await hosted.close()


async def seen(body: HostedBody, look: Look, folder: Path) -> Image.Image:
    with (folder / "view.jpg").open("w+b") as into:
        view = await body.view(look, into.fileno())
    content = (folder / "view.jpg").read_bytes()
    assert view.look == look
    assert view.size == len(content)
    return Image.open(io.BytesIO(content))


def looking(twin: TwinProcess) -> bool:
    return bool(twin.control.state()["live_view"])


def until_it_is_over(twin: TwinProcess) -> None:
    while looking(twin):
        pass


async def test_the_body_says_how_far_it_magnifies_and_shows_it(body: HostedBody, twin: TwinProcess, tmp_path: Path) -> None:
    opened = await body.open()
    assert opened.capabilities.live_view == (0, 25, 33, 50, 66, 100)
    for percent, value in ((0, 0), (100, 5), (33, 2), (0, 0)):
        picture = await seen(body, Look(percent, (0.3, 0.8)), tmp_path)
        assert picture.size == (640, 426)
        assert twin.control.properties()[ZOOM] == value


async def test_an_impossible_magnification_is_refused_before_the_mirror_moves(
    body: HostedBody, twin: TwinProcess, tmp_path: Path
) -> None:
    with pytest.raises(BodyRefused, match=r"75 %.*0, 25, 33, 50, 66, 100"):
        await seen(body, Look(75), tmp_path)
    assert not looking(twin)


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        ({"battery_percent": 5.0}, "battery is low.*mains"),
        ({"ambient_c": 75.0}, "too warm.*cool"),
    ],
)
async def test_what_forbids_live_view_is_said_with_a_remedy(
    body: HostedBody, twin: TwinProcess, tmp_path: Path, trouble: dict[str, float], says: str
) -> None:
    if "ambient_c" in trouble:
        twin.control.warmth(trouble["ambient_c"])
        while twin.control.state()["sensor_c"] < 60:
            pass
    else:
        twin.control.power(**trouble)
    with pytest.raises(LiveViewProhibited, match=says):
        await seen(body, Look(), tmp_path)
    assert not looking(twin)
    await body.state()  # the session goes on


async def test_a_battery_that_runs_low_while_one_looks_is_said_too(body: HostedBody, twin: TwinProcess, tmp_path: Path) -> None:
    await seen(body, Look(), tmp_path)
    twin.control.power(battery_percent=5.0)
    with pytest.raises(LiveViewProhibited, match="battery"):
        await seen(body, Look(), tmp_path)
    assert not looking(twin)


async def test_a_wired_frame_after_live_view_goes_to_the_card(body: HostedBody, twin: TwinProcess, tmp_path: Path) -> None:
    await seen(body, Look(100), tmp_path)
    assert twin.control.properties()[RECORDING_MEDIA] == 1  # libgphoto2 aims at the camera's memory for it
    await body.end_view()
    assert twin.control.properties()[RECORDING_MEDIA] == 0
    await body.prepare(Exposure(1.0, release=ReleaseKind.WIRED))
    at = machine_now() + 0.1
    await body.shoot(at, at + 5, at + 0.25)
    assert await body.reported(10)
    assert len(await body.files()) == 1


async def test_whatever_comes_next_ends_it(body: HostedBody, twin: TwinProcess, tmp_path: Path) -> None:
    await seen(body, Look(), tmp_path)
    assert looking(twin)
    await body.end_view()
    assert not looking(twin)
    await seen(body, Look(), tmp_path)
    await body.prepare(Exposure(1.0))
    assert not looking(twin)
    await seen(body, Look(), tmp_path)
    await body.close()
    assert not looking(twin)


async def test_a_shot_that_was_prepared_before_is_taken_as_ever(body: HostedBody, twin: TwinProcess, tmp_path: Path) -> None:
    await body.prepare(Exposure(1.0, release=ReleaseKind.WIRED))
    await seen(body, Look(), tmp_path)
    at = machine_now() + 0.5
    await body.shoot(at, at + 5, at + 0.25)
    assert not looking(twin)
    assert len(twin.truth()) == 1


async def test_a_child_that_was_killed_leaves_it_on_and_the_next_one_ends_it(
    body: HostedBody, twin: TwinProcess, tmp_path: Path
) -> None:
    await seen(body, Look(), tmp_path)
    assert body.pid is not None
    os.kill(body.pid, signal.SIGKILL)
    with pytest.raises(HostDied):
        await body.state()
    assert looking(twin)
    await body.open()
    assert not looking(twin)


async def test_a_body_that_falls_silent_is_given_up_and_its_mirror_let_down_later(twin: TwinProcess, tmp_path: Path) -> None:
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port}, Deadlines(view_s=2))
    await hosted.open()
    await seen(hosted, Look(), tmp_path)
    twin.control.fault("silent", seconds=1e9)
    with pytest.raises(BodySilent, match="show a picture"):
        await seen(hosted, Look(), tmp_path)
    assert hosted.pid is None
    twin.control.no_faults()
    await hosted.open()
    assert not looking(twin)
    await hosted.close()


ALONE = """
import asyncio, sys, tempfile
from nightside_drivers.api import Look
from nightside_drivers.proxy import HostedBody

async def look():
    body = HostedBody("gphoto", {"port": sys.argv[1]})
    await body.open()
    with tempfile.TemporaryFile() as into:
        await body.view(Look(100), into.fileno())
    print("looking", flush=True)
    await asyncio.Event().wait()

asyncio.run(look())
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_the_daemon_however_that_ends(twin: TwinProcess, how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", ALONE, twin.gphoto_port], stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline() == "looking\n"
        assert looking(twin)
        daemon.send_signal(how)
        daemon.wait()
        until_it_is_over(twin)


async def test_a_child_that_is_told_to_stop_with_its_whole_service_waits_for_its_daemon(
    body: HostedBody, twin: TwinProcess, tmp_path: Path
) -> None:
    await seen(body, Look(), tmp_path)
    assert body.pid is not None
    os.kill(body.pid, signal.SIGTERM)
    await seen(body, Look(), tmp_path)
    await body.close()
    assert not looking(twin)


def test_a_driver_that_ends_in_an_exception_lets_the_mirror_down(twin: TwinProcess, tmp_path: Path) -> None:
    driver = GphotoDriver(twin.gphoto_port)
    driver.open()
    try:
        with (tmp_path / "view.jpg").open("w+b") as into:
            driver.view(Look(), into.fileno())
            with pytest.raises(BodyRefused):
                driver.view(Look(1), into.fileno())
    finally:
        driver.close()
    assert not looking(twin)

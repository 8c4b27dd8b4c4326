"""The conformance suite that ships, over every driver that ships."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nightside_drivers.api import Exposure
from nightside_drivers.errors import DriverMissing
from nightside_drivers.gphoto.driver import GphotoDriver
from nightside_drivers.loading import load, names
from nightside_drivers.rehearsal import connect
from nightside_drivers.replay.recording import VERSION, Recording, redacted, write
from nightside_drivers.testing import TwinProcess
from nightside_drivers.testing.conformance import Camera, DriverContract

SPEED = 10.0
GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-driver.md"


@pytest.fixture(scope="module")
def twin() -> Iterator[TwinProcess]:
    with TwinProcess("--speed", str(SPEED), "--start", "2018-07-03T20:00:00Z", "--scene", "plain") as running:
        yield running


class TestGphotoOnTheTwin(DriverContract):
    @pytest.fixture
    def camera(self, twin: TwinProcess) -> Camera:
        return Camera(GphotoDriver(twin.gphoto_port), Exposure(1.0), speed=SPEED)


class TestTheTwinInProcess(DriverContract):
    @pytest.fixture
    def camera(self) -> Camera:
        return Camera(connect({"speed": str(SPEED), "serial": "2012345"}), Exposure(1.0), Exposure(60.0), speed=SPEED)


class TestAReplay(DriverContract):
    @pytest.fixture
    def camera(self, tmp_path: Path) -> Camera:
        with TwinProcess("--scene", "plain") as twin:
            body = GphotoDriver(twin.gphoto_port)
            recorded = Recording(VERSION, redacted(body.open()), body.capabilities(), body.state(), body.files())
            body.close()
        write(recorded, tmp_path / "d3s.json")
        return Camera(load("replay", {"port": str(tmp_path / "d3s.json")}), Exposure(0.5))


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"version": 1, "identity": 7}', b"\xff\xd8"])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(DriverMissing, match="no recording"):
        load("replay", {"port": str(path)})


def test_a_recording_that_is_not_there_is_said() -> None:
    with pytest.raises(DriverMissing, match="doctor --record"):
        load("replay", {"port": "/nowhere.json"})


class TestTheDriverOfTheGuide(DriverContract):
    @pytest.fixture
    def camera(self, tmp_path: Path) -> Camera:
        (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
        spoken: dict[str, Any] = {}
        exec(compile(code, str(GUIDE), "exec"), spoken)  # noqa: S102 — our own document
        card = tmp_path / "4711"
        card.mkdir()
        return Camera(spoken["connect"]({"port": str(card)}), Exposure(0.5))


@pytest.mark.parametrize("name", ["gphoto", "replay", "twin"])
def test_every_driver_that_ships_is_found_by_its_name(name: str) -> None:
    assert name in names()


def test_a_driver_that_is_not_there_is_said_with_those_that_are() -> None:
    with pytest.raises(DriverMissing, match=r"'polaroid'.*gphoto"):
        load("polaroid", {})


def test_release_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(DriverMissing, match=r"camera.release"):
        load("twin", {"release_port": "loop://", "release_line": "cts"})

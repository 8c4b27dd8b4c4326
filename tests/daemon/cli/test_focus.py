"""`nightside focus`: on a twin in another process, through the real libgphoto2, with a lens whose ring is turned."""

import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from nightside.clock import VirtualClock
from nightside.ledger.opening import open_ledger, sole_writer
from nightside.ledger.states import WindowPhase
from nightside.plan.values import Plan
from nightside_drivers.testing import TwinProcess
from tests.daemon.cli.conftest import Nightside

Config = Callable[..., Path]
NIGHT = "2018-07-03T22:00:00Z"


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with TwinProcess("--scene", "tripod", "--start", NIGHT) as running:
        running.control.lens("85 mm f/1.4", 85.0, 1.4)
        yield running


@pytest.fixture
def written(config: Config, twin: TwinProcess) -> Path:
    return config(camera=f'port = "{twin.gphoto_port}"', clock=f"start = {NIGHT}\nspeed = 1")


def looking(twin: TwinProcess) -> bool:
    return bool(twin.control.state()["live_view"])


def pictures(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


def test_stars_grow_smaller_into_focus_and_larger_out_of_it(nightside: Nightside, written: Path, twin: TwinProcess) -> None:
    sizes: list[float] = []
    twin.control.focus(-120)
    for steps in (0, 60, 60, 60, 60):
        twin.control.focus(steps)
        said = nightside("focus", "--config", written, "--magnify", "100", "--at", "98,40", "--frames", "2", "--json")
        assert said.code == 0
        sizes.append(min(one["hfd_px"] for one in pictures(said.out)))
    assert sizes[0] > sizes[1] > sizes[2] < sizes[3] < sizes[4]
    assert sizes[0] > 2 * sizes[2] < sizes[4]
    assert not looking(twin)


def test_a_line_a_picture_says_how_large_and_how_that_compares(nightside: Nightside, written: Path) -> None:
    said = nightside("focus", "--config", written, "--frames", "2")
    first, second = said.out.splitlines()
    assert " px " in first
    assert "best" in second
    assert "star" in second
    assert "Live view has ended" in said.err


def test_the_brightest_star_is_magnified_where_none_is_named(nightside: Nightside, written: Path) -> None:
    said = nightside("focus", "--config", written, "--magnify", "100", "--frames", "1", "--json")
    assert "Magnifying the star at" in said.err
    (shown,) = pictures(said.out)
    assert shown["magnified_percent"] == 100
    assert shown["stars"] + shown["saturated"] >= 1


def test_with_the_cap_on_no_star_is_found_and_that_is_an_answer(nightside: Nightside, written: Path, twin: TwinProcess) -> None:
    twin.control.cap(on=True)
    said = nightside("focus", "--config", written, "--magnify", "100", "--frames", "1")
    assert said.code == 0
    assert "no star found" in said.out
    assert "magnifying its middle" in said.err


def test_one_picture_is_kept_and_never_another_in_its_place(nightside: Nightside, written: Path, tmp_path: Path) -> None:
    path = tmp_path / "focus.jpg"
    assert nightside("focus", "--config", written, "--save", path).code == 0
    kept = path.read_bytes()
    assert Image.open(io.BytesIO(kept)).size == (640, 426)
    said = nightside("focus", "--config", written, "--save", path)
    assert said.code == 63
    assert "nothing is ever overwritten" in said.err
    assert path.read_bytes() == kept


def test_a_film_is_one_jpeg_after_the_other(nightside: Nightside, written: Path, tmp_path: Path) -> None:
    path = tmp_path / "focus.mjpg"
    said = nightside("focus", "--config", written, "--mjpeg", path, "--frames", "3")
    assert len(said.out.splitlines()) == 3
    _, *frames = path.read_bytes().split(b"\xff\xd8\xff")
    assert len(frames) == 3
    for frame in frames:
        with Image.open(io.BytesIO(b"\xff\xd8\xff" + frame)) as seen:
            seen.load()


def test_a_camera_that_is_not_there_leaves_no_empty_file(nightside: Nightside, config: Config, tmp_path: Path) -> None:
    said = nightside("focus", "--config", config(), "--save", tmp_path / "focus.jpg", "--mjpeg", tmp_path / "focus.mjpg")
    assert said.code != 0
    assert "Traceback" not in said.err
    assert not (tmp_path / "focus.jpg").exists()
    assert not (tmp_path / "focus.mjpg").exists()


@pytest.mark.parametrize("at", ["1", "1,2,3", "x,y", "-1,5", "50,101", "nan,5"])
def test_a_place_that_is_none_is_refused(nightside: Nightside, written: Path, at: str) -> None:
    said = nightside("focus", "--config", written, "--at", at, "--frames", "1")
    assert said.code == 14
    assert "--at" in said.err


def test_a_magnification_that_the_body_does_not_have_is_said_with_those_that_it_has(
    nightside: Nightside, written: Path, twin: TwinProcess
) -> None:
    said = nightside("focus", "--config", written, "--magnify", "75", "--at", "50,50")
    assert said.code == 34
    assert "0, 25, 33, 50, 66, 100" in said.err
    assert not looking(twin)


def test_of_several_bodies_the_one_that_is_named_is_looked_through(
    nightside: Nightside, config: Config, twin: TwinProcess
) -> None:
    both = config(camera="")
    ports = {"1": "ptpip:127.0.0.1:9:9", twin.serial: twin.gphoto_port}
    tables = "".join(f'\n[[cameras]]\nserial = "{serial}"\nport = "{port}"\n' for serial, port in ports.items())
    both.write_text(both.read_text() + tables)
    assert nightside("focus", "--config", both, "--body", twin.serial, "--frames", "1").code == 0
    said = nightside("focus", "--config", both, "--body", "2", "--frames", "1")
    assert said.code == 10
    assert f"1, {twin.serial}" in said.err


def window(tmp_path: Path, plan: Plan, phase: WindowPhase) -> None:
    """What a daemon that is at work has written."""
    ledger = open_ledger(tmp_path / "ledger.sqlite", VirtualClock(datetime(2018, 7, 3, 20, tzinfo=UTC)))
    ledger.enter(ledger.begin("20180703-star-trail", "2012345", plan).id, phase)
    ledger.close()


def test_while_a_daemon_shoots_there_is_no_live_view_and_it_is_said_until_when(
    nightside: Nightside, config: Config, twin: TwinProcess, tmp_path: Path, plan: Plan
) -> None:
    path = config(camera=f'port = "{twin.gphoto_port}"', clock="start = 2018-07-03T20:10:00Z\nspeed = 1")
    window(tmp_path, plan, WindowPhase.SHOOTING)
    with sole_writer(tmp_path / "ledger.sqlite"):
        said = nightside("focus", "--config", path, "--frames", "1")
    assert said.code == 60
    assert "is armed" in said.err
    assert "2018-07-03 20:42:34 UTC" in said.err


def test_beside_a_daemon_that_waits_for_the_next_night_there_is_live_view(
    nightside: Nightside, config: Config, twin: TwinProcess, tmp_path: Path, plan: Plan
) -> None:
    path = config(camera=f'port = "{twin.gphoto_port}"', clock="start = 2018-07-03T19:10:00Z\nspeed = 1")
    open_ledger(tmp_path / "ledger.sqlite", VirtualClock(datetime(2018, 7, 3, 19, tzinfo=UTC))).close()
    with sole_writer(tmp_path / "ledger.sqlite"):
        assert nightside("focus", "--config", path, "--frames", "1").code == 0


def test_what_a_daemon_left_unfinished_does_not_matter_when_none_runs(
    nightside: Nightside, written: Path, tmp_path: Path, plan: Plan
) -> None:
    window(tmp_path, plan, WindowPhase.SHOOTING)
    assert nightside("focus", "--config", written, "--frames", "1").code == 0


def started(written: Path, *more: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "nightside", "focus", "--config", str(written), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_live_view_ends_with_the_command_however_that_ends(
    written: Path, twin: TwinProcess, how: signal.Signals, code: int
) -> None:
    with started(written, "--json") as command:
        assert command.stdout is not None
        assert json.loads(command.stdout.readline())["picture"] == 0
        assert looking(twin)
        command.send_signal(how)
        assert command.wait() == code
        while looking(twin):
            pass


def test_a_player_that_is_closed_ends_it_too(written: Path, twin: TwinProcess) -> None:
    with started(written, "--mjpeg", "-") as command:
        assert command.stdout is not None
        assert command.stdout.read(3) == b"\xff\xd8\xff"
        command.stdout.close()
        assert command.wait() == 0
        assert not looking(twin)

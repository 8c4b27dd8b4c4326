"""A whole night on the real stack: elements, umbra, plan, child process, libgphoto2, PTP/IP, twin, ledger, verified files."""

import asyncio
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from nightside import settings
from nightside.app import station
from nightside.building import build_clock
from nightside.engine.report import Report
from nightside.ledger.states import ShotState
from nightside_drivers.clock import ScaledClock
from nightside_drivers.testing import TwinProcess
from tests.daemons import tables, telling
from tests.orbit import shortly_before_umbra
from tests.twins import StartTwin


def check_copies(frames: Path, report: Report) -> None:
    copies = frames / report.session / report.window
    lines = [line.split("  ") for line in (copies / "SHA256SUMS").read_text().splitlines()]
    assert len(lines) == report.safe
    for sha256, name in lines:
        content = (copies / name).read_bytes()
        assert content.startswith(b"\xff\xd8\xff")
        assert hashlib.sha256(content).hexdigest() == sha256
    assert sorted(sha256 for sha256, _ in lines) == sorted(shot.sha256 or "" for shot in report.shots if shot.sha256)


def test_the_demonstration_is_one_command_that_ends_well(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "nightside", "demo", "--speed", "400", "--folder", str(tmp_path / "demo")]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=110)
    assert ended.returncode == 0, ended.stderr
    assert "planned shots are safe" in ended.stdout
    config = tmp_path / "demo" / "001" / "nightside.toml"
    assert (config.parent / "star-trail.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    listed = subprocess.run(
        [sys.executable, "-m", "nightside", "frames", "-c", str(config), "--json"], capture_output=True, check=True, timeout=60
    )
    (window,) = json.loads(listed.stdout)["windows"]
    assert window["safe"] == window["planned"] == len(window["shots"])
    lines = [json.loads(line) for line in (config.parent / "nightside.log").read_text().splitlines()]
    exposed = [line for line in lines if line["event"] == "shot-exposed"]
    assert {(line["session"], line["window"]) for line in exposed} == {(window["session"], window["window"])}
    assert [line["shot"] for line in exposed] == list(range(window["planned"]))


SPEED = 60.0


@pytest.fixture
def clock() -> ScaledClock:
    """A clock that starts shortly before umbra."""
    return shortly_before_umbra(SPEED)


async def one_window(folder: Path, twin: TwinProcess, clock: ScaledClock, program: str) -> Report:
    whole = tables(
        camera={"port": twin.gphoto_port, "lead_s": 2, "answer_within_s": 2},
        program={"kind": program, "exposure_s": 30, "shots": 5} | ({"every_s": 60} if program == "interval" else {}),
        clock=telling(clock),
    )
    configured = settings.check(whole, folder / "nightside.toml")
    async with station(configured, build_clock(configured)) as here:
        async for report in here.watch.run(1):
            return report
    raise AssertionError("a watch of one window gives one report")


@pytest.mark.parametrize("program", ["star-trail", "interval"])
async def test_every_shutter_opens_when_it_was_planned_and_inside_its_window(
    start_twin: StartTwin, clock: ScaledClock, tmp_path: Path, program: str
) -> None:
    twin = start_twin(clock)
    report = await one_window(tmp_path, twin, clock, program)
    assert report.whole
    truth = twin.truth()
    assert [one["closed"] - one["opened"] for one in truth] == pytest.approx([30.0] * 5)
    for shot, one in zip(report.shots, truth, strict=True):
        opened = one["opened"] - (shot.open_at - clock.start).total_seconds()
        assert opened >= 0  # never before its instant, hence never before the window
    await asyncio.to_thread(check_copies, tmp_path / "frames", report)


async def test_a_camera_that_hangs_is_given_up_and_every_shot_has_a_reason(
    start_twin: StartTwin, clock: ScaledClock, tmp_path: Path
) -> None:
    twin = start_twin(clock, faults='[[fault]]\nkind = "silent"\nafter_shots = 2\nseconds = 1e9\n')
    async with asyncio.timeout(100):
        report = await one_window(tmp_path, twin, clock, "star-trail")
    assert report.planned == 5
    assert not report.whole
    assert all(one["closed"] is not None for one in twin.truth())
    for shot in report.shots:
        if shot.state is ShotState.MISSED:
            assert shot.reason


async def test_a_camera_that_hangs_for_a_while_is_taken_up_again_and_its_frames_are_kept(
    start_twin: StartTwin, clock: ScaledClock, tmp_path: Path
) -> None:
    twin = start_twin(clock, faults='[[fault]]\nkind = "silent"\nafter_shots = 2\nseconds = 150\n')
    report = await one_window(tmp_path, twin, clock, "star-trail")
    truth = twin.truth()
    assert report.safe == len(truth)  # whatever the body exposed has been fetched
    assert report.safe + report.missed == 5
    assert report.safe >= 3
    await asyncio.to_thread(check_copies, tmp_path / "frames", report)

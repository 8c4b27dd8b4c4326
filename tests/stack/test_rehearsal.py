"""Rehearsals on the real stack: a person's own configuration, a twin in the place of the body, and nothing real touched."""

import asyncio
import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from nightside import settings as configuration
from nightside.app import Station
from nightside.clock import SystemClock
from nightside.demo import demonstration
from nightside.engine.report import Report
from nightside.ledger.opening import read_ledger
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import FrameState, ShotState
from nightside.rehearsal import rehearse
from nightside.rehearsal.staging import CONFIGURATION, Stage, stage
from nightside_drivers.clock import pause
from tests.daemon.cli.conftest import EPOCH
from tests.orbit import ISS_FILE

FAST = 200.0
LONGEST_S = 60.0

MINE = f"""
[orbit]
elements = "{ISS_FILE}"
[camera]
port = "usb:"
serial = "777"
lead_s = 2
power_hook = ["false"]
{{camera}}
[program]
{{program}}
[storage]
spool = "real/spool"
sinks = [{{{{ name = "disk", path = "real/disk" }}}}, {{{{ name = "spare", path = "/proc/nowhere", required = false }}}}]
[ledger]
path = "real/ledger.sqlite"
"""

TRAIL = 'kind = "star-trail"\nexposure_s = 30\nshots = 4\niso = 800'


async def nobody_watches(_: Station, __: WindowRecord) -> None:
    """The night goes on all the same."""


Staged = Callable[..., Stage]


@pytest.fixture
def staged(tmp_path: Path) -> Staged:
    """A configuration of somebody's, staged for the night after its elements' epoch."""

    def put(program: str = TRAIL, camera: str = "", speed: float = FAST, window: int = 1, faults: Path | None = None) -> Stage:
        mine = tmp_path / "mine" / "station.toml"
        mine.parent.mkdir()
        mine.write_text(MINE.format(program=program, camera=camera))
        folder = tmp_path / "rehearsal"
        folder.mkdir()
        after = datetime.fromisoformat(EPOCH)
        return stage(configuration.load(mine), folder, after, speed=speed, window=window, faults=faults)

    return put


def assert_copies_are_whole(chosen: Stage, report: Report) -> None:
    frames = chosen.frames(report.session, report.window)
    lines = [line.split("  ") for line in (frames / "SHA256SUMS").read_text().splitlines()]
    assert len(lines) == report.safe
    for sha256, name in lines:
        assert hashlib.sha256((frames / name).read_bytes()).hexdigest() == sha256


def assert_it_can_be_read_like_a_real_night(chosen: Stage, report: Report) -> None:
    written = configuration.load(chosen.folder / CONFIGURATION)
    assert written.program == chosen.settings.program
    assert written.camera.power_hook == ()
    ledger = read_ledger(written.path(written.ledger.path), SystemClock())
    (window,) = ledger.windows()
    ledger.close()
    assert window.name == report.window == chosen.tonight.id
    assert window.plan.span.start == chosen.tonight.span.start


async def test_the_demonstration_is_a_rehearsal_of_a_configuration_that_ships(tmp_path: Path) -> None:
    chosen = await asyncio.to_thread(demonstration, tmp_path, 400)
    report = await rehearse(chosen, nobody_watches)
    assert report.whole
    assert report.planned == len(chosen.plan.shots) >= 15
    assert all(shot.frame is FrameState.SAFE for shot in report.shots)
    await asyncio.to_thread(assert_copies_are_whole, chosen, report)


async def test_a_rehearsal_shoots_as_configured_and_touches_nothing_real(
    staged: Staged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = await asyncio.to_thread(staged)
    # What the environment says of the real places must not lead back to them.
    monkeypatch.setenv("NIGHTSIDE_STORAGE__SPOOL", str(tmp_path / "mine" / "spool-of-the-environment"))
    report = await rehearse(chosen, nobody_watches)
    assert report.whole
    assert (report.planned, report.serial, report.program) == (4, "777", "star-trail")
    await asyncio.to_thread(assert_copies_are_whole, chosen, report)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["station.toml"]
    assert sorted(path.name for path in (chosen.folder / "sinks").iterdir()) == ["disk", "spare"]
    monkeypatch.undo()
    await asyncio.to_thread(assert_it_can_be_read_like_a_real_night, chosen, report)


@pytest.mark.parametrize(
    "wire",
    ['port = "/dev/ttyUSB0"\ninverted = true\nlatency_s = 0.2\ncontact = true', 'kind = "gpio"\npin = 17\ncontact = 27'],
    ids=["serial", "gpio"],
)
async def test_exposures_by_wire_are_rehearsed_on_a_serial_line(staged: Staged, wire: str) -> None:
    wired = f"[camera.release]\n{wire}"
    long = 'kind = "star-trail"\nexposure_s = 120\nshots = 2\nrelease = "wired"'
    chosen = await asyncio.to_thread(staged, long, wired, speed=60)
    report = await rehearse(chosen, nobody_watches)
    assert report.whole
    assert report.planned == 2


async def test_a_later_window_can_be_chosen(staged: Staged) -> None:
    chosen = await asyncio.to_thread(staged, 'kind = "star-trail"\nexposure_s = 30\nshots = 1', speed=400, window=3)
    assert f"{chosen.tonight.span.start:%H:%M}" == "23:11"  # two revolutions after 20:06
    report = await rehearse(chosen, nobody_watches)
    assert report.whole
    assert report.window == chosen.tonight.id


async def test_faults_are_rehearsed_too_and_every_shot_has_its_reason(staged: Staged, tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nkind = "card-full"\nafter_shots = 2\n')
    report = await rehearse(await asyncio.to_thread(staged, faults=faults), nobody_watches)
    assert 1 <= report.safe < 4
    assert report.safe + report.missed == report.planned == 4
    assert all(shot.reason for shot in report.shots if shot.state is ShotState.MISSED)


def test_a_rehearsal_that_is_killed_takes_its_twin_along(staged: Staged, tmp_path: Path) -> None:
    staged()
    words = ["rehearse", tmp_path / "mine" / "station.toml", "--at", EPOCH, "--folder", tmp_path / "killed"]
    process = subprocess.Popen([sys.executable, "-m", "nightside", *map(str, words)], stdout=subprocess.DEVNULL)
    wait_for((tmp_path / "killed" / "001" / CONFIGURATION).exists)  # the twin has said its ports
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert any("nightside_drivers.twin" in command_line(child) for child in children)
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_for(lambda: not any(command_line(child) for child in children))


def command_line(process: str) -> str:
    """What a process was started as; nothing, when it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def wait_for(what: Callable[[], bool]) -> None:
    for _ in range(int(LONGEST_S / 0.02)):
        if what():
            return
        pause(0.02)
    pytest.fail("it never came to that")

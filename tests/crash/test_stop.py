"""A daemon that is told to stop finishes what is in hand if that is soon, else closes the shutter. The twin's truth is proof."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from importlib import resources
from pathlib import Path

import pytest

from nightside.ledger.states import ShotState
from nightside.sky.elements import load_elements
from nightside_drivers.clock import ScaledClock
from nightside_drivers.testing import TwinProcess
from tests.crash.test_kill_daemon import LONGEST_S, states, wait_for
from tests.daemon.service.manager import Manager, environment, manager

SPEED = 60.0
BULB, EXPOSURE_TIME = 0xFFFFFFFF, 0x500D
ASKED_S = 900.0
"""Of clock time, for one exposure by wire: a quarter of a minute of the machine's."""

CONFIG = """\
[orbit]
elements = "{elements}"
[camera]
port = "{twin.gphoto_port}"
lead_s = 3
{camera}
[program]
kind = "star-trail"
{program}
[storage]
spool = "spool"
sinks = [{{ name = "frames", path = "frames" }}]
[ledger]
path = "ledger.sqlite"
[clock]
start = {clock.start:%Y-%m-%dT%H:%M:%S.%fZ}
speed = {clock.speed!r}
origin = {clock.origin!r}
"""


@pytest.fixture
def clock() -> ScaledClock:
    with resources.as_file(resources.files("nightside.sky").joinpath("data", "iss-2018-07-03.tle")) as path:
        return ScaledClock(load_elements(path).epoch + timedelta(minutes=33), SPEED)


@pytest.fixture
def twin(clock: ScaledClock) -> Iterator[TwinProcess]:
    words = ["--start", clock.start.isoformat(), "--origin", repr(clock.origin), "--speed", repr(clock.speed)]
    with TwinProcess("--release-port", "0", "--scene", "plain", *words) as running:
        yield running


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Manager]:
    with manager(tmp_path / "notify") as found:
        yield found


class Daemon:
    """`nightside run` as a service manager starts it."""

    def __init__(self, folder: Path, twin: TwinProcess, clock: ScaledClock, program: str, camera: str = "") -> None:
        self._twin = twin
        with resources.as_file(resources.files("nightside.sky").joinpath("data", "iss-2018-07-03.tle")) as elements:
            text = CONFIG.format(elements=elements, twin=twin, clock=clock, program=program, camera=camera)
        (folder / "nightside.toml").write_text(text)
        self._words = [sys.executable, "-m", "nightside", "run", "--config", str(folder / "nightside.toml")]
        self._folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        with (self._folder / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self._words, *more], stdout=log, stderr=log, env=environment(self._folder / "notify", 60)
            )
        return self.process

    def exposing(self, number: int) -> bool:
        truth = self._twin.truth()
        return len(truth) >= number and truth[number - 1]["closed"] is None


@pytest.fixture
def started() -> Iterator[list[Daemon]]:
    daemons: list[Daemon] = []
    yield daemons
    for daemon in daemons:
        if daemon.process is not None:
            daemon.process.kill()
            daemon.process.wait()


def test_a_stop_in_mid_exposure_finishes_it_and_begins_no_other(
    tmp_path: Path, twin: TwinProcess, clock: ScaledClock, listening: Manager, started: list[Daemon]
) -> None:
    daemon = Daemon(tmp_path, twin, clock, "shots = 12")
    started.append(daemon)
    process = daemon.start()
    assert listening.wait_for("READY=1")
    wait_for(lambda: daemon.exposing(2))
    process.send_signal(signal.SIGTERM)
    assert listening.wait_for("STOPPING=1")
    assert process.wait(LONGEST_S) == 0
    truth = twin.truth()
    assert 2 <= len(truth) < 12
    assert states(tmp_path).count(ShotState.EXPOSED) == len(truth)
    assert ShotState.MISSED not in states(tmp_path)


@pytest.mark.parametrize(
    ("more", "words"), [(("--finish-within", "0.5"), 1), ((), 2)], ids=["too long to wait for", "told a second time"]
)
def test_an_exposure_that_is_not_waited_for_is_closed_now(
    tmp_path: Path,
    twin: TwinProcess,
    clock: ScaledClock,
    listening: Manager,
    started: list[Daemon],
    more: tuple[str, ...],
    words: int,
) -> None:
    twin.control.dial(EXPOSURE_TIME, BULB)
    release = f'release = {{ port = "{twin.release_url}" }}'
    daemon = Daemon(tmp_path, twin, clock, f'exposure_s = {ASKED_S}\nshots = 2\nrelease = "wired"', release)
    started.append(daemon)
    process = daemon.start(*more)
    wait_for(lambda: daemon.exposing(1))
    process.send_signal(signal.SIGTERM)
    assert listening.wait_for("STOPPING=1")
    if words == 2:
        process.send_signal(signal.SIGTERM)
    assert process.wait(LONGEST_S) == 0
    (opening,) = twin.truth()
    assert opening["closed"] is not None
    assert opening["closed"] - opening["opened"] < ASKED_S
    assert states(tmp_path).count(ShotState.MISSED) == 0  # it is in doubt: the card is looked at when the daemon is back

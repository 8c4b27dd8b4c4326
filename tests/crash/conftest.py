"""A daemon in a process of its own, that can be killed."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Protocol

import pytest

from nightside_drivers.clock import ScaledClock
from tests.twins import TwinProcess


class StartDaemon(Protocol):
    """Starts a daemon on a twin and its clock; `more` is added to its configuration."""

    def __call__(self, twin: TwinProcess, clock: ScaledClock, more: str = "", shots: int = 12) -> subprocess.Popen[bytes]: ...


CONFIG = """\
[orbit]
elements = "{elements}"
[night]
condition = "umbra"
[camera]
port = "{port}"
lead_s = 3
[program]
kind = "star-trail"
shots = {shots}
iso = 800
[storage]
spool = "spool"
sinks = [{{ name = "frames", path = "frames" }}]
[ledger]
path = "ledger.sqlite"
[clock]
start = {start}
speed = {speed!r}
origin = {origin!r}
"""


@pytest.fixture
def start_daemon(tmp_path: Path) -> Iterator[StartDaemon]:
    """Start `nightside run` for one window, in `tmp_path`; started again, it finds what the one before left."""
    started: list[subprocess.Popen[bytes]] = []
    elements = resources.files("nightside.sky").joinpath("data", "iss-2018-07-03.tle")

    def start(twin: TwinProcess, clock: ScaledClock, more: str = "", shots: int = 12) -> subprocess.Popen[bytes]:
        (tmp_path / "nightside.toml").write_text(
            CONFIG.format(
                shots=shots,
                elements=elements,
                port=twin.path,
                start=clock.start.isoformat(),
                speed=clock.speed,
                origin=clock.origin,
            )
            + more
        )
        words = ["run", "--config", str(tmp_path / "nightside.toml"), "--windows", "1"]
        log = (tmp_path / "daemon.log").open("ab")
        with log:
            process = subprocess.Popen([sys.executable, "-m", "nightside", *words], stdout=log, stderr=log)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()

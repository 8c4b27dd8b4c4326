"""A daemon in a process of its own, that can be killed."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from nightside_drivers.clock import ScaledClock
from nightside_drivers.testing import TwinProcess
from tests.daemons import Daemon, Table, telling


class StartDaemon(Protocol):
    """Starts a daemon on a twin and its clock; `more` is laid over its configuration."""

    def __call__(
        self, twin: TwinProcess, clock: ScaledClock, *, shots: int = 12, **more: Table | list[Table]
    ) -> subprocess.Popen[bytes]: ...


@pytest.fixture
def start_daemon(tmp_path: Path) -> Iterator[StartDaemon]:
    """Start `nightside run` for one window, in `tmp_path`; started again, it finds what the one before left."""
    started: list[Daemon] = []

    def start(
        twin: TwinProcess, clock: ScaledClock, *, shots: int = 12, **more: Table | list[Table]
    ) -> subprocess.Popen[bytes]:
        camera = {"port": twin.gphoto_port, "lead_s": 3}
        program = {"kind": "star-trail", "shots": shots, "iso": 800}
        daemon = Daemon(tmp_path, camera=camera, program=program, clock=telling(clock), **more)
        started.append(daemon)
        return daemon.start("--windows", "1")

    yield start
    for daemon in started:
        daemon.end()

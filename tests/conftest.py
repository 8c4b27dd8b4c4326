"""What every test may use, and what holds for all: no timed assertions, not even Hypothesis's own."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from blockbuster import blockbuster_ctx
from hypothesis import settings

from nightside_drivers.clock import ScaledClock
from tests.postgres import Postgres, server
from tests.twins import StartTwin, TwinProcess

os.environ.pop("COLUMNS", None)  # how wide the terminal of whoever runs them is, is nothing to the tests

settings.register_profile("nightside", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)  # a landing does not depend on dice
settings.load_profile("ci" if os.environ.get("CI") else "nightside")


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Commands set up logging for their process; a test gives it back."""
    handlers = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers[:] = handlers
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def nothing_blocks_the_event_loop() -> Iterator[None]:
    """A blocking call on an event loop, from the service half or the proxy, fails the test that made it."""
    with blockbuster_ctx(["nightside", "nightside_drivers.proxy"]):
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server that all tests share; each makes a database of its own on it."""
    with server() as running:
        yield running


@pytest.fixture
def start_twin(tmp_path: Path) -> Iterator[StartTwin]:
    """Start twins on a shared scaled clock; they end with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(clock: ScaledClock, faults: str = "", serial: str = "2012345") -> TwinProcess:
        words = ["--port=0", "--control-port=0", f"--serial={serial}", f"--start={clock.start.isoformat()}"]
        words += [f"--origin={clock.origin!r}", f"--speed={clock.speed!r}"]
        if faults:
            path = tmp_path / "faults.toml"
            path.write_text(faults)
            words.append(f"--faults={path}")
        process = subprocess.Popen([sys.executable, "-m", "nightside_drivers.twin", *words], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        return TwinProcess(process, ports["port"], ports["control_port"], serial)

    yield start
    for process in started:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()

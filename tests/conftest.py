"""What every test may use, and what holds for all: no timed assertions, not even Hypothesis's own."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from blockbuster import blockbuster_ctx
from hypothesis import settings

from nightside_drivers.clock import ScaledClock
from nightside_drivers.testing import TwinProcess
from nightside_drivers.testing.plugin import MakeTwin
from tests.daemon.service.manager import Manager, manager
from tests.postgres import Postgres, server
from tests.twins import StartTwin, following

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
def start_twin(tmp_path: Path, make_twin: MakeTwin) -> StartTwin:
    """Start twins on the clock of a test; they end with it."""

    def start(clock: ScaledClock, faults: str = "", serial: str = "2012345") -> TwinProcess:
        plan = tmp_path / f"faults-{serial}.toml"
        plan.write_text(faults)
        return make_twin("--serial", serial, "--faults", str(plan), *following(clock))

    return start


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Manager]:
    """A service manager that a daemon of this folder can tell how it is."""
    with manager(tmp_path / "notify") as found:
        yield found

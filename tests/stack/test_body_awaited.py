"""`nightside run` with no body at its start: it says so, waits, and goes on by itself when the body comes."""

import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nightside_drivers.clock import pause
from nightside_drivers.testing import TwinProcess
from tests.daemons import Daemon


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def daemon(tmp_path: Path, port: int) -> Iterator[Daemon]:
    camera = {"port": f"ptpip:127.0.0.1:{port}:{port}", "answer_within_s": 2}
    clock = {"start": datetime(2018, 7, 3, 19, 25, 57, tzinfo=UTC), "speed": 60}
    found = Daemon(tmp_path, camera=camera, clock=clock)
    found.start()
    yield found
    found.end()


def said(daemon: Daemon, event: str) -> dict[str, Any]:
    """Wait until its log says this; the test's own time limit ends a wait for what never comes."""
    while daemon.process.poll() is None:
        if lines := daemon.lines(event):
            return lines[0]
        pause(0.05)
    pytest.fail(f"it ended without saying {event}")


def test_a_body_that_is_not_there_at_the_start_is_waited_for_in_words(daemon: Daemon, port: int) -> None:
    awaited = said(daemon, "body-awaited")
    assert f"ptpip:127.0.0.1:{port}:{port}" in awaited["why"]
    assert awaited["next"] == "Nightside waits and goes on by itself."
    with TwinProcess("--scene", "plain", "--port", str(port)):
        assert said(daemon, "body-found")["serial"] == "2012345"
        assert said(daemon, "window-planned")["session"] == "20180703-star-trail"


def test_a_daemon_that_waits_for_its_body_can_be_stopped(daemon: Daemon) -> None:
    said(daemon, "body-awaited")
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(30) == 0

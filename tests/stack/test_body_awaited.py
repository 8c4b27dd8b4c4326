"""`nightside run` with no body at its start: it says so, waits, and goes on by itself when the body comes."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import IO

import pytest

from nightside_drivers.testing import TwinProcess

CONFIG = """\
[orbit]
elements = "{elements}"
[camera]
port = "ptpip:127.0.0.1:{port}:{port}"
answer_within_s = 2
[storage]
spool = "spool"
sinks = [{{ name = "frames", path = "frames" }}]
[ledger]
path = "ledger.sqlite"
[clock]
start = 2018-07-03T19:25:57Z
speed = 60
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def daemon(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    elements = resources.files("nightside.sky").joinpath("data", "iss-2018-07-03.tle")
    config = tmp_path / "nightside.toml"
    config.write_text(CONFIG.format(elements=elements, port=port))
    words = [sys.executable, "-m", "nightside", "run", "--config", str(config)]
    process = subprocess.Popen(words, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def said(stream: IO[str] | None, event: str) -> dict[str, str]:
    """Read the log until it says this."""
    assert stream is not None
    for line in stream:
        if not line.startswith("{"):
            continue  # libgphoto2's own words about the network
        entry: dict[str, str] = json.loads(line)
        if entry["event"] == event:
            return entry
    pytest.fail(f"it ended without saying {event}")


def test_a_body_that_is_not_there_at_the_start_is_waited_for_in_words(daemon: subprocess.Popen[str], port: int) -> None:
    awaited = said(daemon.stdout, "body-awaited")
    assert f"ptpip:127.0.0.1:{port}:{port}" in awaited["why"]
    assert awaited["next"] == "Nightside waits and goes on by itself."
    with TwinProcess("--scene", "plain", "--port", str(port)):
        assert said(daemon.stdout, "body-found")["serial"] == "2012345"
        assert said(daemon.stdout, "window-planned")["session"] == "20180703-star-trail"


def test_a_daemon_that_waits_for_its_body_can_be_stopped(daemon: subprocess.Popen[str]) -> None:
    said(daemon.stdout, "body-awaited")
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(30) == 0

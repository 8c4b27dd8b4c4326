"""A configuration that changes under a real daemon on a twin: taken between windows, or refused and the old one kept; and told."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from nightside.clock import SystemClock
from nightside.errors import ConditionRefused
from nightside_drivers.testing import TwinProcess
from tests.daemon.service.manager import Manager, environment, manager

pytestmark = pytest.mark.timeout(900)

CONFIG = """\
[orbit]
elements = "{elements}"
[night]
condition = "{condition}"
[camera]
port = "{twin.gphoto_port}"
[program]
kind = "{kind}"
{program}
[storage]
spool = "spool"
sinks = [{{ name = "frames", path = "frames" }}]
[ledger]
path = "ledger.sqlite"
[clock]
start = 2018-07-03T19:25:57Z
[api]
enabled = false
"""


class Running:
    """A daemon that waits for its first window, which is half an hour away."""

    def __init__(self, folder: Path, twin: TwinProcess) -> None:
        self._folder, self._twin = folder, twin
        self.config = folder / "nightside.toml"
        self.write()
        words = [sys.executable, "-m", "nightside", "run", "--config", str(self.config)]
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(folder / "notify", 60)
            )

    def write(self, condition: str = "umbra", kind: str = "star-trail", program: str = "shots = 3") -> None:
        with resources.as_file(resources.files("nightside.sky").joinpath("data", "iss-2018-07-03.tle")) as elements:
            text = CONFIG.format(elements=elements, condition=condition, twin=self._twin, kind=kind, program=program)
        self.config.write_text(text)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "nightside", *words, "--config", str(self.config)]
        return subprocess.run(line, capture_output=True, text=True, timeout=300, check=False)

    def lines(self, event: str) -> list[dict[str, object]]:
        said = (line for line in (self._folder / "log").read_text().splitlines() if line.startswith("{"))
        return [line for line in map(json.loads, said) if line["event"] == event]


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Manager]:
    with manager(tmp_path / "notify") as found:
        yield found


@pytest.fixture
def running(tmp_path: Path, listening: Manager) -> Iterator[Running]:
    with TwinProcess("--scene", "plain") as twin:
        daemon = Running(tmp_path, twin)
        try:
            listening.wait_for("STATUS=Waits for the window 20180703T")
            yield daemon
        finally:
            daemon.process.kill()
            daemon.process.wait()


def test_a_good_one_is_taken_by_command_and_the_manager_is_told_when(running: Running, listening: Manager) -> None:
    before = SystemClock().monotonic()
    running.write(kind="interval", program="exposure_s = 5\nevery_s = 20")
    said = running.command("reload")
    assert (said.returncode, said.stderr) == (0, "")
    assert "Taken, from the next window on: program." in said.stdout
    told = listening.wait_for("RELOADING=1")
    (since,) = re.findall(r"^MONOTONIC_USEC=(\d+)$", told, re.MULTILINE)
    assert before <= int(since) / 1e6 <= SystemClock().monotonic()
    assert listening.wait_for("READY=1")
    assert running.lines("configuration-taken")


def test_a_bad_one_is_refused_by_command_and_by_signal_and_the_old_one_goes_on(running: Running, listening: Manager) -> None:
    running.write(condition="umbra &")
    said = running.command("reload")
    assert said.returncode == ConditionRefused.exit_code
    assert "Traceback" not in said.stderr
    for _ in range(2):
        assert listening.wait_for("RELOADING=1")
        assert listening.wait_for("READY=1")
        running.process.send_signal(signal.SIGHUP)
    assert listening.wait_for("RELOADING=1")
    assert listening.wait_for("READY=1")
    assert len(running.lines("configuration-refused")) == 3
    running.write(kind="interval", program="exposure_s = 5\nevery_s = 20")
    running.process.send_signal(signal.SIGHUP)
    assert listening.wait_for("RELOADING=1")
    assert listening.wait_for("READY=1")
    assert [line["taken"] for line in running.lines("configuration-taken")] == [["program"]]
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(300) == 0

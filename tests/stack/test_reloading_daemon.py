"""A configuration that changes under a real daemon on a twin: taken between windows, or refused and the old one kept; and told."""

import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nightside.clock import SystemClock
from nightside.errors import ConditionRefused
from nightside_drivers.testing import TwinProcess
from tests.daemon.service.manager import Manager, environment
from tests.daemons import Daemon

pytestmark = pytest.mark.timeout(900)

WAITS = {"start": datetime(2018, 7, 3, 19, 25, 57, tzinfo=UTC)}
"""Half an hour before the first window."""


class Running(Daemon):
    """A daemon that waits for its first window."""

    def __init__(self, folder: Path, port: str) -> None:
        self._port = port
        super().__init__(folder, **self._told())

    def change(self, condition: str = "umbra", kind: str = "star-trail", **program: Any) -> None:
        """Write its configuration anew."""
        self.write(**self._told(condition, kind, **program))

    def _told(self, condition: str = "umbra", kind: str = "star-trail", **program: Any) -> dict[str, dict[str, Any]]:
        night, plan, camera = {"condition": condition}, {"kind": kind, **program}, {"port": self._port}
        return {"night": night, "program": plan, "camera": camera, "clock": WAITS, "api": {"enabled": False}}


@pytest.fixture
def running(tmp_path: Path, listening: Manager) -> Iterator[Running]:
    with TwinProcess("--scene", "plain") as twin:
        daemon = Running(tmp_path, twin.gphoto_port)
        try:
            daemon.start(environment=environment(tmp_path / "notify", 60))
            listening.wait_for("STATUS=Waits for the window 20180703T")
            yield daemon
        finally:
            daemon.end()


def test_a_good_one_is_taken_by_command_and_the_manager_is_told_when(running: Running, listening: Manager) -> None:
    before = SystemClock().monotonic()
    running.change(kind="interval", exposure_s=5, every_s=20)
    said = running.command("reload")
    assert (said.returncode, said.stderr) == (0, "")
    assert "Taken, from the next window on: program." in said.stdout
    told = listening.wait_for("RELOADING=1")
    (since,) = re.findall(r"^MONOTONIC_USEC=(\d+)$", told, re.MULTILINE)
    assert before <= int(since) / 1e6 <= SystemClock().monotonic()
    assert listening.wait_for("READY=1")
    assert running.lines("configuration-taken")


def test_a_bad_one_is_refused_by_command_and_by_signal_and_the_old_one_goes_on(running: Running, listening: Manager) -> None:
    running.change(condition="umbra &")
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
    running.change(kind="interval", exposure_s=5, every_s=20)
    running.process.send_signal(signal.SIGHUP)
    assert listening.wait_for("RELOADING=1")
    assert listening.wait_for("READY=1")
    assert [line["taken"] for line in running.lines("configuration-taken")] == [["program"]]
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(300) == 0

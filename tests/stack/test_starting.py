"""`nightside run` as a service manager starts it, with things missing: ready, it says what it waits for, and goes on by itself."""

import json
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from nightside.errors import ConditionRefused, ConfigRefused, ElementsMissing, NightsideError
from nightside_drivers.testing import TwinProcess
from tests.daemon.service.manager import Manager, environment
from tests.daemons import Daemon, Table
from tests.orbit import ISS_FILE
from tests.stack.test_body_awaited import free_port

pytestmark = pytest.mark.timeout(900)  # whole daemons, on machines that may have much else to do

NOBODY = "http://127.0.0.1:9/iss.tle"
"""The port of the discard protocol: nobody listens there."""
NAS = {"name": "nas", "kind": "sftp", "host": "127.0.0.1", "port": 9, "user": "n", "path": "f", "known_hosts": "known"}


class Start(Protocol):
    """Starts a daemon whose API is at a port; what is given is laid over its configuration."""

    def __call__(self, api: int, **more: Table) -> Daemon: ...


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(tmp_path: Path, port: int) -> Iterator[Start]:
    started: list[Daemon] = []

    def begin(api: int, **more: Table) -> Daemon:
        own: dict[str, Table] = {
            "orbit": {"elements": "iss.tle", "source": NOBODY},
            "camera": {"port": f"ptpip:127.0.0.1:{port}:{port}", "answer_within_s": 2},
            "clock": {"start": datetime(2018, 7, 3, 19, 25, 57, tzinfo=UTC), "speed": 60},
            "api": {"port": api},
        }
        daemon = Daemon(tmp_path, **{**own, **{name: {**own.get(name, {}), **table} for name, table in more.items()}})
        started.append(daemon)
        daemon.start(environment=environment(tmp_path / "notify", 60))
        return daemon

    yield begin
    for daemon in started:
        daemon.end()


def have_elements(folder: Path) -> None:
    shutil.copy(ISS_FILE, folder / "iss.tle")


def state(api: int) -> dict[str, object]:
    with urllib.request.urlopen(f"http://127.0.0.1:{api}/api/v1/state", timeout=30) as answer:
        return dict(json.load(answer)[0])


def test_with_neither_elements_nor_network_nor_camera_it_is_ready_waits_in_words_and_goes_on(
    tmp_path: Path, listening: Manager, start: Start, port: int
) -> None:
    api = free_port()
    daemon = start(api)
    assert listening.wait_for("READY=1")
    assert "Waits." in listening.wait_for("STATUS=Waits.")
    assert daemon.lines("elements-awaited")
    assert "Could not connect" in str(state(api)["awaits"])
    with TwinProcess("--scene", "plain", "--port", str(port)):
        assert "elements" in listening.wait_for("STATUS=Waits. There")
        assert daemon.lines("body-found")
        have_elements(tmp_path)
        assert listening.wait_for("STATUS=Waits for the window 20180703T")
    assert [len(daemon.lines(event)) for event in ("body-awaited", "plan-awaited", "plan-found")] == [1, 1, 1]
    assert state(api)["awaits"] == []
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(300) == 0


def test_without_the_server_of_its_ledger_it_waits_in_words_and_can_be_stopped(
    tmp_path: Path, listening: Manager, start: Start
) -> None:
    have_elements(tmp_path)
    daemon = start(free_port(), ledger={"url": "postgresql://n@127.0.0.1:9/n"})
    assert listening.wait_for("READY=1")
    assert "cannot be reached" in listening.wait_for("STATUS=Waits.")
    assert listening.wait_for("WATCHDOG=1")
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(300) == 0
    assert len(daemon.lines("ledger-awaited")) == 1


def test_a_sink_that_was_never_met_and_cannot_be_reached_holds_up_no_night(
    tmp_path: Path, listening: Manager, start: Start
) -> None:
    have_elements(tmp_path)
    (tmp_path / "known").write_text("")
    daemon = start(free_port(), storage={"spool": "spool", "sinks": [NAS]})
    assert listening.wait_for("READY=1")
    assert daemon.lines("sink-awaited")[0]["sink"] == "nas"


def heeds_hangup(process: subprocess.Popen[bytes]) -> bool:
    """Whether SIGHUP would end it no more, as the kernel sees it."""
    lines = (line.partition(":") for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
    masks = [int(mask, 16) for name, _, mask in lines if name in {"SigIgn", "SigCgt"}]
    return any(mask >> (signal.SIGHUP - 1) & 1 for mask in masks)


def test_a_reload_that_comes_before_it_is_ready_does_not_end_it(tmp_path: Path, listening: Manager, start: Start) -> None:
    have_elements(tmp_path)
    process = start(free_port(), ledger={"url": "postgresql://n@127.0.0.1:9/n"}).process
    while not heeds_hangup(process):
        assert process.poll() is None
    process.send_signal(signal.SIGHUP)
    assert listening.wait_for("READY=1")
    process.send_signal(signal.SIGHUP)  # and before its ledger is there
    assert "cannot be reached" in listening.wait_for("STATUS=Waits.")
    process.send_signal(signal.SIGTERM)
    assert process.wait(300) == 0


REFUSED: dict[str, tuple[dict[str, Table], type[NightsideError]]] = {
    "a condition that cannot be parsed": ({"night": {"condition": "umbra &"}}, ConditionRefused),
    "elements that nothing will bring": ({"orbit": {"source": "newer.tle"}}, ElementsMissing),
    "a setting that does not exist": ({"ledger": {"path": "ledger.sqlite", "nonsense": 1}}, ConfigRefused),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_waiting_would_not_mend_is_refused_at_once(name: str, listening: Manager, start: Start) -> None:
    wrong, refusal = REFUSED[name]
    assert start(free_port(), **wrong).process.wait(300) == refusal.exit_code
    assert listening.heard() == []

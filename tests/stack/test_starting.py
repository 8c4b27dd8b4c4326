"""`nightside run` as a service manager starts it, with things missing: ready, it says what it waits for, and goes on by itself."""

import json
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

import pytest

from nightside.errors import ConditionRefused, ConfigRefused, ElementsMissing
from nightside_drivers.testing import TwinProcess
from tests.daemon.service.manager import Manager, environment, manager
from tests.stack.test_body_awaited import free_port

pytestmark = pytest.mark.timeout(900)  # whole daemons, on machines that may have much else to do

CONFIG = """\
[orbit]
elements = "iss.tle"
source = "{source}"
[night]
condition = "{condition}"
[camera]
port = "ptpip:127.0.0.1:{port}:{port}"
answer_within_s = 2
[storage]
spool = "spool"
sinks = [{sinks}]
[ledger]
{ledger}
[clock]
start = 2018-07-03T19:25:57Z
speed = 60
[api]
port = {api}
"""

NOBODY = "http://127.0.0.1:9/iss.tle"
"""The port of the discard protocol: nobody listens there."""
FRAMES = '{ name = "frames", path = "frames" }'
NAS = '{ name = "nas", kind = "sftp", host = "127.0.0.1", port = 9, user = "n", path = "f", known_hosts = "known" }'
IN_A_FILE = 'path = "ledger.sqlite"'

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Manager]:
    with manager(tmp_path / "notify") as found:
        yield found


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(tmp_path: Path, port: int) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(api: int, **what: str) -> subprocess.Popen[str]:
        said = {"source": NOBODY, "condition": "umbra", "sinks": FRAMES, "ledger": IN_A_FILE, **what}
        config = tmp_path / "nightside.toml"
        config.write_text(CONFIG.format(port=port, api=api, **said))
        words = [sys.executable, "-m", "nightside", "run", "--config", str(config)]
        with (tmp_path / "log").open("w") as log:
            process = subprocess.Popen(words, stdout=log, stderr=log, text=True, env=environment(tmp_path / "notify", 60))
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


def have_elements(folder: Path) -> None:
    with resources.as_file(resources.files("nightside.sky").joinpath("data", "iss-2018-07-03.tle")) as path:
        shutil.copy(path, folder / "iss.tle")


def state(api: int) -> dict[str, object]:
    with urllib.request.urlopen(f"http://127.0.0.1:{api}/api/v1/state", timeout=30) as answer:
        return dict(json.load(answer)[0])


def lines(folder: Path, event: str) -> list[dict[str, str]]:
    said = (line for line in (folder / "log").read_text().splitlines() if line.startswith("{"))
    return [line for line in map(json.loads, said) if line["event"] == event]


def test_with_neither_elements_nor_network_nor_camera_it_is_ready_waits_in_words_and_goes_on(
    tmp_path: Path, listening: Manager, start: Start, port: int
) -> None:
    process, api = None, free_port()
    process = start(api)
    assert listening.wait_for("READY=1")
    assert "Waits." in listening.wait_for("STATUS=Waits.")
    assert lines(tmp_path, "elements-awaited")
    assert "Could not connect" in str(state(api)["awaits"])
    with TwinProcess("--scene", "plain", "--port", str(port)):
        assert "elements" in listening.wait_for("STATUS=Waits. There")
        assert lines(tmp_path, "body-found")
        have_elements(tmp_path)
        assert listening.wait_for("STATUS=Waits for the window 20180703T")
    assert [len(lines(tmp_path, event)) for event in ("body-awaited", "plan-awaited", "plan-found")] == [1, 1, 1]
    assert state(api)["awaits"] == []
    process.send_signal(signal.SIGTERM)
    assert process.wait(300) == 0


def test_without_the_server_of_its_ledger_it_waits_in_words_and_can_be_stopped(
    tmp_path: Path, listening: Manager, start: Start
) -> None:
    have_elements(tmp_path)
    process = start(free_port(), ledger='url = "postgresql://n@127.0.0.1:9/n"')
    assert listening.wait_for("READY=1")
    assert "cannot be reached" in listening.wait_for("STATUS=Waits.")
    assert listening.wait_for("WATCHDOG=1")
    process.send_signal(signal.SIGTERM)
    assert process.wait(300) == 0
    assert len(lines(tmp_path, "ledger-awaited")) == 1


def test_a_sink_that_was_never_met_and_cannot_be_reached_holds_up_no_night(
    tmp_path: Path, listening: Manager, start: Start
) -> None:
    have_elements(tmp_path)
    (tmp_path / "known").write_text("")
    start(free_port(), sinks=NAS)
    assert listening.wait_for("READY=1")
    assert lines(tmp_path, "sink-awaited")[0]["sink"] == "nas"


REFUSED = {
    "a condition that cannot be parsed": ({"condition": "umbra &"}, ConditionRefused),
    "elements that nothing will bring": ({"source": "newer.tle"}, ElementsMissing),
    "a setting that does not exist": ({"ledger": f"{IN_A_FILE}\nnonsense = 1"}, ConfigRefused),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_waiting_would_not_mend_is_refused_at_once(name: str, listening: Manager, start: Start) -> None:
    wrong, refusal = REFUSED[name]
    assert start(free_port(), **wrong).wait(300) == refusal.exit_code
    assert listening.heard() == []

"""A daemon that is told to stop finishes what is in hand if that is soon, else closes the shutter. The twin's truth is proof."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nightside.ledger.states import ShotState
from nightside_drivers.clock import ScaledClock
from nightside_drivers.testing import TwinProcess
from tests.crash.test_kill_daemon import LONGEST_S, exposing, states, wait_for
from tests.daemon.service.manager import Manager, environment
from tests.daemons import Daemon, Table, telling
from tests.orbit import shortly_before_umbra
from tests.twins import following

Begin = Callable[..., subprocess.Popen[bytes]]

SPEED = 60.0
BULB, EXPOSURE_TIME = 0xFFFFFFFF, 0x500D
ASKED_S = 900.0
"""Of clock time, for one exposure by wire: a quarter of a minute of the machine's."""


@pytest.fixture
def clock() -> ScaledClock:
    return shortly_before_umbra(SPEED)


@pytest.fixture
def twin(clock: ScaledClock) -> Iterator[TwinProcess]:
    with TwinProcess("--release-port", "0", "--scene", "plain", *following(clock)) as running:
        yield running


@pytest.fixture
def begin(tmp_path: Path, twin: TwinProcess, clock: ScaledClock) -> Iterator[Begin]:
    """Start a daemon on the twin as a service manager does."""
    started: list[Daemon] = []

    def start(*words: str, camera: Table | None = None, **program: Any) -> subprocess.Popen[bytes]:
        whole = {"port": twin.gphoto_port, "lead_s": 3, **(camera or {})}
        daemon = Daemon(tmp_path, camera=whole, program={"kind": "star-trail", **program}, clock=telling(clock))
        started.append(daemon)
        return daemon.start(*words, environment=environment(tmp_path / "notify", 60))

    yield start
    for daemon in started:
        daemon.end()


def test_a_stop_in_mid_exposure_finishes_it_and_begins_no_other(
    tmp_path: Path, twin: TwinProcess, listening: Manager, begin: Begin
) -> None:
    process = begin(shots=12)
    assert listening.wait_for("READY=1")
    wait_for(lambda: exposing(twin, 2))
    process.send_signal(signal.SIGTERM)
    assert listening.wait_for("STOPPING=1")
    assert process.wait(LONGEST_S) == 0
    truth = twin.truth()
    assert 2 <= len(truth) < 12
    assert states(tmp_path).count(ShotState.EXPOSED) == len(truth)
    assert ShotState.MISSED not in states(tmp_path)


@pytest.mark.parametrize(
    ("more", "words"), [(("--finish-within", "0.5"), 1), ((), 2)], ids=["too long to wait for", "told a second time"]
)
def test_an_exposure_that_is_not_waited_for_is_closed_now(
    tmp_path: Path,
    twin: TwinProcess,
    listening: Manager,
    begin: Begin,
    more: tuple[str, ...],
    words: int,
) -> None:
    twin.control.dial(EXPOSURE_TIME, BULB)
    wired = {"release": {"port": twin.release_url}}
    process = begin(*more, camera=wired, exposure_s=ASKED_S, shots=2, release="wired")
    wait_for(lambda: exposing(twin, 1))
    process.send_signal(signal.SIGTERM)
    assert listening.wait_for("STOPPING=1")
    if words == 2:
        process.send_signal(signal.SIGTERM)
    assert process.wait(LONGEST_S) == 0
    (opening,) = twin.truth()
    assert opening["closed"] is not None
    assert opening["closed"] - opening["opened"] < ASKED_S
    assert states(tmp_path).count(ShotState.MISSED) == 0  # it is in doubt: the card is looked at when the daemon is back

"""Kill −9 at bad moments. What was planned goes on; at most the shot in flight is lost; nothing is doubled."""

import hashlib
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nightside.clock import SystemClock
from nightside.engine.controls import STOPPED
from nightside.engine.reasons import CUT_SHORT, doubted
from nightside.engine.report import Report, report
from nightside.engine.runner import NOT_RUNNING
from nightside.ledger.opening import open_ledger
from nightside.ledger.states import ShotState
from nightside.ledger.store import Ledger
from nightside_drivers.clock import ScaledClock, pause
from nightside_drivers.testing import TwinProcess
from tests.crash.conftest import StartDaemon
from tests.crash.test_tell import nightside
from tests.orbit import shortly_before_umbra
from tests.twins import StartTwin

SPEED = 60.0
PLANNED = 12
LONG = 24
"""Shots of a plan that nobody waits to be over."""
LONGEST_S = 90.0


def look(tmp_path: Path) -> Ledger:
    return open_ledger(tmp_path / "ledger.sqlite", SystemClock())


def wait_for(what: Callable[[], bool]) -> None:
    for _ in range(int(LONGEST_S / 0.02)):
        if what():
            return
        pause(0.02)
    pytest.fail("it never came to that")


def states(tmp_path: Path) -> list[ShotState]:
    if not (tmp_path / "ledger.sqlite").exists():
        return []
    ledger = look(tmp_path)
    try:
        return [shot.state for window in ledger.windows() for shot in ledger.shots(window.id)]
    finally:
        ledger.close()


def exposing(twin: TwinProcess, number: int) -> bool:
    truth = twin.truth()
    return len(truth) >= number and truth[number - 1]["closed"] is None


def account(tmp_path: Path) -> Report:
    ledger = look(tmp_path)
    (window,) = ledger.windows()
    found = report(window, ledger.shots(window.id), ledger.frames(window.id))
    ledger.close()
    return found


def assert_copies_are_whole(tmp_path: Path, found: Report) -> None:
    folder = tmp_path / "frames" / found.session / found.window
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    sums = {name: sha256 for sha256, name in (line.split("  ") for line in lines)}
    assert {path.name for path in folder.iterdir()} == {*sums, "SHA256SUMS"}
    for name, sha256 in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
    assert len(set(sums.values())) == len(sums)  # no frame twice under two names


def end_by(daemon: subprocess.Popen[bytes], by: signal.Signals) -> None:
    daemon.send_signal(by)
    assert daemon.wait(30) == (0 if by is signal.SIGTERM else -by)


CutShort = Callable[[Callable[[TwinProcess], bool], signal.Signals], tuple[ScaledClock, TwinProcess]]


@pytest.fixture
def cut_short(start_twin: StartTwin, start_daemon: StartDaemon) -> CutShort:
    """Start a twin and a daemon shortly before umbra, and end the daemon by a signal as soon as something is true."""

    def begin(when: Callable[[TwinProcess], bool], by: signal.Signals) -> tuple[ScaledClock, TwinProcess]:
        clock = shortly_before_umbra(SPEED)
        twin = start_twin(clock)
        daemon = start_daemon(twin, clock)
        wait_for(lambda: when(twin))
        end_by(daemon, by)
        return clock, twin

    return begin


def exposing_shot(number: int) -> Callable[[TwinProcess], bool]:
    return lambda twin: exposing(twin, number)


@pytest.mark.parametrize(("by", "shot"), [(signal.SIGKILL, 3), (signal.SIGTERM, 1)], ids=["killed", "told to stop"])
def test_a_daemon_that_ends_in_mid_exposure_goes_on_with_its_plan(
    start_twin: StartTwin, start_daemon: StartDaemon, tmp_path: Path, by: signal.Signals, shot: int
) -> None:
    """The plan lasts for 17 s here, and is ended once it goes on: a busy computer may take its time to start again."""
    clock = shortly_before_umbra(SPEED)
    twin = start_twin(clock)
    daemon = start_daemon(twin, clock, shots=LONG)
    wait_for(lambda: exposing(twin, shot))
    end_by(daemon, by)
    before = len(twin.truth())
    daemon = start_daemon(twin, clock, shots=LONG)
    wait_for(lambda: len(twin.truth()) > before + 1)
    told = nightside(tmp_path, "tell", "stop-after-shot")
    assert told.returncode == 0, told.stderr
    assert daemon.wait(LONGEST_S) == 25  # the shots that nobody wanted any more are missed

    found, truth = account(tmp_path), twin.truth()
    assert found.planned == LONG
    assert found.safe + found.missed == LONG
    assert all(one["closed"] is not None for one in truth)  # no shutter was left open
    assert found.safe == len(truth)  # what the body exposed is kept: the shot in flight was found on the card
    last = max(one.index for one in found.shots if one.state is ShotState.EXPOSED)
    for account_ in found.shots[:last]:  # and what is missing was due while nobody was there
        assert account_.state is not ShotState.MISSED or account_.reason in {NOT_RUNNING, doubted(NOT_RUNNING), CUT_SHORT}
    assert {account_.reason for account_ in found.shots[last + 1 :]} == {STOPPED}
    assert_copies_are_whole(tmp_path, found)


def test_a_daemon_killed_while_it_drains_loses_and_doubles_nothing(
    cut_short: CutShort, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    clock, twin = cut_short(lambda _: any((tmp_path / "spool").glob("*/*/*.jpg")), signal.SIGKILL)
    assert start_daemon(twin, clock).wait(LONGEST_S) == 0
    found = account(tmp_path)
    assert (found.planned, found.safe, found.extra) == (PLANNED, PLANNED, 0)
    assert_copies_are_whole(tmp_path, found)


def test_a_daemon_that_comes_back_after_the_window_accounts_for_every_shot(
    cut_short: CutShort, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    clock, twin = cut_short(exposing_shot(2), signal.SIGKILL)
    last = max(shot.open_at for shot in account(tmp_path).shots)
    wait_for(lambda: clock.utc() > last)
    assert start_daemon(twin, clock).wait(LONGEST_S) == 25
    found = account(tmp_path)
    assert (found.planned, found.safe, found.missed) == (PLANNED, 2, PLANNED - 2)
    reasons = [shot.reason for shot in found.shots if shot.state is ShotState.MISSED]
    assert reasons[-1] in {NOT_RUNNING, doubted(NOT_RUNNING)}  # as it was armed when the daemon was killed, or not
    assert all(reasons)
    assert_copies_are_whole(tmp_path, found)

"""Signals to children: nobody else's exit status is taken, and nobody else is told."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from nightside_drivers import child
from nightside_drivers.proxy import HostedBody
from nightside_drivers.signalling import tell

ENDS = (sys.executable, "-c", "")
WAITS = (sys.executable, "-c", "import sys; sys.stdin.read()")


def has_ended(pid: int) -> None:
    """Wait until a child has ended, and leave its exit status where it is."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def without_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: int) -> int:
        raise OSError("no such call")

    monkeypatch.setattr(os, "pidfd_open", refused)


@pytest.fixture(params=[None, without_descriptors], ids=["by descriptor", "by number"], autouse=True)
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param is not None:
        request.param(monkeypatch)


def test_a_child_that_runs_is_ended() -> None:
    with subprocess.Popen(WAITS, stdin=subprocess.PIPE) as process:
        tell(process, signal.SIGTERM)
        assert process.wait(60) == -signal.SIGTERM


def test_the_exit_status_of_one_that_has_ended_is_left_to_whoever_waits_for_it() -> None:
    with subprocess.Popen(ENDS) as process:
        has_ended(process.pid)
        tell(process, signal.SIGKILL)
        assert os.waitpid(process.pid, os.WNOHANG)[0] == process.pid
        process.returncode = 0


def test_one_that_was_waited_for_is_told_nothing() -> None:
    with subprocess.Popen(ENDS) as process:
        process.wait(60)
        tell(process, signal.SIGKILL)


def test_a_process_that_is_nobodys_child_is_told_nothing() -> None:
    """It may have got the number of a child that has ended."""
    child_of_it = "p = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=0)"
    code = f"import subprocess, sys; {child_of_it}; print(p.pid, flush=True); sys.exit(p.wait())"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdin is not None
        grandchild = int(parent.stdout.readline())

        class Strange:
            pid = grandchild

        tell(Strange(), signal.SIGKILL)
        parent.stdin.write(b"\n")
        parent.stdin.close()
        assert parent.wait(60) == 0, "it read the line that it waited for"


@pytest.fixture
def waited_for_late(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have whoever waits for a child on a thread come to it only after it is told to."""
    now, waitpid = threading.Event(), os.waitpid

    def late(pid: int, options: int) -> tuple[int, int]:
        if options == 0:
            has_ended(pid)
            now.wait(60)
        return waitpid(pid, options)

    monkeypatch.setattr(os, "waitpid", late)
    return now.set


async def test_a_body_whose_process_has_just_died_is_let_go_without_a_word_of_asyncios(
    waited_for_late: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    body = HostedBody("twin", {})
    body._child = started = await child.start()
    os.kill(started.process.pid, signal.SIGKILL)
    has_ended(started.process.pid)
    asyncio.get_running_loop().call_soon(waited_for_late)
    with caplog.at_level(logging.WARNING, "asyncio"):
        await body.kill()
    assert caplog.messages == []
    assert started.process.returncode == -signal.SIGKILL

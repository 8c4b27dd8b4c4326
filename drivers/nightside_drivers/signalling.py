"""Signals to child processes that asyncio waits for.

`Process.kill` looks first whether the child has ended, and that takes its exit status away from whoever waits for it: asyncio then
says "Unknown child process pid …, will report returncode 255". Here it is looked without taking anything.
"""

import contextlib
import os
import signal
import sys
from typing import Protocol


class Started(Protocol):
    """A child process, such as asyncio's."""

    @property
    def pid(self) -> int:
        """Its process id."""
        ...


def tell(process: Started, number: signal.Signals) -> None:
    """Send a signal to a child; nothing happens where it has ended, waited for or not.

    Another process that has got its number since is never told: a descriptor (pidfd_open(2)) holds on to the one that is a child of
    ours now. Without descriptors (before Linux 5.3, or elsewhere) a few microseconds remain in which that could be.
    """
    with contextlib.suppress(ChildProcessError, ProcessLookupError):
        if sys.platform != "linux":
            _tell_by_number(process.pid, number)
            return
        try:
            held = os.pidfd_open(process.pid)
        except ProcessLookupError:
            return
        except OSError:  # a kernel that has none, or no descriptor left
            _tell_by_number(process.pid, number)
            return
        try:
            if _lives(os.P_PIDFD, held):
                signal.pidfd_send_signal(held, number)
        finally:
            os.close(held)


def _tell_by_number(pid: int, number: signal.Signals) -> None:
    if _lives(os.P_PID, pid):
        os.kill(pid, number)


def _lives(kind: int, which: int) -> bool:
    """Whether a child of ours still runs.

    Raises:
        ChildProcessError: it is none, or was waited for.
    """
    return os.waitid(kind, which, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

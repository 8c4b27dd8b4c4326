"""How the process that owns a body parts from the daemon: with it and at once, or, in live view, a moment later and by itself.

A shutter on a wire closes when its process is killed, so the kernel kills a child together with its parent. One that is held open
over USB need not: its child is told, and closes it first. A mirror that is up
for live view stays up when nobody is left to let it down: it warms the sensor and empties the battery. While it is up, a child
outlives its parent for as long as it takes to end it, bounded by an alarm that the kernel keeps, whatever the child hangs in.
"""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Generator
from types import FrameType

PR_SET_PDEATHSIG = 1  # linux/prctl.h

LINGER_S = 30.0
"""Real seconds that a child may outlive its parent, or stay in one call of live view: longer than any deadline of the parent."""


class Leash:
    """What ties this process to its parent."""

    def __init__(self, parent: int) -> None:
        """`parent` is its process id. The leash is tight at once; if the parent is already gone, this process ends now."""
        self._parent = parent
        self.loose = False
        self.tighten()

    def tighten(self) -> None:
        """Die with the parent, and by SIGTERM, at once."""
        self.loose = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _die_by(signal.SIGKILL)
        if os.getppid() != self._parent:
            sys.exit("nightside host: the daemon that started this process is gone")

    def loosen(self) -> None:
        """Have `LINGER_S` from now on to tidy up, whatever becomes of the parent. To be repeated before each call that may hang."""
        self.loose = True
        signal.signal(
            signal.SIGTERM, signal.SIG_IGN
        )  # sent to every process of a service that is stopped: the parent says when
        signal.setitimer(signal.ITIMER_REAL, LINGER_S)
        _die_by(0)

    @contextlib.contextmanager
    def heeding(self) -> Generator[None]:
        """While the block runs, SIGTERM and the parent's end raise `SystemExit` in it: there is something that must be undone.

        For a shutter that is held open over USB: unlike a wire, it need not fall with this process.
        """
        signal.signal(signal.SIGTERM, _raise)
        _die_by(signal.SIGTERM)
        try:
            yield
        finally:
            self.tighten()


def _raise(number: int, frame: FrameType | None) -> None:
    """Once: whoever undoes something is not disturbed again, and has `LINGER_S` for it."""
    signal.signal(number, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, LINGER_S)
    raise SystemExit("nightside host: told to end, or left alone, while it held a shutter open")


def _die_by(number: int) -> None:
    """Have the kernel send that signal to this process when its parent ends; 0 for none."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)

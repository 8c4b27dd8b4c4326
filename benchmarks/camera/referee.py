"""The referee: a twin at the machine's own speed, whose truth log says when each shutter really was open."""

import contextlib
import os
from collections.abc import Generator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from nightside_drivers.testing import TwinProcess

PRIORITY = 15
"""Of SCHED_FIFO's 1 to 99, below that of a body's process before its shutter: a referee must not be late itself."""

SPACE_S = 0.5
"""Before the first opening of a series."""


@contextmanager
def start(*more: str) -> Generator[TwinProcess]:
    """A twin, at real time where that may be had."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = set(children.read_text().split())
    with TwinProcess("--scene", "plain", "--release-port", "0", "--mains", *more) as twin:
        for pid in set(children.read_text().split()) - before:
            with contextlib.suppress(OSError):
                os.sched_setscheduler(int(pid), os.SCHED_FIFO, os.sched_param(PRIORITY))
        yield twin


def opened(twin: TwinProcess) -> list[float]:
    """When each shutter opened (machine time, s)."""
    return [float(one["opened"]) for one in twin.truth()]


def gaps(twin: TwinProcess) -> list[float]:
    """From each closing to the next opening (s)."""
    return [after["opened"] - before["closed"] for before, after in pairwise(twin.truth())]

"""What a body's process has of the kernel: the shutter first, file traffic last. Each is a wish; none failing is a failure.

Real time needs CAP_SYS_NICE or an rtprio limit (LimitRTPRIO=), locked memory CAP_IPC_LOCK or a memlock limit (LimitMEMLOCK=).
"""

import ctypes
import os
import platform
import sys
from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

SHUTTER_PRIORITY = 20
"""Of SCHED_FIFO's 1 to 99: above everything ordinary, below the kernel's own threads (50)."""

MCL_CURRENT = 1  # asm-generic/mman.h. Not MCL_FUTURE: under a limit, a later allocation would fail instead of being paged.
IOPRIO_SET = {"x86_64": 251, "aarch64": 30}  # system call numbers
IOPRIO_WHO_PROCESS = 1
IOPRIO_LOWEST = (2 << 13) | 7  # linux/ioprio.h: best effort, the last of its eight levels


class Granted(StrEnum):
    """What the kernel granted."""

    REAL_TIME = "real-time"
    LOCKED_MEMORY = "locked-memory"
    LOW_IO = "low-io"


def settle_in() -> tuple[Granted, ...]:
    """Ask for all of it, once, at the start of a process. Gives what was granted."""
    granted = {
        Granted.REAL_TIME: _may_be_real_time(),
        Granted.LOCKED_MEMORY: _lock_memory(),
        Granted.LOW_IO: _lower_io(),
    }
    return tuple(wish for wish, given in granted.items() if given)


@contextmanager
def for_the_shutter() -> Generator[None]:
    """Real time while the block runs, where it may be had: for the last wait before a shutter, and for nothing that works."""
    raised = _schedule(real_time=True)
    try:
        yield
    finally:
        if raised:
            _schedule(real_time=False)


def resident(pid: int | str) -> int:
    """Memory (bytes) of a process, which is a number or "self"; 0 where there is none of that number, or no /proc."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_bytes().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _may_be_real_time() -> bool:
    return _schedule(real_time=True) and _schedule(real_time=False)


def _schedule(*, real_time: bool) -> bool:
    if sys.platform != "linux":
        return False
    policy, priority = (os.SCHED_FIFO, SHUTTER_PRIORITY) if real_time else (os.SCHED_OTHER, 0)
    try:
        os.sched_setscheduler(0, policy | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
    except OSError:
        return False
    return True


def _lock_memory() -> bool:
    return sys.platform == "linux" and bool(ctypes.CDLL(None).mlockall(MCL_CURRENT) == 0)


def _lower_io() -> bool:
    number = IOPRIO_SET.get(platform.machine()) if sys.platform == "linux" else None
    return number is not None and bool(ctypes.CDLL(None).syscall(number, IOPRIO_WHO_PROCESS, 0, IOPRIO_LOWEST) == 0)

"""What is asked of the kernel, with and without leave."""

import os
import subprocess
import sys

import pytest

from nightside_drivers import priority
from nightside_drivers.priority import Granted, for_the_shutter


def test_real_time_lasts_as_long_as_its_block() -> None:
    before = os.sched_getscheduler(0)
    with for_the_shutter():
        during = os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK
    after = os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK
    assert during in {os.SCHED_FIFO, before}
    assert after == os.SCHED_OTHER


def test_a_kernel_that_grants_nothing_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    monkeypatch.setattr(priority, "MCL_CURRENT", -1)
    monkeypatch.setattr(priority, "IOPRIO_LOWEST", -1)
    assert priority.settle_in() == ()
    with for_the_shutter():
        pass


def test_a_machine_of_another_make_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "IOPRIO_SET", {})
    monkeypatch.setattr(priority, "MCL_CURRENT", -1)
    assert Granted.LOW_IO not in priority.settle_in()


ASK = """
import ctypes, platform
from nightside_drivers.priority import IOPRIO_WHO_PROCESS, settle_in
granted = settle_in()
number = {"x86_64": 252, "aarch64": 31}[platform.machine()]
io = ctypes.CDLL(None).syscall(number, IOPRIO_WHO_PROCESS, 0)
locked = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmLck"))
print(*granted, "|", io, locked)
"""
"""ioprio_get and VmLck are the kernel's own word on what it granted."""


def test_what_is_said_to_be_granted_is_granted() -> None:
    said, _, found = subprocess.run(
        [sys.executable, "-c", ASK], capture_output=True, text=True, check=True, timeout=60
    ).stdout.partition("|")
    io, locked_kb = map(int, found.split())
    assert (Granted.LOW_IO in said) is (io == priority.IOPRIO_LOWEST)
    assert (Granted.LOCKED_MEMORY in said) is (locked_kb > 0)


def test_file_traffic_comes_last_without_any_leave() -> None:
    """Lowering one's own needs none, so every child has it."""
    said = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True, timeout=60).stdout
    assert Granted.LOW_IO in said

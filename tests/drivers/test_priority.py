"""What is asked of the kernel, with and without leave."""

import os

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

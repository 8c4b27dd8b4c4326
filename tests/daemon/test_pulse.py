"""The pulse: who hangs, and who only takes long."""

import asyncio
import math
import sys
import threading
from datetime import UTC, datetime

import pytest

from nightside.clock import VirtualClock
from nightside.pulse import (
    GRACE_S,
    SILENT_S,
    SWITCH_S,
    Overdue,
    Pulse,
    TellingClock,
    share_the_interpreter,
    spare_threads,
    unheard,
)

START = datetime(2018, 7, 3, 20, tzinfo=UTC)


def hanging(pulse: Pulse) -> list[Overdue]:
    return list(pulse.overdue)


def test_a_thread_that_computes_makes_room_ten_times_as_soon_as_python_would_have_it() -> None:
    before = sys.getswitchinterval()
    try:
        share_the_interpreter()
        assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
    finally:
        sys.setswitchinterval(before)


async def test_however_many_wait_for_something_slow_the_engine_finds_a_thread() -> None:
    spare_threads()
    over = threading.Event()
    loop = asyncio.get_running_loop()
    waiting = [loop.run_in_executor(None, over.wait) for _ in range(20)]
    async with asyncio.timeout(30):
        assert await asyncio.to_thread(lambda: "at once") == "at once"
    over.set()
    assert await asyncio.gather(*waiting) == [True] * 20


def test_a_part_that_makes_no_step_is_overdue_and_is_named_with_what_it_was_doing() -> None:
    clock = VirtualClock(START)
    pulse = Pulse(clock)
    with pulse.part("The watch of the body 1") as part:
        part.beat("a step in the ledger")
        clock.advance(SILENT_S)
        assert hanging(pulse) == []
        clock.advance(7)
        (late,) = hanging(pulse)
        assert str(late) == "The watch of the body 1 hangs in this: a step in the ledger"
        assert late.by_s == 7
        part.beat()
        assert hanging(pulse) == []
    clock.advance(10 * SILENT_S)
    assert hanging(pulse) == []  # it has come to its end


def test_a_wait_that_says_its_end_is_not_overdue_before_that() -> None:
    clock = VirtualClock(START)
    pulse = Pulse(clock)
    with pulse.part("The watch") as part:
        with part.within("the body, asked to expose", 1000):
            clock.advance(1000 + GRACE_S)
            assert hanging(pulse) == []
            clock.advance(1)
            assert [late.doing for late in hanging(pulse)] == ["the body, asked to expose"]
        assert hanging(pulse) == []


def test_the_longest_of_several_waits_counts_and_what_waits_for_watched_parts_waits_for_ever() -> None:
    clock = VirtualClock(START)
    pulse = Pulse(clock)
    with pulse.part("The watch") as part:
        with part.within("a glance", 30), part.within("the body, asked to expose", 900):
            clock.advance(800)
            assert hanging(pulse) == []
        with part.until(math.inf, "the sinks"):
            clock.advance(1e6)
            assert hanging(pulse) == []


def test_a_clock_that_tells_covers_the_wait_and_nothing_after_it() -> None:
    clock = VirtualClock(START)
    pulse = Pulse(clock)

    async def life() -> list[int]:
        found: list[int] = []
        with pulse.part("The watch") as part:
            telling = TellingClock(clock, part)
            waiting = asyncio.create_task(telling.sleep_until(telling.monotonic() + 3600))
            await clock.sleep_until(3000)
            found.append(len(pulse.overdue))
            await waiting
            await clock.sleep_until(3600 + SILENT_S + 1)
            found.append(len(pulse.overdue))
            beside = asyncio.create_task(unheard(telling).sleep_until(1e5))
            await clock.sleep_until(5000)
            found.append(len(pulse.overdue))
            beside.cancel()
        return found

    assert clock.run(life()) == [0, 1, 1]
    assert unheard(clock) is clock

"""A clock that nobody keeps is waited for in words, from the start on."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nightside.clock import VirtualClock
from nightside.engine.circumstances import Circumstances
from nightside.engine.clockwait import LOOK_AGAIN_S, await_clock
from nightside.engine.commands import Confirm
from nightside.engine.controls import Controls
from nightside.engine.snapshot import Board
from nightside.engine.trust import ClockTrust, Trust

START = datetime(2018, 7, 3, 20, tzinfo=UTC)
NOBODY = ClockTrust(Trust.NONE, None, "none")
KEPT = ClockTrust(Trust.NTP, 0.001, "chrony")


@pytest.mark.parametrize("ends_by", ["time servers", "a person"])
def test_it_is_said_once_when_it_is_waited_for_and_once_when_no_more(ends_by: str, capsys: pytest.CaptureFixture[str]) -> None:
    clock = VirtualClock(START)
    controls = Controls(Board(clock))
    known = [NOBODY]
    circumstances = replace(Circumstances.none(clock), trust=lambda: known[0], trust_matters=True)

    async def life() -> None:
        waiting = asyncio.create_task(await_clock(circumstances, [controls], clock))
        await clock.sleep_until(5 * LOOK_AGAIN_S)
        assert "Nothing keeps the clock" in controls.board.now.awaits[0]
        if ends_by == "a person":
            controls.give(Confirm(what="clock"))
        else:
            known[0] = KEPT
        await clock.sleep_until(10 * LOOK_AGAIN_S)
        assert controls.board.now.awaits == ()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    clock.run(life())
    said = capsys.readouterr().out
    assert [said.count(event) for event in ("clock-awaited", "clock-trusted")] == [1, 1]


def test_where_no_plan_depends_on_it_the_clock_is_told_and_not_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    clock = VirtualClock(START)
    controls = Controls(Board(clock))
    circumstances = replace(Circumstances.none(clock), trust=lambda: NOBODY)

    async def life() -> None:
        waiting = asyncio.create_task(await_clock(circumstances, [controls], clock))
        await clock.sleep_until(200)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    clock.run(life())
    assert controls.board.now.clock == str(NOBODY)
    assert controls.board.now.awaits == ()
    assert "clock-awaited" not in capsys.readouterr().out

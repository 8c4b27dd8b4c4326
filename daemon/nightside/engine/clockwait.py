"""Waiting in words for a clock that somebody keeps, from the start on and not only when a window is near."""

import asyncio
from collections.abc import Sequence

import structlog

from nightside.clock import Clock
from nightside.engine.circumstances import Circumstances
from nightside.engine.controls import Controls
from nightside.engine.trust import ClockUntrusted, require

log = structlog.stdlib.get_logger()

LOOK_S = 60.0
"""How often (clock time) it is asked what keeps the clock."""
LOOK_AGAIN_S = 10.0
"""The same, while the clock is waited for: time servers answer soon after the network is there."""


async def await_clock(circumstances: Circumstances, desk: Sequence[Controls], clock: Clock) -> None:
    """Keep every body's board told of the clock's trust, until cancelled: it is said when it is waited for, and when no more."""
    awaited = False
    while True:
        trust = await asyncio.to_thread(circumstances.trust)
        why: ClockUntrusted | None = None
        if circumstances.trust_matters:
            try:
                require(trust, confirmed=all(controls.clock_confirmed for controls in desk))
            except ClockUntrusted as error:
                why = error
        for controls in desk:
            controls.board.publish(clock=str(trust))
            controls.board.awaits("clock", None if why is None or controls.clock_confirmed else str(why))
        if (why is not None) is not awaited:
            awaited = why is not None
            if why is None:
                log.info("clock-trusted", trust=str(trust))
            else:
                log.warning(
                    "clock-awaited", code=why.code, why=str(why), next="Windows are planned meanwhile, and none is shot."
                )
        await clock.sleep_until(clock.monotonic() + (LOOK_AGAIN_S if awaited else LOOK_S))

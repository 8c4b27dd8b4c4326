"""Looking ahead: whether newer elements have the window that is being shot end earlier, or begin later."""

import asyncio

import structlog

from nightside.clock import Clock
from nightside.engine.circumstances import Horizon
from nightside.engine.emergency import is_emergency
from nightside.engine.runner import Runner
from nightside.engine.snapshot import Board
from nightside.errors import Refused
from nightside.plan.values import Plan
from nightside.pulse import unheard

log = structlog.stdlib.get_logger()

LOOK_AGAIN_S = 300.0
"""How often (clock time) a window that is being shot is computed anew: first when its body is made ready."""


async def look_ahead(runner: Runner, plan: Plan, horizon: Horizon | None, board: Board, clock: Clock) -> None:
    """Ask now and then how newer elements have this window, until cancelled; never of an emergency's, which follows no night."""
    if horizon is None or is_emergency(plan):
        return
    said = ""
    while True:
        try:
            span = await asyncio.to_thread(horizon, plan)
        except Refused as error:
            if error.code != said:
                log.warning("window-not-computed", code=error.code, why=str(error), next="It stands, and is looked at again.")
            said = error.code
        else:
            said = ""
            if runner.narrow(span):
                board.publish(starts_at=runner.timing.start, ends_at=runner.timing.end)
        await unheard(clock).sleep_until(clock.monotonic() + LOOK_AGAIN_S)

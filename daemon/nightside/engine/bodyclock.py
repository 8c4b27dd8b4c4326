"""A body's own clock, measured before a window and set if that is wished: it dates every frame."""

from enum import StrEnum

import structlog

from nightside.ledger.journal import Journal
from nightside.ledger.store import Ledger
from nightside_drivers.errors import SkipShot
from nightside_drivers.proxy import Body

log = structlog.stdlib.get_logger()

WATCHED_S = 2.5
"""How long (machine time) a body is asked for its time: its second turns twice meanwhile."""

NEEDED_S = 12.0
"""Machine time before the next shot without which its clock is left alone: to measure it, set it, and measure it again."""

SET_BEYOND_S = 0.25
"""A clock that is not further off is not set: setting it does no better."""


class ClockCare(StrEnum):
    """What is done about a body's own clock."""

    MEASURE = "measure"
    """How far it is off is written down."""
    SET = "set"
    """It is set where it is off, and how far it is off then is written down."""
    LEAVE = "leave"
    """Nothing."""


async def look_after_clock(body: Body, serial: str, journal: Journal, care: ClockCare, left_s: float) -> None:
    """Measure an open body's clock, set it if that is wished, and write down how it stands, if `left_s` (machine time) is enough.

    Raises:
        NightsideError: the session with the body, or the ledger, failed. A body without a clock is none of it.
    """
    if care is ClockCare.LEAVE or left_s < NEEDED_S:
        return
    was_s = None
    try:
        offset = await body.clock_offset(WATCHED_S)
        if care is ClockCare.SET and abs(offset.seconds) > SET_BEYOND_S:
            was_s = round(offset.seconds, 2)
            await body.set_clock()
            offset = await body.clock_offset(WATCHED_S)
    except SkipShot as error:
        log.info("body-clock-unknown", code=error.code, why=str(error))
        return
    await journal.do(Ledger.clock_measured, serial, offset.seconds, offset.sigma_s, offset.measured_at)
    log.info("body-clock", ahead_s=round(offset.seconds, 3), sigma_s=round(offset.sigma_s, 3), was_s=was_s)

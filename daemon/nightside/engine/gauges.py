"""What is measured at the edges of a window and kept beside its shots: battery, room, the clock's σ, the elements' age."""

import asyncio

import structlog

from nightside.engine.circumstances import Circumstances
from nightside.engine.trust import ClockTrust
from nightside.ledger.journal import Journal
from nightside.ledger.states import ReadingKind
from nightside.ledger.store import Ledger
from nightside_drivers.errors import Refused, SkipShot
from nightside_drivers.proxy import Body

log = structlog.stdlib.get_logger()


async def read_body(body: Body, window_id: int, journal: Journal) -> None:
    """Ask an open body how it is, and keep what it tells. Not while a shutter may be open.

    Raises:
        NightsideError: the session with the body, or the ledger, failed.
    """
    try:
        state = await body.state()
    except SkipShot as error:
        log.info("body-state-unknown", code=error.code, why=str(error))
        return
    told = {
        ReadingKind.BATTERY: state.battery_percent,
        ReadingKind.IMAGES_LEFT: state.images_left,
    }
    await journal.do(Ledger.measured, window_id, {kind: float(value) for kind, value in told.items() if value is not None})


async def read_world(circumstances: Circumstances, trust: ClockTrust | None, window_id: int, journal: Journal) -> None:
    """Keep how far the clock can be trusted, and how old the elements are."""
    try:
        age_days = await asyncio.to_thread(circumstances.element_age_days)
    except Refused as error:
        log.warning("element-age-unknown", code=error.code, why=str(error))
        age_days = None
    told = {
        ReadingKind.CLOCK_TRUST: None if trust is None else float(trust.level.rank),
        ReadingKind.CLOCK_SIGMA: None if trust is None else trust.sigma_s,
        ReadingKind.ELEMENT_AGE: age_days,
    }
    await journal.do(Ledger.measured, window_id, {kind: value for kind, value in told.items() if value is not None})

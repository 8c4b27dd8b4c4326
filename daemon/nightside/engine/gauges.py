"""What is measured at the edges of a window and kept beside its shots: battery, room, the clock's σ, the elements' age."""

import asyncio

import structlog

from nightside.clock import Clock
from nightside.engine.circumstances import Circumstances
from nightside.engine.snapshot import Board, Told
from nightside.engine.trust import ClockTrust
from nightside.ledger.journal import Journal
from nightside.ledger.states import ReadingKind, WindowPhase
from nightside.ledger.store import Ledger
from nightside_drivers.api import BodyState
from nightside_drivers.errors import NightsideError, Refused, SkipShot
from nightside_drivers.proxy import Body

log = structlog.stdlib.get_logger()


async def hear(body: Body, board: Board, clock: Clock) -> BodyState | None:
    """Ask an open body how it is, and show what it tells. Not while a shutter may be open. `None` where it does not say.

    Raises:
        NightsideError: the session with the body failed.
    """
    try:
        state = await body.state()
    except SkipShot as error:
        log.info("body-state-unknown", code=error.code, why=str(error))
        return None
    board.publish(told=Told.of(state, clock.utc()))
    return state


async def hear_at_leisure(body: Body, serial: str, journal: Journal, board: Board, clock: Clock) -> None:
    """The same for a body that was just found, unless it was shooting when the daemon ended: its shutter may be open still."""
    unfinished = await journal.do(Ledger.unfinished, serial)
    if any(window.phase is WindowPhase.SHOOTING for window in unfinished):
        return
    try:
        await hear(body, board, clock)
    except NightsideError as error:
        log.info("body-state-unknown", code=error.code, why=str(error))


async def read_body(body: Body, window_id: int, journal: Journal, board: Board, clock: Clock) -> None:
    """The same, and keep what is measured beside the window's shots.

    Raises:
        NightsideError: the session with the body, or the ledger, failed.
    """
    state = await hear(body, board, clock)
    if state is None:
        return
    told = {
        ReadingKind.BATTERY: state.battery_percent,
        ReadingKind.IMAGES_LEFT: state.images_left,
        ReadingKind.TEMPERATURE: state.temperature_c,
    }
    await journal.do(Ledger.measured, window_id, {kind: float(value) for kind, value in told.items() if value is not None})
    if state.quality is not None:
        await journal.do(Ledger.set_to, window_id, state.quality)


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

"""Waiting for a window: by the wall clock, which may still be corrected, and with an eye on newer elements and on commands."""

import math
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from nightside.clock import Clock
from nightside.engine.controls import Controls
from nightside.engine.emergency import is_emergency
from nightside.engine.hold import Patience
from nightside.errors import ProgramRefused
from nightside.ledger.journal import Journal
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import ShotState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan

log = structlog.stdlib.get_logger()

GLANCE_S = 30.0
"""How often (clock time) the wall clock is looked at while a window is waited for."""

PLAN_AGAIN_S = 600.0
"""How often (clock time) a window that is waited for is planned anew, so that newer elements are not learned of too late."""


DISARMED = "Something else is to be shot."


class Withdrawn(Exception):
    """The window that was waited for is off the ledger: something else is armed now, or nothing."""


async def withdraw_if_disarmed(window: WindowRecord, journal: Journal) -> None:
    """Take a window off the ledger of which nothing has been shot yet, if somebody has disarmed since it was planned.

    Raises:
        Withdrawn: so it was.
    """
    if not await journal.do(Ledger.disarmed, window.serial):
        return
    if await journal.do(Ledger.withdraw, window.id, DISARMED):
        log.info("window-withdrawn", was=window.name, why=DISARMED)
        raise Withdrawn


class Waiting:
    """Of one body."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        patience: Patience,
        controls: Controls,
        plan_anew: Callable[[WindowRecord], Awaitable[Plan | None]],
    ) -> None:
        """`plan_anew` gives the plan as it would be made now; `None` where the old one stands."""
        self._journal = journal
        self._clock = clock
        self._lead_s = clock.instant(clock.machine(0.0) + patience.lead_s)
        self._controls = controls
        self._plan_anew = plan_anew

    async def wait(self, window: WindowRecord) -> WindowRecord | None:
        """The window, planned anew if newer elements have moved it, when it is time to get ready; `None` for an emergency.

        Raises:
            Withdrawn: it is not to be shot any more.
        """
        planned_at, interruptible = self._clock.monotonic(), not is_emergency(window.plan)
        stirs = self._controls.stirs
        while True:
            left_s = await self._left(window)
            if interruptible:
                await self._require_armed(window)
            if left_s <= 0:
                break
            if self._controls.emergency and interruptible:
                return None
            if self._controls.ending is not None:
                return window
            begins = window.plan.span.start
            self._controls.board.publish(next="window", next_at=begins)
            await self._controls.until(self._clock, self._clock.monotonic() + min(left_s, GLANCE_S))
            if self._clock.monotonic() - planned_at >= PLAN_AGAIN_S or self._controls.stirs != stirs:
                planned_at, stirs = self._clock.monotonic(), self._controls.stirs
                window = await self._planned_anew(window)
        return None if self._controls.emergency and interruptible else window

    async def _require_armed(self, window: WindowRecord) -> None:
        """Take a window that has not begun off the ledger, if what it was planned by is not what is armed any more.

        One that its body was being made ready for when the daemon ended is shot, unless somebody has disarmed since.
        """
        if window.phase is WindowPhase.SHOOTING:
            await withdraw_if_disarmed(window, self._journal)
        if window.phase is not WindowPhase.PLANNED:
            return
        try:
            stands = (await self._journal.do(Ledger.chosen, window.serial)).stands(window)
        except ProgramRefused:
            return  # what was planned by it can still be shot
        if not stands and await self._journal.do(Ledger.withdraw, window.id, DISARMED):
            log.info("window-withdrawn", was=window.name, why=DISARMED)
            raise Withdrawn

    async def _left(self, window: WindowRecord) -> float:
        """Seconds until the body must be made ready for the first shot that is still to come; −∞ where none is."""
        first = await self._first(window)
        return -math.inf if first is None else (first - self._clock.utc()).total_seconds() - self._lead_s

    async def _first(self, window: WindowRecord) -> datetime | None:
        now = self._clock.utc()
        if window.phase is WindowPhase.PLANNED:
            return next((shot.open_at for shot in window.plan.shots if shot.open_at > now), None)
        if window.phase is not WindowPhase.SHOOTING:
            return None
        for record in await self._journal.do(Ledger.shots, window.id):
            if record.state in {ShotState.PLANNED, ShotState.ARMED} and record.open_at > now:
                return record.open_at
        return None

    async def _planned_anew(self, window: WindowRecord) -> WindowRecord:
        if window.phase is not WindowPhase.PLANNED:
            return window
        plan = await self._plan_anew(window)
        if plan is None or plan == window.plan:
            return window
        if plan.program != window.plan.program and await self._journal.do(Ledger.withdraw, window.id, DISARMED):
            raise Withdrawn  # another session's
        log.warning("window-planned-anew", was=window.name, now=plan.id, shots=len(plan.shots))
        return await self._journal.do(Ledger.replan, window.id, plan)

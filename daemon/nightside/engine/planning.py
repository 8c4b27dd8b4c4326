"""`Planning`: the next window of a body, with room for its frames, in the ledger; and the same window again by newer elements."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from nightside.clock import Clock
from nightside.engine.emergency import is_emergency
from nightside.engine.housekeeping import Housekeeping
from nightside.engine.notices import Notices
from nightside.errors import NoNight, PlanImpossible, StorageFull
from nightside.ledger.journal import Journal
from nightside.ledger.records import WindowRecord
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside_drivers.api import Capabilities
from nightside_drivers.errors import Refused
from nightside_drivers.protocol import Opened

log = structlog.stdlib.get_logger()

Planner = Callable[[datetime, Capabilities], Plan]
"""Gives the next plan whose first shot opens at or after an instant. Raises `NoNight` or `PlanImpossible`."""

ASK_AGAIN_S = 300.0
"""How often (clock time) it is asked whether elements that were stale, missing or damaged have been replaced."""


class Planning:
    """Of one body."""

    def __init__(self, planner: Planner, housekeeping: Housekeeping, journal: Journal, clock: Clock, notices: Notices) -> None:
        self._planner = planner
        self._housekeeping = housekeeping
        self._journal = journal
        self._clock = clock
        self._notices = notices
        self._asked: tuple[datetime, Capabilities] | None = None
        """What the planner was asked when it gave the window that is waited for."""

    async def next(self, opened: Opened, after: datetime, *, patient: bool) -> WindowRecord:
        """The next window that there is room for.

        Args:
            opened: the body.
            after: the end of the window before, or now.
            patient: whether elements or duty plans that cannot be used now are waited for, as they are once a night has been shot:
                they are fetched, or a person brings others.

        Raises:
            Refused: there is no next plan, or not now.
        """
        while True:
            plan, asked = await (self._awaited(opened, after) if patient else self.following(opened, after))
            try:
                plan = await self._housekeeping.with_room(plan, opened.identity.serial)
                break
            except StorageFull as error:
                log.error("window-refused", window=plan.id, why=str(error))
                after = plan.span.end
                await self._clock.sleep_until(self._clock.monotonic() + (after - self._clock.utc()).total_seconds())
        self._asked = asked, opened.capabilities
        session = f"{plan.span.start:%Y%m%d}-{plan.program}"
        window = await self._journal.do(Ledger.begin, session, opened.identity.serial, plan)
        log.info("window-planned", session=session, window=window.name, shots=len(plan.shots), warnings=list(plan.warnings))
        return window

    async def following(self, opened: Opened, after: datetime) -> tuple[Plan, datetime]:
        """The next plan, and what the planner was asked for it."""
        plan = await self.at(after, opened.capabilities)
        shot_until = await self._journal.do(Ledger.shot_until, opened.identity.serial, plan.program)
        if shot_until is not None and shot_until > plan.span.start:
            # A restart in mid-night: this program has had its window.
            plan, after = await self.at(shot_until, opened.capabilities), shot_until
        return plan, after

    async def at(self, after: datetime, capabilities: Capabilities) -> Plan:
        """What the planner says, whatever has been shot."""
        return await asyncio.to_thread(self._planner, after, capabilities)

    async def anew(self, window: WindowRecord) -> Plan | None:
        """What would be decided for a window that has not begun, now; `None` where the plan stands."""
        if self._asked is None or is_emergency(window.plan):
            return None
        try:
            plan = await self._housekeeping.with_room(await self.at(*self._asked), window.serial)
        except (Refused, StorageFull) as error:
            log.warning("not-planned-anew", code=error.code, why=str(error), next="The plan stands as it is.")
            return None
        # How much room there is to the byte, which a warning may say, is no news.
        same = plan.model_copy(update={"warnings": window.plan.warnings}) == window.plan
        return None if same else plan

    async def _awaited(self, opened: Opened, after: datetime) -> tuple[Plan, datetime]:
        said = ""
        while True:
            try:
                return await self.following(opened, max(after, self._clock.utc()))
            except (NoNight, PlanImpossible):
                raise  # no other file would mend that
            except Refused as error:
                if error.code != said:
                    log.error("plan-awaited", code=error.code, why=str(error), next="It is asked again until there is one.")
                    self._notices.tell("call-a-person", str(error), code=error.code, body=opened.identity.serial)
                said = error.code
            await self._clock.sleep_until(self._clock.monotonic() + ASK_AGAIN_S)

"""`Watch`: keeps watch over one body, window after window, and leaves none before its frames are safe or accounted for."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from nightside.clock import Anchor, Clock
from nightside.engine.hold import Hold
from nightside.engine.report import Report, report
from nightside.engine.runner import Runner
from nightside.errors import LedgerRefused
from nightside.ledger.journal import Journal
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside.storage.drain import Drain
from nightside.storage.feeding import Feeding
from nightside.storage.spool import Spool
from nightside.storage.traffic import Traffic
from nightside_drivers.api import Capabilities
from nightside_drivers.errors import NightsideError, Reopen, Retry
from nightside_drivers.protocol import Opened

log = structlog.stdlib.get_logger()

Planner = Callable[[datetime, Capabilities], Plan]
"""Gives the next plan whose first shot opens at or after an instant. Raises `NoNight` or `PlanImpossible`."""

PATIENCE_S = 30.0
"""How long the account of a window waits for the sinks before it is asked when the next window begins."""
LEAVE_S = 120.0
"""How long (s) before the next window nobody waits for the sinks any more. They are fed all the time."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where frames go."""

    spool: Spool
    feeding: Feeding
    traffic: Traffic = field(default_factory=Traffic)
    """Shared by all bodies on one bus."""


class Watch:
    """One body, one program, one window after the other."""

    def __init__(self, hold: Hold, planner: Planner, keeping: Keeping, journal: Journal, clock: Clock) -> None:
        """Nothing is opened yet; `run` does that."""
        self._hold = hold
        self._planner = planner
        self._keeping = keeping
        self._journal = journal
        self._clock = clock
        self._capabilities: Capabilities | None = None

    async def run(
        self, windows: int | None = None, on_plan: Callable[[WindowRecord], None] = lambda _: None
    ) -> AsyncIterator[Report]:
        """Finish what an earlier run left, then shoot `windows` windows (without end, when not given), a report for each.

        `on_plan` hears of each new window as soon as it is in the ledger.
        """
        opened = await self._hold.await_body()
        self._capabilities = opened.capabilities
        await self._hold.let_go()
        log.info("body-found", model=opened.identity.model, serial=opened.identity.serial)
        seen: set[int] = set()
        after = self._clock.utc()
        while True:
            for window in await self._journal.do(Ledger.unfinished, opened.identity.serial):
                log.info("window-resumed", session=window.session, window=window.name, phase=window.phase)
                on_plan(window)
                yield await self.see_through(window)
                seen.add(window.id)
                after = max(after, window.plan.span.end)
            if windows is not None and len(seen) >= windows:
                return
            try:
                window = await self._next(opened, max(after, self._clock.utc()))
            except LedgerRefused:
                raise
            except NightsideError:
                await self._keeping.feeding.caught_up()  # there is nothing more to shoot: what an earlier run owed goes first
                raise
            after = window.plan.span.end
            if window.phase is WindowPhase.CLOSED:
                continue  # it was shot before the wall clock was put back: it is not shot again
            on_plan(window)
            yield await self.see_through(window)
            seen.add(window.id)
            if windows is not None and len(seen) >= windows:
                return

    async def see_through(self, window: WindowRecord) -> Report:
        """Take a window from wherever it stands to its end: shots, drain, sinks, report."""
        with structlog.contextvars.bound_contextvars(session=window.session, window=window.name):
            self._hold.forgive()
            try:
                if window.phase is not WindowPhase.DRAINING:
                    await Runner(window, self._hold, self._journal, self._clock).run()
                    await self._journal.do(Ledger.enter, window.id, WindowPhase.DRAINING)
                if await self._drain(window):
                    await self._journal.do(Ledger.enter, window.id, WindowPhase.CLOSED)
            except LedgerRefused:
                raise
            except NightsideError as error:
                log.error("window-left-open", code=error.code, why=str(error), next="It is taken up again before the next one.")
            finally:
                await self._hold.let_go()
            await self._store(window.plan.span.end)
            account = await self._account(window)
        log.info("window-done", planned=account.planned, taken=account.taken, missed=account.missed, safe=account.safe)
        return account

    async def _next(self, opened: Opened, after: datetime) -> WindowRecord:
        plan = await asyncio.to_thread(self._planner, after, opened.capabilities)
        shot_until = await self._journal.do(Ledger.shot_until, opened.identity.serial, plan.program)
        if shot_until is not None and shot_until > plan.span.start:
            # A restart in mid-night: this program has had its window.
            plan = await asyncio.to_thread(self._planner, shot_until, opened.capabilities)
        session = f"{plan.span.start:%Y%m%d}-{plan.program}"
        window = await self._journal.do(Ledger.begin, session, opened.identity.serial, plan)
        log.info("window-planned", session=session, window=window.name, shots=len(plan.shots), warnings=list(plan.warnings))
        return window

    async def _drain(self, window: WindowRecord) -> bool:
        """Empty the card of this window's frames, and say whether none had to be left on it."""
        drain = Drain(window, self._keeping.spool, self._journal, self._clock, self._keeping.traffic)
        try:
            while True:
                try:
                    await self._hold.open()
                    return not await drain.run(self._hold.body)
                except (Reopen, Retry) as error:
                    await self._hold.broken(error)
        finally:
            await drain.close()

    async def _store(self, after: datetime) -> None:
        """Wait until the sinks hold what was drained, as long as they get on and the next window is not near.

        What they could not take yet stays in the spool, and they are fed on, whatever the watch does next.
        """
        feeding, clock = self._keeping.feeding, self._clock
        feeding.wake()
        if await feeding.caught_up(clock.monotonic() + PATIENCE_S) or await feeding.caught_up(await self._leave_at(after)):
            return
        log.error("frames-not-safe", next="They stay in the spool until the sinks take them.")

    async def _leave_at(self, after: datetime) -> float:
        """The clock time (s) at which the next window needs the watch; never, when none is known."""
        if self._capabilities is None:
            return math.inf
        try:
            plan = await asyncio.to_thread(self._planner, max(after, self._clock.utc()), self._capabilities)
        except NightsideError:
            return math.inf
        return Anchor.of(self._clock).instant(plan.span.start) - LEAVE_S

    async def _account(self, window: WindowRecord) -> Report:
        now = await self._journal.do(Ledger.window, window.id)
        shots = await self._journal.do(Ledger.shots, window.id)
        return report(now, shots, await self._journal.do(Ledger.frames, window.id))

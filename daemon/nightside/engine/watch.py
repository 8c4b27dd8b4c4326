"""`Watch`: keeps watch over one body, window after window, and leaves none before its frames are safe or accounted for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from nightside.clock import Clock, rest
from nightside.engine.hold import Hold
from nightside.engine.report import Report, report
from nightside.engine.runner import Runner
from nightside.ledger.journal import Journal
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside.storage import keeping
from nightside.storage.sinks import Sink
from nightside.storage.spool import Spool
from nightside_drivers.api import Capabilities
from nightside_drivers.errors import CallPerson, Reopen, Retry, StopNight
from nightside_drivers.protocol import Opened

log = structlog.stdlib.get_logger()

Planner = Callable[[datetime, Capabilities], Plan]
"""Gives the next plan whose first shot opens at or after an instant. Raises `NoNight` or `PlanImpossible`."""

ROUNDS = 5
"""How often in a row a window's frames are offered to sinks that fail, before the watch goes on to the next window."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where frames go."""

    spool: Spool
    sinks: Sequence[Sink]


class Watch:
    """One body, one program, one window after the other."""

    def __init__(self, hold: Hold, planner: Planner, keeping_: Keeping, journal: Journal, clock: Clock) -> None:
        """Nothing is opened yet; `run` does that."""
        self._hold = hold
        self._planner = planner
        self._keeping = keeping_
        self._journal = journal
        self._clock = clock

    async def run(
        self, windows: int | None = None, on_plan: Callable[[WindowRecord], None] = lambda _: None
    ) -> AsyncIterator[Report]:
        """Finish what an earlier run left, then shoot `windows` windows (without end, when not given), a report for each.

        `on_plan` hears of each new window as soon as it is in the ledger.
        """
        opened = await self._hold.open()
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
            window = await self._next(opened, max(after, self._clock.utc()))
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
                await self._drain(window)
            except (CallPerson, Reopen, Retry, StopNight) as error:
                log.error("window-left-open", code=error.code, why=str(error), next="It is taken up again at the next start.")
            finally:
                await self._hold.let_go()
            await self._store(window)
            account = await self._account(window)
        log.info("window-done", planned=account.planned, taken=account.taken, missed=account.missed, safe=account.safe)
        return account

    async def _next(self, opened: Opened, after: datetime) -> WindowRecord:
        plan = await asyncio.to_thread(self._planner, after, opened.capabilities)
        session = f"{plan.span.start:%Y%m%d}-{plan.program}"
        window = await self._journal.do(Ledger.begin, session, opened.identity.serial, plan)
        log.info("window-planned", session=session, window=window.name, shots=len(plan.shots), warnings=list(plan.warnings))
        return window

    async def _drain(self, window: WindowRecord) -> None:
        while True:
            try:
                await self._hold.open()
                await keeping.drain(window, self._hold.body, self._keeping.spool, self._journal)
            except (Reopen, Retry) as error:
                await self._hold.broken(error)
            else:
                return

    async def _store(self, window: WindowRecord) -> None:
        """Feed the sinks; close the window when all is safe and nothing waits on the card."""
        pause_s = 1.0
        for _ in range(ROUNDS):
            if await keeping.store(window, self._keeping.sinks, self._keeping.spool, self._journal):
                now = await self._journal.do(Ledger.window, window.id)
                if now.phase is WindowPhase.DRAINING and not await keeping.waits_on_card(window, self._journal):
                    await self._journal.do(Ledger.enter, window.id, WindowPhase.CLOSED)
                return
            await rest(self._clock, pause_s)
            pause_s *= 2
        log.error("frames-not-safe", next="They stay in the spool and are offered to the sinks again at the next start.")

    async def _account(self, window: WindowRecord) -> Report:
        now = await self._journal.do(Ledger.window, window.id)
        shots = await self._journal.do(Ledger.shots, window.id)
        return report(now, shots, await self._journal.do(Ledger.frames, window.id))

"""`Watch`: keeps watch over one body, window after window, and leaves none before its frames are safe or accounted for."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog

from nightside.clock import Anchor, Clock
from nightside.engine.between import Between
from nightside.engine.circumstances import Circumstances
from nightside.engine.completing import Completing
from nightside.engine.controls import TAKEN_OVER, Controls
from nightside.engine.emergency import emergency, is_emergency
from nightside.engine.gauges import hear, hear_at_leisure
from nightside.engine.hold import Hold
from nightside.engine.housekeeping import Housekeeping
from nightside.engine.keeping import Keeping
from nightside.engine.looking_ahead import look_ahead
from nightside.engine.parting import tell_not_restored
from nightside.engine.planning import Planner, Planning
from nightside.engine.report import Report
from nightside.engine.reporting import account_of, keep
from nightside.engine.runner import NOT_RUNNING, Ending, Runner
from nightside.engine.snapshot import Board
from nightside.engine.standing import Standing
from nightside.engine.waiting import Waiting, Withdrawn
from nightside.errors import LedgerRefused, Refused
from nightside.ledger.journal import Journal
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import SessionPhase, WindowPhase
from nightside.ledger.store import Ledger
from nightside.pulse import Part, Pulse
from nightside.storage.drain import Drain
from nightside.storage.examination import examine
from nightside_drivers.api import Capabilities
from nightside_drivers.errors import NightsideError, Reopen, Retry
from nightside_drivers.ladder import Rung
from nightside_drivers.protocol import Opened

log = structlog.stdlib.get_logger()

PATIENCE_S = 30.0
"""How long the account of a window waits for the sinks before it is asked when the next window begins."""
LEAVE_S = 120.0
"""How long (s) before the next window nobody waits for the sinks any more. They are fed all the time."""


@dataclass(slots=True)
class _Done:
    """How far a run has come."""

    after: datetime
    """The end of the last window: the next one is looked for from there on."""
    windows: set[int] = field(default_factory=set[int])


class Watch:
    """One body, one program, one window after the other."""

    def __init__(
        self,
        hold: Hold,
        planner: Planner,
        keeping: Keeping,
        journal: Journal,
        clock: Clock,
        controls: Controls | None = None,
        circumstances: Circumstances | None = None,
        part: Part | None = None,
    ) -> None:
        """Nothing is opened yet; `run` does that. What is left out is as `Runner` has it. Whoever runs it enters `part`."""
        self.part = part or Pulse(clock).part("a watch")
        self.controls = controls or Controls(Board(clock))
        self._circumstances = circumstances or Circumstances.none(clock)
        self._hold = hold
        hold.calling = self._call
        hold.holding = lambda held: self.board.publish(in_hand=held)
        hold.awaiting = partial(self.board.awaits, "body")
        self._keeping = keeping
        self._journal = journal
        self._clock = clock
        self._capabilities: Capabilities | None = None
        self._standing = Standing(self.board)
        self._circumstances.notices.listen(self._standing.hear)
        self._housekeeping = Housekeeping(keeping.policy, keeping.spool, keeping.feeding, hold, journal, clock)
        self._completing = Completing(keeping.spool, hold, journal, clock, self._new_drain)
        self._planning = Planning(planner, self._housekeeping, journal, clock, self._circumstances.notices, self.controls)

    @property
    def capabilities(self) -> Capabilities | None:
        """What the body can do; `None` until it has been met."""
        return self._capabilities

    @property
    def board(self) -> Board:
        """What this body is doing."""
        return self.controls.board

    @property
    def rungs(self) -> Mapping[str, int]:
        """How often each rung of the ladder was taken to have this body back."""
        return {rung.value: self._hold.ladder.counts[rung] for rung in Rung}

    async def run(
        self, windows: int | None = None, on_plan: Callable[[WindowRecord], None] = lambda _: None
    ) -> AsyncIterator[Report]:
        """Finish what an earlier run left, then shoot `windows` windows (without end, when not given), a report for each.

        `on_plan` hears of each new window as soon as it is in the ledger.
        """
        await self._housekeeping.resume()
        opened = await self._meet()
        await self._completing.at_start(opened.identity.serial)
        self._keeping.feeding.wake()
        done = _Done(self._clock.utc())
        while True:
            for window in await self._unfinished(opened):
                log.info("window-resumed", session=window.session, window=window.name, phase=window.phase)
                for account in await self._shoot(window, done, on_plan):
                    yield account
            if windows is not None and len(done.windows) >= windows:
                break
            self.board.publish(session_phase=SessionPhase.PLANNING, next="planning", next_at=None)
            following = await self._next(opened, done)
            if following is None:
                accounts = await self._settled(await self._emergency(opened.identity.serial))
            elif following.phase is WindowPhase.CLOSED:
                done.after = following.plan.span.end
                continue  # it was shot before the wall clock was put back: it is not shot again
            else:
                accounts = await self._shoot(following, done, on_plan)
            for account in accounts:
                yield account
            if windows is not None and len(done.windows) >= windows:
                break
        self.board.publish(session_phase=SessionPhase.OVER, next="", next_at=None)

    async def _next(self, opened: Opened, done: "_Done") -> WindowRecord | None:
        """The next window; `None` when an emergency is wanted, and there is no window that it would interrupt."""
        try:
            patient = bool(done.windows) or self._circumstances.elements_come
            return await self._planning.next(opened, max(done.after, self._clock.utc()), patient=patient)
        except LedgerRefused:
            raise
        except NightsideError:
            with self.part.until(math.inf, "the sinks, which are watched themselves"):
                await self._keeping.feeding.caught_up()  # nothing more is to be shot: what an earlier run owed goes first
            raise

    async def _shoot(self, window: WindowRecord, done: "_Done", on_plan: Callable[[WindowRecord], None]) -> list[Report]:
        on_plan(window)
        accounts, stood = await self.see_through(window)
        if stood:
            done.windows.add(window.id)
            done.after = max(done.after, window.plan.span.end)
        return accounts

    async def see_through(self, window: WindowRecord) -> tuple[list[Report], bool]:
        """Take a window from wherever it stands to its end: shots, drain, sinks, report; and whether it stood.

        One that has not begun stands no more when something else is armed. Emergency programs that are asked for meanwhile are shot
        in between. They are drained when the window is over, and their reports come after its own.
        """
        between: list[WindowRecord] = []
        self.controls.begin()
        away = NOT_RUNNING
        try:
            while (account := await self._work(window, away)) is None:
                away = TAKEN_OVER
                between += await self._emergency(window.serial)
                window = await self._journal.do(Ledger.window, window.id)
        except Withdrawn:
            self.board.publish(session=None, window=None, phase=None, starts_at=None, ends_at=None, shots=0)
            return await self._settled(between), False
        return [account, *await self._settled(between)], True

    async def _settled(self, between: Sequence[WindowRecord]) -> list[Report]:
        """Drain what was shot between windows, or in the middle of one."""
        found = [await self._journal.do(Ledger.window, one.id) for one in between]
        accounts = [await self._work(one, NOT_RUNNING) for one in found]
        return [account for account in accounts if account is not None]

    async def _meet(self) -> Opened:
        """Wait until the body is there, and let it go again."""
        opened = await self._hold.await_body()
        await hear_at_leisure(self._hold.body, opened.identity.serial, self._journal, self.board, self._clock)
        await self._hold.let_go()
        who = opened.identity
        log.info("body-found", model=who.model, serial=who.serial)
        self._capabilities = opened.capabilities
        self.board.publish(body=who.serial, model=who.model)
        self._circumstances.notices.tell("body-found", f"{who.model}, serial {who.serial}", body=who.serial)
        return opened

    async def _unfinished(self, opened: Opened) -> list[WindowRecord]:
        """Windows that are not closed; an emergency's first, since its files lie between another's."""
        found = await self._journal.do(Ledger.unfinished, opened.identity.serial)
        return sorted(found, key=lambda window: not is_emergency(window.plan))

    async def _work(self, window: WindowRecord, away: str) -> Report | None:
        """One window, as far as it comes: `None` when it was handed over to an emergency."""
        with structlog.contextvars.bound_contextvars(session=window.session, window=window.name):
            self._hold.forgive()
            await self._show(window)
            try:
                if window.phase is not WindowPhase.DRAINING and not await self._take(window, away):
                    return None
                self.board.publish(session_phase=SessionPhase.WORKING, phase=WindowPhase.DRAINING, next="drain", next_at=None)
                if await self._drain(window):
                    await examine(window, self._keeping.spool, self._journal, self._clock)
                    outcome = (await account_of(self._journal, window.id)).outcome
                    await self._journal.do(Ledger.enter, window.id, WindowPhase.CLOSED, outcome)
            except LedgerRefused:
                raise
            except NightsideError as error:
                self._left_open(window, error)
            finally:
                await self._hold.let_go()
            await tell_not_restored(self._hold.body, window, self._journal)
            await self._store(window.plan.span.end)
            await self._housekeeping.remove(window)
            account = await account_of(self._journal, window.id)
        log.info("window-done", **account.counts)
        await keep(account, self._keeping.spool)
        self._tell_done(account)
        return account

    async def _take(self, window: WindowRecord, away: str) -> bool:
        """Wait for a window, shoot it and settle it; whether it was not handed over."""
        self.board.publish(session_phase=SessionPhase.WAITING)
        found = await Waiting(self._journal, self._clock, self._hold.patience, self.controls, self._planning.anew).wait(window)
        if found is None:
            return False
        if found is not window:
            await self._show(found)
            self._circumstances.notices.tell("window-replanned", window=found.name, start=found.plan.span.start.isoformat())
        self.board.publish(session_phase=SessionPhase.WORKING)
        drain = self._new_drain(found)
        between = Between(found, self._keeping.policy.drain, drain, self._hold, self._journal, self._clock)
        runner = Runner(found, self._hold, self._journal, self._clock, self.controls, self._circumstances, between)
        looking = asyncio.create_task(look_ahead(runner, found.plan, self._circumstances.horizon, self.board, self._clock))
        ending: Ending | None = None
        try:
            ending = await runner.run(away)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            await drain.close()
            if ending is not Ending.HANDED_OVER and found.phase in {WindowPhase.PLANNED, WindowPhase.SHOOTING}:
                self.controls.over()
        if ending is Ending.HANDED_OVER:
            return False
        await self._journal.do(Ledger.enter, window.id, WindowPhase.DRAINING)
        return True

    async def _emergency(self, serial: str) -> list[WindowRecord]:
        """Shoot the emergency program now. Its frames stay on the card until the window that it interrupted is over."""
        paused, capabilities = self.controls.interrupt(), self._capabilities
        if capabilities is None:
            return []
        scale = self._clock.instant(self._clock.machine(0.0) + 1.0)
        try:
            plan = emergency(self._clock.utc(), capabilities, capabilities.usb_gap_s * scale)
        except Refused as error:
            log.error("no-emergency", code=error.code, why=str(error), next="The plan goes on.")
            self._call(error)
            self.controls.go_back(paused=paused)
            return []
        session = f"{plan.span.start:%Y%m%d}-{plan.program}"
        window = await self._journal.do(Ledger.begin, session, serial, plan)
        log.warning("emergency", session=session, window=window.name, shots=len(plan.shots))
        await self._show(window)
        with structlog.contextvars.bound_contextvars(session=window.session, window=window.name):
            try:
                await self._take(window, NOT_RUNNING)
            except LedgerRefused:
                raise
            except NightsideError as error:
                self._left_open(window, error)
        self.controls.go_back(paused=paused)
        return [window]

    def _call(self, why: NightsideError) -> None:
        self._circumstances.notices.tell("call-a-person", str(why), code=why.code, body=self.board.now.body)

    def _left_open(self, window: WindowRecord, error: NightsideError) -> None:
        log.error("window-left-open", code=error.code, why=str(error), next="It is taken up again before the next one.")
        self._circumstances.notices.tell("call-a-person", str(error), code=error.code, window=window.name)

    async def _drain(self, window: WindowRecord) -> bool:
        """Empty the card of this window's frames, and say whether none had to be left on it."""
        drain = self._new_drain(window)
        try:
            while True:
                try:
                    opened = await self._hold.open()
                    return not await self._empty(drain, window, opened)
                except (Reopen, Retry) as error:
                    await self._hold.broken(error)
        finally:
            await drain.close()

    async def _store(self, after: datetime) -> None:
        """Wait until the sinks hold what was drained, until the next window is near or an emergency is wanted.

        Nobody waits for sinks that do not get on. What they could not take yet stays in the spool, and they are fed on, whatever
        the watch does next.
        """
        self._keeping.feeding.wake()
        storing = asyncio.create_task(self._stored(after))
        wanted = asyncio.create_task(self.controls.wanted_now())
        try:
            with self.part.until(math.inf, "the sinks, which are watched themselves"):
                await asyncio.wait({storing, wanted}, return_when=asyncio.FIRST_COMPLETED)
            safe = storing.done() and storing.result()
        finally:
            storing.cancel()
            wanted.cancel()
            await asyncio.gather(storing, wanted, return_exceptions=True)
        if not safe:
            log.error("frames-not-safe", next="They stay in the spool until the sinks take them.")

    async def _stored(self, after: datetime) -> bool:
        feeding = self._keeping.feeding
        if await feeding.caught_up(self._clock.monotonic() + PATIENCE_S):
            return True
        return await feeding.caught_up(await self._leave_at(after))

    async def _leave_at(self, after: datetime) -> float:
        """The clock time (s) at which the next window needs the watch; never, when none is known."""
        if self._capabilities is None:
            return math.inf
        try:
            plan = await self._planning.at(max(after, self._clock.utc()), self._capabilities, self.board.now.body)
        except NightsideError:
            return math.inf
        return Anchor.of(self._clock).instant(plan.span.start) - LEAVE_S

    def _new_drain(self, window: WindowRecord) -> Drain:
        return Drain(
            window, self._keeping.spool, self._journal, self._clock, self._keeping.traffic.heard(self.part, self.controls.piece)
        )

    async def _empty(self, drain: Drain, window: WindowRecord, opened: Opened) -> int:
        body = self._hold.body
        left = await drain.run(body, await self._dayside_s(window, opened))
        state = await hear(body, self.board, self._clock)
        left = max(left, await self._completing.own(body, drain, window.id, state.quality if state else None))
        await self._completing.earlier(body, window.serial)
        return left

    async def _dayside_s(self, window: WindowRecord, opened: Opened) -> float | None:
        """How long (clock time) until the next window; `None` where there is none in sight."""
        try:
            following, _ = await self._planning.following(opened, window.plan.span.end)
        except NightsideError:
            return None
        return max(0.0, (following.span.start - self._clock.utc()).total_seconds())

    async def _show(self, window: WindowRecord) -> None:
        self.board.publish(
            session=window.session,
            window=window.name,
            phase=window.phase,
            starts_at=window.plan.span.start,
            ends_at=window.plan.span.end,
            shots=len(window.plan.shots),
            shot=None,
            opens_at=None,
            closes_at=None,
        )
        await self._standing.begin(window.id, self._journal)

    def _tell_done(self, account: Report) -> None:
        self.board.publish(phase=None, next="", next_at=None)
        says = f"{account.safe} of {account.planned} planned shots are safe, {account.missed} missed."
        if account.incomplete:
            says = f"{says[:-1]}, {account.incomplete} incomplete."
        self._circumstances.notices.tell(
            "window-done", says, session=account.session, window=account.window, body=account.serial, **account.counts
        )

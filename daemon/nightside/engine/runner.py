"""`Runner`: takes one window of the ledger from wherever it stands to "settled", on one body.

    planned ─► shooting ─► settling ─► (draining and storing: nightside.engine.watch)

A restart runs the same code on the same rows: shots still to come are taken, shots whose instant has passed are accounted for.
What a person commands is heeded between two releases; only an abort reaches into one.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from enum import StrEnum

import structlog

from nightside.clock import Clock, rest
from nightside.engine.accounts import Accounts
from nightside.engine.between import Between
from nightside.engine.circumstances import Circumstances
from nightside.engine.controls import ABORTED, TAKEN_OVER, Controls
from nightside.engine.emergency import is_emergency
from nightside.engine.gate import Gate, HandedOver, WindowEnded
from nightside.engine.hold import Hold
from nightside.engine.openings import openings
from nightside.engine.readiness import Readiness
from nightside.engine.reasons import CUT_SHORT, cut_off, doubted
from nightside.engine.settling import Settling
from nightside.engine.snapshot import Board, Shutter
from nightside.engine.timing import Go, Timing
from nightside.engine.waiting import withdraw_if_disarmed
from nightside.errors import LedgerRefused
from nightside.ledger.journal import Journal
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import ShotState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Overrun, Shot, Span
from nightside_drivers.api import ReleaseKind, Taken
from nightside_drivers.errors import CallPerson, ContactMissing, NightsideError, Reopen, Retry, SkipShot, StopNight, TooLate

log = structlog.stdlib.get_logger()

NOT_RUNNING = "Nightside was not running at this instant, or had not found its body."
BUSY_PAUSE_S = 0.05
"""Machine time between two tries at a body that says it is busy."""
HANDOVER_S = 0.5
"""How long (machine time) before its instant a release is handed to the body's own process: until then commands reach it."""
DISK_PAUSE_S = 20.0
"""Machine time for which a disk may stall before a release waits for it: SD cards, and a laptop's disk at work, take seconds."""
GLANCE_S = 30.0
"""How often (clock time) it is looked whether anything has changed while a release is waited for."""

OPEN_STATES = frozenset({ShotState.PLANNED, ShotState.ARMED})


class Ending(StrEnum):
    """How running a window has ended."""

    SETTLED = "settled"
    HANDED_OVER = "handed-over"
    """An emergency program is to have the body; what is left of this window is gone on with afterwards."""


class Runner:
    """Runs one window once."""

    def __init__(
        self,
        window: WindowRecord,
        hold: Hold,
        journal: Journal,
        clock: Clock,
        controls: Controls | None = None,
        circumstances: Circumstances | None = None,
        between: Between | None = None,
    ) -> None:
        """Nothing is decided yet: `run` does. Without `controls` nobody commands; without `circumstances`, all is well.

        Without `between` the gaps have no file traffic.
        """
        self._between = between
        self._circumstances = circumstances or Circumstances.none(clock)
        self._controls = controls or Controls(Board(clock))
        self._board = self._controls.board
        self._plan = window.plan
        self._phase = window.phase
        self._accounts = Accounts(window, journal)
        self._hold = hold
        self._journal = journal
        self._clock = clock
        self.timing = Timing(window.plan, clock)
        self._ready = Readiness(self._accounts, hold, journal, self.timing, self._controls, self._circumstances)
        self._gate = Gate(self.timing, self._controls, self._circumstances, self._ready)
        self._queue: deque[tuple[Shot, ...]] = deque()
        self._stirs: int | None = -1
        """At which stir it was last looked whether somebody has disarmed; `None` once a release was handed over."""
        self._narrowed = asyncio.Event()

    def narrow(self, span: Span | None) -> bool:
        """Keep to a window as newer elements have it, also with the release that is under way; whether that is news."""
        news = self.timing.narrow(span)
        if news:
            self._narrowed.set()
        return news

    async def run(self, away: str = NOT_RUNNING) -> Ending:
        """Shoot what is still to come, from now on, then settle every account.

        `away` is why shots whose instant has passed were not taken.

        Raises:
            NightsideError: the card cannot be read, so the window cannot be settled now. Run it again later.
            Withdrawn: somebody has disarmed before the first release.
        """
        window_id = self._accounts.window.id
        self._queue = deque(await self._still_to_come(away))
        if self._queue:
            self.timing.pin(self._circumstances.anchors.of(self._plan.span.start, self._clock))
            await self._enter(WindowPhase.SHOOTING)
            if not await self._shoot():
                return Ending.HANDED_OVER
        await self._enter(WindowPhase.SETTLING)
        log.debug("window-settling", window_id=window_id)
        await Settling(self._accounts, self._hold, self._journal, self.timing, self._controls).settle()
        return Ending.SETTLED

    async def _enter(self, phase: WindowPhase) -> None:
        await self._journal.do(Ledger.enter, self._accounts.window.id, phase)
        self._board.publish(phase=phase)

    async def _still_to_come(self, away: str) -> list[tuple[Shot, ...]]:
        """Releases that lie ahead; shots of the past are missed, or in doubt where they were armed."""
        records = {record.index: record for record in await self._accounts.shots()}
        now, begun = self._clock.utc(), self._phase in {WindowPhase.PLANNED, WindowPhase.SHOOTING}
        to_come: list[tuple[Shot, ...]] = []
        passed: list[Shot] = []
        why = CUT_SHORT
        for volley in self._plan.volleys:
            left = [shot for shot in volley if records[shot.index].state in OPEN_STATES]
            # A burst that was begun goes on in the body, whoever has died meanwhile: it is not released a second time.
            going_on = len(volley) > 1 and volley[0].release is ReleaseKind.BURST and volley[0].open_at <= now
            ahead = tuple(shot for shot in left if begun and shot.open_at > now)
            armed = [shot for shot in left if records[shot.index].state is ShotState.ARMED]
            if going_on and armed:
                ahead = ()
            elif ahead:
                to_come.append(ahead)
            if in_flight := [shot for shot in armed if shot not in ahead]:
                self._accounts.doubt(in_flight, doubted(away) if away != NOT_RUNNING else why)
                # Those after it were armed ahead. Where a disk had stalled, they were exposed and nobody could write that down.
                why = doubted(NOT_RUNNING)
            passed += [shot for shot in left if shot not in ahead and shot not in armed]
        await self._accounts.miss_all(passed, away)
        return to_come

    # ── the window ──

    async def _shoot(self) -> bool:
        """Every release that lies ahead; whether none was left for later."""
        try:
            while self._queue:
                volley = self._queue.popleft()
                with structlog.contextvars.bound_contextvars(shot=volley[0].index):
                    await self._take(volley)
        except StopNight as error:
            log.error("window-stopped", code=error.code, why=str(error))
            await self._give_up(str(error))
        except WindowEnded as ended:
            log.warning("window-ended", why=ended.why)
            await self._give_up(ended.why)
        except HandedOver:
            log.warning("window-interrupted", why=TAKEN_OVER)
            return False
        finally:
            await self._accounts.written()
            self._board.publish(shutter=Shutter.CLOSED, prompt=None, trouble=None)
        return True

    async def _take(self, volley: tuple[Shot, ...]) -> None:
        """One release: its shots are exposed, missed with a reason, or in doubt."""
        left: Sequence[Shot] = volley
        while left:
            await self._heed_disarming()
            left = await self._inside(left)
            reason = await self._gate.pass_through(left) if left else None
            reason = reason or (await self._ready.ready_for(left) if left else None)
            if reason is not None:
                await self._accounts.miss_all(left, reason)
                return
            go, left_out = self.timing.go(left, shortens=self._ready.shortens(left[0])) if left else (None, [])
            await self._accounts.miss_all(left_out, self._ready.late_because)
            if go is None:
                return
            if len(go.shots) < len(left):
                left = go.shots  # the body is prepared again, for so many frames
            elif await self._use_gap(go):
                continue  # it may be later than was thought
            elif await self._wait(go) and await self._release(go):
                return

    async def _heed_disarming(self) -> None:
        """Leave the window, whatever made the engine look again, if nothing is to be shot any more and nothing has been."""
        if self._stirs is None or self._stirs == self._controls.stirs or is_emergency(self._plan):
            return
        self._stirs = self._controls.stirs
        await withdraw_if_disarmed(self._accounts.window, self._journal)

    async def _inside(self, shots: Sequence[Shot]) -> Sequence[Shot]:
        """Notice what has changed meanwhile, and leave out what is outside the window as it is known now."""
        if slept_s := self.timing.notice_sleep():
            self._ready.late_because = f"The computer was suspended for {slept_s:.0f} s."
        await self._ready.notice_trust()
        outside = [shot for shot in shots if not self.timing.inside(shot)]
        if not outside:
            return shots
        await self._accounts.miss_all(outside, self._narrower())
        return [shot for shot in shots if shot not in outside]

    def _narrower(self) -> str:
        edges = f"{self.timing.start:%H:%M:%S} to {self.timing.end:%H:%M:%S} UTC"
        return f"By newer elements the window is from {edges}: this exposure would leave it."

    async def _use_gap(self, go: Go) -> bool:
        """Drain before a release, if that is wished and no shutter may be open; whether anything was moved."""
        if self._between is None or self._accounts.doubts:
            return False
        if not await self._accounts.written_by(self._clock, self._between.too_late_from(go.open_at)):
            return False
        try:
            return await self._between.use_gap(go.open_at)
        except Reopen as error:
            self._ready.lost(f"The body was not ready: {error.what}")
            await self._hold.broken(error)
            return True

    async def _wait(self, go: Go) -> bool:
        """Wait until it is time to hand a release over; whether that time has come and nothing has changed."""
        handover = self._clock.instant(self._clock.machine(go.open_at) - HANDOVER_S)
        self._board.publish(
            shot=go.shots[0].index,
            shutter=Shutter.CLOSED,
            opens_at=self.timing.when(go.open_at),
            closes_at=self.timing.when(go.close_at),
            next="shot",
            next_at=self.timing.when(go.open_at),
        )
        until = min(handover, self._clock.monotonic() + GLANCE_S)
        return not await self._controls.until(self._clock, until) and self._clock.monotonic() >= handover

    async def _release(self, go: Go) -> bool:
        """Make one release, if any more is to be made, and write down what came of it; whether that is all for its shots."""
        async with self._controls.piece(self._clock.machine(go.close_at)):
            return await self._make(go)

    async def _make(self, go: Go) -> bool:
        """The release itself. One that is pushed, and came late once more, is pushed again."""
        self._stirs = None
        await self._accounts.arm(go.shots)
        shooting = asyncio.create_task(self._expose(go))
        try:
            self._accounts.arm_behind(self._soon())  # durable while this one is exposed: the gap holds no disk's sync
            taken, done = await self._see_over(shooting, go)
        except TooLate as error:
            pushed = self._plan.overrun_of(go.shots[0]) is Overrun.PUSH
            if pushed and self._clock.monotonic() <= self.timing.last_opening(go.shots[:1]):
                return False
            await self._accounts.miss_all(go.shots, str(error))
        except (SkipShot, Reopen, CallPerson) as error:
            if isinstance(error, LedgerRefused):
                raise
            await self._doubt(go, error)
        else:
            took = self._ready.prepared
            self._ready.over(done, taken)
            made, missing = openings(done.shots, taken, self.timing)
            if missing:
                log.warning("release-stopped-early", taken=len(made), planned=len(done.shots))
                self._accounts.doubt(missing, cut_off(len(made), len(done.shots)))
            await self._accounts.miss_all(go.shots[len(done.shots) :], self._narrower())
            self._accounts.record_behind(made, taken.files, took, self.timing)
        finally:
            shooting.cancel()
        return True

    def _soon(self) -> list[Shot]:
        """The shots of the next release, and of those that begin within a disk's worst pause from now."""
        by = self._clock.instant(self._clock.machine(self._clock.monotonic()) + DISK_PAUSE_S)
        soon = [volley for volley in self._queue if self.timing.due(volley[0]) < by] or list(self._queue)[:1]
        return [shot for volley in soon for shot in volley]

    async def _see_over(self, shooting: "asyncio.Task[Taken]", go: Go) -> tuple[Taken, Go]:
        """Wait for the end of a release, which is cut where its window ends earlier, or broken off when somebody aborts.

        Gives what was taken, and as what it was released in the end.
        """
        opening = asyncio.ensure_future(self._clock.sleep_until(go.open_at))
        aborted = asyncio.ensure_future(self._controls.aborted())
        closes_by_itself = not self._ready.shortens(go.shots[0]) and go.shots[0].release is not ReleaseKind.HELD
        self._board.publish(shutter=Shutter.DUE, closes_by_itself=closes_by_itself)
        try:
            await asyncio.wait({shooting, opening, aborted}, return_when=asyncio.FIRST_COMPLETED)
            if not (shooting.done() or aborted.done()):
                self._board.publish(shutter=Shutter.OPEN, next="exposure over", next_at=self.timing.when(go.close_at))
                go = await self._cut_as_narrowed(go, shooting, aborted)
            if not shooting.done():
                shooting.cancel()
                await asyncio.gather(shooting, return_exceptions=True)
                await self._hold.let_go()
                self._accounts.doubt(go.shots, doubted(ABORTED))
                raise WindowEnded(ABORTED)
            return shooting.result(), go
        finally:
            opening.cancel()
            aborted.cancel()
            await asyncio.gather(opening, aborted, return_exceptions=True)
            self._board.publish(shutter=Shutter.CLOSED)

    async def _cut_as_narrowed(self, go: Go, shooting: "asyncio.Task[Taken]", aborted: "asyncio.Task[None]") -> Go:
        """Wait until a release is over or aborted, and have it end earlier whenever newer elements have the window do so."""
        while not (shooting.done() or aborted.done()):
            shorter = self.timing.cut(go, shortens=self._ready.shortens(go.shots[0]))
            if shorter is not go:
                go = shorter
                log.warning("release-cut", shots=len(go.shots), why=self._narrower())
                await self._hold.body.close_earlier(self._clock.machine(go.close_at), len(go.shots))
                self._board.publish(next_at=self.timing.when(go.close_at))
            self._narrowed.clear()
            narrowed = asyncio.ensure_future(self._narrowed.wait())
            await asyncio.wait({shooting, aborted, narrowed}, return_when=asyncio.FIRST_COMPLETED)
            narrowed.cancel()
            await asyncio.gather(narrowed, return_exceptions=True)
        return go

    async def _expose(self, go: Go) -> Taken:
        machine = self._clock.machine
        while True:
            try:
                return await self._hold.body.shoot(machine(go.open_at), machine(go.open_by), machine(go.close_at))
            except Retry as error:
                if self._clock.monotonic() >= go.open_by:
                    raise SkipShot(f"The body stayed busy: {error.what}") from error
                await rest(self._clock, BUSY_PAUSE_S)

    async def _doubt(self, go: Go, error: NightsideError) -> None:
        """The body failed after it was told to shoot: only the card knows whether it did."""
        self._accounts.doubt(go.shots, doubted(error.what))
        log.warning("shot-in-doubt", code=error.code, why=str(error))
        if not isinstance(error, SkipShot):
            self._ready.lost(f"The body was not ready: {error.what}")
            await self._hold.broken(error)
        elif isinstance(error, ContactMissing):
            self._ready.lost(f"The body was not ready: {error.what}")  # it is asked whether somebody has turned something

    async def _give_up(self, why: str) -> None:
        """Nothing more in this window: what was not taken is missed, for this reason."""
        await self._accounts.written()  # what was exposed last is not given up
        left = [record.index for record in await self._accounts.shots() if record.state in OPEN_STATES]
        await self._accounts.miss_all([self._plan.shots[index] for index in left if index not in self._accounts.doubts], why)

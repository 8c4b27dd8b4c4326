"""`Runner`: takes one window of the ledger from wherever it stands to "settled", on one body.

    planned ─► shooting ─► settling ─► (draining and storing: nightside.engine.watch)

A restart runs the same code on the same rows: shots still to come are taken, shots whose instant has passed are accounted for.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from nightside.clock import Anchor, Clock, rest
from nightside.engine.accounts import Accounts
from nightside.engine.bodyclock import look_after_clock
from nightside.engine.hold import Hold
from nightside.errors import LedgerRefused
from nightside.ledger.journal import Journal
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import ShotState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Overrun, Shot
from nightside_drivers.api import Taken
from nightside_drivers.errors import BodyNotFound, CallPerson, NightsideError, Reopen, Retry, SkipShot, StopNight, TooLate

log = structlog.stdlib.get_logger()

NOT_RUNNING = "Nightside was not running at this instant."
NOT_FREE = "The exposure before it was not over yet."
CUT_SHORT = "Nightside was stopped while this exposure was due, and the card holds no frame of it."
WRITING_S = 1.0
"""How long (clock time) after an exposure's end its file is given to appear on the card."""
BUSY_PAUSE_S = 0.05
"""Machine time between two tries at a body that says it is busy."""
GLANCE_S = 30.0
"""How often (clock time) the wall clock is looked at while a window is waited for."""
LONG_SLEEP_S = 0.5
"""A suspend of the machine that is shorter moves no exposure by more than this."""


class Runner:
    """Runs one window once."""

    def __init__(self, window: WindowRecord, hold: Hold, journal: Journal, clock: Clock) -> None:
        """Nothing is decided yet: `run` looks at the clock."""
        self._plan = window.plan
        self._phase = window.phase
        self._accounts = Accounts(window, journal)
        self._hold = hold
        self._journal = journal
        self._clock = clock
        self._anchor = Anchor.of(clock)
        self._asleep_s = clock.asleep()
        self._late_because = NOT_FREE
        self._ready = False
        self._clock_seen = False

    async def run(self) -> None:
        """Shoot what is still to come, then settle every account.

        Raises:
            NightsideError: the card cannot be read, so the window cannot be settled now. Run it again later.
        """
        window_id = self._accounts.window.id
        to_come = await self._still_to_come()
        if to_come:
            await self._wait_for(to_come[0])
            await self._journal.do(Ledger.enter, window_id, WindowPhase.SHOOTING)
            await self._shoot(to_come)
        await self._journal.do(Ledger.enter, window_id, WindowPhase.SETTLING)
        await self._settle()

    # ── before ──

    async def _still_to_come(self) -> list[Shot]:
        """Shots whose instant lies ahead; those of the past are missed, or in doubt where they were armed."""
        records = {record.index: record for record in await self._accounts.shots()}
        now = self._clock.utc()
        to_come: list[Shot] = []
        passed: list[Shot] = []
        for shot in self._plan.shots:
            state = records[shot.index].state
            if state not in {ShotState.PLANNED, ShotState.ARMED}:
                continue
            if shot.open_at > now and self._phase in {WindowPhase.PLANNED, WindowPhase.SHOOTING}:
                to_come.append(shot)
            elif state is ShotState.ARMED:
                self._accounts.doubts[shot.index] = CUT_SHORT
            else:
                passed.append(shot)
        await self._accounts.miss_all(passed, NOT_RUNNING)
        return to_come

    async def _wait_for(self, first: Shot) -> None:
        """Wait until it is time to get ready, by the wall clock, which may still be corrected; then believe it for this window."""
        lead_s = self._clock.instant(self._clock.machine(0.0) + self._hold.patience.lead_s)
        while (left_s := (first.open_at - self._clock.utc()).total_seconds() - lead_s) > 0:
            await self._clock.sleep_until(self._clock.monotonic() + min(left_s, GLANCE_S))
        self._anchor = Anchor.of(self._clock)
        self._asleep_s = self._clock.asleep()

    async def _get_ready(self, shot: Shot) -> None:
        """Open the right body, note what its card holds, and set it up for the plan's exposures."""
        opened = await self._hold.open_once()
        serial = self._accounts.window.serial
        if opened.identity.serial != serial:
            await self._hold.let_go()
            raise BodyNotFound(
                f"The plan is for the body {serial}, and {opened.identity.serial} is connected.",
                remedy="Connect the right body.",
            )
        if self._accounts.window.card_before is None:
            await self._accounts.remember_card(await self._hold.body.files())
        await self._clear_doubts(shot)
        first = self._plan.shots[0]
        await self._hold.body.prepare(replace(first.exposure, release=first.release))
        await self._look_after_clock(shot)
        self._ready = True

    async def _look_after_clock(self, shot: Shot) -> None:
        """Once a window, while it is not yet time for its first shot."""
        if self._clock_seen:
            return
        left_s = self._clock.machine(self._anchor.instant(shot.open_at)) - self._clock.machine(self._clock.monotonic())
        serial = self._accounts.window.serial
        await look_after_clock(self._hold.body, serial, self._journal, self._hold.clock_care, left_s)
        self._clock_seen = True

    async def _clear_doubts(self, following: Shot) -> None:
        """Look for the frames of shots in doubt before another exposure adds one, where there is time to."""
        if not self._accounts.doubts:
            return
        written = self._anchor.instant(self._plan.shots[max(self._accounts.doubts)].close_at) + WRITING_S
        if self._plan.overrun is Overrun.SKIP and written > self._anchor.instant(following.open_at):
            return
        await self._clock.sleep_until(written)
        await self._accounts.reconcile(await self._hold.body.files())

    async def _ready_for(self, shot: Shot) -> str | None:
        """Try to get the body ready for as long as this shot can still be taken; give the reason if that fails.

        Whatever is wrong, a person or time may mend it: cables are plugged, batteries changed and dials turned in mid-window.
        """
        until = self._last_opening(shot)
        if self._plan.overrun is Overrun.SKIP:
            until = min(until, self._anchor.instant(shot.open_at) + self._plan.slack_s)
        said = ""
        while not self._ready:
            if self._clock.monotonic() > until:
                return self._late_because
            try:
                await self._get_ready(shot)
            except (LedgerRefused, StopNight):
                raise
            except NightsideError as error:
                self._late_because = f"The body was not ready: {error.what}"
                if error.what != said:
                    log.warning("body-not-ready", code=error.code, why=str(error))
                    said = error.what
                if isinstance(error, Reopen):
                    await self._hold.lost(error)
                await self._hold.pause(self._hold.patience.pause_s)
        if said:
            log.info("body-ready-again")
        return None

    # ── the window ──

    async def _shoot(self, shots: list[Shot]) -> None:
        try:
            for shot, following in zip(shots, [*shots[1:], None], strict=True):
                with structlog.contextvars.bound_contextvars(shot=shot.index):
                    await self._take(shot, following)
        except StopNight as error:
            log.error("window-stopped", code=error.code, why=str(error))
            await self._give_up(error)
        finally:
            await self._accounts.written()

    async def _take(self, shot: Shot, following: Shot | None) -> None:
        """One shot: exposed, missed with a reason, or in doubt."""
        self._notice_sleep()
        open_at, reason = 0.0, await self._ready_for(shot)
        if reason is None:
            open_at, reason = self._when(shot)
        if reason is not None:
            await self._accounts.miss(shot.index, reason)
            return
        await self._accounts.arm(shot)
        shooting = asyncio.create_task(self._expose(shot, open_at))
        try:
            if following is not None:
                await self._accounts.arm(following)  # durable while this one is exposed: the gap holds no disk's sync
            taken = await shooting
        except TooLate as error:
            await self._accounts.miss(shot.index, str(error))
        except (SkipShot, Reopen, CallPerson) as error:
            if isinstance(error, LedgerRefused):
                raise
            await self._doubt(shot, error)
        else:
            self._late_because = NOT_FREE
            opened, closed = self._clock.instant(taken.opened_at), self._clock.instant(taken.closed_at)
            late_s = opened - self._anchor.instant(shot.open_at)
            await self._accounts.record_behind(shot, self._anchor.when(opened), late_s, self._anchor.when(closed), taken.files)
        finally:
            shooting.cancel()

    async def _doubt(self, shot: Shot, error: NightsideError) -> None:
        """The body failed after it was told to shoot: only the card knows whether it did."""
        self._accounts.doubts[shot.index] = f"{error.what} The card holds no frame of it."
        log.warning("shot-in-doubt", code=error.code, why=str(error))
        if not isinstance(error, SkipShot):
            self._ready = False
            self._late_because = f"The body was not ready: {error.what}"
            await self._hold.broken(error)

    def _notice_sleep(self) -> None:
        """A suspended machine's clock stands still while the night goes on: what is planned moves back to its UTC."""
        slept_s = self._clock.asleep() - self._asleep_s
        if slept_s > LONG_SLEEP_S:
            log.warning("machine-slept", seconds=round(slept_s, 1))
            self._anchor = Anchor(self._anchor.utc, self._anchor.monotonic - slept_s)
            self._asleep_s += slept_s
            self._late_because = f"The computer was suspended for {slept_s:.0f} s."

    def _when(self, shot: Shot) -> tuple[float, str | None]:
        """Clock time at which to open, or the reason why not."""
        due, now = self._anchor.instant(shot.open_at), self._clock.monotonic()
        if now <= due + self._plan.slack_s:
            return max(due, now), None
        if self._plan.overrun is Overrun.PUSH and now <= self._last_opening(shot):
            return now, None
        return now, self._late_because

    def _last_opening(self, shot: Shot) -> float:
        """Clock time after which this exposure would reach out of its window."""
        return self._anchor.instant(self._plan.span.end) - (shot.close_at - shot.open_at).total_seconds()

    async def _expose(self, shot: Shot, open_at: float) -> Taken:
        open_by = min(open_at + self._plan.slack_s, self._last_opening(shot))
        close_at = open_at + (shot.close_at - shot.open_at).total_seconds()
        machine = self._clock.machine
        while True:
            try:
                return await self._hold.body.shoot(machine(open_at), machine(open_by), machine(close_at))
            except Retry as error:
                if self._clock.monotonic() >= open_by:
                    raise SkipShot(f"The body stayed busy: {error.what}") from error
                await rest(self._clock, BUSY_PAUSE_S)

    async def _give_up(self, error: NightsideError) -> None:
        """Nothing more in this window: what was not taken is missed, for this reason."""
        for record in await self._accounts.shots():
            if record.state in {ShotState.PLANNED, ShotState.ARMED} and record.index not in self._accounts.doubts:
                await self._accounts.miss(record.index, str(error))

    # ── after ──

    async def _settle(self) -> None:
        """Give every file of this window to its shot, and every shot its frame or its reason."""
        if self._accounts.doubts:
            await self._clock.sleep_until(self._last_possible_file())
        if self._accounts.doubts or any(record.state is ShotState.EXPOSED for record in await self._accounts.shots()):
            await self._with_the_body(self._read_the_card)
        await self._accounts.close()

    def _last_possible_file(self) -> float:
        """Clock time by which an exposure that may still be going on must have ended and been written."""
        longest_s = max((shot.close_at - shot.open_at).total_seconds() for shot in self._plan.shots)
        ended = min(self._clock.monotonic() + longest_s, self._anchor.instant(self._plan.span.end))
        return ended + WRITING_S

    async def _read_the_card(self) -> None:
        await self._hold.open()
        while await self._accounts.unannounced():
            files = await self._hold.body.reported(self._hold.patience.settle_s)
            if not files:
                break
            await self._accounts.announce(files)
        listing = await self._hold.body.files()
        await self._accounts.require_cards(listing)
        await self._accounts.reconcile(listing)

    async def _with_the_body(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do something on the body, in a new session when the present one breaks, as long as the window's budget lasts."""
        while True:
            try:
                await act()
            except (Reopen, Retry) as error:
                await self._hold.broken(error)
            else:
                return

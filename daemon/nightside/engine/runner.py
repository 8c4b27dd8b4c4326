"""`Runner`: takes one window of the ledger from wherever it stands to "settled", on one body.

    planned ─► shooting ─► settling ─► (draining and storing: nightside.engine.watch)

A restart runs the same code on the same rows: shots still to come are taken, shots whose instant has passed are accounted for.
A shot that was armed when the daemon or the body died is in doubt until the card has been read.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from nightside.clock import Anchor, Clock, rest
from nightside.engine.account import attribute, candidates, stem
from nightside.engine.hold import Hold
from nightside.errors import LedgerRefused
from nightside.ledger.journal import Journal
from nightside.ledger.records import ShotRecord, WindowRecord
from nightside.ledger.states import ShotState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Overrun, Shot
from nightside_drivers.api import CardFile, Taken
from nightside_drivers.errors import BodyNotFound, CallPerson, NightsideError, Reopen, Retry, SkipShot, StopNight

log = structlog.stdlib.get_logger()

NOT_RUNNING = "Nightside was not running at this instant."
NOT_FREE = "The exposure before it was not over yet."
NO_FRAME = "The exposure was made, and the card holds no frame of it."
WRITING_S = 1.0
"""How long (clock time) after an exposure's end its file is given to appear on the card."""
BUSY_PAUSE_S = 0.05
"""Machine time between two tries at a body that says it is busy."""
CUT_SHORT = "Nightside was stopped while this exposure was due, and the card holds no frame of it."


class Runner:
    """Runs one window once."""

    def __init__(self, window: WindowRecord, hold: Hold, journal: Journal, clock: Clock) -> None:
        """The wall clock is believed once, here; from then on the window runs on clock time."""
        self._window = window
        self._plan = window.plan
        self._hold = hold
        self._journal = journal
        self._clock = clock
        self._anchor = Anchor.of(clock)
        self._doubts: dict[int, str] = {}
        self._late_because = NOT_FREE
        self._writing: asyncio.Task[None] | None = None
        self._ready = False

    async def run(self) -> None:
        """Shoot what is still to come, then settle every account.

        Raises:
            NightsideError: the card cannot be read, so the window cannot be settled now. Run it again later.
        """
        to_come = await self._still_to_come()
        if to_come:
            await self._journal.do(Ledger.enter, self._window.id, WindowPhase.SHOOTING)
            await self._shoot(to_come)
        await self._journal.do(Ledger.enter, self._window.id, WindowPhase.SETTLING)
        await self._settle()

    # ── before ──

    async def _still_to_come(self) -> list[Shot]:
        """Shots whose instant lies ahead; those of the past are missed, or in doubt where they were armed."""
        records = {record.index: record for record in await self._journal.do(Ledger.shots, self._window.id)}
        now = self._clock.monotonic()
        to_come: list[Shot] = []
        for shot in self._plan.shots:
            record = records[shot.index]
            if record.state not in {ShotState.PLANNED, ShotState.ARMED}:
                continue
            if self._anchor.instant(shot.open_at) > now and self._window.phase is not WindowPhase.SETTLING:
                to_come.append(shot)
            elif record.state is ShotState.ARMED:
                self._doubts[shot.index] = CUT_SHORT
            else:
                await self._journal.do(Ledger.missed, self._window.id, shot.index, NOT_RUNNING)
        return to_come

    async def _get_ready(self, shot: Shot) -> None:
        """Open the right body, note what its card holds, and set it up for the plan's exposures."""
        opened = await self._hold.open_once()
        if opened.identity.serial != self._window.serial:
            await self._hold.let_go()
            raise BodyNotFound(
                f"The plan is for the body {self._window.serial}, and {opened.identity.serial} is connected.",
                remedy="Connect the right body.",
            )
        if self._window.card_before is None:
            paths = [file.path for file in await self._hold.body.files()]
            await self._journal.do(Ledger.remember_card, self._window.id, paths)
            self._window = await self._journal.do(Ledger.window, self._window.id)
        await self._clear_doubts(shot)
        first = self._plan.shots[0]
        await self._hold.body.prepare(replace(first.exposure, release=first.release))
        self._ready = True

    async def _clear_doubts(self, following: Shot) -> None:
        """Look for the frames of shots in doubt before another exposure adds one, where there is time to."""
        if not self._doubts:
            return
        written = self._anchor.instant(self._plan.shots[max(self._doubts)].close_at) + WRITING_S
        if self._plan.overrun is Overrun.SKIP and written > self._anchor.instant(following.open_at):
            return
        await self._clock.sleep_until(written)
        await self._adopt()

    async def _ready_for(self, shot: Shot) -> NightsideError | None:
        """Try to get the body ready for as long as this shot can still be taken; give what is wrong with it if that fails.

        Whatever is wrong, a person or time may mend it: cables are plugged, batteries changed and dials turned in mid-window.
        """
        until = self._last_opening(shot)
        if self._plan.overrun is Overrun.SKIP:
            until = min(until, self._anchor.instant(shot.open_at) + self._plan.slack_s)
        while not self._ready:
            try:
                await self._get_ready(shot)
            except (LedgerRefused, StopNight):
                raise
            except NightsideError as error:
                self._late_because = f"The body was not ready: {error.what}"
                if self._clock.monotonic() >= until:
                    return error
                if isinstance(error, Reopen):
                    await self._hold.let_go()
                await rest(self._clock, self._hold.patience.pause_s)
        return None

    # ── the window ──

    async def _shoot(self, shots: list[Shot]) -> None:
        lead = self._clock.instant(self._clock.machine(0.0) + self._hold.patience.lead_s)
        await self._clock.sleep_until(self._anchor.instant(shots[0].open_at) - lead)
        try:
            for shot, following in zip(shots, [*shots[1:], None], strict=True):
                with structlog.contextvars.bound_contextvars(shot=shot.index):
                    await self._take(shot, following)
        except StopNight as error:
            log.error("window-stopped", code=error.code, why=str(error))
            await self._give_up(error)
        finally:
            await self._written_down()

    async def _take(self, shot: Shot, following: Shot | None) -> None:
        """One shot: exposed, missed with a reason, or in doubt."""
        trouble = await self._ready_for(shot)
        if trouble is not None:
            await self._miss(shot, str(trouble))
            return
        open_at, reason = self._when(shot)
        if reason is not None:
            await self._miss(shot, reason)
            return
        await self._journal.do(Ledger.arm, self._window.id, shot.index)
        shooting = asyncio.create_task(self._expose(shot, open_at))
        try:
            if following is not None:
                # Durable while this one is exposed, so that the gap holds no disk's sync.
                await self._journal.do(Ledger.arm, self._window.id, following.index)
            taken = await shooting
        except SkipShot as error:
            await self._miss(shot, str(error))
        except (Reopen, CallPerson) as error:
            if isinstance(error, LedgerRefused):
                raise
            self._ready = False
            self._late_because = f"The body was not ready: {error.what}"
            self._doubts[shot.index] = f"{error.what} The card holds no frame of it."
            await self._hold.broken(error)
        else:
            self._late_because = NOT_FREE
            await self._written_down()
            # The next exposure does not wait for this one's line: it is written while that one is under way.
            self._writing = asyncio.create_task(self._record(shot, taken))
        finally:
            shooting.cancel()

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

    async def _record(self, shot: Shot, taken: Taken) -> None:
        """Write down an exposure that was made, and the files that the body has announced so far."""
        opened, closed = self._clock.instant(taken.opened_at), self._clock.instant(taken.closed_at)
        late_s = opened - self._anchor.instant(shot.open_at)
        await self._journal.do(
            Ledger.exposed, self._window.id, shot.index, self._anchor.when(opened), late_s, self._anchor.when(closed)
        )
        log.info("shot-exposed", late_ms=round(late_s * 1000, 1), files=[file.path for file in taken.files])
        await self._announce(taken.files)

    async def _written_down(self) -> None:
        """Wait until what the last exposure left to write is in the ledger."""
        writing, self._writing = self._writing, None
        if writing is not None:
            await writing

    async def _miss(self, shot: Shot, reason: str) -> None:
        await self._journal.do(Ledger.missed, self._window.id, shot.index, reason)
        log.warning("shot-missed", why=reason)

    async def _give_up(self, error: NightsideError) -> None:
        """Nothing more in this window: what was not taken is missed, for this reason."""
        for record in await self._journal.do(Ledger.shots, self._window.id):
            if record.state in {ShotState.PLANNED, ShotState.ARMED} and record.index not in self._doubts:
                await self._journal.do(Ledger.missed, self._window.id, record.index, str(error))

    # ── after ──

    async def _settle(self) -> None:
        """Give every file of this window to its shot, and every shot its frame or its reason."""
        await self._with_the_body(self._read_the_card)
        without = set(await self._without_frame())
        for record in await self._journal.do(Ledger.shots, self._window.id):
            if record.index in without or record.state in {ShotState.PLANNED, ShotState.ARMED}:
                reason = self._doubts.get(record.index, NO_FRAME)
                await self._journal.do(Ledger.missed, self._window.id, record.index, reason)
                log.warning("shot-missed", shot=record.index, why=reason)

    async def _read_the_card(self) -> None:
        if not await self._unsettled():
            return
        await self._hold.open()
        while await self._without_frame():
            announced = await self._hold.body.reported(self._hold.patience.settle_s)
            if not announced:
                break
            await self._announce(announced)
        if await self._unsettled():
            await self._adopt()

    async def _adopt(self) -> None:
        """Look at the card for files of this window that nobody announced."""
        if self._window.card_before is not None:
            found = [file for file in await self._hold.body.files() if file.path not in self._window.card_before]
            await self._announce(found, adopted=True)

    async def _announce(self, files: Sequence[CardFile], *, adopted: bool = False) -> None:
        """Record files as frames of the shots they belong to; a shot in doubt whose frame is found was exposed."""
        frames = await self._journal.do(Ledger.frames, self._window.id)
        known = {frame.file.path for frame in frames}
        explained = {stem(frame.file): frame.shot_index for frame in frames}
        fresh = [file for file in files if file.path not in known]
        waiting = candidates(fresh, await self._without_frame(), sorted(self._doubts), explained)
        for index, file in attribute(fresh, waiting, explained):
            await self._journal.do(Ledger.on_card, self._window.id, index, file, adopted=adopted)
            if index is not None and index in self._doubts:
                del self._doubts[index]
                await self._own_up(index)

    async def _own_up(self, index: int) -> None:
        """A shot that was in doubt has a frame: it was exposed, when it was planned as far as anybody knows."""
        shot = self._plan.shots[index]
        await self._journal.do(Ledger.exposed, self._window.id, index, shot.open_at, 0.0, shot.close_at)
        log.info("shot-found", shot=index)

    async def _without_frame(self) -> list[int]:
        """Indices of exposed shots that no file has been found of, oldest first."""
        held = {frame.shot_index for frame in await self._journal.do(Ledger.frames, self._window.id)}
        return [record.index for record in await self._exposed() if record.index not in held]

    async def _exposed(self) -> list[ShotRecord]:
        records = await self._journal.do(Ledger.shots, self._window.id)
        return [record for record in records if record.state is ShotState.EXPOSED]

    async def _unsettled(self) -> bool:
        return bool(self._doubts or await self._without_frame())

    async def _with_the_body(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do something on the body, in a new session when the present one breaks, as long as the window's budget lasts."""
        while True:
            try:
                await act()
            except (Reopen, Retry) as error:
                await self._hold.broken(error)
            else:
                return

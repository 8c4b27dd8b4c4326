"""After a window's last shot: every file gets its shot, and every shot its frame or its reason."""

import math
from collections.abc import Awaitable, Callable, Collection

import structlog

from nightside.engine.accounts import Accounts
from nightside.engine.controls import Controls
from nightside.engine.gauges import read_body
from nightside.engine.hold import Hold
from nightside.engine.readiness import WRITING_S
from nightside.engine.timing import Timing, length_s
from nightside.ledger.journal import Journal
from nightside.ledger.states import ShotState
from nightside_drivers.errors import Reopen, Retry

log = structlog.stdlib.get_logger()


class Settling:
    """Of one window."""

    def __init__(self, accounts: Accounts, hold: Hold, journal: Journal, timing: Timing, controls: Controls) -> None:
        """Nothing is asked of the body before `settle`."""
        self._accounts = accounts
        self._hold = hold
        self._journal = journal
        self._timing = timing
        self._clock = timing.clock
        self._controls = controls
        self._board = controls.board

    async def settle(self) -> None:
        """Lay the card beside the shots, once the body has written what it still had to.

        Raises:
            NightsideError: the card cannot be read, so the window cannot be settled now.
        """
        possible = self._last_possible_file()
        if self._accounts.doubts:
            await self._clock.sleep_until(possible)
        if self._accounts.doubts or any(record.state is ShotState.EXPOSED for record in await self._accounts.shots()):
            try:
                await self._with_the_body(lambda: self._read_the_card(possible))
            finally:
                self._board.awaits("files", None)
        await self._accounts.close()

    def _last_possible_file(self) -> float:
        """Clock time by which an exposure that may still be going on must have ended and been written by a card that is quick."""
        longest_s = max(length_s(volley) for volley in self._timing.plan.volleys)
        ended = min(self._clock.monotonic() + longest_s, self._timing.anchor.instant(self._timing.plan.span.end))
        return ended + WRITING_S

    async def _read_the_card(self, possible: float) -> None:
        """Go by what the body announces and then by the card, and again for as long as files still come that shots lack."""
        await self._hold.open()
        await self._hear(self._hold.patience.settle_s, self._accounts.unannounced)
        await self._lay_beside()
        await self._read_gauges()  # its quality says which files a shot must have, if nobody could ask before
        await self._hold.open()
        before, until = math.inf, None
        while (lacking := await self._accounts.lacking()) and len(lacking) < before and not self._hurried:
            until = until or await self._written_by(lacking, possible)
            if self._clock.monotonic() >= until:
                return
            self._say(lacking, until)
            await self._hear(self._hold.patience.writing_s, self._accounts.lacking, until)
            await self._lay_beside()
            before = len(lacking)

    async def _hear(self, quiet_s: float, lacking: Callable[[], Awaitable[Collection[int]]], until: float = math.inf) -> None:
        """Hear what is announced while shots lack files, until it was quiet so long (machine time) or clock time `until`."""
        listened_s, heard = self._hold.patience.settle_s, self._clock.monotonic()
        while await lacking():
            left_s = self._machine_s(min(until, self._after(heard, quiet_s)))
            if left_s <= 0 or (quiet_s > listened_s and self._hurried):
                return
            files = await self._hold.body.reported(min(left_s, listened_s))
            if files:
                heard = self._clock.monotonic()
                await self._accounts.announce(files)

    async def _lay_beside(self) -> None:
        listing = await self._hold.body.files()
        await self._accounts.require_cards(listing)
        await self._accounts.reconcile(listing)

    @property
    def _hurried(self) -> bool:
        """Whether somebody wants the body or an end now. What is written later is found later (`nightside.engine.latecomers`)."""
        return self._controls.aborting or self._controls.emergency

    async def _written_by(self, lacking: Collection[int], possible: float) -> float:
        """Clock time by which even a slow card has all that these shots lack, one after the other."""
        records = [record for record in await self._accounts.shots() if record.index in lacking]
        ended = max(self._timing.anchor.instant(record.closed_at or record.close_at) for record in records)
        if self._accounts.doubts:
            ended = max(ended, possible)
        return self._after(ended, len(lacking) * self._hold.patience.writing_s)

    def _say(self, lacking: Collection[int], until: float) -> None:
        by = f"{self._timing.when(until):%H:%M:%S} UTC"
        one = len(lacking) == 1
        log.info("files-awaited", shots=list(lacking), until=by, next="A shot whose frame does not come is missed.")
        said = "one shot lacks a file" if one else f"{len(lacking)} shots lack files"
        self._board.awaits("files", f"The body may still be writing to its card: {said}. They are waited for until {by}.")

    def _after(self, instant: float, machine_s: float) -> float:
        return self._clock.instant(self._clock.machine(instant) + machine_s)

    def _machine_s(self, instant: float) -> float:
        """Machine time left until a clock time."""
        return math.inf if math.isinf(instant) else self._clock.machine(instant) - self._clock.machine(self._clock.monotonic())

    async def _read_gauges(self) -> None:
        """What the body has left: nice to know, and worth no further session."""
        try:
            body, window_id = self._hold.body, self._accounts.window.id
            await read_body(body, window_id, self._journal, self._board, self._clock)
        except (Reopen, Retry) as error:
            await self._hold.lost(error)

    async def _with_the_body(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do something on the body, in a new session when the present one breaks, as long as the window's budget lasts."""
        while True:
            try:
                await act()
            except (Reopen, Retry) as error:
                await self._hold.broken(error)
            else:
                return

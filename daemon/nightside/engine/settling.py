"""After a window's last shot: every file gets its shot, and every shot its frame or its reason."""

from collections.abc import Awaitable, Callable

from nightside.engine.accounts import Accounts
from nightside.engine.gauges import read_body
from nightside.engine.hold import Hold
from nightside.engine.readiness import WRITING_S
from nightside.engine.snapshot import Board
from nightside.engine.timing import Timing, length_s
from nightside.ledger.journal import Journal
from nightside.ledger.states import ShotState
from nightside_drivers.errors import Reopen, Retry


class Settling:
    """Of one window."""

    def __init__(self, accounts: Accounts, hold: Hold, journal: Journal, timing: Timing, board: Board) -> None:
        """Nothing is asked of the body before `settle`."""
        self._accounts = accounts
        self._hold = hold
        self._journal = journal
        self._timing = timing
        self._board = board

    async def settle(self) -> None:
        """Lay the card beside the shots.

        Raises:
            NightsideError: the card cannot be read, so the window cannot be settled now.
        """
        if self._accounts.doubts:
            await self._timing.clock.sleep_until(self._last_possible_file())
        if self._accounts.doubts or any(record.state is ShotState.EXPOSED for record in await self._accounts.shots()):
            await self._with_the_body(self._read_the_card)
            await self._read_gauges()
        await self._accounts.close()

    def _last_possible_file(self) -> float:
        """Clock time by which an exposure that may still be going on must have ended and been written."""
        longest_s = max(length_s(volley) for volley in self._timing.plan.volleys)
        ended = min(self._timing.clock.monotonic() + longest_s, self._timing.anchor.instant(self._timing.plan.span.end))
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

    async def _read_gauges(self) -> None:
        """What the body has left: nice to know, and worth no further session."""
        try:
            body, window_id = self._hold.body, self._accounts.window.id
            await read_body(body, window_id, self._journal, self._board, self._timing.clock)
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

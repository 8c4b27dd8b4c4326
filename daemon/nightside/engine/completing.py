"""`Completing`: brings in what the body wrote, or told of, late: the second file of a pair, or the frame of a shot called missed.

Events get lost, cards are slow, and some bodies write the JPEG long after the NEF. So when a window is drained the card is looked
at once more for what its shots lack, and for what those of earlier windows lack; what is found completes its shot.
"""

from collections.abc import Callable

import structlog

from nightside.clock import Clock
from nightside.engine.hold import Hold
from nightside.engine.partners import claim, missing, unfinished, wanting
from nightside.engine.report import outcome_of
from nightside.engine.reporting import account_of, keep
from nightside.errors import LedgerRefused
from nightside.ledger.journal import Journal
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import FrameState
from nightside.ledger.store import Ledger
from nightside.storage.drain import Drain
from nightside.storage.examination import examine
from nightside.storage.pairs import NAMES
from nightside.storage.spool import Spool
from nightside_drivers.errors import NightsideError
from nightside_drivers.proxy import Body

log = structlog.stdlib.get_logger()


class Completing:
    """Of one body's watch."""

    def __init__(
        self, spool: Spool, hold: Hold, journal: Journal, clock: Clock, drain: Callable[[WindowRecord], Drain]
    ) -> None:
        """Nothing is looked for yet. `drain` makes one for a window."""
        self._spool = spool
        self._hold = hold
        self._journal = journal
        self._clock = clock
        self._drain = drain

    async def own(self, body: Body, drain: Drain, window_id: int, quality: str | None) -> int:
        """Drain what a drained window's shots lack, where the card has it by now; give how many frames had to be left there.

        `quality` is what the body says now, for a window of which nobody heard it before. What is lacking all the same is told.
        Raises what the body raises.
        """
        window = await self._journal.do(Ledger.window, window_id)
        if window.quality is None and quality is not None:
            await self._journal.do(Ledger.set_to, window_id, quality)
            window = await self._journal.do(Ledger.window, window_id)
        if not await wanting(self._journal, window):
            return 0
        left = await drain.run(body) if await claim(self._journal, window, await body.files()) else 0
        for index, kinds in (await missing(self._journal, window)).items():
            log.error(
                "frame-incomplete",
                shot=index,
                missing=[NAMES[kind] for kind in sorted(kinds)],
                quality=window.quality,
                next="The shot does not count as safe, and its card files stay. A file that comes late completes it.",
            )
        return left

    async def earlier(self, body: Body, serial: str) -> None:
        """Drain what shots of windows that are closed lack, where the card has it by now. Raises what the body raises."""
        windows = await unfinished(self._journal, serial)
        listing = await body.files() if windows else ()
        for window in windows:
            await claim(self._journal, window, listing)
            if await self._journal.do(Ledger.frames, window.id, FrameState.ON_CARD, limit=1):
                await self._bring(body, window)

    async def _bring(self, body: Body, window: WindowRecord) -> None:
        """Drain what a closed window has on the card, and judge it anew."""
        drain = self._drain(window)
        try:
            await drain.run(body)
        finally:
            await drain.close()
        await examine(window, self._spool, self._journal, self._clock)
        shots, frames = await self._journal.do(Ledger.shots, window.id), await self._journal.do(Ledger.frames, window.id)
        outcome = outcome_of(window, shots, frames)
        if outcome != window.outcome:
            await self._journal.do(Ledger.judge_anew, window.id, outcome)
        await keep(await account_of(self._journal, window.id), self._spool)

    async def at_start(self, serial: str) -> None:
        """Look for what came while nobody was there. What cannot be had now is looked for again after the next window.

        Not while a window is left from before: its shutter may be open, and its end looks too.
        """
        if await self._journal.do(Ledger.unfinished, serial):
            return
        try:
            if await unfinished(self._journal, serial):
                await self._hold.open()
                await self.earlier(self._hold.body, serial)
        except LedgerRefused:
            raise
        except NightsideError as error:
            log.warning("incomplete-not-looked-for", code=error.code, why=str(error), next="It is, after the next window.")
        finally:
            await self._hold.let_go()

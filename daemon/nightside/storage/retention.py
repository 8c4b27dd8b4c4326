"""What is removed again, from where, and when: the card's files, and the spool's copies. Nothing that is not safe, ever.

The ledger says that a file goes before it goes, so that a restart does it again and nothing is believed to be where it is not.
Before a card's file goes it is looked at once more: bodies use names again after 9999, and people change cards.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog

from nightside.clock import Clock
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord
from nightside.ledger.states import COPIED, FrameState
from nightside.ledger.store import Ledger
from nightside.storage.policy import Policy
from nightside.storage.room import free_bytes
from nightside.storage.spool import Spool
from nightside_drivers.api import CardFile
from nightside_drivers.errors import FileGone, SkipShot
from nightside_drivers.proxy import Body

log = structlog.stdlib.get_logger()


class Retention:
    """Removes what need not be kept. `required` and `others` are the names of the sinks."""

    def __init__(
        self, policy: Policy, spool: Spool, journal: Journal, clock: Clock, required: Iterable[str], others: Iterable[str] = ()
    ) -> None:
        """Nothing is removed yet."""
        self._policy = policy
        self._spool = spool
        self._journal = journal
        self._clock = clock
        self._required = frozenset(required)
        self._all = self._required | frozenset(others)

    async def deletable(self, serial: str) -> list[FrameRecord]:
        """Frames of this body that may go from its card, and those that were about to when the daemon ended.

        One that has a flag stays: nobody has decided yet what it is.
        """
        if await self._journal.do(Ledger.unfinished, serial):
            return []  # what a card held before an open window tells that it is the same card
        found: list[FrameRecord] = []
        for window in await self._journal.do(Ledger.windows):
            if window.serial == serial:
                found += [frame for frame in await self._journal.do(Ledger.frames, window.id) if self._may_go(frame)]
        return found

    async def clear_card(self, body: Body, frames: Sequence[FrameRecord]) -> int:
        """Delete these frames from the card, if each is still the file that was drained; say how many went.

        Raises what the body raises; what was deleted stays so, and the rest is asked for again.
        """
        listing = {file.path: file for file in await body.files()}
        stores = {_store(path) for path in listing}
        gone = 0
        for frame in frames:
            file = listing.get(frame.file.path)
            if file is None:
                # Nothing is said of a file whose card is out.
                if frame.state is FrameState.DELETABLE and _store(frame.file.path) in stores:
                    await self._journal.do(Ledger.deleted, frame.id)
            elif (why := _another(frame, file)) is not None:
                log.warning("card-file-kept", file=frame.file.path, why=why)
            else:
                gone += await self._delete(body, frame)
        if gone:
            log.info("card-cleared", files=gone)
        return gone

    async def prune(self) -> int:
        """Remove spool copies that are older than the policy keeps them, and more where the floor asks for it."""
        ends = {window.id: window.plan.span.end for window in await self._journal.do(Ledger.windows)}
        pruned = 0
        for frame in await self._journal.do(Ledger.in_spool):
            if not self._is_safe(frame):
                continue
            held_by_all = self._all <= {sink for sink, _ in frame.copies}
            if (held_by_all and self._is_old(ends.get(frame.window_id))) or await self._is_short():
                await self._journal.do(Ledger.pruned, frame.id)
                await self._unlink(frame)
                pruned += 1
        if pruned:
            log.info("spool-pruned", files=pruned)
        return pruned

    async def resume(self) -> None:
        """Finish what a daemon that ended had only said: once, at the start."""
        for frame in await self._journal.do(Ledger.frames):
            if frame.pruned_at is not None:
                await self._unlink(frame)

    def _may_go(self, frame: FrameRecord) -> bool:
        """Whether a frame may go from the card. One that was rebuilt never may: its ledger was damaged."""
        undecided = frame.flag is not None or frame.rebuilt
        return frame.state in {FrameState.SAFE, FrameState.DELETABLE} and not undecided and self._is_safe(frame)

    def _is_safe(self, frame: FrameRecord) -> bool:
        """By the state, and by the copies themselves: sinks may have been added or made required since."""
        return frame.state in COPIED and bool(self._required) and self._required <= {sink for sink, _ in frame.copies}

    def _is_old(self, end: datetime | None) -> bool:
        return end is not None and self._clock.utc() - end > self._policy.spool_keep

    async def _is_short(self) -> bool:
        return await asyncio.to_thread(free_bytes, self._spool.root) < self._policy.spool_floor

    async def _unlink(self, frame: FrameRecord) -> None:
        if frame.spool_path is not None:
            await asyncio.to_thread(self._spool.path(frame.spool_path).unlink, missing_ok=True)

    async def _delete(self, body: Body, frame: FrameRecord) -> bool:
        await self._journal.do(Ledger.deletable, frame.id)
        try:
            await body.delete(frame.file)
        except FileGone:
            pass  # somebody was quicker
        except SkipShot as error:
            await self._journal.do(Ledger.failed, frame.id, str(error))
            log.warning("card-file-kept", file=frame.file.path, why=str(error))
            return False
        await self._journal.do(Ledger.deleted, frame.id)
        return True


def _another(frame: FrameRecord, file: CardFile) -> str | None:
    """Why a file on the card may not be the one that was drained under its name; `None` if it surely is."""
    if file.size is None or file.size != frame.size:
        return f"It has {file.size} bytes, and the one that was drained had {frame.size}."
    if file.made_at is None or file.made_at != frame.file.made_at:
        return "It was made at another time than the one that was drained."
    return None


def _store(path: str) -> str:
    return path.strip("/").partition("/")[0]

"""What is removed again, from where, and when: the card's files, and the spool's copies. Nothing that is not safe, ever.

The ledger says that a file goes before it goes, so that a restart does it again and nothing is believed to be where it is not.
Before a card's file goes it is looked at once more: bodies use names again after 9999, and people change cards.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import structlog

from nightside.clock import Clock
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord
from nightside.ledger.states import COPIED, FrameState
from nightside.ledger.store import Ledger
from nightside.storage.pairs import wanting
from nightside.storage.policy import Rules
from nightside.storage.room import free_bytes
from nightside.storage.spool import Spool
from nightside_drivers.api import CardFile
from nightside_drivers.errors import FileGone, SkipShot
from nightside_drivers.proxy import Body

log = structlog.stdlib.get_logger()

AT_ONCE = 1000
"""Frames that are asked for in one query: the ledger has one thread, and shots wait for it."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing is older: what is to be kept for longer than since then is kept."""


class Retention:
    """Removes what need not be kept. `required` and `others` are the names of the sinks."""

    def __init__(
        self, policy: Rules, spool: Spool, journal: Journal, clock: Clock, required: Iterable[str], others: Iterable[str] = ()
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

        One that has a flag stays: nobody has decided yet what it is. So does one whose shot lacks another file, or a copy of it.
        """
        if await self._journal.do(Ledger.unfinished, serial):
            return []  # what a card held before an open window tells that it is the same card
        found: list[FrameRecord] = []
        after: int | None = 0
        while after is not None:
            page = await self._journal.do(Ledger.clearable, serial, after=after, limit=AT_ONCE)
            safe = [frame for frame in page if self._is_safe(frame)]
            wanting = {window_id: await self._wanting(window_id) for window_id in {frame.window_id for frame in safe}}
            found += [frame for frame in safe if frame.shot_index not in wanting[frame.window_id]]
            after = _next(page)
        return found

    async def _wanting(self, window_id: int) -> frozenset[int]:
        """Shots of a window that still want a file, or a copy of one: of these nothing is deleted."""
        window = await self._journal.do(Ledger.window, window_id)
        return wanting(await self._journal.do(Ledger.frames, window_id), window.quality, self._is_safe)

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
        pruned, after = 0, None if self._clock.utc() - EPOCH < self._policy.spool_keep else 0
        while after is not None:
            page = await self._journal.do(
                Ledger.in_spool, self._clock.utc() - self._policy.spool_keep, after=after, limit=AT_ONCE
            )
            for frame in page:
                pruned += await self._prune(frame) if self._all <= {sink for sink, _ in frame.copies} else 0
            after = _next(page)
        after = 0
        while after is not None and await self._is_short():
            page = await self._journal.do(Ledger.in_spool, after=after, limit=AT_ONCE)
            for frame in page:
                pruned += await self._prune(frame) if await self._is_short() else 0
            after = _next(page)
        if pruned:
            log.info("spool-pruned", files=pruned)
        return pruned

    async def resume(self) -> None:
        """Finish what a daemon that ended had only said: once, at the start.

        Begins with what lies in the spool, which is bounded, and not with what was ever removed from it.
        """
        for session in await asyncio.to_thread(self._spool.sessions):
            there = await asyncio.to_thread(self._spool.files, session)
            if there:
                left = there & await self._journal.do(Ledger.pruned_paths, session)
                await asyncio.to_thread(self._spool.remove, left)

    def _is_safe(self, frame: FrameRecord) -> bool:
        """By the state, and by the copies themselves: sinks may have been added or made required since."""
        return frame.state in COPIED and bool(self._required) and self._required <= {sink for sink, _ in frame.copies}

    async def _is_short(self) -> bool:
        return await asyncio.to_thread(free_bytes, self._spool.root) < self._policy.spool_floor

    async def _prune(self, frame: FrameRecord) -> bool:
        if not self._is_safe(frame) or frame.spool_path is None:
            return False
        if await self._journal.do(Ledger.pruned, frame.id):
            await asyncio.to_thread(self._spool.remove, [frame.spool_path])
        return True

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


def _next(page: Sequence[FrameRecord]) -> int | None:
    """After which frame the next page begins; `None` where there is none."""
    return page[-1].id if len(page) == AT_ONCE else None


def _store(path: str) -> str:
    return path.strip("/").partition("/")[0]

"""`Drain`: moves one window's frames from the card into the spool.

While one file comes over the bus, those before it are hashed, flushed, named and written down. Each step is in the ledger before
the next relies on it, so a drain can be stopped and begun again at any byte. A frame that fails holds up no other.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from nightside.clock import Clock
from nightside.errors import FolderUnwritable, StorageFull
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, WindowRecord
from nightside.ledger.states import FrameState
from nightside.ledger.store import Ledger
from nightside.storage.behind import Behind
from nightside.storage.spool import BEHIND, Spool
from nightside.storage.traffic import Traffic
from nightside.storage.writing import Part
from nightside_drivers.api import CardFile
from nightside_drivers.errors import BodyFailed, BodyUnfit, FileGone, SkipShot
from nightside_drivers.proxy import Body

log = structlog.stdlib.get_logger()

Listing = Mapping[str, CardFile]
"""What the card holds, by path."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A file of which only the beginning has come."""

    frame_id: int
    file: CardFile | None
    """What the listing said of it then. Only the very same is gone on with."""
    part: Part


class Drain:
    """Drains one window. One task at a time; close it when the window is left."""

    def __init__(self, window: WindowRecord, spool: Spool, journal: Journal, clock: Clock, traffic: Traffic) -> None:
        """Nothing is copied yet. `traffic` is shared by all bodies."""
        self._window = window
        self._spool = spool
        self._journal = journal
        self._clock = clock
        self._traffic = traffic
        self._failed: dict[int, str] = {}
        """Frames that the body could not give, by the frame's id: they are not asked for again in this round."""
        self._begun: Begun | None = None
        self._ahead: asyncio.Task[Part] | None = None
        """What the next file will fill, made while the one before it comes: a body that waits for its next order gives nothing."""
        self._behind = Behind(BEHIND)

    async def run(self, body: Body, dayside_s: float | None = None) -> int:
        """Copy every frame that is only on the card, and give how many had to be left there.

        `dayside_s` is how long (clock time) until the body is wanted again, for the budget that is told first. Raises what the
        body raises: the caller opens it again and calls again. What was drained stays drained, what had begun to come is gone on
        with, and a frame that broke the session is left out.
        """
        frames = await self._waiting()
        if frames:
            listing = {file.path: file for file in await body.files()}
            self._tell_budget(frames, listing, dayside_s)
            try:
                for number, frame in enumerate(frames, 1):
                    listed = listing.get(frame.file.path)
                    await self._one(body, await self._dated(frame, listed), listed, more=number < len(frames))
            finally:
                await self._leave_off()
        return len(self._failed)

    async def run_until(self, body: Body, frames: Sequence[FrameRecord], until: float | None) -> bool:
        """Copy these frames between two shots, as long as the next one surely comes before machine time `until` (s).

        Without `until`, all of them, however long that takes. Says whether it tried any.
        """
        tried = False
        try:
            for number, frame in enumerate(frames, 1):
                if (
                    until is not None
                    and self._machine() + self._traffic.expected_s(self._window.serial, self._size(frame)) > until
                ):
                    break
                if frame.id not in self._failed:
                    tried = True
                    await self._one(body, frame, None, until, more=number < len(frames))
        finally:
            await self._leave_off()
        return tried

    async def close(self) -> None:
        """Forget what had begun to come."""
        begun, self._begun = self._begun, None
        if begun is not None:
            await asyncio.to_thread(begun.part.close)

    async def _waiting(self) -> list[FrameRecord]:
        on_card = await self._journal.do(Ledger.frames, self._window.id, FrameState.ON_CARD)
        return [frame for frame in on_card if frame.id not in self._failed]

    async def _dated(self, frame: FrameRecord, listed: CardFile | None) -> FrameRecord:
        """The frame with the time that the listing gives its file, which is how it is known again before it is deleted."""
        if frame.file.made_at is None and listed is not None and listed.made_at is not None:
            await self._journal.do(Ledger.dated, frame.id, listed.made_at)
        return frame

    def _tell_budget(self, frames: Sequence[FrameRecord], listing: Listing, dayside_s: float | None) -> None:
        sizes = [file.size for frame in frames if (file := listing.get(frame.file.path)) is not None]
        count = sum(self._window.plan.frame_bytes if size is None else size for size in sizes)
        machine_s = None if dayside_s is None else self._clock.machine(dayside_s) - self._clock.machine(0.0)
        budget = self._traffic.budget(self._window.serial, len(sizes), count, machine_s)
        log.info("drain-budget", budget=str(budget), frames=budget.frames, bytes=budget.bytes, seconds=round(budget.seconds, 1))
        if not budget.fits:
            log.warning("drain-longer-than-dayside", budget=str(budget), next="What is left is drained after the next window.")

    async def _leave_off(self) -> None:
        """Finish what came, and make nothing ready any more."""
        ahead, self._ahead = self._ahead, None
        try:
            await self._behind.all()
        finally:
            if ahead is not None:
                with contextlib.suppress(StorageFull, FolderUnwritable):  # said to whoever wants to fill one
                    await asyncio.to_thread((await ahead).close)

    async def _one(
        self, body: Body, frame: FrameRecord, listed: CardFile | None, until: float | None = None, *, more: bool
    ) -> None:
        """Have one file come. `more` says whether others are to follow it at once."""
        try:
            begun = await self._go_on_or_begin(frame, listed)
            if more and self._ahead is None:
                self._ahead = asyncio.create_task(self._spool.begin())
            part = await self._come(body, frame, begun, until)
        except FileGone as error:
            await self.close()
            await self._write_off(body, frame, error)
        except (BodyFailed, SkipShot) as error:
            await self.close()
            await self._leave(frame, error)
            if isinstance(error, BodyFailed):
                raise
        else:
            if part is not None:
                await self._behind.add(self._keep(frame, part))

    async def _come(self, body: Body, frame: FrameRecord, begun: Begun, until: float | None) -> Part | None:
        """Fill a part with a frame's file, and give it; `None` if `until` passed before it was whole."""
        async with self._traffic.turn():
            began, start = self._machine(), begun.part.size
            portion = await body.fetch(frame.file, begun.part.descriptor, start, until)
            self._traffic.note(self._window.serial, portion.reached - start, self._machine() - began)
        if not portion.whole:
            return None
        if begun.part.size != portion.size:
            raise BodyFailed(f"{frame.file.path} should have {portion.size} bytes, and {begun.part.size} came.")
        self._begun = None
        return begun.part

    async def _go_on_or_begin(self, frame: FrameRecord, listed: CardFile | None) -> Begun:
        begun = self._begun
        if begun is not None and begun.frame_id == frame.id and _same(begun.file, listed):
            log.info("frame-gone-on-with", file=frame.file.path, at=begun.part.size)
            return begun
        await self.close()
        ahead, self._ahead = self._ahead, None
        self._begun = Begun(frame.id, listed, await (self._spool.begin() if ahead is None else ahead))
        return self._begun

    async def _keep(self, frame: FrameRecord, part: Part) -> None:
        try:
            spent = await self._journal.do(Ledger.names_spent, frame)
        except BaseException:
            await asyncio.to_thread(part.close)
            raise
        try:
            fetched, path = await self._spool.keep(part, frame, self._window.serial, spent)
        except FileExistsError as error:
            await self._leave(frame, error)
            return
        await self._journal.do(Ledger.drained, frame.id, fetched, path)
        log.info("frame-drained", shot=frame.shot_index, file=path, bytes=fetched.size, sha256=fetched.sha256)

    async def _leave(self, frame: FrameRecord, error: Exception) -> None:
        self._failed[frame.id] = str(error)
        await self._journal.do(Ledger.failed, frame.id, str(error))
        log.error("frame-left-on-card", file=frame.file.path, shot=frame.shot_index, why=str(error))

    async def _write_off(self, body: Body, frame: FrameRecord, error: FileGone) -> None:
        """The body says that a file is not there. That is believed only while its card is."""
        listing = await body.files()
        store = frame.file.folder.strip("/").partition("/")[0]
        if any(file.path == frame.file.path for file in listing):
            raise BodyFailed(f"The body lists {frame.file.path} and does not give it.") from error
        if not any(file.folder.strip("/").partition("/")[0] == store for file in listing):
            raise BodyUnfit(
                "The card with this window's frames is not in the body, or cannot be read.",
                means="Nothing is lost: its frames are drained when it is back.",
                remedy="Put the card back.",
            ) from error
        await self._journal.do(Ledger.gone, frame.id, f"The card lost its frame {frame.file.path}.")
        log.error("frame-gone", file=frame.file.path, shot=frame.shot_index, why=str(error))

    def _machine(self) -> float:
        return self._clock.machine(self._clock.monotonic())

    def _size(self, frame: FrameRecord) -> int:
        return frame.file.size or self._window.plan.frame_bytes


def _same(before: CardFile | None, now: CardFile | None) -> bool:
    """Whether two listings speak of the same file of that name. One that they know nothing of is not the same."""
    if before is None or now is None or before.size is None:
        return False
    return (before.path, before.size, before.made_at) == (now.path, now.size, now.made_at)

"""Moving frames on: from the card into the spool, and from the spool into the sinks.

Each step is in the ledger before the next begins, so both can be stopped and begun again at any frame. A frame, or a sink, that
fails holds up no other.
"""

from collections.abc import Sequence
from pathlib import Path

import structlog

from nightside.errors import NightsideError
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, WindowRecord
from nightside.ledger.states import FrameState
from nightside.ledger.store import Ledger
from nightside.storage.sinks import Sink
from nightside.storage.spool import Spool
from nightside_drivers.errors import BodyFailed, BodyUnfit, FileGone, SkipShot
from nightside_drivers.proxy import Body

log = structlog.stdlib.get_logger()


class Drain:
    """Copies one window's frames from the card into the spool."""

    def __init__(self, window: WindowRecord, spool: Spool, journal: Journal) -> None:
        """Nothing is copied yet."""
        self._window = window
        self._spool = spool
        self._journal = journal
        self._failed: dict[int, str] = {}
        """Frames that the body could not give, by the frame's id: they are not asked for again in this round."""

    async def run(self, body: Body) -> int:
        """Copy every frame that is only on the card, and give how many had to be left there.

        Raises what the body raises: the caller opens it again and calls again. What was drained stays drained, and a frame that
        broke the session is left out.
        """
        for frame in await self._journal.do(Ledger.frames, self._window.id, FrameState.ON_CARD):
            if frame.id not in self._failed:
                await self._one(body, frame)
        return len(self._failed)

    async def _one(self, body: Body, frame: FrameRecord) -> None:
        try:
            fetched, path = await self._spool.take(body, frame, self._window.serial)
        except FileGone as error:
            await self._write_off(body, frame, error)
        except (BodyFailed, SkipShot, FileExistsError) as error:
            self._failed[frame.id] = str(error)
            log.error("frame-left-on-card", file=frame.file.path, shot=frame.shot_index, why=str(error))
            if isinstance(error, BodyFailed):
                raise
        else:
            await self._journal.do(Ledger.drained, frame.id, fetched, path)
            log.info("frame-drained", shot=frame.shot_index, file=path, bytes=fetched.size, sha256=fetched.sha256)

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


async def store(sinks: Sequence[Sink], spool: Spool, journal: Journal) -> bool:
    """Offer every frame in the spool to each sink that does not hold it yet; say whether all the required ones hold all.

    A sink that fails is left for the next round.
    """
    kept = True
    for sink in sinks:
        try:
            await _feed(sink, spool, journal)
        except NightsideError as error:
            log.error("sink-failed", sink=sink.name, code=error.code, why=str(error))
            kept = kept and not sink.required
    for frame in await journal.do(Ledger.frames, None, FrameState.DRAINED):
        held = {sink for sink, _ in frame.copies}
        if all(sink.name in held for sink in sinks if sink.required):
            await journal.do(Ledger.safe, frame.id)
    return kept


async def _feed(sink: Sink, spool: Spool, journal: Journal) -> None:
    """Give one sink all that it lacks, then the sums of the folders that it got something in."""
    touched: set[int] = set()
    try:
        for frame in await journal.do(Ledger.owed, sink.name):
            if frame.spool_path is not None:
                path = await sink.store(frame, spool.path(frame.spool_path))
                await journal.do(Ledger.stored, frame.id, sink.name, path)
                touched.add(frame.window_id)
    finally:
        for window_id in touched:
            frames = await journal.do(Ledger.frames, window_id)
            await sink.list_sums(f"{frames[0].session}/{frames[0].window}", _sums(frames, sink.name))


def _sums(frames: Sequence[FrameRecord], sink: str) -> dict[str, str]:
    return {
        Path(path).name: frame.sha256
        for frame in frames
        for holder, path in frame.copies
        if holder == sink and frame.sha256 is not None
    }

"""Moving frames on from the spool into the sinks.

Each step is in the ledger before the next begins, so it can be stopped and begun again at any frame. A sink that fails holds up no
other.
"""

from collections.abc import Sequence
from pathlib import Path

import structlog

from nightside.errors import NightsideError
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord
from nightside.ledger.states import FrameState
from nightside.ledger.store import Ledger
from nightside.storage.sinks.sink import Sink
from nightside.storage.spool import Spool

log = structlog.stdlib.get_logger()


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

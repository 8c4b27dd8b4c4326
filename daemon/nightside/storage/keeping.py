"""Moving a window's frames on: from the card into the spool, and from the spool into the sinks.

Each step is in the ledger before the next begins, so both can be stopped and begun again at any frame.
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
from nightside_drivers.errors import FileGone
from nightside_drivers.proxy import Body

log = structlog.stdlib.get_logger()


async def drain(window: WindowRecord, body: Body, spool: Spool, journal: Journal) -> None:
    """Copy every frame of a window that is still only on the card into the spool.

    Raises what the body raises: the caller opens it again and calls again, and what was drained stays drained.
    """
    for frame in await journal.do(Ledger.frames, window.id, FrameState.ON_CARD):
        try:
            fetched, path = await spool.take(body, frame, window.serial)
        except FileGone as error:
            log.error("frame-gone", file=frame.file.path, shot=frame.shot_index, why=str(error))
            await _write_off(window, frame, journal)
            continue
        await journal.do(Ledger.drained, frame.id, fetched, path)
        log.info("frame-drained", shot=frame.shot_index, file=path, bytes=fetched.size, sha256=fetched.sha256)


async def _write_off(window: WindowRecord, frame: FrameRecord, journal: Journal) -> None:
    """The card lost a file. Its shot is missed once it has no other file left."""
    await journal.do(Ledger.gone, frame.id)
    if frame.shot_index is None:
        return
    left = await journal.do(Ledger.frames, window.id)
    if all(other.state is FrameState.GONE for other in left if other.shot_index == frame.shot_index):
        await journal.do(Ledger.missed, window.id, frame.shot_index, f"The card lost its frame {frame.file.path}.")


async def store(window: WindowRecord, sinks: Sequence[Sink], spool: Spool, journal: Journal) -> bool:
    """Copy every drained frame of a window into each sink, and say whether all of them are safe.

    A sink that fails is left for the next round, and holds up no other.
    """
    failing: set[str] = set()
    for frame in await journal.do(Ledger.frames, window.id, FrameState.DRAINED):
        await _store_one(frame, [sink for sink in sinks if sink.name not in failing], spool, journal, failing)
    frames = await journal.do(Ledger.frames, window.id)
    for sink in sinks:
        if sink.name not in failing:
            sums = _sums(frames, sink.name)
            if sums:
                await sink.list_sums(f"{window.session}/{window.name}", sums)
    kept = True
    for frame in frames:
        if frame.state is FrameState.DRAINED:
            if _is_safe(frame, sinks):
                await journal.do(Ledger.safe, frame.id)
            else:
                kept = False
    return kept


async def waits_on_card(window: WindowRecord, journal: Journal) -> bool:
    """Whether a frame of this window is nowhere but on the card."""
    return bool(await journal.do(Ledger.frames, window.id, FrameState.ON_CARD))


async def _store_one(frame: FrameRecord, sinks: Sequence[Sink], spool: Spool, journal: Journal, failing: set[str]) -> None:
    held = {sink for sink, _ in frame.copies}
    for sink in sinks:
        if sink.name in held or frame.spool_path is None:
            continue
        try:
            path = await sink.store(frame, spool.path(frame.spool_path))
        except NightsideError as error:
            failing.add(sink.name)
            log.error("sink-failed", sink=sink.name, code=error.code, why=str(error))
            continue
        await journal.do(Ledger.stored, frame.id, sink.name, path)


def _is_safe(frame: FrameRecord, sinks: Sequence[Sink]) -> bool:
    held = {sink for sink, _ in frame.copies}
    return all(sink.name in held for sink in sinks if sink.required)


def _sums(frames: Sequence[FrameRecord], sink: str) -> dict[str, str]:
    return {
        Path(path).name: frame.sha256
        for frame in frames
        for holder, path in frame.copies
        if holder == sink and frame.sha256 is not None
    }

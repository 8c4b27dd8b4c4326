"""Looking at what was drained: each frame's own word on itself."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

import structlog

from nightside.clock import Clock
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, WindowRecord
from nightside.ledger.states import FETCHED, Flag
from nightside.ledger.store import Ledger
from nightside.storage.exif import Facts, read_facts
from nightside.storage.spool import Spool
from nightside.storage.witness import Doubt, doubts

log = structlog.stdlib.get_logger()


async def examine(window: WindowRecord, spool: Spool, journal: Journal, clock: Clock) -> int:
    """Flag the frames of a drained window that are not their shots', and say how many that were. May be repeated.

    A shot that is left without a frame is missed, for the reason that its file was flagged.
    """
    frames = [frame for frame in await journal.do(Ledger.frames, window.id) if frame.state in FETCHED]
    facts = await asyncio.to_thread(_facts, frames, spool)
    shots = await journal.do(Ledger.shots, window.id)
    speed = clock.instant(clock.machine(0.0) + 1.0)
    found = doubts(window, shots, frames, facts, speed)
    found += await _given_before(frames, {doubt.frame.id for doubt in found}, journal)
    for doubt in found:
        await journal.do(Ledger.flagged, doubt.frame.id, doubt.flag, doubt.reason)
        log.error("frame-flagged", file=doubt.frame.spool_path, shot=doubt.frame.shot_index, flag=doubt.flag, why=doubt.reason)
    return len(found)


async def _given_before(frames: Sequence[FrameRecord], doubted: Collection[int], journal: Journal) -> list[Doubt]:
    """Frames with the very bytes of one of an earlier window: a body that was asked for a new one gave an old one."""
    found: list[Doubt] = []
    for frame in frames:
        if frame.flag is None and frame.id not in doubted and frame.sha256 is not None:
            for other in await journal.do(Ledger.holding, frame.sha256):
                if other.id < frame.id and other.window_id != frame.window_id and other.state in FETCHED:
                    reason = f"{frame.file.path} holds the very bytes of {other.file.path} of the window {other.window}."
                    found.append(Doubt(frame, Flag.STALE, reason))
                    break
    return found


def _facts(frames: Sequence[FrameRecord], spool: Spool) -> Mapping[int, Facts]:
    """What the spool's files say of themselves. One that was pruned says nothing any more."""
    found: dict[int, Facts] = {}
    for frame in frames:
        if frame.spool_path is not None and frame.pruned_at is None:
            try:
                found[frame.id] = read_facts(spool.path(frame.spool_path))
            except OSError as error:
                log.warning("frame-unread", file=frame.spool_path, why=str(error))
    return found

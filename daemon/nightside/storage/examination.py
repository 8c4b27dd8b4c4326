"""Looking at what was drained: each frame's own word on itself, and whether the files of a shot are all there."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

import structlog

from nightside.clock import Clock
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, WindowRecord
from nightside.ledger.states import FETCHED, FileKind, Flag, FrameState
from nightside.ledger.store import Ledger
from nightside.storage.exif import Facts, read_facts
from nightside.storage.spool import Spool
from nightside.storage.witness import Doubt, doubts

log = structlog.stdlib.get_logger()

NAMES = {FileKind.NEF: "NEF", FileKind.JPEG: "JPEG"}


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


def expected_kinds(quality: str | None) -> frozenset[FileKind]:
    """The kinds of files that a body writes at a quality, in its own words; none where it does not say.

    `NEF+Fine`, `RAW + JPEG`, `JPEG Fine`, `NEF (Raw)`: as libgphoto2 hands them on.
    """
    words = (quality or "").casefold()
    kinds: set[FileKind] = set()
    if "nef" in words or "raw" in words:
        kinds.add(FileKind.NEF)
    if any(word in words for word in ("jpeg", "jpg", "fine", "normal", "basic")):
        kinds.add(FileKind.JPEG)
    return frozenset(kinds)


def incomplete(frames: Sequence[FrameRecord], expected: frozenset[FileKind]) -> dict[int, frozenset[FileKind]]:
    """The kinds that shots lack, by the shot's index. A shot without any file is not incomplete, but without a frame."""
    there: dict[int, set[FileKind]] = {}
    for frame in frames:
        if frame.shot_index is not None and frame.state is not FrameState.GONE:
            there.setdefault(frame.shot_index, set()).add(frame.kind)
    return {index: missing for index, kinds in there.items() if (missing := expected - kinds)}


async def tell_incomplete(window: WindowRecord, journal: Journal, quality: str | None) -> dict[int, frozenset[FileKind]]:
    """Say which shots of a drained window lack a file that the body's quality promises, in the log and in the ledger."""
    frames = await journal.do(Ledger.frames, window.id)
    lacking = incomplete(frames, expected_kinds(quality))
    for frame in frames:
        if frame.shot_index in lacking:
            missing = " and ".join(sorted(NAMES[kind] for kind in lacking[frame.shot_index]))
            await journal.do(Ledger.failed, frame.id, f"The {missing} of the same shot never came.")
    for index, missing_kinds in lacking.items():
        log.error("frame-incomplete", shot=index, missing=sorted(missing_kinds), quality=quality)
    return lacking

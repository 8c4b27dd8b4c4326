"""What shots of closed windows still want, and which files on a card are that: second files of pairs and frames that came late."""

from collections.abc import Sequence

import structlog

from nightside.engine.latecomers import claim_missed, unseen
from nightside.ledger.journal import Journal
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import FrameState
from nightside.ledger.store import Ledger
from nightside.storage.pairs import Kinds, expected_kinds, lacking, late
from nightside_drivers.api import CardFile

log = structlog.stdlib.get_logger()

EARLIER = 12
"""Windows before the present one that are looked at: most of a day's, of an orbit."""


async def missing(journal: Journal, window: WindowRecord) -> dict[int, Kinds]:
    """The kinds of files that a window's shots lack, by the shot's index."""
    expected = expected_kinds(window.quality)
    return lacking(await journal.do(Ledger.frames, window.id), expected) if expected else {}


async def wanting(journal: Journal, window: WindowRecord) -> bool:
    """Whether a file that comes late would be one that a window's shots lack."""
    return bool(await missing(journal, window) or await unseen(journal, window))


async def unfinished(journal: Journal, serial: str) -> list[WindowRecord]:
    """The latest closed windows of a body whose shots lack files, or have one that came late and is not drained yet."""
    found: list[WindowRecord] = []
    for window in await journal.do(Ledger.last_closed, serial, EARLIER):
        on_card = await journal.do(Ledger.frames, window.id, FrameState.ON_CARD, limit=1)
        if on_card or await wanting(journal, window):
            found.append(window)
    return found


async def claim(journal: Journal, window: WindowRecord, listing: Sequence[CardFile]) -> int:
    """Give a window's shots what they lack of a listing, and say how many files that was."""
    frames_found = await claim_missed(journal, window, listing)
    if not await missing(journal, window):
        return frames_found
    frames = await journal.do(Ledger.frames, window.id)
    claimed = (window.card_before or frozenset()) | await journal.do(Ledger.claimed, window.id)
    found = [(index, file) for index, file in late(frames, expected_kinds(window.quality), listing) if file.path not in claimed]
    for index, file in found:
        await journal.do(Ledger.on_card, window.id, index, file, adopted=True)
        log.info("frame-came-late", shot=index, file=file.path, window=window.name)
    return frames_found + len(found)


async def claim_earlier(journal: Journal, serial: str, listing: Sequence[CardFile]) -> None:
    """Give closed windows what they lack of a listing, before the present one takes it for its own."""
    for window in await journal.do(Ledger.last_closed, serial, EARLIER):
        await claim(journal, window, listing)

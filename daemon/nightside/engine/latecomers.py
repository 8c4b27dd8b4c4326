"""Frames that appear on the card when their window was settled without them: a shot that was called missed has one after all.

A card that is slower than anybody waits for, or an abort that nobody wanted to wait after: the account was right when it was given,
and a file says better. Only a shot of which the card was asked can have one; and since a card may hold anybody's pictures by then,
a file counts by its time alone.
"""

from collections.abc import Sequence
from statistics import median

import structlog

from nightside.engine.account import Candidate, arrivals, measured_offsets
from nightside.engine.reasons import card_was_asked
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, ShotRecord, WindowRecord
from nightside.ledger.states import ShotState
from nightside.ledger.store import Ledger
from nightside.plan.values import Overrun, Plan, Shot
from nightside.storage.pairs import stem
from nightside_drivers.api import CardFile

log = structlog.stdlib.get_logger()


async def unseen(journal: Journal, window: WindowRecord) -> list[ShotRecord]:
    """Shots of a window that were missed because the card held no frame of them when it was looked at."""
    missed = await journal.do(Ledger.shots, window.id, state=ShotState.MISSED)
    return [record for record in missed if card_was_asked(record.reason)]


async def claim_missed(journal: Journal, window: WindowRecord, listing: Sequence[CardFile]) -> int:
    """Give such shots their frames of a listing, where it has them by now, and say how many files that was."""
    records = {record.index: record for record in await unseen(journal, window)}
    if not records or window.card_before is None:
        return 0
    frames = await journal.do(Ledger.frames, window.id)
    after = await journal.do(Ledger.card_after, window.id)
    known = {frame.file.path for frame in frames} | window.card_before | await journal.do(Ledger.claimed, window.id)
    files = [file for file in listing if file.path not in known and (after is None or file.path in after)]
    if not files:
        return 0
    shots = await _shots_of(journal, window, frames, records, files, listing)
    found = [(records[shots[stem(file)]], file) for file in files if stem(file) in shots]
    for record, file in found:
        proves = proof(window.plan, record)
        await journal.do(Ledger.on_card, window.id, record.index, file, adopted=True, proves=proves)
        log.info("frame-came-late", shot=record.index, file=file.path, window=window.name)
    return len(found)


def proof(plan: Plan, record: ShotRecord) -> Shot:
    """A shot as a file on the card proves it: exposed when the ledger knows it was, else when it was planned."""
    planned = plan.shots[record.index]
    known = {"open_at": record.opened_at or planned.open_at, "close_at": record.closed_at or planned.close_at}
    return planned.model_copy(update=known)


async def _shots_of(
    journal: Journal,
    window: WindowRecord,
    frames: Sequence[FrameRecord],
    records: dict[int, ShotRecord],
    files: Sequence[CardFile],
    listing: Sequence[CardFile],
) -> dict[str, int]:
    """The shots of stems. What the window's other frames say of the body's clock goes before what was measured of it."""
    opened = {record.index: record.opened_at for record in await journal.do(Ledger.shots, window.id)}
    times = {file.path: file.made_at for file in listing}
    held: dict[str, tuple[int, float]] = {}
    offsets: list[float] = []
    for frame in frames:
        at = times.get(frame.file.path, frame.file.made_at)
        if frame.shot_index is not None and at is not None and (when := opened[frame.shot_index]) is not None:
            held[stem(frame.file)] = (frame.shot_index, at)
            offsets.append(at - when.timestamp())
    candidates = [_candidate(window.plan, record) for record in records.values()]
    late = {stem(file): file.made_at for file in files if file.made_at is not None and stem(file) not in held}
    if offsets:
        likely = [median(offsets)]
    else:
        clocks = await journal.do(Ledger.body_clocks, window.serial)
        likely = measured_offsets(candidates, late, clocks[-1].seconds) if clocks else []
    return arrivals(candidates, late, held, likely, window.plan.span.end.timestamp())


def _candidate(plan: Plan, record: ShotRecord) -> Candidate:
    sure = record.opened_at is not None
    pushed = not sure and plan.overrun_of(plan.shots[record.index]) is Overrun.PUSH
    return Candidate(record.index, (record.opened_at or record.open_at).timestamp(), sure=sure, pushed=pushed)

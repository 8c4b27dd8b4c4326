"""`Accounts`: one window's shots and frames while it is shot and settled, written down as they become known.

A shot whose fate is unknown is *in doubt*: it was armed when the daemon or the body stopped, or the body failed after it had been
told to shoot. Doubts are kept in memory only, since after a restart every armed shot of the past is one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

import structlog

from nightside.clock import Clock
from nightside.engine.account import Candidate, align, announced
from nightside.engine.openings import Opening
from nightside.engine.partners import claim_earlier, missing
from nightside.engine.reasons import EXPOSED, fell_short
from nightside.engine.timing import Timing
from nightside.ledger.journal import Journal
from nightside.ledger.records import ExposedShot, FrameRecord, ShotRecord, WindowRecord
from nightside.ledger.states import FrameState, ShotState
from nightside.ledger.store import Ledger
from nightside.plan.values import Overrun, Shot
from nightside.storage.pairs import stem
from nightside_drivers.api import CardFile, Exposure
from nightside_drivers.errors import BodyUnfit

log = structlog.stdlib.get_logger()


class Accounts:
    """The accounts of one window. One task at a time."""

    def __init__(self, window: WindowRecord, journal: Journal) -> None:
        """`window` as the ledger has it."""
        self.window = window
        self.doubts: dict[int, str] = {}
        """Why nobody knows what became of a shot, by its index."""
        self._proven: dict[int, str] = {}
        """Shots that were in doubt until a file was found, and the doubt: it comes back if the file proves to be another's."""
        self._journal = journal
        self._past_arming: set[int] = set()
        """Shots that are armed, or that nobody will arm any more."""
        self._writing: asyncio.Task[None] | None = None

    async def shots(self) -> list[ShotRecord]:
        """Every shot, as far as it has come."""
        return await self._journal.do(Ledger.shots, self.window.id)

    async def remember_card(self, files: Sequence[CardFile]) -> None:
        """Note what the card holds before the first shot, once."""
        if self.window.card_before is None:
            await self._journal.do(Ledger.remember_card, self.window.id, [file.path for file in files])
            self.window = await self._journal.do(Ledger.window, self.window.id)

    async def arm(self, shots: Sequence[Shot]) -> None:
        """These shots are about to be taken: all of them are armed, or none. Those that are armed already wait for no disk."""
        fresh = [shot.index for shot in shots if shot.index not in self._past_arming]
        if fresh:
            await self._journal.do(Ledger.arm, self.window.id, fresh)
            self._past_arming.update(fresh)

    def arm_behind(self, shots: Sequence[Shot]) -> None:
        """Arm what comes next while nobody waits for it: a disk that stalls for some seconds costs no shot."""
        if not all(shot.index in self._past_arming for shot in shots):
            self._behind(lambda: self.arm(shots))

    async def miss(self, index: int, reason: str) -> None:
        """This shot has no frame, and will have none."""
        self._past_arming.add(index)
        await self._journal.do(Ledger.missed, self.window.id, index, reason)
        log.warning("shot-missed", shot=index, why=reason)

    async def miss_all(self, shots: Sequence[Shot], reason: str) -> None:
        """None of these will be taken."""
        if len(shots) == 1:
            await self.miss(shots[0].index, reason)
            return
        if shots:
            self._past_arming.update(shot.index for shot in shots)
            await self._journal.do(Ledger.missed, self.window.id, [shot.index for shot in shots], reason)
            log.warning("shots-missed", first=shots[0].index, count=len(shots), why=reason)

    def doubt(self, shots: Sequence[Shot], why: str) -> None:
        """Nobody knows what became of these: the card decides, and without a frame they are missed for this reason."""
        self.doubts |= {shot.index: why for shot in shots}

    def record_behind(self, made: Sequence[Opening], files: Sequence[CardFile], took: Exposure | None, timing: Timing) -> None:
        """Write down the exposures of one release, behind the back of the next one, which does not wait for it.

        `took` is what the body said it was set to.
        """
        self._behind(lambda: self._record(made, files, took, timing))

    async def written(self) -> None:
        """Wait until what was left to write is in the ledger. Whoever is cancelled meanwhile takes nothing of it along."""
        writing = self._writing
        if writing is None:
            return
        try:
            await asyncio.shield(writing)
        finally:
            if writing.done() and self._writing is writing:
                self._writing = None

    async def written_by(self, clock: Clock, instant: float | None) -> bool:
        """Wait for the same until clock time `instant` at the latest; whether nothing is left to write."""
        if self._writing is None or instant is None:
            await self.written()
            return True
        late = asyncio.ensure_future(clock.sleep_until(instant))
        try:
            await asyncio.wait({self._writing, late}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            late.cancel()
            await asyncio.gather(late, return_exceptions=True)
        if not self._writing.done():
            return False
        await self.written()
        return True

    async def announce(self, files: Sequence[CardFile], own: Sequence[int] = ()) -> None:
        """Files that the body announced, after the release of its `own` shots or when all were over."""
        if not files:
            return
        frames = await self._frames()
        known = {frame.file.path for frame in frames}
        explained = {stem(frame.file): frame.shot_index for frame in frames}
        waiting = await self._without_frame(frames)
        known |= self.window.card_before or frozenset()  # told late: it lay there before this window, and is another's
        fresh = [file for file in files if file.path not in known]
        for index, file in announced(fresh, own, waiting, explained):
            await self._journal.do(Ledger.on_card, self.window.id, index, file)

    async def lacking(self) -> list[int]:
        """Shots that the body may still be writing files of, in order: exposed, or in doubt, and without all of their files."""
        window = await self._journal.do(Ledger.window, self.window.id)  # what the body is set to is told after the first look
        return sorted({*self.doubts, *await self.unannounced(), *await missing(self._journal, window)})

    async def unannounced(self) -> list[int]:
        """Exposed shots of which no file was announced, oldest first."""
        return await self._without_frame(await self._frames())

    async def require_cards(self, listing: Sequence[CardFile]) -> None:
        """Refuse a listing that cannot be believed: a card that held files of this window, or before it, shows none of them.

        A body without any card has refused to list it.

        Raises:
            BodyUnfit: a card is out, or cannot be read. What is on it is not missed.
        """
        await self.written()
        there = {file.path for file in listing}
        frames = await self._frames()
        expected = (self.window.card_before or frozenset()) | {
            frame.file.path for frame in frames if frame.state is FrameState.ON_CARD
        }
        stores = {_store(path) for path in expected}
        out = [store for store in stores if not any(path in there for path in expected if _store(path) == store)]
        if out:
            raise BodyUnfit(
                "The card with this window's frames is not in the body, or cannot be read.",
                means="Nothing is written off: the window is settled when it is back.",
                remedy="Put the card back.",
            )

    async def reconcile(self, listing: Sequence[CardFile]) -> None:
        """Lay the card beside the exposures, and correct whatever the announcements got wrong.

        `listing` is all that the cards hold now. What they held before the window is not this window's; nor is what others claim,
        or what came after the next one was armed: a window may be settled long after it was shot.
        """
        await self.written()
        before = self.window.card_before
        if before is None:
            return
        await claim_earlier(self._journal, self.window.serial, listing)
        claimed = await self._journal.do(Ledger.claimed, self.window.id)
        after = await self._journal.do(Ledger.card_after, self.window.id)
        files = [
            file
            for file in listing
            if file.path not in before and file.path not in claimed and (after is None or file.path in after)
        ]
        frames = {frame.file.path: frame for frame in await self._frames()}
        provisional = {stem(frame.file): frame.shot_index for frame in frames.values()}
        clocks = await self._journal.do(Ledger.body_clocks, self.window.serial)
        belongs = align(await self._candidates(), files, provisional, clocks[-1].seconds if clocks else None)
        for file in files:
            await self._place(file, belongs.get(stem(file)), frames.get(file.path))

    async def close(self) -> None:
        """Every shot that has no frame by now is missed, with what is known of why."""
        await self.written()
        without = set(await self.unannounced())
        for record in await self.shots():
            if record.index in without or record.state in {ShotState.PLANNED, ShotState.ARMED}:
                await self.miss(record.index, self.doubts.get(record.index, self._no_frame(record.index, without)))

    def _no_frame(self, index: int, without: set[int]) -> str:
        """Why an exposed shot has no frame, as far as is known: a release of several may have stopped early."""
        for volley in self.window.plan.volleys:
            indices = [shot.index for shot in volley]
            if len(indices) > 1 and index in indices:
                took = len(indices) - len(without.intersection(indices))
                return fell_short(took, len(indices))
        return EXPOSED

    def _behind(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write after all that is still to be written. What fails is told by whoever waits for it."""
        before = self._writing

        async def after() -> None:
            if before is not None:
                await before
            await write()

        self._writing = asyncio.create_task(after())

    async def _record(self, made: Sequence[Opening], files: Sequence[CardFile], took: Exposure | None, timing: Timing) -> None:
        settings = None if took is None else plain(took)
        shots = [_exposed(one, settings, timing) for one in made]
        await self._journal.do(Ledger.expose, self.window.id, shots)
        for one in made:
            log.info(
                "shot-exposed", shot=one.shot.index, late_ms=round(one.late_s * 1000, 1), files=[file.path for file in files]
            )
        await self.announce(files, [one.shot.index for one in made])

    async def _place(self, file: CardFile, index: int | None, frame: FrameRecord | None) -> None:
        proves = self.window.plan.shots[index] if index in self.doubts else None
        if frame is None:
            await self._journal.do(Ledger.on_card, self.window.id, index, file, adopted=True, proves=proves)
        elif frame.shot_index != index and frame.state is FrameState.ON_CARD:
            await self._journal.do(Ledger.reassign, frame.id, index, proves=proves)
            if frame.shot_index in self._proven:
                self.doubts[frame.shot_index] = self._proven.pop(frame.shot_index)
        if proves is not None:
            self._proven[proves.index] = self.doubts.pop(proves.index)
            log.info("shot-found", shot=proves.index, file=file.path)

    async def _candidates(self) -> list[Candidate]:
        found: list[Candidate] = []
        for record in await self.shots():
            by_file = record.state is ShotState.EXPOSED and record.opened_late_s is None
            if by_file or record.index in self.doubts:  # when it opened nobody has seen: its file proved it, or is looked for
                plan = self.window.plan
                pushed = plan.overrun_of(plan.shots[record.index]) is Overrun.PUSH
                found.append(Candidate(record.index, record.open_at.timestamp(), sure=False, pushed=pushed))
            elif record.state is ShotState.EXPOSED:
                over = None if record.closed_at is None else record.closed_at.timestamp()
                found.append(Candidate(record.index, (record.opened_at or record.open_at).timestamp(), closed_at=over))
        return found

    async def _frames(self) -> list[FrameRecord]:
        return await self._journal.do(Ledger.frames, self.window.id)

    async def _without_frame(self, frames: Sequence[FrameRecord]) -> list[int]:
        held = {frame.shot_index for frame in frames}
        return [record.index for record in await self.shots() if record.state is ShotState.EXPOSED and record.index not in held]


def plain(took: Exposure) -> dict[str, Any]:
    """What a body took, as plain values for the ledger."""
    return {key: value for key, value in asdict(took).items() if value is not None}


def _exposed(one: Opening, settings: dict[str, Any] | None, timing: Timing) -> ExposedShot:
    contact, instant = one.contact, timing.clock.instant
    closed = None if contact is None else contact.closed_at
    return ExposedShot(
        index=one.shot.index,
        opened_at=timing.when(one.opened),
        opened_late_s=one.late_s,
        closed_at=timing.when(one.closed),
        commanded_at=timing.when(one.commanded),
        contact_at=None if contact is None else timing.when(instant(contact.opened_at)),
        contact_closed_at=None if closed is None else timing.when(instant(closed)),
        settings=settings,
    )


def _store(path: str) -> str:
    """The card that a path lies on."""
    return path.strip("/").partition("/")[0]

"""`Adoption`: takes the pictures of a card that was pulled into the spool, and gives them to their shots. Nothing is taken twice.

A picture that the ledger awaits is that frame; of the others, those whose times fall on exposures without a frame are these; the
rest is kept with the window that is nearest in time, marked as adopted, and counts for no shot.
"""

import asyncio
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import structlog

from nightside.engine.account import TOLERANCE_S, Candidate, align
from nightside.engine.latecomers import proof
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, ShotRecord, WindowRecord
from nightside.ledger.schema import clean
from nightside.ledger.states import FETCHED, FrameState, ShotState
from nightside.ledger.store import Ledger
from nightside.storage.exif import read_facts
from nightside.storage.pairs import expected_kinds, late, stem
from nightside.storage.reader import Picture, copy, pictures
from nightside.storage.spool import Spool
from nightside_drivers.api import CardFile

log = structlog.stdlib.get_logger()

STORE = "store_00010001"
"""What bodies call their first card."""

NEAR_S = 3.0
"""How far a picture's time and the one that the ledger awaits it with may differ: file systems of cards count in two seconds."""

ZONES_S = 54_000.0
"""How far local times are from UTC at the most (s), and an hour."""

WITNESSES = 3
"""Pictures that must agree on a body's clock that is further off."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What came of a card."""

    explained: int = 0
    """Pictures that are the frame of a shot."""
    extra: int = 0
    """Pictures that no shot explains."""
    known: int = 0
    """Pictures that the spool or the sinks had before."""
    strangers: int = 0
    """Pictures of bodies of which the ledger knows no window: they were left."""
    unread: int = 0
    """Pictures that the card does not give."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a picture belongs."""

    window: WindowRecord
    shot: ShotRecord | None
    frame: FrameRecord | None = None
    """The frame that the ledger awaits, if it does."""


class Adoption:
    """Of one card. Nobody else may write to the spool meanwhile."""

    def __init__(self, spool: Spool, journal: Journal, serial: str | None = None) -> None:
        """`serial` is the body of pictures that do not say theirs."""
        self._spool = spool
        self._journal = journal
        self._serial = serial
        self._counts = {"explained": 0, "extra": 0, "known": 0, "strangers": 0, "unread": 0}

    async def adopt(self, card: Path) -> Adopted:
        """Take whatever of this card is not known yet. A run that was interrupted is gone on with by the next.

        Raises:
            ImportRefused: it is no card.
            StorageFull, FolderUnwritable: the spool cannot be written.
        """
        by_body: dict[str, list[Picture]] = {}
        windows = await self._journal.do(Ledger.windows)
        alone = {window.serial for window in windows}
        default = self._serial or (next(iter(alone)) if len(alone) == 1 else "")
        for picture in await asyncio.to_thread(lambda: list(pictures(card))):
            by_body.setdefault(_bare(picture.facts.serial or default), []).append(picture)
        for serial, found in by_body.items():
            own = [window for window in windows if _bare(window.serial) == serial]
            if own:
                await self._of_body(own, found)
            else:
                self._counts["strangers"] += len(found)
                log.warning("pictures-left", body=serial, count=len(found), why="The ledger knows no window of this body.")
        return Adopted(**self._counts)

    async def _of_body(self, windows: Sequence[WindowRecord], found: Sequence[Picture]) -> None:
        frames = [frame for window in windows for frame in await self._journal.do(Ledger.frames, window.id)]
        held: dict[tuple[str, int | None], set[str | None]] = {}
        for frame in frames:
            if frame.state in FETCHED:
                held.setdefault((frame.file.name, frame.size), set()).add(frame.sha256)
        fresh = [picture for picture in found if not await asyncio.to_thread(_is_known, picture, held)]
        self._counts["known"] += len(found) - len(fresh)
        places = await self._places(windows, frames, fresh)
        for picture in fresh:
            await self._take(picture, places[picture.path])

    async def _places(
        self, windows: Sequence[WindowRecord], frames: Sequence[FrameRecord], fresh: Sequence[Picture]
    ) -> Mapping[Path, _Place]:
        by_id = {window.id: window for window in windows}
        awaited = {
            (_tail(frame.file), frame.file.name): frame
            for frame in frames
            if frame.state is FrameState.ON_CARD and frame.flag is None
        }
        places: dict[Path, _Place] = {}
        for picture in fresh:
            frame = awaited.get((picture.tail, picture.path.name))
            if frame is not None and _may_be(frame, picture):
                places[picture.path] = _Place(by_id[frame.window_id], None, frame)
        places |= await self._partners(windows, frames, [picture for picture in fresh if picture.path not in places])
        rest = [picture for picture in fresh if picture.path not in places]
        shots = await self._by_time(windows, frames, rest)
        for picture in rest:
            found = shots.get(stem(_card_file(picture)))
            nearest = min(windows, key=lambda window: abs(window.plan.span.start.timestamp() - picture.made_at))
            places[picture.path] = _Place(*found) if found else _Place(nearest, None)
        return places

    async def _partners(
        self, windows: Sequence[WindowRecord], frames: Sequence[FrameRecord], fresh: Sequence[Picture]
    ) -> dict[Path, _Place]:
        """Pictures that complete a shot of which another file is there: they have its stem and its time."""
        pictures_of = {_card_file(picture): picture for picture in fresh}
        found: dict[Path, _Place] = {}
        for window in windows:
            own = [frame for frame in frames if frame.window_id == window.id]
            completing = late(own, expected_kinds(window.quality), list(pictures_of))
            shots = {shot.index: shot for shot in await self._journal.do(Ledger.shots, window.id)} if completing else {}
            found |= {pictures_of[file].path: _Place(window, shots[index]) for index, file in completing}
        return found

    async def _by_time(
        self, windows: Sequence[WindowRecord], frames: Sequence[FrameRecord], rest: Sequence[Picture]
    ) -> dict[str, tuple[WindowRecord, ShotRecord]]:
        """The shots of stems, by time and count. Frames that were drained before tell how the body's clock stands."""
        lacking: list[tuple[WindowRecord, ShotRecord]] = []
        anchors: list[float] = []
        for window in windows:
            held = {
                frame.shot_index: frame for frame in frames if frame.window_id == window.id and frame.shot_index is not None
            }
            for shot in await self._journal.do(Ledger.shots, window.id):
                frame = held.get(shot.index)
                if frame is None:
                    lacking.append((window, shot))
                elif frame.spool_path and frame.pruned_at is None and shot.opened_at and shot.opened_late_s is not None:
                    said = await asyncio.to_thread(_taken_at, self._spool.path(frame.spool_path))
                    if said is not None:
                        anchors.append(said - shot.opened_at.timestamp())
        candidates = [
            Candidate(index, (shot.opened_at or shot.open_at).timestamp(), shot.opened_at is not None)
            for index, (_, shot) in enumerate(lacking)
        ]
        files = [_card_file(picture) for picture in rest]
        aligned = align(sorted(candidates, key=lambda one: one.opened_at), files, {})
        at = {stem(file): file.made_at or 0.0 for file in files}
        offsets = {key: at[key] - candidates[index].opened_at for key, index in aligned.items() if index is not None}
        ahead = median(anchors or list(offsets.values()) or [0.0])
        if not anchors and len(offsets) < WITNESSES and abs(ahead) > ZONES_S:
            return {}  # so wrong a clock takes more than one or two to be believed
        return {
            key: lacking[index]
            for key, index in aligned.items()
            if index is not None and abs(offsets[key] - ahead) <= TOLERANCE_S + NEAR_S
        }

    async def _take(self, picture: Picture, place: _Place) -> None:
        part = await self._spool.begin()
        try:
            await asyncio.to_thread(copy, picture, part)
        except OSError as error:
            self._counts["unread"] += 1
            log.error("picture-unread", file=str(picture.path), why=str(error))
            await asyncio.to_thread(part.close)
            return
        except BaseException:
            await asyncio.to_thread(part.close)
            raise
        twins = await self._journal.do(Ledger.holding, (await asyncio.to_thread(part.measured)).sha256)
        if any(frame.state in FETCHED for frame in twins):
            self._counts["known"] += 1
            await asyncio.to_thread(part.close)
            return
        frame = place.frame or await self._row(picture, place)
        spent = await self._journal.do(Ledger.names_spent, frame)
        fetched, path = await self._spool.keep(part, frame, place.window.serial, spent)
        await self._journal.do(Ledger.drained, frame.id, fetched, path)
        self._counts["extra" if frame.shot_index is None else "explained"] += 1
        log.info(
            "picture-adopted", file=str(picture.path), window=place.window.name, shot=frame.shot_index, sha256=fetched.sha256
        )

    async def _row(self, picture: Picture, place: _Place) -> FrameRecord:
        """Write a picture down as a file of its window's card, under the name that the body would list it by."""
        stores = sorted(place.window.card_before or ())
        store = stores[0].strip("/").partition("/")[0] if stores else STORE
        taken = {frame.file for frame in await self._journal.do(Ledger.frames, place.window.id)}
        # Another file of that name may be awaited, or have been drained.
        folders = (f"/{store}/{picture.tail}", *(f"/reader-{number}/{picture.tail}" for number in range(len(taken) + 1)))
        named = (CardFile(clean(folder), clean(picture.path.name)) for folder in folders)  # as the ledger will give it back
        file = next(file for file in named if file not in taken)
        shot, proves = place.shot, None
        if shot is not None and shot.state is not ShotState.EXPOSED:
            proves = proof(place.window.plan, shot)
        index = None if shot is None else shot.index
        await self._journal.do(Ledger.on_card, place.window.id, index, file, adopted=True, proves=proves)
        frames = await self._journal.do(Ledger.frames, place.window.id)
        return next(frame for frame in frames if frame.file == file)


def _is_known(picture: Picture, held: Mapping[tuple[str, int | None], Collection[str | None]]) -> bool:
    """Whether a frame of that name and size was drained before, and is these very bytes. `held` has the SHA-256 of all."""
    alike = held.get((picture.path.name, picture.size))
    if not alike:
        return False
    try:
        with picture.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() in alike
    except OSError:
        return False


def _card_file(picture: Picture) -> CardFile:
    return CardFile(f"/{STORE}/{picture.tail}", picture.path.name, picture.made_at, picture.size)


def _tail(file: CardFile) -> str:
    return file.folder.strip("/").partition("/")[2]


def _may_be(frame: FrameRecord, picture: Picture) -> bool:
    """Whether a picture may be the one that the ledger awaits under its name: the names of a body come again after 9999.

    A body's time and its card's may be whole time zones apart, and no more.
    """
    made_at = frame.file.made_at
    if made_at is None:
        return True
    apart = abs(made_at - picture.changed_at) % 900
    return min(apart, 900 - apart) <= NEAR_S and abs(made_at - picture.changed_at) < 86_400


def _taken_at(path: Path) -> float | None:
    try:
        return read_facts(path).taken_at
    except OSError:
        return None


def _bare(serial: str) -> str:
    return serial.strip().lstrip("0")

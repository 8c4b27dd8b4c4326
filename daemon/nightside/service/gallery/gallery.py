"""`Gallery`: the frames of one daemon to look at, sheet by sheet, and what persons think of them."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from nightside.errors import PictureDamaged, Refused
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, ShotRecord, WindowEntry
from nightside.ledger.states import FileKind, ShotState
from nightside.ledger.store import Ledger
from nightside.service.gallery.workshop import Workshop
from nightside.service.library import Library, Unknown

SHEET = 60
"""Shots on a sheet."""
HEX = re.compile(r"[0-9a-f]{64}")


class Size(StrEnum):
    """How large a picture is wanted."""

    TILE = "tile"
    """On a sheet."""
    VIEW = "view"
    """By itself."""


LONGEST_PX: Mapping[Size, int] = {Size.TILE: 320, Size.VIEW: 1600}


class NoPicture(Refused):
    """The file of a frame is not here: still on the card, or gone from the spool."""

    code = "no-picture"
    exit_code = 88
    http_status = 404


@dataclass(frozen=True, slots=True)
class Tile:
    """One shot on a sheet, or one file that no shot explains; with its files, the one to look at first."""

    shot: ShotRecord | None
    files: tuple[FrameRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """Some of a window's shots."""

    tiles: tuple[Tile, ...]
    first: int
    """Index of its first shot; the id behind which it begins, where it is not of shots."""
    counts: Mapping[ShotState, int] = field(default_factory=dict[ShotState, int])
    """How many shots of the window are in which state, where the sheet is of shots."""
    next: int | None = None
    """`first` of the next sheet; `None` where there is none."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """For one daemon, on its event loop."""

    library: Library
    journal: Journal
    spool: Path
    """Where the files are, whose pictures are shown."""
    workshop: Workshop

    async def sheet(self, window_id: int, first: int = 0) -> Sheet:
        """Shots from an index on, planned and taken side by side.

        Raises:
            Unknown: there is no such window.
        """
        counts = await self.library.ask(Ledger.shot_counts, window_id)
        if not counts:
            raise Unknown(f"The ledger has no window {window_id}.", remedy="`nightside frames` lists them.")
        shots, frames = await self.library.ask(Ledger.sheet, window_id, range(first, first + SHEET))
        tiles = tuple(Tile(shot, _by_looks([one for one in frames if one.shot_index == shot.index])) for shot in shots)
        onwards = first + SHEET
        return Sheet(tiles, first, counts, onwards if onwards < sum(counts.values()) else None)

    async def window(self, window_id: int) -> WindowEntry:
        """A window, as lists have it.

        Raises:
            Unknown: there is none.
        """
        found = await self.library.windows(None, window_id + 1, 1)
        if not found or found[0].id != window_id:
            raise Unknown(f"The ledger has no window {window_id}.", remedy="`nightside frames` lists them.")
        return found[0]

    async def beside(self, tile: Tile) -> tuple[int | None, int | None]:
        """The frames of the shots before and after, by a file of each."""
        if tile.shot is None:
            return None, None
        at = tile.shot.index
        around = (await self._files_of(tile.files[0].window_id, range(max(0, at - 1), at + 2))).items()
        first = {index: files[0].id for index, files in around if files}
        return first.get(at - 1), first.get(at + 1)

    async def _files_of(self, window_id: int, indices: range) -> dict[int, tuple[FrameRecord, ...]]:
        """The files of some shots."""
        _, frames = await self.library.ask(Ledger.sheet, window_id, indices)
        return {index: _by_looks([one for one in frames if one.shot_index == index]) for index in indices}

    async def rated(self, window_id: int, ratings: range, after: int = 0) -> Sheet:
        """Frames that a person has judged so, whatever shots they are of."""
        found = await self.library.ask(Ledger.rated, window_id, ratings, after=after, limit=SHEET)
        return await self._of_files(window_id, found, after)

    async def unexplained(self, window_id: int, after: int = 0) -> Sheet:
        """Files that no shot explains."""
        found = await self.library.ask(Ledger.unexplained, window_id, after=after, limit=SHEET)
        return await self._of_files(window_id, found, after)

    async def newest(self, serial: str) -> Tile | None:
        """The frame of a body that can be looked at and came last, of whatever window."""
        found = await self.library.ask(Ledger.newest, serial)
        return None if found is None else await self.tile(found.id)

    async def tile(self, frame_id: int) -> Tile:
        """The frame that a file is of, with all its files.

        Raises:
            Unknown: there is no such file.
        """
        frame = await self._frame(frame_id)
        if frame.shot_index is None:
            return Tile(None, (frame,))
        shots, files = await self.library.ask(Ledger.sheet, frame.window_id, range(frame.shot_index, frame.shot_index + 1))
        return Tile(shots[0] if shots else None, _by_looks(files))

    async def picture(self, frame_id: int, size: Size) -> Path:
        """Where a small picture of a frame lies. It never changes.

        Raises:
            Unknown: there is no such frame.
            NoPicture: its file is not here.
            PictureDamaged: its file has no picture inside that can be shown.
        """
        source, sha256, frame = await self._source(frame_id)
        try:
            return await self.workshop.picture(source, sha256, LONGEST_PX[size])
        except PictureDamaged:
            await _require_there(source, frame)
            raise

    async def shades(self, frame_id: int) -> dict[str, Any]:
        """The histogram of a frame. Raises as `picture` does."""
        source, sha256, frame = await self._source(frame_id)
        try:
            return await self.workshop.shades(source, sha256, LONGEST_PX[Size.TILE])
        except PictureDamaged:
            await _require_there(source, frame)
            raise

    async def original(self, frame_id: int) -> tuple[Path, FrameRecord]:
        """Where the file itself lies, and what is known of it.

        Raises:
            Unknown: there is no such frame.
            NoPicture: it is not here.
        """
        source, _, frame = await self._source(frame_id)
        await _require_there(source, frame)
        return source, frame

    async def rate(self, frame_id: int, rating: int | None) -> list[FrameRecord]:
        """Say what a person thinks of a frame, with all its files: 0 to 5 stars, -1 for a reject, `None` for nothing.

        Raises:
            Unknown: there is no such frame.
        """
        await self._frame(frame_id)
        return await self.journal.do(Ledger.rate, frame_id, rating)

    async def _of_files(self, window_id: int, found: list[FrameRecord], after: int) -> Sheet:
        groups: dict[tuple[int | None, str], list[FrameRecord]] = {}
        for one in found:
            groups.setdefault((one.shot_index, one.file.name.rpartition(".")[0]), []).append(one)
        tiles: list[Tile] = []
        for (index, _), files in groups.items():
            shots = [] if index is None else (await self.library.ask(Ledger.sheet, window_id, range(index, index + 1)))[0]
            tiles.append(Tile(shots[0] if shots else None, _by_looks(files)))
        return Sheet(tuple(tiles), after, next=found[-1].id if len(found) == SHEET else None)

    async def _frame(self, frame_id: int) -> FrameRecord:
        try:
            return await self.library.ask(Ledger.frame, frame_id)
        except ValueError:
            raise Unknown(f"The ledger has no frame {frame_id}.", remedy="`nightside frames` lists them.") from None

    async def _source(self, frame_id: int) -> tuple[Path, str, FrameRecord]:
        frame = await self._frame(frame_id)
        if frame.spool_path is None or frame.sha256 is None or not HEX.fullmatch(frame.sha256):
            raise _not_here(frame)
        source = await asyncio.to_thread(_inside, self.spool, frame.spool_path)
        if source is None:
            raise _not_here(frame)
        return source, frame.sha256, frame


async def _require_there(source: Path, frame: FrameRecord) -> None:
    """A small picture that was made before is shown without its file; one that is to be made needs it."""
    if not await asyncio.to_thread(source.is_file):
        raise _not_here(frame)


def _inside(folder: Path, path: str) -> Path | None:
    """A file of a folder, unless its path leads out of it."""
    root = folder.resolve()
    found = (root / path).resolve()
    return found if found.is_relative_to(root) else None


def _by_looks(files: list[FrameRecord]) -> tuple[FrameRecord, ...]:
    """The one that is quickest to show first: a JPEG before a NEF, what is in the spool before what is not."""
    order = {FileKind.JPEG: 0, FileKind.NEF: 1, FileKind.OTHER: 2}
    return tuple(sorted(files, key=lambda one: (one.sha256 is None or one.pruned_at is not None, order[one.kind], one.id)))


def _not_here(frame: FrameRecord) -> NoPicture:
    copies = ", ".join(f"{sink}: {path}" for sink, path in frame.copies)
    where = f"Copies: {copies}." if copies else "It is still on the card, and comes when that is drained."
    return NoPicture(f"The file of {frame.file.name} is not in the spool.", remedy=where)

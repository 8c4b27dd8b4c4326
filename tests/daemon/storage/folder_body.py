"""A card that is a folder, in the hands of a body: it gives its files in small ranges, and breaks off when it is told to."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from nightside_drivers.api import BodyState, CardFile, ClockOffset, Exposure, Portion, Setting, Taken
from nightside_drivers.errors import BodyGone, FileGone, NightsideError, SpoolFailed
from nightside_drivers.protocol import Opened

RANGE = 1000


class FolderBody:
    """A `Body` for whoever drains. It takes no pictures."""

    def __init__(self, card: Path) -> None:
        self.card = card
        self.breaks_at: list[int] = []
        """Bytes of a file after which the next fetches break off, one after the other."""
        self.fails_with: type[NightsideError] = BodyGone
        self.asked: list[tuple[str, int]] = []
        """Every fetch: which file, and from which byte."""

    @property
    def left_changed(self) -> Mapping[Setting, str]:
        return {}

    async def open(self) -> Opened:
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing to let go."""

    async def state(self) -> BodyState:
        raise NotImplementedError

    async def prepare(self, exposure: Exposure) -> Exposure:
        raise NotImplementedError

    async def shoot(self, open_at: float, open_by: float, close_at: float) -> Taken:
        raise NotImplementedError

    async def close_earlier(self, close_at: float, frames: int) -> None:
        raise NotImplementedError

    async def clock_offset(self, within_s: float) -> ClockOffset:
        raise NotImplementedError

    async def set_clock(self) -> None:
        raise NotImplementedError

    async def reported(self, within_s: float) -> tuple[CardFile, ...]:
        raise NotImplementedError

    async def files(self) -> tuple[CardFile, ...]:
        return await asyncio.to_thread(self._files)

    def _files(self) -> tuple[CardFile, ...]:
        found: list[CardFile] = []
        for path in sorted(self.card.rglob("*")):
            if path.is_file():
                facts = path.stat()
                folder = f"/{path.parent.relative_to(self.card)}"
                found.append(CardFile(folder, path.name, float(int(facts.st_mtime)), facts.st_size))
        return tuple(found)

    async def fetch(self, file: CardFile, into: int, start: int = 0, until: float | None = None) -> Portion:
        self.asked.append((file.name, start))
        return await asyncio.to_thread(self._fetch, file, into, start)

    def _fetch(self, file: CardFile, into: int, start: int) -> Portion:
        path = self.card / file.folder.strip("/") / file.name
        if not path.is_file():
            raise FileGone(f"The card has no {file.path}.")
        content = path.read_bytes()
        breaks_at = self.breaks_at.pop(0) if self.breaks_at else None
        for at in range(start, len(content), RANGE):
            if breaks_at is not None and at >= breaks_at:
                raise self.fails_with("The cable was pulled.")
            _write(into, content[at : at + RANGE], at)
        return Portion(len(content), len(content))

    async def delete(self, file: CardFile) -> None:
        await asyncio.to_thread((self.card / file.folder.strip("/") / file.name).unlink)


def _write(into: int, piece: bytes, at: int) -> None:
    try:
        while piece:
            written = os.pwrite(into, piece, at)
            piece, at = piece[written:], at + written
    except OSError as error:
        raise SpoolFailed(f"A frame could not be written: {error.strerror}.") from error

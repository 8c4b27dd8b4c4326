"""`Stores`: where frames lie, as a running daemon knows it: the sinks and how each is, and the files themselves."""

import os
from collections.abc import Mapping
from pathlib import Path

from nightside.ledger.records import FrameRecord
from nightside.service.library import Unknown
from nightside.storage.exif import preview_place
from nightside.storage.feeding import Feeding
from nightside.storage.standing import SinkState

LARGEST_PREVIEW = 40 << 20
"""Bytes: more than any camera's JPEG."""
REMEDY = "It may still be on the card, or in a sink that is no folder of this computer."


class Stores:
    """For one daemon. What touches files waits for disks: not for the event loop."""

    def __init__(self, feeding: Feeding, spool: Path, folders: Mapping[str, Path]) -> None:
        """`folders` are the sinks that lie in folders, by their names. Nothing is touched yet."""
        self._feeding = feeding
        self._spool = spool
        self._folders = folders

    @property
    def sinks(self) -> tuple[SinkState, ...]:
        """How every sink is, in the order in which they are fed: what the feeders found last."""
        return tuple(self._feeding.states)

    def file(self, frame: FrameRecord) -> Path:
        """Where a frame's file can be read.

        Raises:
            Unknown: nowhere on this computer.
        """
        places = [(self._spool, frame.spool_path), *((self._folders.get(sink), path) for sink, path in frame.copies)]
        for root, path in places:
            if root is not None and path is not None and (found := _inside(root, path)) is not None:
                return found
        raise Unknown(f"The file of frame {frame.id} does not lie on this computer.", remedy=REMEDY)

    def preview(self, frame: FrameRecord) -> bytes:
        """A JPEG to look at.

        Raises:
            Unknown: there is no file, or no picture in it.
        """
        path = self.file(frame)
        with path.open("rb") as file:
            start, size = preview_place(file, os.fstat(file.fileno()).st_size)
            file.seek(start)
            picture = file.read(min(size, LARGEST_PREVIEW))
        if not picture.startswith(b"\xff\xd8"):
            raise Unknown(f"The file of frame {frame.id} has no picture in it that can be shown.", remedy="Download the file.")
        return picture


def _inside(root: Path, path: str) -> Path | None:
    """A file below a folder, unless it lies elsewhere after all: a ledger may be shared, or have been made anew."""
    try:
        found, top = (root / path).resolve(strict=True), root.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return None
    return found if found.is_relative_to(top) and found.is_file() else None

"""Develops frames on demand, and remembers the last few, so that a file that is read in ranges is made once."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from nightside_drivers.twin.contents import FileKind, FrameFacts
from nightside_drivers.twin.picture import developing
from nightside_drivers.twin.picture.light import Painter

THUMB_PX = (160, 120)
"""Width and height of a thumbnail."""

THUMB_BYTES = 12_288
"""Size of a thumbnail, always the same."""

LARGE_THUMB_PX = (640, 426)
LARGE_THUMB_BYTES = 65_536

REMEMBERED = 4
REMEMBERED_BYTES = 32 << 20
"""Finished files that stay in memory: at most so many, of so many bytes together; the last one always does."""


class Darkroom:
    """One body's pictures. Thread-safe: a face may read in a thread, so that rendering holds nobody up."""

    def __init__(self, painter: Painter) -> None:
        self._painter = painter
        self._done: OrderedDict[tuple[FrameFacts, FileKind], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def develop(self, frame: FrameFacts, kind: FileKind, size: int) -> bytes:
        """A file, from memory or made now."""
        with self._lock:
            data = self._done.get((frame, kind))
            if data is None:
                data = developing.develop(self._painter, frame, kind, size)
                self._done[frame, kind] = data
                while len(self._done) > REMEMBERED or self._too_much():
                    self._done.popitem(last=False)
            return data

    def _too_much(self) -> bool:
        return len(self._done) > 1 and sum(map(len, self._done.values())) > REMEMBERED_BYTES

    def preview(self, frame: FrameFacts, px: tuple[int, int], size: int) -> bytes:
        """A JPEG in another size."""
        return developing.preview(self._painter, frame, px, size)


@dataclass(frozen=True, slots=True)
class Developed:
    """A file of a frame. Its size is decided when the shutter closes, as a body's free-space count is."""

    frame: FrameFacts
    kind: FileKind
    size: int
    darkroom: Darkroom

    def read(self, offset: int, length: int) -> bytes:
        """Those from `offset` on, at most `length`; develops the file the first time."""
        return self.darkroom.develop(self.frame, self.kind, self.size)[offset : offset + length]


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small JPEG of a frame, made when it is read, with something of the body's own in front of it if need be."""

    frame: FrameFacts
    darkroom: Darkroom
    px: tuple[int, int] = THUMB_PX
    jpeg_bytes: int = THUMB_BYTES
    header: bytes = b""

    @property
    def size(self) -> int:
        """Always the same."""
        return len(self.header) + self.jpeg_bytes

    def read(self, offset: int, length: int) -> bytes:
        """Its bytes from `offset` on, at most `length`."""
        data = self.header + self.darkroom.preview(self.frame, self.px, self.jpeg_bytes)
        return data[offset : offset + length]

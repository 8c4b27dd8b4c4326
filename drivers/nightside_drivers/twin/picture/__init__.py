"""Files of frames, made from their facts: the same facts give the same bytes, in every process and on every day."""

from dataclasses import dataclass, replace

from nightside_drivers.twin.contents import FileKind, FrameFacts
from nightside_drivers.twin.picture import exif, jpeg, plain

THUMB_PX = (160, 120)
"""Width and height of a thumbnail."""

THUMB_BYTES = 12_288
"""Size of a thumbnail, always the same."""

LARGE_THUMB_PX = (640, 426)
LARGE_THUMB_BYTES = 65_536

SMALLEST_JPEG = 24_576
"""Bytes: a small frame gets at least this many, so that it always fits."""


def size_of(kind: FileKind, frame_px: tuple[int, int], share: int) -> int:
    """How many bytes the file will have, known before it is made; `share` is the real one's, in proportion to the pixels."""
    return max(share, SMALLEST_JPEG)


def develop(frame: FrameFacts, kind: FileKind, size: int) -> bytes:
    """The file of a frame, of exactly `size` bytes."""
    return jpeg.encode_exactly(plain.render(frame), size, exif.app1(frame))


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small JPEG of a frame, made when it is read."""

    frame: FrameFacts
    px: tuple[int, int] = THUMB_PX
    size: int = THUMB_BYTES

    def read(self, offset: int, length: int) -> bytes:
        """Its bytes from `offset` on, at most `length`."""
        return preview(self.frame, self.px, self.size)[offset : offset + length]


def preview(frame: FrameFacts, px: tuple[int, int], size: int) -> bytes:
    """A JPEG of a frame in another size: `px` wide and high, and of exactly `size` bytes."""
    return jpeg.encode_exactly(plain.render(replace(frame, width_px=px[0], height_px=px[1])), size)

"""Files of frames, made from their facts: the same facts give the same bytes, in every process and on every day."""

from dataclasses import dataclass

from nightside_drivers.twin.contents import FileKind, FrameFacts
from nightside_drivers.twin.picture import exif, jpeg, plain

THUMB_PX = (160, 120)
"""Width and height of a thumbnail."""

THUMB_BYTES = 12_288
"""Size of a thumbnail, always the same."""

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

    @property
    def size(self) -> int:
        """Always the same."""
        return THUMB_BYTES

    def read(self, offset: int, length: int) -> bytes:
        """Its bytes from `offset` on, at most `length`."""
        pixels = plain.render(self.frame)
        width, height = THUMB_PX
        rows = [row * pixels.shape[0] // height for row in range(height)]
        columns = [column * pixels.shape[1] // width for column in range(width)]
        return jpeg.encode_exactly(pixels[rows][:, columns], THUMB_BYTES)[offset : offset + length]

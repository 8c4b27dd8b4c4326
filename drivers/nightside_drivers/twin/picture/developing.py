"""From light to files: a JPEG, a NEF or a TIFF of a frame, of exactly the size that was said beforehand."""

from dataclasses import replace

from nightside_drivers.twin.contents import FileKind, FrameFacts
from nightside_drivers.twin.picture import exif, jpeg, nef, tiff
from nightside_drivers.twin.picture.light import Painter, Pixels, to_pixels
from nightside_drivers.twin.picture.tiff import Directory

SMALLEST_JPEG = 24_576
"""Bytes: a small frame gets at least this many, so that it always fits."""

TIFF_HEADROOM = 8192


def size_of(kind: FileKind, frame_px: tuple[int, int], share: int) -> int:
    """How many bytes a file will have, known before it is made; `share` is the real one's, in proportion to the pixels."""
    if kind is FileKind.NEF:
        return nef.size_of(frame_px)
    if kind is FileKind.TIFF:
        return frame_px[0] * frame_px[1] * 3 + TIFF_HEADROOM
    return max(share, SMALLEST_JPEG)


def develop(painter: Painter, frame: FrameFacts, kind: FileKind, size: int) -> bytes:
    """A file of a frame, of exactly `size` bytes."""
    light = painter.paint(frame)
    if kind is FileKind.NEF:
        return nef.encode(frame, light, size)
    if kind is FileKind.TIFF:
        return _tiff(frame, to_pixels(light)).ljust(size, b"\0")
    return jpeg.encode_exactly(to_pixels(light), size, exif.app1(frame))


def preview(painter: Painter, frame: FrameFacts, px: tuple[int, int], size: int) -> bytes:
    """A JPEG of a frame in another size: `px` wide and high, and of exactly `size` bytes."""
    light = painter.paint(replace(frame, width_px=px[0], height_px=px[1]))
    return jpeg.encode_exactly(to_pixels(light), size)


def _tiff(frame: FrameFacts, pixels: Pixels) -> bytes:
    height, width = pixels.shape[:2]
    fields = exif.main_fields(frame) | {
        0x0100: tiff.long_(width),
        0x0101: tiff.long_(height),
        0x0102: tiff.short(8, 8, 8),
        0x0103: tiff.short(1),
        0x0106: tiff.short(2),
        0x0115: tiff.short(3),
        0x0116: tiff.long_(height),
        0x0117: tiff.long_(width * height * 3),
    }
    return tiff.write(Directory(fields, {exif.EXIF_IFD: [exif.exif_directory(frame)]}, {0x0111: pixels.tobytes()}))

"""A NEF as far as readers of raw files need one: TIFF with a raw directory, an uncompressed colour mosaic and a JPEG preview.

Black and white level, colour matrix and white balance stand in DNG's tags, because it has no maker note; and it has none of
Nikon's compressions. What reads only those will not read this.
"""

import numpy as np

from nightside_drivers.twin.contents import FrameFacts
from nightside_drivers.twin.picture import exif, jpeg, tiff
from nightside_drivers.twin.picture.light import BITS, BLACK, WHITE, Light, Pixels, to_pixels
from nightside_drivers.twin.picture.tiff import Directory

PREVIEW_PX = 1064
"""The preview is at most this wide."""

PREVIEW_BYTES = 327_680
THUMB_PX = (160, 106)
HEADROOM = 16_384
"""Bytes for directories; what they leave is filled up."""

_SUB_IFDS, _JPEG_OFFSET, _JPEG_LENGTH, _STRIP_OFFSET, _STRIP_LENGTH = 0x014A, 0x0201, 0x0202, 0x0111, 0x0117
_COLOUR_FILTER_ARRAY, _UNCOMPRESSED, _OLD_JPEG, _RGB = 32803, 1, 6, 2

COLOUR_MATRIX = (0.8828, -0.2406, -0.0814, -0.4826, 1.2544, 0.2548, -0.0894, 0.1637, 0.7385)
"""From CIE XYZ to a sensor of this kind (assumed; for the twin's own colours any sensible one does)."""


def size_of(frame_px: tuple[int, int]) -> int:
    """Bytes of a NEF of so many pixels."""
    return frame_px[0] * frame_px[1] * 2 + PREVIEW_BYTES + THUMB_PX[0] * THUMB_PX[1] * 3 + HEADROOM


def encode(frame: FrameFacts, light: Light, size: int) -> bytes:
    """A NEF of exactly `size` bytes."""
    pixels = to_pixels(light)
    main = exif.main_fields(frame) | {
        0x00FE: tiff.long_(1),
        0x0100: tiff.long_(THUMB_PX[0]),
        0x0101: tiff.long_(THUMB_PX[1]),
        0x0102: tiff.short(8, 8, 8),
        0x0103: tiff.short(_UNCOMPRESSED),
        0x0106: tiff.short(_RGB),
        0x0115: tiff.short(3),
        0x0116: tiff.long_(THUMB_PX[1]),
        _STRIP_LENGTH: tiff.long_(THUMB_PX[0] * THUMB_PX[1] * 3),
        0xC614: tiff.ascii_(frame.model),
        0xC621: tiff.srational(*COLOUR_MATRIX),
        0xC628: tiff.rational(1.0, 1.0, 1.0),
        0xC65A: tiff.short(21),
    }
    written = tiff.write(
        Directory(
            main,
            {exif.EXIF_IFD: [exif.exif_directory(frame)], _SUB_IFDS: [_preview(pixels), _raw(frame, light)]},
            {_STRIP_OFFSET: shrunk(pixels, THUMB_PX).tobytes()},
        )
    )
    return written.ljust(size, b"\0")


def shrunk(pixels: Pixels, px: tuple[int, int]) -> Pixels:
    """Every n-th pixel."""
    rows = np.arange(px[1]) * pixels.shape[0] // px[1]
    columns = np.arange(px[0]) * pixels.shape[1] // px[0]
    small: Pixels = pixels[rows[:, None], columns]
    return small


def _preview(pixels: Pixels) -> Directory:
    height, width = pixels.shape[:2]
    if width > PREVIEW_PX:
        height, width = height * PREVIEW_PX // width, PREVIEW_PX
    data = jpeg.encode_exactly(shrunk(pixels, (width, height)), PREVIEW_BYTES)
    return Directory(
        {
            0x00FE: tiff.long_(1),
            0x0100: tiff.long_(width),
            0x0101: tiff.long_(height),
            0x0103: tiff.short(_OLD_JPEG),
            _JPEG_LENGTH: tiff.long_(len(data)),
        },
        blocks={_JPEG_OFFSET: data},
    )


def _raw(frame: FrameFacts, light: Light) -> Directory:
    height, width = light.shape[0] // 2 * 2, light.shape[1] // 2 * 2
    coarser = BITS - frame.bits
    mosaic = np.empty((height, width), dtype="<u2")
    for (row, column), channel in {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 2}.items():
        mosaic[row::2, column::2] = light[row:height:2, column:width:2, channel] >> coarser
    return Directory(
        {
            0x00FE: tiff.long_(0),
            0x0100: tiff.long_(width),
            0x0101: tiff.long_(height),
            0x0102: tiff.short(16),
            0x0103: tiff.short(_UNCOMPRESSED),
            0x0106: tiff.short(_COLOUR_FILTER_ARRAY),
            0x0115: tiff.short(1),
            0x0116: tiff.long_(height),
            _STRIP_LENGTH: tiff.long_(mosaic.nbytes),
            0x828D: tiff.short(2, 2),
            0x828E: tiff.octets(bytes((0, 1, 1, 2))),
            0xC61A: tiff.long_(BLACK >> coarser),
            0xC61D: tiff.long_(WHITE >> coarser),
        },
        blocks={_STRIP_OFFSET: mosaic.tobytes()},
    )

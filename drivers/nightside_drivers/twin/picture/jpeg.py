"""JPEGs of an exact size: encoded with Pillow, filled up with comment segments, which every reader passes over."""

import io

from PIL import Image

from nightside_drivers.twin.picture.light import Pixels

QUALITIES = (92, 85, 75, 60, 40, 20, 5)
PROBE_PX = 512
_LONGEST_SEGMENT = 0xFFFF + 2
_SHORTEST_SEGMENT = 4


class TooLarge(ValueError):
    """The picture does not fit into that many bytes at any quality."""


def encode(pixels: Pixels, quality: int, app1: bytes = b"") -> bytes:
    """A JPEG, with `app1` as its first segment when it is given."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    return _with_segments(out.getvalue(), _segment(0xE1, app1) if app1 else b"")


def encode_exactly(pixels: Pixels, size: int, app1: bytes = b"") -> bytes:
    """A JPEG of exactly `size` bytes, at the best quality that fits. Raises `TooLarge`."""
    for quality in QUALITIES[_first(pixels, size) :]:
        data = encode(pixels, quality, app1)
        spare = size - len(data)
        if spare == 0:
            return data
        if spare >= _SHORTEST_SEGMENT:
            return data[:2] + _leading(data) + _filling(spare) + data[2 + len(_leading(data)) :]
    raise TooLarge(f"{pixels.shape[1]} × {pixels.shape[0]} pixels do not fit into {size} bytes")


def _first(pixels: Pixels, size: int) -> int:
    """The first quality worth a try, judged by the middle of a large picture, with a tenth to spare."""
    height, width = pixels.shape[:2]
    if height <= PROBE_PX or width <= PROBE_PX:
        return 0
    top, left = (height - PROBE_PX) // 2, (width - PROBE_PX) // 2
    probe = pixels[top : top + PROBE_PX, left : left + PROBE_PX]
    budget = 0.9 * size * PROBE_PX**2 / (height * width)
    fitting = (number for number, quality in enumerate(QUALITIES) if len(encode(probe, quality)) <= budget)
    return next(fitting, len(QUALITIES) - 1)


def _with_segments(data: bytes, segments: bytes) -> bytes:
    return data[:2] + segments + data[2:]


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload


def _leading(data: bytes) -> bytes:
    """The APP1 segment at the front, which readers want first."""
    if data[2:4] != b"\xff\xe1":
        return b""
    return data[2 : 4 + int.from_bytes(data[4:6], "big")]


def _filling(spare: int) -> bytes:
    """Comment segments of exactly `spare` bytes (at least 4)."""
    out = bytearray()
    while spare:
        length = min(spare, _LONGEST_SEGMENT)
        if 0 < spare - length < _SHORTEST_SEGMENT:
            length -= _SHORTEST_SEGMENT
        out += _segment(0xFE, bytes(length - _SHORTEST_SEGMENT))
        spare -= length
    return bytes(out)

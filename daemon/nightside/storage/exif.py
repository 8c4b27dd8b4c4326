"""What a frame says of itself: when by the body's clock, for how long, by which body; and whether it is whole. JPEG and NEF.

The bytes are hostile until parsed: a directory has so many entries, a value so many bytes, directories so much depth, and every
offset lies inside the file. Whatever is odd gives fewer facts, never an error. Source: TIFF 6.0, Exif 2.3, ITU-T T.81.
"""

import os
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

MOST_ENTRIES = 512
"""Of one directory. A camera writes some sixty."""
MOST_BELOW = 8
"""Directories below the main one. A NEF has two or three."""
LONGEST_VALUE = 256
MOST_SEGMENTS = 64
LONGEST_TAIL = 1 << 16
"""Bytes at the end of a JPEG in which its last marker is looked for: some bodies fill their files up."""

EXIF_IFD, SUB_IFDS = 0x8769, 0x014A
EXPOSURE, ISO, TAKEN, FRACTION, SERIAL = 0x829A, 0x8827, 0x9003, 0x9291, 0xA431
STRIP_OFFSETS, STRIP_BYTES = 0x0111, 0x0117
PREVIEW_OFFSET, PREVIEW_BYTES = 0x0201, 0x0202
TEXT, SHORT, LONG, RATIONAL = 2, 3, 4, 5
WIDTHS = {1: 1, TEXT: 1, SHORT: 2, LONG: 4, RATIONAL: 8, 7: 1, 9: 4, 10: 8}

APP1, SOS, EOI, SOI = 0xE1, 0xDA, b"\xff\xd9", b"\xff\xd8"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file says of itself; `None` where it does not say."""

    taken_at: float | None = None
    """When its exposure began: seconds on the body's own clock, read as if it were UTC."""
    exposure_s: float | None = None
    iso: int | None = None
    serial: str | None = None
    whole: bool | None = None
    """Whether its end is there."""


Field = tuple[int, int, bytes]
"""Type, count and value."""


def read_facts(path: Path) -> Facts:
    """The facts of one file; none of a file that is neither JPEG nor TIFF. Raises `OSError` if it cannot be read."""
    with path.open("rb") as file:
        start, size = file.read(4), os.fstat(file.fileno()).st_size
        if start.startswith(SOI):
            found = _in_jpeg(file, size)
            return _facts(found, _ends(file, size))
        if start in {b"II*\0", b"MM\0*"}:
            tiff = _Tiff(file, 0, size)
            return _facts(tiff.fields(), tiff.whole)
    return Facts()


def preview_place(file: BinaryIO, size: int) -> tuple[int, int]:
    """Where the largest JPEG of a file begins, and how many bytes it has: the whole file, a NEF's preview, or (0, 0) for none."""
    file.seek(0)
    start = file.read(4)
    if start.startswith(SOI):
        return 0, size
    if start not in {b"II*\0", b"MM\0*"}:
        return 0, 0
    return max(_Tiff(file, 0, size).previews(), key=lambda place: place[1], default=(0, 0))


def _facts(fields: dict[int, Field], whole: bool | None) -> Facts:
    iso = _numbers(fields.get(ISO))
    serial = _text(fields.get(SERIAL))
    exposure = fields.get(EXPOSURE)
    exposure_s = None
    if exposure is not None and exposure[0] == RATIONAL and len(exposure[2]) >= 8:
        above, below = int.from_bytes(exposure[2][:4], "big"), int.from_bytes(exposure[2][4:8], "big")
        exposure_s = above / below if below else None
    return Facts(_instant(fields), exposure_s, iso[0] if iso else None, serial or None, whole)


def _instant(fields: dict[int, Field]) -> float | None:
    try:
        taken = datetime.strptime(_text(fields.get(TAKEN)), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    fraction = _text(fields.get(FRACTION))
    if fraction.isdecimal() and fraction.isascii():
        taken += timedelta(seconds=float(f"0.{fraction}"))
    return taken.timestamp()


def _text(field: Field | None) -> str:
    if field is None or field[0] != TEXT:
        return ""
    return field[2].split(b"\0")[0].decode("ascii", "replace").strip()


def _numbers(field: Field | None) -> list[int]:
    """Big-endian whole numbers of a short or long field."""
    if field is None or field[0] not in {SHORT, LONG}:
        return []
    width = WIDTHS[field[0]]
    return [int.from_bytes(field[2][at : at + width], "big") for at in range(0, len(field[2]), width)]


def _in_jpeg(file: BinaryIO, size: int) -> dict[int, Field]:
    at = 2
    for _ in range(MOST_SEGMENTS):
        file.seek(at)
        head = file.read(10)
        if len(head) < 10 or head[0] != 0xFF or head[1] == SOS:
            break
        length = int.from_bytes(head[2:4], "big")
        if head[1] == APP1 and head[4:10] == b"Exif\0\0":
            return _Tiff(file, at + 10, min(at + 2 + length, size)).fields()
        at += 2 + length
    return {}


def _ends(file: BinaryIO, size: int) -> bool:
    """Whether the end marker is there. Inside the coded picture it cannot occur, so a torn one does not have it."""
    file.seek(max(2, size - LONGEST_TAIL))
    return EOI in file.read(LONGEST_TAIL)


class _Tiff:
    """Directories between two places of a file. Values are given big-endian, whatever their order there."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self._file, self._start, self._end = file, start, end
        self._order = ">" if self._at(0, 2) == b"MM" else "<"
        self.whole: bool | None = None

    def fields(self) -> dict[int, Field]:
        """The main directory's fields, with those of the Exif directory."""
        main = self._directory(self._whole_number(self._at(4, 4)))
        below = [main, *(self._directory(offset) for offset in _numbers(main.get(SUB_IFDS))[:MOST_BELOW])]
        exif = _numbers(main.get(EXIF_IFD))
        fields = self._directory(exif[0]) if exif else main
        self.whole = all(one and self._holds(one) for one in [*below, fields])
        return main | fields

    def previews(self) -> list[tuple[int, int]]:
        """Where the JPEGs begin that lie inside, and how long each is."""
        main = self._directory(self._whole_number(self._at(4, 4)))
        below = [main, *(self._directory(offset) for offset in _numbers(main.get(SUB_IFDS))[:MOST_BELOW])]
        found = [(_numbers(one.get(PREVIEW_OFFSET))[:1], _numbers(one.get(PREVIEW_BYTES))[:1]) for one in below]
        places = [(self._start + at[0], length[0]) for at, length in found if at and length]
        return [(at, length) for at, length in places if 0 < length <= self._end - at and self._at(at - self._start, 2) == SOI]

    def _holds(self, directory: dict[int, Field]) -> bool:
        """Whether the strips that a directory speaks of lie inside the file."""
        offsets, counts = _numbers(directory.get(STRIP_OFFSETS)), _numbers(directory.get(STRIP_BYTES))
        return all(self._start + at + count <= self._end for at, count in zip(offsets, counts, strict=False))

    def _directory(self, offset: int) -> dict[int, Field]:
        count = min(self._whole_number(self._at(offset, 2)), MOST_ENTRIES)
        raw = self._at(offset + 2, 12 * count)
        found: dict[int, Field] = {}
        for at in range(0, len(raw) - 11, 12):
            tag, kind, number = struct.unpack(f"{self._order}HHI", raw[at : at + 8])
            width = WIDTHS.get(kind, 0)
            length = min(width * number, LONGEST_VALUE)
            value = raw[at + 8 : at + 12]
            if width * number > len(value):
                value = self._at(self._whole_number(value), length)
            found.setdefault(tag, (kind, number, self._big_endian(kind, value[:length])))
        return found

    def _big_endian(self, kind: int, value: bytes) -> bytes:
        width = 4 if kind in {RATIONAL, 10} else WIDTHS.get(kind, 1)
        if self._order == ">" or width == 1:
            return value
        return b"".join(value[at : at + width][::-1] for at in range(0, len(value) - width + 1, width))

    def _whole_number(self, raw: bytes) -> int:
        return int.from_bytes(raw, "big" if self._order == ">" else "little")

    def _at(self, offset: int, count: int) -> bytes:
        at = self._start + offset
        if offset < 0 or at >= self._end:
            return b""
        self._file.seek(at)
        return self._file.read(min(count, self._end - at))

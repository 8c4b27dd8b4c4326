"""Writes TIFF structures: little-endian directories of tagged fields (TIFF 6.0), as Exif and NEF files are made of."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL = 1, 2, 3, 4, 5, 7, 10

Field = tuple[int, int, bytes]
"""Type, count and the packed bytes of one field."""


def ascii_(text: str) -> Field:
    """A zero-terminated ASCII field; what is not ASCII becomes a question mark."""
    packed = text.encode("ascii", errors="replace") + b"\0"
    return ASCII, len(packed), packed


def short(*numbers: int) -> Field:
    """16-bit integers."""
    return SHORT, len(numbers), struct.pack(f"<{len(numbers)}H", *numbers)


def long_(*numbers: int) -> Field:
    """32-bit integers."""
    return LONG, len(numbers), struct.pack(f"<{len(numbers)}I", *numbers)


def octets(data: bytes) -> Field:
    """8-bit integers."""
    return BYTE, len(data), data


def undefined(data: bytes) -> Field:
    """Bytes with a meaning of their own."""
    return UNDEFINED, len(data), data


def rational(*numbers: float) -> Field:
    """Fractions of 32-bit integers."""
    parts = [Fraction(number).limit_denominator(1_000_000) for number in numbers]
    packed = b"".join(struct.pack("<II", part.numerator, part.denominator) for part in parts)
    return RATIONAL, len(parts), packed


def srational(*numbers: float) -> Field:
    """Signed fractions of 32-bit integers."""
    parts = [Fraction(number).limit_denominator(10_000) for number in numbers]
    packed = b"".join(struct.pack("<ii", part.numerator, part.denominator) for part in parts)
    return SRATIONAL, len(parts), packed


@dataclass(slots=True)
class Directory:
    """One image file directory: its fields, and the directories and blocks of data that some of its fields point at."""

    fields: dict[int, Field] = field(default_factory=dict[int, Field])
    children: Mapping[int, Sequence["Directory"]] = field(default_factory=dict[int, Sequence["Directory"]])
    """By tag: directories that are written behind this one."""
    blocks: Mapping[int, bytes] = field(default_factory=dict[int, bytes])
    """By tag: data that is written behind this one."""


def write(first: Directory) -> bytes:
    """A whole TIFF structure with one main directory."""
    out = bytearray(b"II*\0" + struct.pack("<I", 8))
    _append(out, first)
    return bytes(out)


def _append(out: bytearray, directory: Directory) -> int:
    """Write a directory at the end of `out`, then what it points at. Gives its offset."""
    at = len(out)
    tags = sorted({*directory.fields, *directory.children, *directory.blocks})
    out += struct.pack("<H", len(tags)) + bytes(12 * len(tags)) + bytes(4)
    for number, tag in enumerate(tags):
        kind, count, packed = _resolve(out, directory, tag)
        entry = at + 2 + 12 * number
        if len(packed) <= 4:
            inline = packed.ljust(4, b"\0")
        else:
            _align(out)
            inline = struct.pack("<I", len(out))
            out += packed
        out[entry : entry + 12] = struct.pack("<HHI", tag, kind, count) + inline
    return at


def _resolve(out: bytearray, directory: Directory, tag: int) -> Field:
    if tag in directory.fields:
        return directory.fields[tag]
    offsets: list[int] = []
    for child in directory.children.get(tag, ()):
        _align(out)
        offsets.append(_append(out, child))
    if tag in directory.blocks:
        _align(out)
        offsets.append(len(out))
        out += directory.blocks[tag]
    return long_(*offsets)


def _align(out: bytearray) -> None:
    out += bytes(-len(out) % 2)

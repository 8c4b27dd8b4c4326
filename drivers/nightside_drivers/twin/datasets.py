"""PTP's datasets as bytes: little-endian integers, counted UTF-16 strings, arrays, and a reader that trusts nothing.

The formats are those of ISO 15740, section 5.3 (integers, arrays, strings, dates).
"""

import struct
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum

Value = int | str
"""What a device property holds."""

LONGEST_STRING = 254
"""Characters in a PTP string, its closing zero not counted: the count is one byte and includes the zero."""


YEARS = range(2000, 2100)
"""Those that a Nikon's clock knows (assumed)."""


class Malformed(ValueError):
    """Bytes that are not what their sender says they are."""


class DataType(StrEnum):
    """The data types of the bodies we know, by the names in their data files."""

    INT8 = "int8"
    UINT8 = "uint8"
    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    STRING = "string"

    @property
    def code(self) -> int:
        """The type's code in a device property description."""
        return _CODES[self]


_CODES = {
    DataType.INT8: 1,
    DataType.UINT8: 2,
    DataType.INT16: 3,
    DataType.UINT16: 4,
    DataType.INT32: 5,
    DataType.UINT32: 6,
    DataType.STRING: 0xFFFF,
}
_FORMATS = {
    DataType.INT8: "<b",
    DataType.UINT8: "<B",
    DataType.INT16: "<h",
    DataType.UINT16: "<H",
    DataType.INT32: "<i",
    DataType.UINT32: "<I",
}


def u8(number: int) -> bytes:
    """One byte."""
    return struct.pack("<B", number)


def u16(number: int) -> bytes:
    """Two bytes."""
    return struct.pack("<H", number)


def u32(number: int) -> bytes:
    """Four bytes."""
    return struct.pack("<I", number)


def u64(number: int) -> bytes:
    """Eight bytes."""
    return struct.pack("<Q", number)


def array16(numbers: Iterable[int]) -> bytes:
    """A counted array of 16-bit integers."""
    items = tuple(numbers)
    return struct.pack(f"<I{len(items)}H", len(items), *items)


def array32(numbers: Iterable[int]) -> bytes:
    """A counted array of 32-bit integers."""
    items = tuple(numbers)
    return struct.pack(f"<I{len(items)}I", len(items), *items)


def string(text: str) -> bytes:
    """A counted UTF-16 string with its closing zero; the empty string is one zero byte. Cut at `LONGEST_STRING`."""
    if not text:
        return b"\0"
    body = text.encode("utf-16-le", errors="replace")[: 2 * LONGEST_STRING]
    return u8(len(body) // 2 + 1) + body + b"\0\0"


def when(instant: datetime) -> str:
    """A PTP date and time, to the second, without a zone, as Nikons send it."""
    return instant.strftime("%Y%m%dT%H%M%S")


def parse_when(text: str) -> datetime:
    """The date and time in a PTP string; tenths of a second and a zone are passed over. Raises `Malformed`."""
    try:
        instant = datetime.strptime(text[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError as cause:
        raise Malformed(f"{text!r} is not a date and time") from cause
    if instant.year not in YEARS:
        raise Malformed(f"{text!r} is not from {YEARS.start} to {YEARS.stop - 1}")
    return instant


def value(kind: DataType, what: Value) -> bytes:
    """A property's value. `what` must fit `kind`: the property table sees to that."""
    if isinstance(what, str):
        return string(what)
    return struct.pack(_FORMATS[kind], what)


class Reader:
    """Reads a dataset from the front. Everything raises `Malformed` instead of reading past the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if count > self.left:
            raise Malformed(f"{count} bytes wanted, {self.left} left")
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def u8(self) -> int:
        """One byte."""
        return self.take(1)[0]

    def u16(self) -> int:
        """Two bytes."""
        return int.from_bytes(self.take(2), "little")

    def u32(self) -> int:
        """Four bytes."""
        return int.from_bytes(self.take(4), "little")

    def u64(self) -> int:
        """Eight bytes."""
        return int.from_bytes(self.take(8), "little")

    def string(self) -> str:
        """A counted UTF-16 string, without its closing zero."""
        body = self.take(2 * self.u8())
        try:
            text = body.decode("utf-16-le")
        except UnicodeDecodeError as cause:
            raise Malformed("a string that is not UTF-16") from cause
        return text.split("\0", 1)[0]

    def value(self, kind: DataType) -> Value:
        """A property's value, and nothing after it."""
        what = self.string() if kind is DataType.STRING else self._number(kind)
        if self.left:
            raise Malformed(f"{self.left} bytes too many for {kind}")
        return what

    def _number(self, kind: DataType) -> int:
        form = _FORMATS[kind]
        number: int = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        return number

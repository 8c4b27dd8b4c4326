"""The bytes behind an object on a card, made only when somebody reads them.

A frame is kept as the few facts it follows from, never as a picture: ten thousand of them fit in a few megabytes, and a
simulated night renders nothing that nobody looks at.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Scene(StrEnum):
    """Where the camera is."""

    PLAIN = "plain"
    """Nowhere: fast pictures that nobody looks at."""
    CUPOLA = "cupola"
    """In the station, looking out to the side, at the orbit's pole."""
    TRIPOD = "tripod"
    """On the ground at 45° north, looking north."""


class FileKind(StrEnum):
    """What one file of a frame is, by the names in the bodies' data files."""

    JPEG_BASIC = "jpeg-basic"
    JPEG_NORMAL = "jpeg-normal"
    JPEG_FINE = "jpeg-fine"
    NEF = "nef"
    TIFF = "tiff"

    @property
    def extension(self) -> str:
        """What the body puts after the dot."""
        return {FileKind.NEF: "NEF", FileKind.TIFF: "TIF"}.get(self, "JPG")


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """Everything a picture follows from. Equal facts give equal bytes, in every process."""

    seed: int
    index: int
    """Counts this body's exposures from 0."""
    opened: datetime
    """When the shutter really opened (UTC): decides where the stars stand."""
    stamped: datetime
    """What the body's own clock said then: goes into the EXIF."""
    exposure_s: float
    """How long the shutter really was open."""
    iso: int
    f_number: float
    focal_length_mm: float
    lens: str
    maker: str
    model: str
    serial: str
    version: str
    comment: str
    program: int
    width_px: int
    height_px: int
    bits: int
    """In each value of a NEF: 12 or 14."""
    scene: Scene = Scene.PLAIN
    sensor_c: float = 22.0
    """Temperature of the sensor (°C): decides how much dark current there is."""
    dark: bool = False
    """Whether no light reached the sensor: the cap was on."""
    blur_mm: float = 0.0
    """Diameter on the sensor of the disk that a star is out of focus."""
    zoom: float = 1.0
    """How much of the sensor's width is not shown: at 2 the picture is of half of it. Only live view magnifies."""
    aim: tuple[float, float] = (0.5, 0.5)
    """Which place of the sensor is in the middle, as shares of its width and height."""


class Content(Protocol):
    """Bytes of a known size."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Those from `offset` on, at most `length`. May take a while: a picture may have to be made first."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes that are simply there."""

    data: bytes

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        """Those from `offset` on, at most `length`."""
        return self.data[offset : offset + length]


@dataclass(frozen=True, slots=True)
class Joined:
    """Several contents, one after the other."""

    parts: tuple[Content, ...]

    @property
    def size(self) -> int:
        """How many bytes they have together."""
        return sum(part.size for part in self.parts)

    def read(self, offset: int, length: int) -> bytes:
        """Those from `offset` on, at most `length`. Makes all parts."""
        return b"".join(part.read(0, part.size) for part in self.parts)[offset : offset + length]


@dataclass(frozen=True, slots=True)
class Truncated:
    """The first bytes of something longer: what a card that failed has kept."""

    whole: Content
    kept: int
    hidden: bool = False
    """Whether it still claims the size of the whole."""

    @property
    def size(self) -> int:
        """How many bytes it claims."""
        return self.whole.size if self.hidden else self.kept

    def read(self, offset: int, length: int) -> bytes:
        """Those from `offset` on, at most `length`."""
        return self.whole.read(offset, max(0, min(length, self.kept - offset)))


@dataclass(frozen=True, slots=True)
class Corrupted:
    """Something with every 97th byte of its second half inverted."""

    whole: Content

    @property
    def size(self) -> int:
        """As many as it should have."""
        return self.whole.size

    def read(self, offset: int, length: int) -> bytes:
        """Those from `offset` on, at most `length`."""
        data = bytearray(self.whole.read(offset, length))
        first = max(self.size // 2 - offset, 0)
        for at in range(first + -(offset + first) % 97, len(data), 97):
            data[at] ^= 0xFF
        return bytes(data)

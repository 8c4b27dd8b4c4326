"""The Exif of a frame (Exif 2.3): who took it, when by the body's own clock, and with what. Facts in, directories out."""

from datetime import datetime

from nightside_drivers.twin.contents import FrameFacts
from nightside_drivers.twin.picture import tiff
from nightside_drivers.twin.picture.tiff import Directory, Field

EXIF_IFD = 0x8769


def exif_directory(frame: FrameFacts) -> Directory:
    """The Exif directory proper."""
    subsecond = f"{frame.stamped.microsecond // 10_000:02d}"
    taken = _when(frame.stamped)
    return Directory(
        {
            0x829A: tiff.rational(frame.exposure_s),
            0x829D: tiff.rational(frame.f_number),
            0x8822: tiff.short(frame.program),
            0x8827: tiff.short(min(frame.iso, 0xFFFF)),
            0x9000: tiff.undefined(b"0230"),
            0x9003: tiff.ascii_(taken),
            0x9004: tiff.ascii_(taken),
            0x9101: tiff.undefined(bytes((1, 2, 3, 0))),
            0x9286: tiff.undefined(b"ASCII\0\0\0" + frame.comment.encode("ascii", errors="replace")),
            0x9290: tiff.ascii_(subsecond),
            0x9291: tiff.ascii_(subsecond),
            0x9292: tiff.ascii_(subsecond),
            0x920A: tiff.rational(frame.focal_length_mm),
            0xA000: tiff.undefined(b"0100"),
            0xA001: tiff.short(1),
            0xA002: tiff.long_(frame.width_px),
            0xA003: tiff.long_(frame.height_px),
            0xA402: tiff.short(1),
            0xA431: tiff.ascii_(frame.serial),
            0xA432: tiff.rational(frame.focal_length_mm, frame.focal_length_mm, frame.f_number, frame.f_number),
            0xA434: tiff.ascii_(frame.lens),
        }
    )


def main_fields(frame: FrameFacts) -> dict[int, Field]:
    """The fields of the main directory that name the body."""
    return {
        0x010F: tiff.ascii_(frame.maker),
        0x0110: tiff.ascii_(frame.model),
        0x0112: tiff.short(1),
        0x011A: tiff.rational(300),
        0x011B: tiff.rational(300),
        0x0128: tiff.short(2),
        0x0131: tiff.ascii_(f"Ver.{frame.version.removeprefix('V')}"),
        0x0132: tiff.ascii_(_when(frame.stamped)),
        0x0213: tiff.short(2),
    }


def app1(frame: FrameFacts) -> bytes:
    """The payload of a JPEG's APP1 segment."""
    return b"Exif\0\0" + tiff.write(Directory(main_fields(frame), {EXIF_IFD: [exif_directory(frame)]}))


def _when(instant: datetime) -> str:
    return instant.strftime("%Y:%m:%d %H:%M:%S")

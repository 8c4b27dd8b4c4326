"""From an exposure to a frame: its facts, its files and their sizes, by the properties as they stand. No time and no cards."""

import hashlib
from dataclasses import replace
from datetime import datetime

from nightside_drivers.twin.codes import Property
from nightside_drivers.twin.contents import FileKind, FrameFacts
from nightside_drivers.twin.facts import BodyFacts
from nightside_drivers.twin.focus import Focus
from nightside_drivers.twin.options import Options
from nightside_drivers.twin.picture.developing import size_of
from nightside_drivers.twin.properties import PropertyTable
from nightside_drivers.twin.storing import Frame, Picture
from nightside_drivers.twin.truth import Opening

COARSE_BITS = 12
"""Of a NEF, when Raw Bit Mode 0xd149 is 0 (assumed)."""

SMALL_DIVISOR = 8
"""A small frame has an eighth of the sensor's width and height."""


class Framing:
    """Makes frames of a body's exposures."""

    def __init__(self, facts: BodyFacts, options: Options, properties: PropertyTable) -> None:
        self._facts = facts
        self._options = options
        self._properties = properties
        self._divisor = 1 if options.full_size else SMALL_DIVISOR
        self.lens = facts.file.lens
        """The lens that is on; `BodyModel.mount` puts another one on."""
        self.focus = Focus()

    @property
    def frame_px(self) -> tuple[int, int]:
        """Width and height of the frames that the twin makes at the present Image Size."""
        width, _, height = self._properties.text(Property.IMAGE_SIZE).partition("x")
        return int(width) // self._divisor, int(height) // self._divisor

    @property
    def kinds(self) -> tuple[FileKind, ...]:
        """The files that one frame becomes at the present Compression Setting."""
        setting = self._properties.number(Property.COMPRESSION_SETTING)
        return tuple(FileKind(kind) for kind in self._facts.file.compression[str(setting)])

    @property
    def bits(self) -> int:
        """Of each value in a NEF, by Raw Bit Mode: 12, or all that the sensor's converter has."""
        return self._facts.file.sensor.bits if self._properties.number(Property.RAW_BIT_MODE) else COARSE_BITS

    def nominal(self, kind: FileKind) -> int:
        """Bytes that the body reckons for one file: those of the real, full-size one, whatever size the twin makes it."""
        media, sensor = self._facts.file.media, self._facts.file.sensor
        if kind is FileKind.NEF:
            return media.nef_bytes * self.bits // sensor.bits
        width, height = (each * self._divisor for each in self.frame_px)
        full = media.tiff_bytes if kind is FileKind.TIFF else media.jpeg_bytes[kind.removeprefix("jpeg-")]
        return round(full * width * height / (sensor.width_px * sensor.height_px))

    def frame(self, opening: Opening, stamped: datetime, sensor_c: float, *, dark: bool) -> Frame:
        """What a finished opening gave; `stamped` is what the body's own clock said when it began."""
        stem = "_DSC" if self._properties.number(Property.COLOR_SPACE) else "DSC_"
        pictures = tuple(self._picture(kind, opening.index) for kind in self.kinds)
        facts = self.view(opening.opened_utc, stamped, opening.exposure_s or 0.0, opening.index)
        facts = replace(facts, sensor_c=round(sensor_c, 1), dark=dark)
        return Frame(facts, pictures, opening, stamped, stem)

    def _picture(self, kind: FileKind, index: int) -> Picture:
        """Sizes vary by a tenth from frame to frame, as real ones do, and follow from the seed."""
        spread = hashlib.blake2b(f"{self._options.seed}/{index}/{kind}".encode(), digest_size=2).digest()
        booked = round(self.nominal(kind) * (0.9 + 0.1 * int.from_bytes(spread, "little") / 0xFFFF))
        return Picture(kind, size_of(kind, self.frame_px, booked // self._divisor**2), booked)

    def view(self, opened: datetime, stamped: datetime, exposure_s: float, index: int) -> FrameFacts:
        """What the sensor sees at an instant, outside any opening; `index` keeps one view's noise from another's."""
        number, file = self._properties.number, self._facts.file
        width, height = self.frame_px
        comment = self._properties.text(Property.IMAGE_COMMENT).rstrip()
        return FrameFacts(
            seed=self._options.seed,
            index=index,
            opened=opened,
            stamped=stamped,
            exposure_s=exposure_s,
            iso=number(Property.EXPOSURE_INDEX),
            f_number=number(Property.F_NUMBER) / 100,
            focal_length_mm=number(Property.FOCAL_LENGTH) / 100,
            lens=self.lens.name,
            maker=file.exif_maker,
            model=file.exif_model,
            serial=self._options.serial,
            version=file.version,
            comment=comment if number(Property.IMAGE_COMMENT_ENABLE) else "",
            program=number(Property.EXPOSURE_PROGRAM_MODE),
            width_px=width,
            height_px=height,
            bits=self.bits,
            scene=self._options.scene,
            blur_mm=self.focus.blur_mm(number(Property.F_NUMBER) / 100),
        )

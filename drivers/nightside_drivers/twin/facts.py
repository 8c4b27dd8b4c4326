"""What is known of a body, read from its data file: one TOML file a body in `data/`, with its sources. No behaviour."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Annotated, Any

import msgspec

from nightside_drivers.twin.datasets import DataType, Value

Positive = Annotated[float, msgspec.Meta(gt=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]

BODIES = MappingProxyType({"d3s": "nikon-d3s.toml", "d800e": "nikon-d800e.toml"})
"""The bodies that ship with the twin, by the short name a person types."""


class Sensor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The imaging chip."""

    width_px: int
    height_px: int
    pixel_um: Positive
    bits: int


class Lens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lens that is on."""

    name: str
    focal_length_mm: Annotated[float, msgspec.Meta(gt=0, le=20_000)]
    f_number: Annotated[float, msgspec.Meta(gt=0, le=500)]


class Timing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long the body takes for things."""

    release_lag_s: Seconds
    recovery_s: Seconds
    continuous_gap_s: Seconds
    high_fps: tuple[Positive, ...]
    exposure_delay_s: tuple[Seconds, ...]
    live_view_s: Seconds


class Media(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sizes and speeds of what frames pass through."""

    card_bytes_per_s: Positive
    usb_bytes_per_s: Positive
    buffer_bytes: int
    nef_bytes: int
    jpeg_bytes: dict[str, int]
    tiff_bytes: int


class Battery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a charge lasts."""

    shots: Positive
    exposing_hours: Positive


class Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One card slot and the card that is in it when the twin starts."""

    label: str
    capacity_bytes: int
    used_bytes: int
    inserted: bool


class PropertyFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One device property: its type, what it may be, and what it is at power-on."""

    type: DataType
    value: Value
    name: str = ""
    read_only: bool = False
    range: tuple[int, int, int] | None = None
    choices: tuple[Value, ...] | None = None
    bulb: bool = False
    """Whether the body lists Bulb among the choices while its mode dial is on M."""


class BodyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data file as it stands."""

    maker: str
    model: str
    version: str
    exif_maker: str
    exif_model: str
    folder_suffix: str
    vendor_extension_id: int
    vendor_extension_version: int
    vendor_extension: str
    operations: tuple[int, ...]
    events: tuple[int, ...]
    capture_formats: tuple[int, ...]
    image_formats: tuple[int, ...]
    sensor: Sensor
    lens: Lens
    timing: Timing
    media: Media
    battery: Battery
    slots: tuple[Slot, ...]
    compression: dict[str, tuple[str, ...]]
    object_properties: dict[str, tuple[int, ...]]
    properties: dict[str, PropertyFact]
    vendor_properties: dict[str, PropertyFact]


@dataclass(frozen=True, slots=True)
class BodyFacts:
    """A body's facts, with its property codes as numbers."""

    file: BodyFile
    properties: MappingProxyType[int, PropertyFact]
    """Every property, in the body's own order."""
    listed: tuple[int, ...]
    """The property codes that GetDeviceInfo lists."""
    vendor_listed: tuple[int, ...]
    """The property codes that GetVendorPropCodes adds."""
    operations: frozenset[int]
    object_properties: MappingProxyType[int, tuple[int, ...]]
    """The object property codes of each object format, in the body's own order."""

    @property
    def can_bulb(self) -> bool:
        """Whether the body can end a bulb exposure over USB (TerminateCapture 0x920c)."""
        return 0x920C in self.operations


class UnknownBody(ValueError):
    """No data file goes by that name."""


def load(name: str) -> BodyFacts:
    """The facts of a body that ships with the twin, such as "d3s". Raises `UnknownBody`."""
    if name not in BODIES:
        raise UnknownBody(f"there is no body {name!r}; known are {', '.join(sorted(BODIES))}")
    return parse((resources.files("nightside_drivers.twin") / "data" / BODIES[name]).read_text(encoding="utf-8"))


def parse(text: str) -> BodyFacts:
    """The facts in a data file's text. Raises `tomllib.TOMLDecodeError` or `msgspec.ValidationError`."""
    raw: dict[str, Any] = tomllib.loads(text)
    file = msgspec.convert(raw, BodyFile)
    listed = {int(code, 16): fact for code, fact in file.properties.items()}
    vendor = {int(code, 16): fact for code, fact in file.vendor_properties.items()}
    of_objects = {int(code, 16): properties for code, properties in file.object_properties.items()}
    return BodyFacts(
        file=file,
        properties=MappingProxyType(listed | vendor),
        listed=tuple(listed),
        vendor_listed=tuple(vendor),
        operations=frozenset(file.operations),
        object_properties=MappingProxyType(of_objects),
    )

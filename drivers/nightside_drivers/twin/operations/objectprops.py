"""MTP's object properties: what a file is, one property at a time, or all of a file's at once (MTP 1.1, appendix B)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nightside_drivers.twin.cards import CardObject
from nightside_drivers.twin.codes import ALL, ObjectFormat, Operation, Response
from nightside_drivers.twin.darkroom import THUMB_BYTES, THUMB_PX
from nightside_drivers.twin.datasets import array16, string, u8, u16, u32, u64, when
from nightside_drivers.twin.operations.exchange import Context, Reply, Request, Table, data
from nightside_drivers.twin.operations.storage import find_object
from nightside_drivers.twin.properties import Refusal

_UINT16, _UINT32, _UINT64, _UINT128, _STRING = 4, 6, 8, 10, 0xFFFF
_FORMATS = frozenset({*ObjectFormat, 0x3006, 0x3008, 0x300A})
"""Formats whose properties the body tells; asked for a script's, it says Invalid ObjectProp Format, as the dump shows."""


@dataclass(frozen=True, slots=True)
class ObjectProp:
    """One object property: its data type, its default, and how it is read off an object."""

    kind: int
    default: bytes
    read: Callable[[CardObject], bytes]
    pictures_only: bool = False


def _thumb(item: CardObject, value: int) -> bytes:
    return u32(value if item.facts is not None else 0)


PROPS: Mapping[int, ObjectProp] = {
    0xDC01: ObjectProp(_UINT32, u32(0), lambda item: u32(item.storage_id)),
    0xDC02: ObjectProp(_UINT16, u16(0x3000), lambda item: u16(item.format)),
    0xDC03: ObjectProp(_UINT16, u16(0), lambda item: u16(int(item.protected))),
    0xDC04: ObjectProp(_UINT64, u64(0), lambda item: u64(item.size)),
    0xDC07: ObjectProp(_STRING, string(""), lambda item: string(item.name)),
    0xDC08: ObjectProp(_STRING, string(""), lambda item: string(when(item.made))),
    0xDC09: ObjectProp(_STRING, string(""), lambda item: string(when(item.made))),
    0xDC0B: ObjectProp(_UINT32, u32(0), lambda item: u32(item.parent)),
    0xDC41: ObjectProp(_UINT128, bytes(16), lambda item: u32(item.handle) + bytes(12)),
    0xDC44: ObjectProp(_STRING, string(""), lambda item: string(item.name)),
    0xDC81: ObjectProp(_UINT16, u16(0), lambda item: u16(ObjectFormat.EXIF_JPEG), pictures_only=True),
    0xDC82: ObjectProp(_UINT32, u32(0), lambda item: _thumb(item, THUMB_BYTES), pictures_only=True),
    0xDC83: ObjectProp(_UINT32, u32(0), lambda item: _thumb(item, THUMB_PX[1]), pictures_only=True),
    0xDC84: ObjectProp(_UINT32, u32(0), lambda item: _thumb(item, THUMB_PX[0]), pictures_only=True),
    0xDC87: ObjectProp(_UINT32, u32(0), lambda item: u32(item.width_px), pictures_only=True),
    0xDC88: ObjectProp(_UINT32, u32(0), lambda item: u32(item.height_px), pictures_only=True),
    0xDCD3: ObjectProp(_UINT32, u32(24), lambda item: u32(24), pictures_only=True),
}


def get_object_props_supported(context: Context, request: Request) -> Reply:
    """The properties that objects of a format have."""
    if request.parameter(0) not in _FORMATS:
        raise Refusal(Response.INVALID_OBJECT_PROP_FORMAT)
    return data(array16(_of_format(request.parameter(0))))


def get_object_prop_desc(context: Context, request: Request) -> Reply:
    """A property's type; none can be written."""
    code = request.parameter(0)
    if request.parameter(1) not in _FORMATS:
        raise Refusal(Response.INVALID_OBJECT_PROP_FORMAT)
    if code not in _of_format(request.parameter(1)):
        raise Refusal(Response.INVALID_OBJECT_PROP_CODE)
    prop = PROPS[code]
    return data(u16(code) + u16(prop.kind) + u8(0) + prop.default + u32(0) + u8(0))


def get_object_prop_value(context: Context, request: Request) -> Reply:
    """One property of one object."""
    item = find_object(context, request.parameter(0))
    code = request.parameter(1)
    if code not in _of_format(item.format):
        raise Refusal(Response.INVALID_OBJECT_PROP_CODE)
    return data(PROPS[code].read(item))


def get_object_prop_list(context: Context, request: Request) -> Reply:
    """Properties of one object, or of every object with handle `ALL`; one property, or with `ALL` every one."""
    handle, format_code, wanted, group = (request.parameter(index) for index in range(4))
    if group and not wanted:
        raise Refusal(Response.SPECIFICATION_BY_GROUP_UNSUPPORTED)
    items = _every(context) if handle == ALL else [find_object(context, handle)]
    rows = [
        u32(item.handle) + u16(code) + u16(PROPS[code].kind) + PROPS[code].read(item)
        for item in items
        if format_code in {0, item.format}
        for code in _of_format(item.format)
        if wanted in {ALL, code}
    ]
    return data(u32(len(rows)) + b"".join(rows))


def _every(context: Context) -> list[CardObject]:
    return [item for card in context.body.bay.inserted for item in card.objects.values()]


def _of_format(format_code: int) -> tuple[int, ...]:
    pictures = format_code in {ObjectFormat.EXIF_JPEG, ObjectFormat.TIFF}
    return tuple(code for code, prop in PROPS.items() if pictures or not prop.pictures_only)


TABLE: Table = {
    Operation.GET_OBJECT_PROPS_SUPPORTED: get_object_props_supported,
    Operation.GET_OBJECT_PROP_DESC: get_object_prop_desc,
    Operation.GET_OBJECT_PROP_VALUE: get_object_prop_value,
    Operation.GET_OBJECT_PROP_LIST: get_object_prop_list,
}

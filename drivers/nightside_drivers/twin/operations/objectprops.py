"""MTP's object properties: what a file is, one property at a time, or all of a file's at once (MTP 1.1, appendix B)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nightside_drivers.twin.cards import CardObject
from nightside_drivers.twin.codes import ALL, ObjectFormat, Operation, Response
from nightside_drivers.twin.contents import Content, Held, Joined
from nightside_drivers.twin.darkroom import THUMB_BYTES, THUMB_PX, Thumbnail
from nightside_drivers.twin.datasets import array16, string, u8, u16, u32, u64, when
from nightside_drivers.twin.operations.exchange import Context, Reply, Request, Table, data
from nightside_drivers.twin.operations.storage import find_object
from nightside_drivers.twin.properties import Refusal

_UINT16, _UINT32, _UINT64, _UINT128, _BYTES, _STRING = 4, 6, 8, 10, 0x4002, 0xFFFF
_SAMPLE_DATA = 0xDC86
_ON_REQUEST = 0xFFFF_FFFF
"""The group of properties that take long, and are left out when all are asked for (MTP 1.1, appendix B)."""


@dataclass(frozen=True, slots=True)
class ObjectProp:
    """One object property: its data type, its default, and how it is read off an object."""

    kind: int
    default: bytes
    read: Callable[[CardObject], bytes]
    group: int = 0


def _nothing(kind: int, default: bytes) -> ObjectProp:
    """One of sound or film, which no object of the twin has."""
    return ObjectProp(kind, default, lambda _item: default)


def _of_picture(kind: int, default: bytes, read: Callable[[CardObject], bytes]) -> ObjectProp:
    return ObjectProp(kind, default, lambda item: read(item) if item.facts is not None else default)


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
    0xDC81: _of_picture(_UINT16, u16(0), lambda _item: u16(ObjectFormat.EXIF_JPEG)),
    0xDC82: _of_picture(_UINT32, u32(0), lambda _item: u32(THUMB_BYTES)),
    0xDC83: _of_picture(_UINT32, u32(0), lambda _item: u32(THUMB_PX[1])),
    0xDC84: _of_picture(_UINT32, u32(0), lambda _item: u32(THUMB_PX[0])),
    _SAMPLE_DATA: ObjectProp(_BYTES, u32(0), lambda _item: u32(0), group=_ON_REQUEST),
    0xDC87: _of_picture(_UINT32, u32(0), lambda item: u32(item.width_px)),
    0xDC88: _of_picture(_UINT32, u32(0), lambda item: u32(item.height_px)),
    0xDC89: _nothing(_UINT32, u32(0)),
    0xDCD3: _of_picture(_UINT32, u32(24), lambda _item: u32(24)),
    0xDE93: _nothing(_UINT32, u32(0)),
    0xDE94: _nothing(_UINT16, u16(0)),
    0xDE97: _nothing(_UINT16, u16(0)),
    0xDE99: _nothing(_UINT32, u32(0)),
    0xDE9A: _nothing(_UINT32, u32(0)),
    0xDE9B: _nothing(_UINT32, u32(0)),
    0xDE9C: _nothing(_UINT32, u32(0)),
}
"""Every property that some body's data file offers. What the sample data are, `_value` knows."""


def get_object_props_supported(context: Context, request: Request) -> Reply:
    """The properties that objects of a format have."""
    return data(array16(_of_format(context, request.parameter(0))))


def get_object_prop_desc(context: Context, request: Request) -> Reply:
    """A property's type; none can be written."""
    code = request.parameter(0)
    if code not in _of_format(context, request.parameter(1)):
        raise Refusal(Response.INVALID_OBJECT_PROP_CODE)
    prop = PROPS[code]
    return data(u16(code) + u16(prop.kind) + u8(0) + prop.default + u32(prop.group) + u8(0))


def get_object_prop_value(context: Context, request: Request) -> Reply:
    """One property of one object."""
    item = find_object(context, request.parameter(0))
    code = request.parameter(1)
    if code not in _of_format(context, item.format):
        raise Refusal(Response.INVALID_OBJECT_PROP_CODE)
    return Reply(data=_value(context, item, code))


def get_object_prop_list(context: Context, request: Request) -> Reply:
    """Properties of one object, or of every object with handle `ALL`; one property, or with `ALL` every one that is quick."""
    handle, format_code, wanted, group = (request.parameter(index) for index in range(4))
    if group and not wanted:
        raise Refusal(Response.SPECIFICATION_BY_GROUP_UNSUPPORTED)
    items = _every(context) if handle == ALL else [find_object(context, handle)]
    rows = [
        (u32(item.handle) + u16(code) + u16(PROPS[code].kind), _value(context, item, code))
        for item in items
        if format_code in {0, item.format}
        for code in _of_format(context, item.format)
        if wanted == code or (wanted == ALL and PROPS[code].group != _ON_REQUEST)
    ]
    if wanted == _SAMPLE_DATA:
        return Reply(data=Joined((Held(u32(len(rows))), *(part for head, value in rows for part in (Held(head), value)))))
    return data(u32(len(rows)) + b"".join(head + value.read(0, value.size) for head, value in rows))


def _value(context: Context, item: CardObject, code: int) -> Content:
    if code == _SAMPLE_DATA and item.facts is not None:
        return Thumbnail(item.facts, context.body.darkroom, header=u32(THUMB_BYTES))
    return Held(PROPS[code].read(item))


def _every(context: Context) -> list[CardObject]:
    return [item for card in context.body.bay.inserted for item in card.objects.values()]


def _of_format(context: Context, format_code: int) -> tuple[int, ...]:
    codes = context.body.facts.object_properties.get(format_code)
    if codes is None:
        raise Refusal(Response.INVALID_OBJECT_PROP_FORMAT)
    return codes


TABLE: Table = {
    Operation.GET_OBJECT_PROPS_SUPPORTED: get_object_props_supported,
    Operation.GET_OBJECT_PROP_DESC: get_object_prop_desc,
    Operation.GET_OBJECT_PROP_VALUE: get_object_prop_value,
    Operation.GET_OBJECT_PROP_LIST: get_object_prop_list,
}

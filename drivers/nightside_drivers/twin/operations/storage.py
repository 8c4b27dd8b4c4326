"""Operations on cards and what is on them, and on the frames that wait in the body's RAM."""

from nightside_drivers.twin.cards import Card, CardObject
from nightside_drivers.twin.codes import ALL, SDRAM_HANDLE, Event, ObjectFormat, Operation, Response
from nightside_drivers.twin.contents import FrameFacts
from nightside_drivers.twin.darkroom import LARGE_THUMB_BYTES, LARGE_THUMB_PX, THUMB_BYTES, THUMB_PX, Thumbnail
from nightside_drivers.twin.datasets import array32, string, u16, u32, u64, when
from nightside_drivers.twin.operations.exchange import Context, Reply, Request, Table, data
from nightside_drivers.twin.properties import Refusal

_REMOVABLE_RAM, _DCF = 4, 3
_READ_WRITE, _READ_ONLY = 0, 1
_GENERIC_FOLDER = 1


def get_storage_ids(context: Context, request: Request) -> Reply:
    """Every slot; an empty one has no logical part in its id (ISO 15740, 9.2)."""
    return data(array32(card.storage_id if card.inserted else card.storage_id & ~0xFFFF for card in context.body.bay.cards))


def get_storage_info(context: Context, request: Request) -> Reply:
    """StorageInfo (ISO 15740, 5.5.3)."""
    card = _card(context, request.parameter(0))
    return data(
        u16(_REMOVABLE_RAM)
        + u16(_DCF)
        + u16(_READ_ONLY if card.write_protected else _READ_WRITE)
        + u64(card.slot.capacity_bytes)
        + u64(card.free_bytes)
        + u32(card.free_bytes // context.body.frame_bytes)
        + string("")
        + string(card.slot.label)
    )


def get_num_objects(context: Context, request: Request) -> Reply:
    """How many handles GetObjectHandles would give."""
    return Reply(parameters=(len(_handles(context, request)),))


def get_object_handles(context: Context, request: Request) -> Reply:
    """Handles by storage, format and folder."""
    return data(array32(_handles(context, request)))


def get_object_info(context: Context, request: Request) -> Reply:
    """ObjectInfo (ISO 15740, 5.5.2)."""
    item = find_object(context, request.parameter(0))
    folder = item.content is None
    image = item.facts is not None
    thumb_px = THUMB_PX if image else (0, 0)
    return data(
        u32(item.storage_id)
        + u16(item.format)
        + u16(int(item.protected))
        + u32(item.size)
        + u16(ObjectFormat.EXIF_JPEG if image else 0)
        + u32(THUMB_BYTES if image else 0)
        + u32(thumb_px[0])
        + u32(thumb_px[1])
        + u32(item.width_px)
        + u32(item.height_px)
        + u32(24 if image else 0)
        + u32(item.parent)
        + u16(_GENERIC_FOLDER if folder else 0)
        + u32(0)
        + u32(0)
        + string(item.name)
        + string(when(item.made))
        + string(when(item.made))
        + string("")
    )


def get_object(context: Context, request: Request) -> Reply:
    """A whole file."""
    item = _file(context, request.parameter(0))
    if item.handle == SDRAM_HANDLE:
        context.body.sdram.fetched()
    return Reply(data=item.content)


def get_partial_object(context: Context, request: Request) -> Reply:
    """Part of a file: offset, and at most so many bytes."""
    handle, offset, length = (request.parameter(index) for index in range(3))
    item = _file(context, handle)
    if offset > item.size:
        raise Refusal(Response.INVALID_PARAMETER)
    length = min(length, item.size - offset)
    if handle == SDRAM_HANDLE and offset + length == item.size:
        context.body.sdram.fetched()
    return Reply(parameters=(length,), data=item.content, offset=offset, length=length)


def get_thumb(context: Context, request: Request) -> Reply:
    """A small JPEG of a picture."""
    item = _file(context, request.parameter(0))
    if item.facts is None:
        raise Refusal(Response.NO_THUMBNAIL_PRESENT)
    return Reply(data=Thumbnail(item.facts, context.body.darkroom))


def get_large_thumb(context: Context, request: Request) -> Reply:
    """A larger JPEG of a picture."""
    item = _file(context, request.parameter(0))
    if item.facts is None:
        raise Refusal(Response.NO_THUMBNAIL_PRESENT)
    return Reply(data=_large(context, item.facts))


def get_preview_image(context: Context, request: Request) -> Reply:
    """A small JPEG of what waits in RAM."""
    waiting = context.body.sdram.look()
    if waiting is None or waiting.facts is None:
        raise Refusal(Response.NO_THUMBNAIL_PRESENT)
    return Reply(data=_large(context, waiting.facts))


def delete_object(context: Context, request: Request) -> Reply:
    """Remove a file, a folder with all that is in it, or everything."""
    body, handle = context.body, request.parameter(0)
    if request.parameter(1):
        raise Refusal(Response.SPECIFICATION_BY_FORMAT_UNSUPPORTED)
    if handle == SDRAM_HANDLE:
        return Reply(Response.OK if body.sdram.drop() else Response.INVALID_OBJECT_HANDLE)
    if handle == ALL:
        kept = sum([_remove(card, root) for card in body.bay.inserted for root in tuple(card.children(0))])
    else:
        found = body.bay.find(handle)
        if found is None:
            raise Refusal(Response.INVALID_OBJECT_HANDLE)
        if context.body.keep_for_a_while(handle):
            return Reply()
        kept = _remove(*found)
        if kept and found[1].content is not None:
            raise Refusal(Response.STORE_READ_ONLY if found[0].write_protected else Response.OBJECT_WRITE_PROTECTED)
    return Reply(Response.PARTIAL_DELETION if kept else Response.OK)


def del_image_sdram(context: Context, request: Request) -> Reply:
    """Forget what waits in RAM: one file, or all with handle 0."""
    if request.parameter(0) == 0:
        context.body.sdram.clear()
        return Reply()
    return Reply(Response.OK if context.body.sdram.drop() else Response.INVALID_OBJECT_HANDLE)


def send_object_info(context: Context, request: Request) -> Reply:
    """A D3S lists uploading among its operations and takes no file that is not its own."""
    return Reply(Response.INVALID_OBJECT_FORMAT_CODE)


def send_object(context: Context, request: Request) -> Reply:
    """Never preceded by an ObjectInfo that was accepted."""
    return Reply(Response.ACCESS_DENIED)


def format_store(context: Context, request: Request) -> Reply:
    """Empty a card."""
    card = _card(context, request.parameter(0))
    if card.write_protected:
        raise Refusal(Response.STORE_READ_ONLY)
    for root in tuple(card.children(0)):
        _remove(card, root)
    context.body.events.post(Event.STORAGE_INFO_CHANGED, card.storage_id)
    return Reply()


def _large(context: Context, frame: FrameFacts) -> Thumbnail:
    return Thumbnail(frame, context.body.darkroom, LARGE_THUMB_PX, LARGE_THUMB_BYTES)


def _handles(context: Context, request: Request) -> list[int]:
    storage, format_code, parent = (request.parameter(index) for index in range(3))
    if storage != ALL:
        _card(context, storage)
    if parent not in {0, ALL} and context.body.bay.find(parent) is None:
        raise Refusal(Response.INVALID_OBJECT_HANDLE)
    return context.body.bay.handles(storage, format_code, parent)


def _card(context: Context, storage_id: int) -> Card:
    card = context.body.bay.card(storage_id)
    if card is None:
        known = any(each.storage_id >> 16 == storage_id >> 16 for each in context.body.bay.cards)
        raise Refusal(Response.STORE_NOT_AVAILABLE if known else Response.INVALID_STORAGE_ID)
    return card


def find_object(context: Context, handle: int) -> CardObject:
    """The object that a handle means. Raises `Refusal`."""
    if handle == SDRAM_HANDLE:
        waiting = context.body.sdram.look()
        if waiting is not None:
            return waiting
    found = context.body.bay.find(handle)
    if found is None:
        raise Refusal(Response.INVALID_OBJECT_HANDLE)
    return found[1]


def _file(context: Context, handle: int) -> CardObject:
    """An object that has bytes; reading them is what ends a bulb exposure."""
    item = find_object(context, handle)
    if item.content is None:
        raise Refusal(Response.INVALID_OBJECT_HANDLE)
    if handle != SDRAM_HANDLE:
        context.body.card_read()
    return item


def _remove(card: Card, item: CardObject) -> int:
    """Remove an object and what is in it. Gives how many had to stay."""
    kept = sum([_remove(card, child) for child in tuple(card.children(item.handle))])
    if kept or item.protected or card.write_protected:
        return kept + 1
    card.remove(item.handle)
    return 0


TABLE: Table = {
    Operation.GET_STORAGE_IDS: get_storage_ids,
    Operation.GET_VENDOR_STORAGE_IDS: get_storage_ids,
    Operation.GET_STORAGE_INFO: get_storage_info,
    Operation.GET_NUM_OBJECTS: get_num_objects,
    Operation.GET_OBJECT_HANDLES: get_object_handles,
    Operation.GET_OBJECT_INFO: get_object_info,
    Operation.GET_OBJECT: get_object,
    Operation.GET_PARTIAL_OBJECT: get_partial_object,
    Operation.GET_THUMB: get_thumb,
    Operation.GET_LARGE_THUMB: get_large_thumb,
    Operation.GET_FHD_PICTURE: get_large_thumb,
    Operation.GET_PREVIEW_IMG: get_preview_image,
    Operation.DELETE_OBJECT: delete_object,
    Operation.DEL_IMAGE_SDRAM: del_image_sdram,
    Operation.SEND_OBJECT_INFO: send_object_info,
    Operation.SEND_OBJECT: send_object,
    Operation.FORMAT_STORE: format_store,
}

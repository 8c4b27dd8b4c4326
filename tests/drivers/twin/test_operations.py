"""What each operation answers, and what it refuses."""

import io

import pytest
from PIL import Image

from nightside_drivers.testing.initiator import Initiator
from nightside_drivers.twin.codes import ALL, Operation, Property, Response
from nightside_drivers.twin.datasets import Reader
from nightside_drivers.twin.facts import BODIES, load
from nightside_drivers.twin.operations import TABLE
from nightside_drivers.twin.operations.objectprops import PROPS
from nightside_drivers.twin.options import Options

SLOT_1, SLOT_2 = 0x0001_0001, 0x0002_0001


@pytest.fixture
def with_file(initiator: Initiator) -> Initiator:
    initiator.shoot()
    initiator.events()
    return initiator


@pytest.mark.parametrize("body", sorted(BODIES))
def test_every_operation_that_a_body_lists_is_answered(body: str) -> None:
    assert load(body).operations <= set(TABLE)


def test_nothing_but_its_name_is_told_without_a_session(initiator: Initiator) -> None:
    assert initiator.ask(Operation.OPEN_SESSION, 1).response == Response.SESSION_ALREADY_OPENED
    assert initiator.ask(Operation.CLOSE_SESSION).response == Response.OK
    assert initiator.ask(Operation.GET_DEVICE_INFO).response == Response.OK
    for operation in initiator.body.facts.operations - {Operation.GET_DEVICE_INFO, Operation.OPEN_SESSION}:
        assert initiator.ask(operation).response == Response.SESSION_NOT_OPEN
    assert initiator.ask(Operation.OPEN_SESSION, 0).response == Response.INVALID_PARAMETER


@pytest.mark.parametrize("operation", [0x0000, 0x1017, 0x920C, 0x9999, 0xFFFF])
def test_an_operation_that_the_body_lacks_is_not_supported(initiator: Initiator, operation: int) -> None:
    assert initiator.ask(operation).response == Response.OPERATION_NOT_SUPPORTED


@pytest.mark.parametrize(
    ("operation", "parameters", "answer"),
    [
        (Operation.GET_STORAGE_INFO, (SLOT_1,), Response.OK),
        (Operation.GET_STORAGE_INFO, (SLOT_2,), Response.STORE_NOT_AVAILABLE),
        (Operation.GET_STORAGE_INFO, (0x0007_0001,), Response.INVALID_STORAGE_ID),
        (Operation.GET_OBJECT_HANDLES, (SLOT_2, 0, 0), Response.STORE_NOT_AVAILABLE),
        (Operation.GET_OBJECT_HANDLES, (ALL, 0, 12345), Response.INVALID_OBJECT_HANDLE),
        (Operation.GET_OBJECT_INFO, (12345,), Response.INVALID_OBJECT_HANDLE),
        (Operation.GET_OBJECT, (12345,), Response.INVALID_OBJECT_HANDLE),
        (Operation.GET_THUMB, (12345,), Response.INVALID_OBJECT_HANDLE),
        (Operation.DELETE_OBJECT, (12345,), Response.INVALID_OBJECT_HANDLE),
        (Operation.DELETE_OBJECT, (ALL, 0x3801), Response.SPECIFICATION_BY_FORMAT_UNSUPPORTED),
        (Operation.DEL_IMAGE_SDRAM, (1,), Response.INVALID_OBJECT_HANDLE),
        (Operation.DEL_IMAGE_SDRAM, (0,), Response.OK),
        (Operation.SEND_OBJECT_INFO, (0, 0), Response.INVALID_OBJECT_FORMAT_CODE),
        (Operation.SEND_OBJECT, (), Response.ACCESS_DENIED),
        (Operation.FORMAT_STORE, (SLOT_2,), Response.STORE_NOT_AVAILABLE),
        (Operation.CHANGE_CAMERA_MODE, (1,), Response.OK),
        (Operation.CHANGE_CAMERA_MODE, (7,), Response.INVALID_PARAMETER),
        (Operation.INITIATE_CAPTURE_REC_IN_MEDIA, (5, 0), Response.INVALID_PARAMETER),
        (Operation.INITIATE_CAPTURE_REC_IN_MEDIA, (ALL, 2), Response.INVALID_PARAMETER),
        (Operation.GET_PREVIEW_IMG, (), Response.NO_THUMBNAIL_PRESENT),
        (Operation.GET_LIVE_VIEW_IMG, (), Response.NOT_LIVE_VIEW),
        (Operation.MF_DRIVE, (1, 100), Response.NOT_LIVE_VIEW),
        (Operation.CHANGE_AF_AREA, (10, 10), Response.NOT_LIVE_VIEW),
        (Operation.AF_DRIVE, (), Response.OK),
        (Operation.AF_DRIVE_CANCEL, (), Response.OK),
        (Operation.END_LIVE_VIEW, (), Response.OK),
        (Operation.GET_PICT_CTRL_DATA, (1, 0), Response.OK),
        (Operation.GET_PICT_CTRL_DATA, (201, 0), Response.INVALID_PARAMETER),
        (Operation.GET_PICT_CTRL_DATA, (9999, 0), Response.INVALID_PARAMETER),
        (Operation.SET_PICT_CTRL_DATA, (201, 0), Response.INVALID_DATASET),
        (Operation.DEL_CST_PIC_CTRL, (1,), Response.INVALID_PARAMETER),
        (Operation.GET_PIC_CTRL_CAPABILITY, (1,), Response.OK),
        (Operation.SET_PRE_WB_DATA, (9, 0, 0), Response.INVALID_PARAMETER),
        (Operation.GET_OBJECT_PROPS_SUPPORTED, (0x3801,), Response.OK),
        (Operation.GET_OBJECT_PROPS_SUPPORTED, (0x3002,), Response.INVALID_OBJECT_PROP_FORMAT),
        (Operation.GET_OBJECT_PROP_DESC, (0xDC07, 0x3801), Response.OK),
        (Operation.GET_OBJECT_PROP_DESC, (0xDC87, 0x3001), Response.INVALID_OBJECT_PROP_CODE),
        (Operation.GET_OBJECT_PROP_LIST, (ALL, 0, 0, 1, 0), Response.SPECIFICATION_BY_GROUP_UNSUPPORTED),
    ],
)
def test_operations_answer_as_a_body_does(
    initiator: Initiator, operation: int, parameters: tuple[int, ...], answer: int
) -> None:
    assert initiator.ask(operation, *parameters).response == answer


def test_an_empty_slot_shows_as_one(initiator: Initiator) -> None:
    reader = Reader(initiator.ask(Operation.GET_STORAGE_IDS).read())
    assert [reader.u32() for _ in range(reader.u32())] == [SLOT_1, 0x0002_0000]


def test_the_root_holds_only_the_first_folder(with_file: Initiator) -> None:
    reader = Reader(with_file.ask(Operation.GET_OBJECT_HANDLES, SLOT_1, 0, ALL).read())
    (root,) = [reader.u32() for _ in range(reader.u32())]
    assert with_file.info(root)[3] == "DCIM"
    assert with_file.ask(Operation.GET_NUM_OBJECTS, ALL, 0, 0).parameters == (3,)
    assert with_file.ask(Operation.GET_NUM_OBJECTS, ALL, 0x3801, 0).parameters == (1,)


@pytest.mark.parametrize(("offset", "length"), [(0, 10), (1000, 5000), (0, 1 << 31)])
def test_a_part_of_a_file_is_that_part(with_file: Initiator, offset: int, length: int) -> None:
    (handle,) = with_file.handles()
    whole = with_file.ask(Operation.GET_OBJECT, handle).read()
    part = with_file.ask(Operation.GET_PARTIAL_OBJECT, handle, offset, length)
    assert part.read() == whole[offset : offset + length]
    assert part.parameters == (len(whole[offset : offset + length]),)


def test_no_part_lies_beyond_the_end(with_file: Initiator) -> None:
    (handle,) = with_file.handles()
    size = with_file.info(handle)[2]
    assert with_file.ask(Operation.GET_PARTIAL_OBJECT, handle, size, 10).read() == b""
    assert with_file.ask(Operation.GET_PARTIAL_OBJECT, handle, size + 1, 10).response == Response.INVALID_PARAMETER


@pytest.mark.parametrize(("operation", "width"), [(Operation.GET_THUMB, 160), (Operation.GET_LARGE_THUMB, 640)])
def test_thumbnails_are_small_pictures(with_file: Initiator, operation: int, width: int) -> None:
    (handle,) = with_file.handles()
    with Image.open(io.BytesIO(with_file.ask(operation, handle).read())) as image:
        assert image.width == width


def test_folders_have_no_bytes(with_file: Initiator) -> None:
    (root,) = [item.handle for item in with_file.body.bay.cards[0].children(0)]
    assert with_file.ask(Operation.GET_OBJECT, root).response == Response.INVALID_OBJECT_HANDLE


def test_deleting_a_folder_deletes_what_is_in_it(with_file: Initiator) -> None:
    (root,) = [item.handle for item in with_file.body.bay.cards[0].children(0)]
    assert with_file.ask(Operation.DELETE_OBJECT, root).response == Response.OK
    assert with_file.body.bay.cards[0].objects == {}
    assert with_file.body.bay.cards[0].used == 0


def test_what_is_protected_stays(with_file: Initiator) -> None:
    (handle,) = with_file.handles()
    with_file.body.bay.cards[0].objects[handle].protected = True
    assert with_file.ask(Operation.DELETE_OBJECT, handle).response == Response.OBJECT_WRITE_PROTECTED
    assert with_file.ask(Operation.DELETE_OBJECT, ALL).response == Response.PARTIAL_DELETION
    with_file.body.bay.cards[0].write_protected = True
    assert with_file.ask(Operation.FORMAT_STORE, SLOT_1).response == Response.STORE_READ_ONLY
    assert len(with_file.handles()) == 1


def test_formatting_empties_a_card(with_file: Initiator) -> None:
    assert with_file.ask(Operation.FORMAT_STORE, SLOT_1).response == Response.OK
    assert with_file.handles() == []


def test_object_properties_say_what_object_info_says(with_file: Initiator) -> None:
    (handle,) = with_file.handles()
    storage, format_code, size, name = with_file.info(handle)
    offered = with_file.body.facts.object_properties[format_code]
    value = {code: with_file.ask(Operation.GET_OBJECT_PROP_VALUE, handle, code).read() for code in offered}
    assert int.from_bytes(value[0xDC01], "little") == storage
    assert int.from_bytes(value[0xDC02], "little") == format_code
    assert int.from_bytes(value[0xDC04], "little") == size
    assert Reader(value[0xDC07]).string() == name
    rows = Reader(with_file.ask(Operation.GET_OBJECT_PROP_LIST, handle, 0, ALL, 0, 0).read())
    assert rows.u32() == len(offered) - 1  # the sample data come on request only


def test_sample_data_are_the_thumbnail_counted(with_file: Initiator) -> None:
    (handle,) = with_file.handles()
    thumb = with_file.ask(Operation.GET_THUMB, handle).read()
    counted = len(thumb).to_bytes(4, "little") + thumb
    assert with_file.ask(Operation.GET_OBJECT_PROP_VALUE, handle, 0xDC86).read() == counted
    listed = with_file.ask(Operation.GET_OBJECT_PROP_LIST, ALL, 0, 0xDC86, 0, 0)
    rows = listed.read()
    assert len(rows) == listed.size
    reader = Reader(rows)
    assert (reader.u32(), reader.u32(), reader.u16(), reader.u16()) == (1, handle, 0xDC86, 0x4002)
    assert reader.take(reader.left) == counted


@pytest.mark.parametrize("body", sorted(BODIES))
def test_every_object_property_that_a_body_offers_is_described(body: str) -> None:
    initiator = Initiator(body=body)
    for format_code, codes in initiator.body.facts.object_properties.items():
        supported = Reader(initiator.ask(Operation.GET_OBJECT_PROPS_SUPPORTED, format_code).read())
        assert [supported.u16() for _ in range(supported.u32())] == list(codes)
        for code in codes:
            description = Reader(initiator.ask(Operation.GET_OBJECT_PROP_DESC, code, format_code).read())
            assert (description.u16(), description.u16()) == (code, PROPS[code].kind)


def test_live_view_begins_after_a_moment_and_shows_a_picture_behind_its_header(initiator: Initiator) -> None:
    assert initiator.ask(Operation.START_LIVE_VIEW).response == Response.OK
    assert initiator.get(Property.LIVE_VIEW_STATUS) == 1
    assert initiator.ask(Operation.DEVICE_READY).response == Response.DEVICE_BUSY
    assert initiator.ask(Operation.GET_LIVE_VIEW_IMG).response == Response.DEVICE_BUSY
    initiator.wait(1)
    assert initiator.ask(Operation.DEVICE_READY).response == Response.OK
    seen = initiator.ask(Operation.GET_LIVE_VIEW_IMG).read()
    assert int.from_bytes(seen[0:2], "big") == 640
    with Image.open(io.BytesIO(seen[128:])) as image:
        assert image.size == (640, 426)
    assert initiator.ask(Operation.END_LIVE_VIEW).response == Response.OK
    assert initiator.ask(Operation.GET_LIVE_VIEW_IMG).response == Response.NOT_LIVE_VIEW


def test_live_view_does_not_start_with_a_low_battery() -> None:
    initiator = Initiator(Options(battery_percent=5))
    assert initiator.get(Property.LIVE_VIEW_PROHIBIT) == 1 << 8
    assert initiator.ask(Operation.START_LIVE_VIEW).response == Response.INVALID_STATUS


def test_focus_moves_in_live_view_to_its_end(initiator: Initiator) -> None:
    initiator.ask(Operation.START_LIVE_VIEW)
    initiator.wait(1)
    assert initiator.ask(Operation.MF_DRIVE, 1, 100).response == Response.INVALID_STATUS  # the switch is on M
    initiator.body.dial(Property.FOCUS_MODE, 0x8010)
    assert initiator.ask(Operation.MF_DRIVE, 1, 100).response == Response.OK
    assert initiator.ask(Operation.MF_DRIVE, 2, 5000).response == Response.MF_DRIVE_STEP_END
    assert initiator.ask(Operation.MF_DRIVE, 3, 1).response == Response.INVALID_PARAMETER
    assert initiator.ask(Operation.CHANGE_AF_AREA, 100, 200).response == Response.OK
    assert initiator.ask(Operation.CHANGE_AF_AREA, 9000, 200).response == Response.INVALID_PARAMETER
    assert initiator.ask(Operation.AF_DRIVE).response == Response.OUT_OF_FOCUS


def test_a_custom_picture_control_is_kept_until_it_is_deleted(initiator: Initiator) -> None:
    assert initiator.ask(Operation.SET_PICT_CTRL_DATA, 201, 0, data=b"own").response == Response.OK
    assert initiator.ask(Operation.GET_PICT_CTRL_DATA, 201, 0).read() == b"own"
    assert initiator.ask(Operation.DEL_CST_PIC_CTRL, 201).response == Response.OK
    assert initiator.ask(Operation.GET_PICT_CTRL_DATA, 201, 0).response == Response.INVALID_PARAMETER


def test_events_wait_and_the_oldest_go_first_when_nobody_fetches_them(initiator: Initiator) -> None:
    for _ in range(2000):
        initiator.body.dial(Property.BURST_NUMBER, 2)
    assert len(initiator.events()) == 512
    assert initiator.events() == []

"""The real libgphoto2, through python-gphoto2, drives a twin in another process."""

import os
from collections.abc import Iterator

import gphoto2 as gp
import pytest

from nightside_drivers.testing import TwinProcess


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with TwinProcess("--speed", "100", "--start", "2018-07-03T19:30:00Z") as running:
        yield running


@pytest.fixture
def camera(twin: TwinProcess) -> Iterator[gp.Camera]:
    camera = connect(twin)
    yield camera
    leave(camera)


def connect(twin: TwinProcess) -> gp.Camera:
    camera = gp.Camera()
    ports = gp.PortInfoList()
    ports.load()
    camera.set_port_info(ports[ports.lookup_path(twin.gphoto_port)])
    abilities = gp.CameraAbilitiesList()
    abilities.load()
    camera.set_abilities(abilities[abilities.lookup_model("PTP/IP Camera")])
    camera.init()
    return camera


def leave(camera: gp.Camera) -> None:
    """Let the body go. libgphoto2 2.5.34 closes descriptor 0 with a PTP/IP connection, whoever's it is: put one there again."""
    camera.exit()
    nothing = os.open(os.devnull, os.O_RDONLY)
    if nothing != 0:
        os.close(nothing)


def setting(camera: gp.Camera, name: str) -> str:
    return str(camera.get_single_config(name).get_value())


def set_to(camera: gp.Camera, name: str, value: str) -> str:
    widget = camera.get_single_config(name)
    widget.set_value(value)
    camera.set_single_config(name, widget)
    return setting(camera, name)


def shoot_to_card(camera: gp.Camera) -> list[tuple[str, str]]:
    set_to(camera, "capturetarget", "Memory card")
    camera.trigger_capture()
    files: list[tuple[str, str]] = []
    for _ in range(100):
        kind, what = camera.wait_for_event(2000)
        if kind == gp.GP_EVENT_FILE_ADDED:
            files.append((what.folder, what.name))
        if kind == gp.GP_EVENT_CAPTURE_COMPLETE:
            return files
    raise AssertionError("the capture was never complete")


def read_whole(camera: gp.Camera, folder: str, name: str) -> bytes:
    file = camera.file_get(folder, name, gp.GP_FILE_TYPE_NORMAL)
    return bytes(memoryview(file.get_data_and_size()))


def test_it_says_who_it_is(camera: gp.Camera) -> None:
    summary = str(camera.get_summary())
    assert "Model: D3S" in summary
    assert "Serial Number: 2012345" in summary
    assert "Free Space (Images): 4265" in summary


def test_its_configuration_is_a_nikons(camera: gp.Camera) -> None:
    names = set(dict(camera.list_config().items()))
    assert {"shutterspeed", "shutterspeed2", "iso", "f-number", "capturetarget", "batterylevel", "bulb"} <= names


def test_both_shutter_speeds_move_together(camera: gp.Camera) -> None:
    assert set_to(camera, "shutterspeed2", "30") == "30"
    assert setting(camera, "shutterspeed") == "30.0000s"
    assert set_to(camera, "shutterspeed", "10.0000s") == "10.0000s"
    assert setting(camera, "shutterspeed2") == "10"


def test_frames_go_to_the_card_and_come_back(camera: gp.Camera, twin: TwinProcess) -> None:
    set_to(camera, "shutterspeed2", "20")
    assert shoot_to_card(camera) == [("/store_00010001/DCIM/100ND3S_", "DSC_0001.JPG")]
    assert shoot_to_card(camera) == [("/store_00010001/DCIM/100ND3S_", "DSC_0002.JPG")]
    whole = read_whole(camera, "/store_00010001/DCIM/100ND3S_", "DSC_0002.JPG")
    assert whole[:2] == b"\xff\xd8"
    part = bytearray(10_000)
    got = camera.file_read("/store_00010001/DCIM/100ND3S_", "DSC_0002.JPG", gp.GP_FILE_TYPE_NORMAL, 5000, part)
    assert (got, bytes(part)) == (10_000, whole[5000:15_000])
    camera.file_delete("/store_00010001/DCIM/100ND3S_", "DSC_0002.JPG")
    assert list(camera.folder_list_files("/store_00010001/DCIM/100ND3S_").keys()) == ["DSC_0001.JPG"]
    first, second = twin.truth()
    assert first["closed"] - first["opened"] == pytest.approx(20.0)
    assert second["files"] == ["DCIM/100ND3S_/DSC_0002.JPG"]


def test_a_capture_to_ram_is_fetched_at_once(camera: gp.Camera) -> None:
    path = camera.capture(gp.GP_CAPTURE_IMAGE)
    assert read_whole(camera, path.folder, path.name)[:2] == b"\xff\xd8"


def test_a_second_initiator_is_turned_away(camera: gp.Camera, twin: TwinProcess) -> None:
    with pytest.raises(gp.GPhoto2Error):
        connect(twin)
    assert setting(camera, "iso") == "200"


def test_an_initiator_that_went_makes_room_for_the_next(twin: TwinProcess) -> None:
    leave(connect(twin))
    leave(connect(twin))

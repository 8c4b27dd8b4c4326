"""The real libgphoto2, through python-gphoto2, drives a twin in another process and cannot tell."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import gphoto2 as gp
import pytest
from PIL import Image

from nightside_drivers.testing import TwinProcess
from tests.stack.twin_tether import FAST, FOLDER, Tether, content, leave, tether, tethered

Connect = Callable[..., Tether]


@pytest.fixture(autouse=True)
def a_home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libgphoto2 keeps its settings, the capture target among them, in the home of whoever runs it."""
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def connect() -> Iterator[Connect]:
    with ExitStack() as open_ones:
        yield lambda *arguments: open_ones.enter_context(tethered(*arguments))


@pytest.fixture
def d3s(connect: Connect) -> Tether:
    return connect()


def test_it_says_who_it_is(d3s: Tether) -> None:
    summary = str(d3s.camera.get_summary())
    assert "Model: D3S" in summary
    assert "Serial Number: 2012345" in summary
    assert "Free Space (Images): 4265" in summary
    assert "VolumeLabel: NIKON D3S   [Slot 1]" in summary


def test_its_configuration_is_a_nikons(d3s: Tether) -> None:
    listed = d3s.camera.list_config()
    names = {listed.get_name(number).rsplit("/", 1)[-1] for number in range(listed.count())}
    assert len(names) > 200
    assert {"shutterspeed", "shutterspeed2", "iso", "f-number", "capturetarget", "batterylevel", "bulb"} <= names


def test_what_is_on_the_lens_and_on_dials_is_read_only(d3s: Tether) -> None:
    for name in ("f-number", "focusmode", "capturemode", "batterylevel"):
        assert d3s.camera.get_single_config(name).get_readonly(), name


def test_both_shutter_speeds_move_together(d3s: Tether) -> None:
    assert d3s.set("shutterspeed2", "30") == "30"
    assert d3s.get("shutterspeed") == "30.0000s"
    assert d3s.set("shutterspeed", "10.0000s") == "10.0000s"
    assert d3s.get("shutterspeed2") == "10"


def test_frames_go_to_the_card_and_come_back(d3s: Tether) -> None:
    d3s.set("shutterspeed2", "20")
    assert d3s.shoot_to_card() == [f"{FOLDER}/DSC_0001.JPG"]
    assert d3s.shoot_to_card() == [f"{FOLDER}/DSC_0002.JPG"]
    whole = d3s.read(FOLDER, "DSC_0002.JPG")
    part = bytearray(10_000)
    got = d3s.camera.file_read(FOLDER, "DSC_0002.JPG", gp.GP_FILE_TYPE_NORMAL, 5000, part)
    assert (got, bytes(part)) == (10_000, whole[5000:15_000])
    assert d3s.camera.file_get_info(FOLDER, "DSC_0002.JPG").file.size == len(whole)
    d3s.camera.file_delete(FOLDER, "DSC_0002.JPG")
    assert d3s.names() == ["DSC_0001.JPG"]
    first, second = d3s.twin.truth()
    assert first["closed"] - first["opened"] == pytest.approx(20.0)
    assert second["files"] == ["DCIM/100ND3S_/DSC_0002.JPG"]


def test_a_pair_comes_as_two_files(d3s: Tether) -> None:
    d3s.set("imagequality", "NEF+Fine")
    assert d3s.shoot_to_card() == [f"{FOLDER}/DSC_0001.NEF", f"{FOLDER}/DSC_0001.JPG"]
    assert d3s.read(FOLDER, "DSC_0001.NEF")[:4] == b"II*\0"
    with Image.open(io.BytesIO(d3s.read(FOLDER, "DSC_0001.NEF", gp.GP_FILE_TYPE_PREVIEW))) as preview:
        assert preview.size == (160, 120)


def test_a_capture_to_ram_is_fetched_at_once(d3s: Tether) -> None:
    d3s.set("capturetarget", "Internal RAM")
    for number in range(2):
        path = d3s.camera.capture(gp.GP_CAPTURE_IMAGE)
        assert path.name == f"capt{number:04d}.jpg"
        assert d3s.read(path.folder, path.name)[:2] == b"\xff\xd8"


def test_live_view_shows_pictures(d3s: Tether) -> None:
    for _ in range(3):
        with Image.open(io.BytesIO(content(d3s.camera.capture_preview()))) as seen:
            assert seen.size == (640, 426)


def test_bulb_over_the_bus_is_refused_by_a_d3s(d3s: Tether) -> None:
    with pytest.raises(gp.GPhoto2Error):
        d3s.set("shutterspeed", "Bulb")
    with pytest.raises(gp.GPhoto2Error):
        d3s.set("bulb", 1)
    assert d3s.twin.truth() == []


def test_bulb_over_the_bus_works_on_a_body_that_can(connect: Connect) -> None:
    d800e = connect("--body", "d800e")
    d800e.set("capturetarget", "Memory card")
    d800e.set("bulb", 1)
    d800e.set("bulb", 0)
    (path,) = d800e.files_until_complete()
    assert path.startswith("/store_00010001/DCIM/100ND800/DSC_0001.")
    (opening,) = d800e.twin.truth()
    assert (opening["requested_s"], opening["ended_by"]) == (None, "release")


def test_the_comment_is_in_the_exif(d3s: Tether) -> None:
    d3s.set("imagecomment", "window 17".ljust(36))
    d3s.set("imagecommentenable", "On")
    d3s.shoot_to_card()
    assert b"window 17" in d3s.read(FOLDER, "DSC_0001.JPG")


def test_a_file_cannot_be_uploaded(d3s: Tether, tmp_path: Path) -> None:
    d3s.shoot_to_card()
    (tmp_path / "up.txt").write_text("hello")
    file = gp.CameraFile(os.open(tmp_path / "up.txt", os.O_RDONLY))
    with pytest.raises(gp.GPhoto2Error):
        d3s.camera.folder_put_file(FOLDER, "up.txt", gp.GP_FILE_TYPE_NORMAL, file)


def test_a_picture_that_is_erased_by_hand_is_gone_for_libgphoto2_too(d3s: Tether) -> None:
    d3s.shoot_to_card()
    d3s.shoot_to_card()
    assert d3s.names() == ["DSC_0001.JPG", "DSC_0002.JPG"]
    d3s.twin.control.erase("DCIM/100ND3S_/DSC_0001.JPG")
    assert any("ObjectRemoved" in str(d3s.camera.wait_for_event(500)[1]) for _ in range(20))
    assert d3s.names() == ["DSC_0002.JPG"]


def test_a_picture_that_is_protected_by_hand_cannot_be_deleted(d3s: Tether) -> None:
    d3s.shoot_to_card()
    d3s.twin.control.protect("DCIM/100ND3S_/DSC_0001.JPG")
    with pytest.raises(gp.GPhoto2Error):
        d3s.camera.file_delete(FOLDER, "DSC_0001.JPG")
    assert d3s.twin.control.state()["cards"][0]["files"] == ["DCIM/100ND3S_/DSC_0001.JPG"]


def test_several_bodies_shoot_at_once() -> None:
    with TwinProcess(*FAST, "--bodies", "3") as twins, ExitStack() as held:
        tethers: list[Tether] = []
        for body in twins.bodies:
            camera = tether(body)
            held.callback(leave, camera)
            tethers.append(Tether(camera, body))
        for each in tethers:
            each.set("capturetarget", "Memory card")
            each.camera.trigger_capture()
        for number, each in enumerate(tethers):
            assert each.files_until_complete() == [f"{FOLDER}/DSC_0001.JPG"]
            assert b"201234%d" % (5 + number) in each.read(FOLDER, "DSC_0001.JPG")
            assert len(each.twin.truth()) == 1


def test_a_busy_body_is_error_110(d3s: Tether) -> None:
    d3s.get("iso")
    d3s.twin.control.fault("busy")
    with pytest.raises(gp.GPhoto2Error) as failed:
        d3s.camera.get_storageinfo()
    assert failed.value.code == gp.GP_ERROR_CAMERA_BUSY


def test_a_full_card_is_said(d3s: Tether) -> None:
    d3s.set("capturetarget", "Memory card")
    d3s.twin.control.fault("card-full")
    with pytest.raises(gp.GPhoto2Error):
        d3s.camera.trigger_capture()


def test_a_second_initiator_is_turned_away(d3s: Tether) -> None:
    with pytest.raises(gp.GPhoto2Error):
        tether(d3s.twin)
    assert d3s.get("iso") == "200"


def test_an_initiator_that_went_makes_room_for_the_next() -> None:
    with TwinProcess(*FAST) as twin:
        leave(tether(twin))
        leave(tether(twin))


def test_a_body_that_was_switched_off_and_on_is_the_same_body_with_a_new_session() -> None:
    with TwinProcess(*FAST) as twin:
        camera = tether(twin)
        twin.control.fault("power-cycle", seconds=5)
        with pytest.raises(gp.GPhoto2Error):
            camera.get_storageinfo()
        leave(camera)
        while not twin.control.state()["reachable"]:
            pass
        camera = tether(twin)
        assert "Serial Number: 2012345" in str(camera.get_summary())
        leave(camera)

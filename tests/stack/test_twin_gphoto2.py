"""The real libgphoto2, through python-gphoto2, drives a twin in another process and cannot tell."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import gphoto2 as gp
import pytest
from PIL import Image

from nightside_drivers.testing import TwinProcess

FAST = ("--speed", "100", "--start", "2018-07-03T19:30:00Z")
FOLDER = "/store_00010001/DCIM/100ND3S_"
Connect = Callable[..., "Tether"]


@dataclass(frozen=True)
class Tether:
    """A camera in libgphoto2's hands, and the twin behind it."""

    camera: gp.Camera
    twin: TwinProcess

    def get(self, name: str) -> object:
        return self.camera.get_single_config(name).get_value()

    def set(self, name: str, value: str | float) -> object:
        widget = self.camera.get_single_config(name)
        widget.set_value(value)
        self.camera.set_single_config(name, widget)
        return self.get(name)

    def files_until_complete(self) -> list[str]:
        files: list[str] = []
        for _ in range(200):
            kind, what = self.camera.wait_for_event(2000)
            if kind == gp.GP_EVENT_FILE_ADDED:
                path = cast("gp.CameraFilePath", what)
                files.append(f"{path.folder}/{path.name}")
            if kind == gp.GP_EVENT_CAPTURE_COMPLETE:
                return files
        raise AssertionError("the capture was never complete")

    def shoot_to_card(self) -> list[str]:
        self.set("capturetarget", "Memory card")
        self.camera.trigger_capture()
        return self.files_until_complete()

    def read(self, folder: str, name: str, kind: int = gp.GP_FILE_TYPE_NORMAL) -> bytes:
        return content(self.camera.file_get(folder, name, kind))

    def names(self, folder: str = FOLDER) -> list[str]:
        listed = self.camera.folder_list_files(folder)
        return [listed.get_name(number) for number in range(listed.count())]


def content(file: gp.CameraFile) -> bytes:
    """A copy: the memory is libgphoto2's, and goes with the file."""
    return bytes(memoryview(file.get_data_and_size()))


def leave(camera: gp.Camera) -> None:
    """Let the body go. libgphoto2 2.5.34 closes descriptor 0 with a PTP/IP connection, whoever's it is: put one there again."""
    with suppress(gp.GPhoto2Error):
        camera.exit()
    nothing = os.open(os.devnull, os.O_RDONLY)
    if nothing != 0:
        os.close(nothing)


def tether(twin: TwinProcess) -> gp.Camera:
    camera = gp.Camera()
    ports = gp.PortInfoList()
    ports.load()
    camera.set_port_info(ports.get_info(ports.lookup_path(twin.gphoto_port)))
    models = gp.CameraAbilitiesList()
    models.load()
    camera.set_abilities(models.get_abilities(models.lookup_model("PTP/IP Camera")))
    camera.init()
    return camera


@pytest.fixture(autouse=True)
def a_home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libgphoto2 keeps its settings, the capture target among them, in the home of whoever runs it."""
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def connect() -> Iterator[Connect]:
    with ExitStack() as open_ones:

        def start(*arguments: str) -> Tether:
            twin = open_ones.enter_context(TwinProcess(*FAST, *arguments))
            camera = tether(twin)
            open_ones.callback(leave, camera)
            return Tether(camera, twin)

        yield start


@pytest.fixture
def d3s(connect: Connect) -> Tether:
    return connect()


def leaves(widget: gp.CameraWidget) -> Iterator[gp.CameraWidget]:
    if widget.count_children() == 0:
        yield widget
    for number in range(widget.count_children()):
        yield from leaves(widget.get_child(number))


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


def test_every_choice_of_every_writable_entry_is_taken_and_reads_back(d3s: Tether) -> None:
    acts = {"bulb", "autofocusdrive", "manualfocusdrive", "cancelautofocus", "changeafarea", "opcode", "movie", "viewfinder"}
    outside = {"reviewtime", "applicationmode", "thumbsize", "fastfs", "controlmode", "autofocus", "actions", "datetime"}
    tried = 0
    for widget in leaves(d3s.camera.get_config()):
        name = widget.get_name()
        if widget.get_readonly() or widget.get_type() not in {gp.GP_WIDGET_RADIO, gp.GP_WIDGET_MENU} or name in acts | outside:
            continue
        for number in range(min(widget.count_choices(), 4)):
            choice = widget.get_choice(number)
            if choice.startswith(("Unknown", "Bulb")):
                continue
            assert d3s.set(name, choice) == choice, name
            tried += 1
    assert tried > 300


def test_every_writable_number_takes_its_limits(d3s: Tether) -> None:
    tried = 0
    for widget in leaves(d3s.camera.get_config()):
        name = widget.get_name()
        if widget.get_readonly() or widget.get_type() != gp.GP_WIDGET_RANGE or name in {"manualfocusdrive", "d109"}:
            continue
        low, high, _ = widget.get_range()
        for limit in (low, high):
            assert d3s.set(name, limit) == pytest.approx(limit), name
            tried += 1
    assert tried > 30


@pytest.mark.parametrize("name", ["imagecomment", "artist", "copyright", "d011", "d021"])
def test_text_is_kept(d3s: Tether, name: str) -> None:
    assert str(d3s.set(name, "night watch")).strip() == "night watch"


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

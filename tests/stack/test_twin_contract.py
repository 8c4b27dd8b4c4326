"""What any Nikon in libgphoto2's hands has to do, whoever plays it: the twin, libgphoto2's own virtual camera, or a real body.

`pytest --camera usb: tests/stack/test_twin_contract.py` runs it on the body that libgphoto2 finds. On the twin it runs by itself,
and on the virtual camera in a process of its own, because that one is chosen when libgphoto2 is loaded.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

import gphoto2 as gp
import pytest
from PIL import Image

from nightside_drivers.testing import TwinProcess

PLUGIN_MODULE = "nightside_drivers.testing.plugin"
FOUND_BY_ITSELF = any(entry.value == PLUGIN_MODULE for entry in entry_points(group="pytest11"))
PLUGIN = () if FOUND_BY_ITSELF else ("-p", PLUGIN_MODULE)


@pytest.fixture
def camera(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[gp.Camera]:
    monkeypatch.setenv("HOME", str(tmp_path))
    port = request.config.getoption("--camera", default=None)
    if port:
        yield from held(camera_at(str(port)))
        return
    with TwinProcess("--speed", "100", "--start", "2018-07-03T19:30:00Z") as twin:
        camera = gp.Camera()
        ports = gp.PortInfoList()
        ports.load()
        camera.set_port_info(ports.get_info(ports.lookup_path(twin.gphoto_port)))
        models = gp.CameraAbilitiesList()
        models.load()
        camera.set_abilities(models.get_abilities(models.lookup_model("PTP/IP Camera")))
        yield from held(camera)


def camera_at(port: str) -> gp.Camera:
    """The camera at a port such as "usb:001,007"; at "usb:", the one that libgphoto2 finds by itself."""
    camera = gp.Camera()
    if port != "usb:":
        ports = gp.PortInfoList()
        ports.load()
        camera.set_port_info(ports.get_info(ports.lookup_path(port)))
    return camera


def held(camera: gp.Camera) -> Iterator[gp.Camera]:
    camera.init()
    yield camera
    with suppress(gp.GPhoto2Error):
        camera.exit()
    nothing = os.open(os.devnull, os.O_RDONLY)  # libgphoto2 2.5.34 closes descriptor 0 with a PTP/IP connection
    if nothing != 0:
        os.close(nothing)


def write(camera: gp.Camera, name: str, value: str) -> object:
    widget = camera.get_single_config(name)
    widget.set_value(value)
    camera.set_single_config(name, widget)
    return camera.get_single_config(name).get_value()


def shoot(camera: gp.Camera) -> tuple[str, str]:
    write(camera, "capturetarget", "Memory card")
    camera.trigger_capture()
    for _ in range(100):
        kind, what = camera.wait_for_event(2000)
        if kind == gp.GP_EVENT_FILE_ADDED:
            path = cast("gp.CameraFilePath", what)
            return path.folder, path.name
    raise AssertionError("no file was added")


def listed(camera: gp.Camera, folder: str) -> set[str]:
    names = camera.folder_list_files(folder)
    return {names.get_name(number) for number in range(names.count())}


def leaves(widget: gp.CameraWidget) -> Iterator[gp.CameraWidget]:
    if widget.count_children() == 0:
        yield widget
    for number in range(widget.count_children()):
        yield from leaves(widget.get_child(number))


def read_in_parts(camera: gp.Camera, folder: str, name: str, size: int) -> bytes | None:
    """None from a body that has no partial objects, as the virtual camera."""
    whole = bytearray()
    while len(whole) < size:
        part = bytearray(8192)
        try:
            got = camera.file_read(folder, name, gp.GP_FILE_TYPE_NORMAL, len(whole), part)
        except gp.GPhoto2Error as error:
            if error.code == gp.GP_ERROR_NOT_SUPPORTED:
                return None
            raise
        assert got > 0
        whole += part[:got]
    return bytes(whole)


def test_it_names_its_maker(camera: gp.Camera) -> None:
    assert "nikon" in str(camera.get_summary()).lower()


def test_a_setting_reads_back(camera: gp.Camera) -> None:
    every = {widget.get_name(): widget for widget in leaves(camera.get_config())}
    name = next(name for name in ("iso", "exposurecompensation", "whitebalance", "capturetarget") if name in every)
    widget = every[name]
    for number in range(min(3, widget.count_choices())):
        assert write(camera, name, widget.get_choice(number)) == widget.get_choice(number)


def test_a_frame_appears_on_the_card_and_is_listed(camera: gp.Camera) -> None:
    folder, name = shoot(camera)
    assert name in listed(camera, folder)


def test_two_frames_have_two_names(camera: gp.Camera) -> None:
    assert shoot(camera) != shoot(camera)


def test_a_file_read_in_parts_is_the_file(camera: gp.Camera, tmp_path: Path) -> None:
    folder, name = shoot(camera)
    size = camera.file_get_info(folder, name).file.size
    camera.file_get(folder, name, gp.GP_FILE_TYPE_NORMAL).save(str(tmp_path / name))
    whole = (tmp_path / name).read_bytes()
    assert len(whole) == size
    assert read_in_parts(camera, folder, name, size) in {whole, None}
    with Image.open(tmp_path / name) as picture:
        picture.load()


def test_a_deleted_file_is_gone(camera: gp.Camera) -> None:
    folder, name = shoot(camera)
    camera.file_delete(folder, name)
    assert name not in listed(camera, folder)


def test_a_file_that_is_not_there_is_an_error(camera: gp.Camera) -> None:
    folder, _ = shoot(camera)
    with pytest.raises(gp.GPhoto2Error):
        camera.file_get_info(folder, "DSC_4711.JPG")


def test_the_same_holds_for_libgphoto2s_virtual_camera(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if request.config.getoption("--camera", default=None):
        return  # this is that run
    Image.new("RGB", (64, 48)).save(tmp_path / "SEED.JPG")
    arguments = ("-m", "pytest", "-q", *PLUGIN, "-p", "no:cacheprovider", "--camera", "usb:")
    options = ("-o", "addopts=--import-mode=importlib", __file__)
    environment = os.environ | {"VCAMERADIR": str(tmp_path)}
    ran = subprocess.run(
        (sys.executable, *arguments, *options), env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert ran.returncode == 0, ran.stdout
    assert "failed" not in ran.stdout

"""A twin in libgphoto2's hands, through python-gphoto2: what the stack tests share."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import cast

import gphoto2 as gp

from nightside_drivers.testing import TwinFaces, TwinProcess

FAST = ("--speed", "100", "--start", "2018-07-03T19:30:00Z")
FOLDER = "/store_00010001/DCIM/100ND3S_"


@dataclass(frozen=True)
class Tether:
    """A camera in libgphoto2's hands, and the twin behind it."""

    camera: gp.Camera
    twin: TwinFaces

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


def tether(twin: TwinFaces) -> gp.Camera:
    camera = gp.Camera()
    ports = gp.PortInfoList()
    ports.load()
    camera.set_port_info(ports.get_info(ports.lookup_path(twin.gphoto_port)))
    models = gp.CameraAbilitiesList()
    models.load()
    camera.set_abilities(models.get_abilities(models.lookup_model("PTP/IP Camera")))
    camera.init()
    return camera


def leaves(widget: gp.CameraWidget) -> Iterator[gp.CameraWidget]:
    if widget.count_children() == 0:
        yield widget
    for number in range(widget.count_children()):
        yield from leaves(widget.get_child(number))


@contextmanager
def tethered(*arguments: str) -> Generator[Tether]:
    """A twin with these arguments, and libgphoto2 holding it."""
    with TwinProcess(*FAST, *arguments) as twin:
        camera = tether(twin)
        try:
            yield Tether(camera, twin)
        finally:
            leave(camera)

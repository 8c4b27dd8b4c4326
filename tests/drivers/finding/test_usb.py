"""Cameras on USB, from a sysfs made for the test."""

from pathlib import Path

import pytest

from nightside_drivers.errors import BodyNotFound
from nightside_drivers.finding import usb


def plug(sysfs: Path, name: str, bus: int, device: int, serial: str, *, kind: str = "06") -> None:
    """Lay down what the kernel shows of a device with one interface."""
    facts = {"busnum": bus, "devnum": device, "manufacturer": "NIKON", "product": "NIKON DSC D3S", "serial": serial}
    for folder in (name, f"{name}:1.0"):
        (sysfs / folder).mkdir(parents=True)
    for fact, value in facts.items():
        (sysfs / name / fact).write_text(f"{value}\n")
    (sysfs / f"{name}:1.0" / "bInterfaceClass").write_text(f"{kind}\n")
    (sysfs / f"{name}:1.0" / "bInterfaceSubClass").write_text("01\n")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    plug(tmp_path, "1-1", 1, 4, "000000000000000000000000002012345")
    plug(tmp_path, "1-2.3", 1, 12, "000000000000000000000000002054321")
    plug(tmp_path, "2-1", 2, 3, "A1", kind="08")  # a memory stick
    return tmp_path


def test_cameras_are_found_on_any_port_and_nothing_else_is(two: Path) -> None:
    assert [(camera.port, camera.serial) for camera in usb.cameras(two)] == [
        ("usb:001,004", "2012345"),
        ("usb:001,012", "2054321"),
    ]


def test_two_of_a_model_are_told_apart_by_their_serial_numbers(two: Path) -> None:
    assert usb.port_of("usb:", "2054321", two) == "usb:001,012"
    assert usb.port_of("usb:", "2012345", two) == "usb:001,004"


def test_with_two_cameras_none_is_picked_at_random(two: Path) -> None:
    assert usb.port_of("usb:", None, two) is None
    assert usb.port_of("usb:", "7", two) is None
    with pytest.raises(BodyNotFound, match=r"2 cameras .* 2012345 at usb:001,004, .* 2054321 at usb:001,012"):
        usb.candidates("usb:", None, two)


def test_a_body_that_comes_back_is_found_on_its_new_port(two: Path) -> None:
    (two / "1-1" / "devnum").write_text("77\n")
    assert usb.port_of("usb:", "2012345", two) == "usb:001,077"


def test_a_camera_that_is_unplugged_while_it_is_looked_at_is_not_there(two: Path) -> None:
    (two / "1-1" / "devnum").unlink()
    assert [camera.serial for camera in usb.cameras(two)] == ["2054321"]


def test_without_sysfs_there_is_nothing(tmp_path: Path) -> None:
    assert usb.cameras(tmp_path / "none") == ()


@pytest.mark.parametrize(
    ("port", "node"),
    [("usb:001,012", "/dev/bus/usb/001/012"), ("usb:", None), ("ptpip:127.0.0.1:15740:15740", None), ("usb:1;rm", None)],
)
def test_a_port_has_a_device_file_only_if_it_names_one(port: str, node: str | None) -> None:
    found = usb.node(port)
    assert (str(found) if found else None) == node


def test_the_order_to_reset_is_the_kernels() -> None:
    """linux/usbdevice_fs.h: USBDEVFS_RESET is _IO('U', 20). That a port comes back has not been tried on a real one."""
    assert ord("U") << 8 | 20 == usb.USBDEVFS_RESET


def test_a_port_that_cannot_be_reset_is_not_reset(tmp_path: Path) -> None:
    assert not usb.reset(tmp_path / "gone")
    (tmp_path / "no device").touch()
    assert not usb.reset(tmp_path / "no device")


def test_a_body_is_looked_for_where_its_serial_number_is_first_and_then_everywhere(two: Path) -> None:
    assert usb.candidates("usb:", "2054321", two) == ("usb:001,012", "usb:001,004")
    assert usb.candidates("usb:001,004", "2054321", two) == ("usb:001,004",)
    assert usb.candidates("usb:", None, two / "none") == ("usb:",)

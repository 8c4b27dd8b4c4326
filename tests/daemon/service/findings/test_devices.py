"""Cameras and release lines, on machines made of files."""

import os
import sys
from pathlib import Path

import pytest

from nightside.service.findings import devices
from nightside.service.findings.values import Finding, Severity

GOOD, NOTE, DOUBT, BAD = Severity


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A D3s at bus 1, device 4, held by nobody."""
    for name, value in {
        "sys/1-1/busnum": "1",
        "sys/1-1/devnum": "4",
        "sys/1-1/serial": "00002012345",
        "sys/1-1/product": "NIKON DSC D3S",
        "sys/1-1/power/control": "on",
        "sys/1-1:1.0/bInterfaceClass": "06",
        "sys/1-1:1.0/bInterfaceSubClass": "01",
        "dev/001/004": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value)
    (tmp_path / "proc").mkdir()
    return tmp_path


def looked(machine: Path, port: str = "usb:", serial: str | None = None) -> dict[str, Finding]:
    found = devices.camera(port, serial, machine / "sys", machine / "dev", machine / "proc")
    return {finding.name: finding for finding in found}


def hold(machine: Path, device: Path, *words: str, pid: int = 77) -> None:
    process = machine / "proc" / str(pid)
    (process / "fd").mkdir(parents=True)
    (process / "fd" / "3").symlink_to(device)
    (process / "cmdline").write_bytes(b"\0".join(word.encode() for word in words) + b"\0")


def test_a_camera_that_can_be_used_is_good_in_every_way(machine: Path) -> None:
    found = looked(machine)
    assert set(found) == {"camera", "camera-permission", "camera-holder", "usb-autosuspend"}
    assert all(finding.severity is GOOD for finding in found.values())
    assert "2012345 at usb:001,004" in found["camera"].what


def test_who_holds_the_camera_is_named_with_its_process(machine: Path) -> None:
    hold(machine, machine / "dev/001/004", "/usr/libexec/gvfsd-gphoto2", "--spawner")
    found = looked(machine)["camera-holder"]
    assert found.severity is BAD
    assert "gvfsd-gphoto2 (process 77)" in found.what
    assert "mask" in found.remedy


def test_nightside_itself_may_hold_it(machine: Path) -> None:
    hold(machine, machine / "dev/001/004", sys.executable, "-m", "nightside_drivers.host", "--connection=3")
    assert looked(machine)["camera-holder"].severity is NOTE


def test_a_camera_that_may_not_be_opened_is_bad(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_path: Path, _mode: int) -> bool:
        return False

    monkeypatch.setattr(os, "access", refused)  # root may open everything
    found = looked(machine)["camera-permission"]
    assert (found.severity, "udev" in found.remedy) == (BAD, True)


def test_a_port_that_the_kernel_may_suspend_is_a_doubt(machine: Path) -> None:
    (machine / "sys/1-1/power/control").write_text("auto")
    assert looked(machine)["usb-autosuspend"].severity is DOUBT


@pytest.mark.parametrize("serial", ["9999999", None])
def test_a_camera_that_is_not_there_is_bad(machine: Path, serial: str | None) -> None:
    if serial is None:
        (machine / "sys/1-1:1.0/bInterfaceClass").write_text("08")
    found = looked(machine, serial=serial)
    assert [finding.severity for finding in found.values()] == [BAD]
    assert (serial or "no camera") in found["camera"].what


def test_a_camera_on_the_network_has_no_device_file(machine: Path) -> None:
    assert [finding.severity for finding in looked(machine, "ptpip:127.0.0.1:1:1").values()] == [GOOD]


def test_a_desktop_that_opens_cameras_is_a_doubt(machine: Path) -> None:
    assert devices.grabbers(machine / "proc").severity is GOOD
    hold(machine, machine / "dev/null", "/usr/libexec/gvfs-gphoto2-volume-monitor")
    found = devices.grabbers(machine / "proc")
    assert (found.severity, "process 77" in found.what, "mask" in found.remedy) == (DOUBT, True, True)


def test_a_release_line_is_there_free_and_open_to_us(machine: Path) -> None:
    line = machine / "dev/ttyUSB0"
    assert devices.release(str(line), machine / "proc").severity is BAD
    line.touch()
    assert devices.release(str(line), machine / "proc").severity is GOOD
    hold(machine, line, "/usr/sbin/ModemManager")
    found = devices.release(str(line), machine / "proc")
    assert (found.severity, "ModemManager (process 77)" in found.what) == (BAD, True)


def test_a_release_line_on_a_server_is_tried_with_the_body() -> None:
    assert devices.release("rfc2217://127.0.0.1:1").severity is NOTE


def test_a_computer_without_pins_has_no_such_release(tmp_path: Path) -> None:
    assert devices.pins([]).severity is BAD
    (tmp_path / "gpiochip0").touch()
    assert devices.pins([tmp_path / "gpiochip0"]).severity is GOOD

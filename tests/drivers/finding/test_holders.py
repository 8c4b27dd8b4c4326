"""Who holds a device, from this machine's own /proc and from one made for the test."""

import os
from pathlib import Path

import pytest

from nightside_drivers.errors import BodyHeld
from nightside_drivers.finding.holders import Holder, holders, named


def test_a_file_that_this_process_holds_is_found_with_its_pid(tmp_path: Path) -> None:
    device = tmp_path / "device"
    with device.open("w"):
        (holder,) = holders(device)
    assert holder.pid == os.getpid()
    assert holders(device) == ()


def process(proc: Path, pid: int, command: bytes, *opened: Path) -> None:
    (proc / str(pid) / "fd").mkdir(parents=True)
    (proc / str(pid) / "cmdline").write_bytes(command)
    for number, path in enumerate(opened):
        (proc / str(pid) / "fd" / str(number)).symlink_to(path)


@pytest.mark.parametrize(
    ("command", "name", "remedy"),
    [
        (b"/usr/libexec/gvfsd-gphoto2\0--spawner\0", "gvfsd-gphoto2", "systemctl --user mask"),
        (b"/usr/libexec/gvfs-gphoto2-volume-monitor\0", "gvfs-gphoto2-volume-monitor", "udev rule"),
        (b"/usr/bin/gphoto2\0--capture-image\0", "gphoto2", "gphoto2"),
        (
            b"/usr/bin/python3\0-m\0nightside_drivers.host\0--connection=7\0",
            "nightside_drivers.host",
            "leave it alone",
        ),
        (b"/opt/unheard-of\0", "unheard-of", "End process 4711"),
    ],
)
def test_the_usual_ones_are_named_with_what_to_do_about_them(tmp_path: Path, command: bytes, name: str, remedy: str) -> None:
    device = Path("/dev/bus/usb/001/004")
    process(tmp_path, 4711, command, Path("/dev/null"), device)
    process(tmp_path, 4712, b"/bin/sh\0", Path("/dev/null"))
    (tmp_path / "self").mkdir()
    (found,) = holders(device, tmp_path)
    assert found == Holder(4711, name)
    assert remedy in found.remedy
    assert "4711" in str(found)


def test_a_body_that_is_held_is_said_with_who_holds_it(tmp_path: Path) -> None:
    device = Path("/dev/bus/usb/001/004")
    held = BodyHeld("Could not connect.", remedy="Find out who.")
    assert named(held, device, tmp_path) is held
    assert named(held, None, tmp_path) is held
    process(tmp_path, 4711, b"/usr/libexec/gvfsd-gphoto2\0", device)
    assert "held by gvfsd-gphoto2 (process 4711)" in str(named(held, device, tmp_path))
    assert "systemctl" in named(held, device, tmp_path).remedy

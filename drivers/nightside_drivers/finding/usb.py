"""Cameras on USB, from sysfs, and the reset of a port."""

import contextlib
import fcntl
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nightside_drivers.errors import BodyNotFound

SYSFS = Path("/sys/bus/usb/devices")
DEVFS = Path("/dev/bus/usb")
STILL_IMAGE = ("06", "01")
"""Interface class and subclass of PTP (USB-IF: Still Image Capture Device)."""

USBDEVFS_RESET = 0x5514
"""linux/usbdevice_fs.h: _IO('U', 20)."""

_PORT = re.compile(r"usb:(\d{1,3}),(\d{1,3})")


@dataclass(frozen=True, slots=True)
class UsbCamera:
    """A camera on USB, as it told the kernel when it was plugged in."""

    bus: int
    device: int
    maker: str
    model: str
    serial: str
    """Without the zeros that Nikons pad theirs with; empty where the camera tells none over USB."""

    @property
    def port(self) -> str:
        """The port as libgphoto2 writes it."""
        return f"usb:{self.bus:03},{self.device:03}"

    def __str__(self) -> str:
        return f"{self.model or 'a camera'} {self.serial or 'without a serial number'} at {self.port}"


def cameras(sysfs: Path = SYSFS) -> tuple[UsbCamera, ...]:
    """Every camera that speaks PTP, by bus and device number. Empty where there is no sysfs."""
    return tuple(sorted(_cameras(sysfs), key=lambda camera: (camera.bus, camera.device)))


def node(port: str, devfs: Path = DEVFS) -> Path | None:
    """The device file of one of libgphoto2's USB ports; `None` for a port of another kind, or none in particular."""
    found = _PORT.fullmatch(port)
    return devfs / f"{int(found[1]):03}" / f"{int(found[2]):03}" if found else None


def port_of(port: str, serial: str | None, sysfs: Path = SYSFS) -> str | None:
    """The port of the body that is meant: `port` itself where it names one, else that of the only camera or of that serial."""
    if node(port) is not None:
        return port
    if port != "usb:":
        return None
    found = [camera for camera in cameras(sysfs) if serial is None or camera.serial in {serial, ""}]
    return found[0].port if len(found) == 1 else None


def candidates(port: str, serial: str | None, sysfs: Path = SYSFS) -> tuple[str, ...]:
    """The ports at which to look for a body, likeliest first: that of its serial, then those of cameras that tell none.

    `port` alone where it names one, or where the kernel shows no camera: libgphoto2 may know better.

    Raises:
        BodyNotFound: there are several, and no serial number says which is meant.
    """
    if port != "usb:":
        return (port,)
    found = cameras(sysfs)
    if serial is None and len(found) > 1:
        raise BodyNotFound(
            f"{len(found)} cameras are on USB, and nothing says which is meant: {', '.join(map(str, found))}.",
            means="None is touched.",
            remedy="Put the serial number of the one that is meant under [camera], as serial, or unplug the others.",
        )
    if serial is not None:
        found = tuple(sorted(found, key=lambda camera: camera.serial != serial))
    return tuple(camera.port for camera in found) or (port,)


def reset(device: Path) -> bool:
    """Reset a port, as pulling and plugging the cable would. Whether the system allowed it."""
    try:
        descriptor = os.open(device, os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.ioctl(descriptor, USBDEVFS_RESET, 0)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _cameras(sysfs: Path) -> Iterator[UsbCamera]:
    for interface in sysfs.glob("*:*"):
        if (_read(interface / "bInterfaceClass"), _read(interface / "bInterfaceSubClass")) != STILL_IMAGE:
            continue
        device = sysfs / interface.name.partition(":")[0]
        with contextlib.suppress(ValueError):
            yield UsbCamera(
                bus=int(_read(device / "busnum")),
                device=int(_read(device / "devnum")),
                maker=_read(device / "manufacturer"),
                model=_read(device / "product"),
                serial=bare(_read(device / "serial")),
            )


def bare(serial: str) -> str:
    """A serial number without the zeros that Nikons pad theirs with, to 32 digits."""
    return serial.lstrip("0") if serial.isdecimal() else serial


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""  # unplugged meanwhile, or never told


if __name__ == "__main__":  # for nightside_drivers.rescue: the kernel may hold whoever resets a port for as long as it likes
    sys.exit(0 if reset(Path(sys.argv[1])) else 1)

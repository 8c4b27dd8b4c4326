"""Devices: whether the camera and the release line are there, may be opened, and are nobody else's."""

import os
from collections.abc import Sequence
from pathlib import Path

from nightside.service.findings.values import Finding, bad, doubt, good, note
from nightside_drivers.errors import NightsideError
from nightside_drivers.finding import usb
from nightside_drivers.finding.holders import PROC, Holder, holders

OURS = "nightside_drivers"
"""In the name of a process of Nightside's own that holds a device."""
GRABBERS = ("gvfs-gphoto2-volume-monitor", "gvfsd-gphoto2")
"""Programs of desktops that open every camera that is plugged in."""
RULE = "The udev rule of `nightside install` (config/90-nightside.rules)"


def camera(port: str, serial: str | None, sysfs: Path = usb.SYSFS, devfs: Path = usb.DEVFS, proc: Path = PROC) -> list[Finding]:
    """The USB camera that is meant: whether it is there, may be opened, who holds it, and whether the kernel lets it sleep."""
    if not port.startswith("usb:"):
        return [good("camera", f"The camera is reached at {port}, and not over USB.")]
    meant = _meant(port, serial, sysfs)
    if isinstance(meant, Finding):
        return [meant]
    node = usb.node(meant.port, devfs)
    if node is None:
        return [note("camera", f"{meant} has no device file that is known.")]
    return [good("camera", f"{meant}."), _permission(node), _holder(node, proc), _autosuspend(meant, sysfs)]


def _meant(port: str, serial: str | None, sysfs: Path) -> usb.UsbCamera | Finding:
    try:
        ports = usb.candidates(port, serial, sysfs)
    except NightsideError as error:
        return bad("camera", error.what, error.means, error.remedy)
    found = {one.port: one for one in usb.cameras(sysfs)}
    there = [found[one] for one in ports if one in found and (serial is None or found[one].serial in {serial, ""})]
    if there:
        return there[0]
    which = "camera" if serial is None else f"camera with the serial number {serial}"
    return bad(
        "camera",
        f"There is no {which} on USB.",
        "Nothing is shot before it is there; a running Nightside finds it by itself.",
        "Switch it on, see that its cable is in, and set its USB mode to PTP (MTP/PTP).",
    )


def _permission(node: Path) -> Finding:
    if os.access(node, os.R_OK | os.W_OK):
        return good("camera-permission", f"{node} may be opened.")
    return bad(
        "camera-permission",
        f"{node} may not be opened by this user.",
        "No camera can be used.",
        f"{RULE} lets the camera's users in; then pull and plug the camera.",
    )


def _holder(node: Path, proc: Path) -> Finding:
    found = holders(node, proc)
    if not found:
        return good("camera-holder", "No process that this user may see holds the camera.")
    others = [one for one in found if OURS not in one.name]
    who = ", ".join(map(str, others or found))
    if not others:
        return note("camera-holder", f"Nightside itself holds the camera: {who}.")
    return bad("camera-holder", f"The camera is held by {who}.", "No exposure before it is free.", others[0].remedy)


def _autosuspend(meant: usb.UsbCamera, sysfs: Path) -> Finding:
    """Whether the kernel may suspend the camera's port when it is quiet (Documentation/driver-api/usb/power-management)."""
    for device in sysfs.glob("*"):
        numbers = (_read(device / "busnum"), _read(device / "devnum"))
        if numbers != (str(meant.bus), str(meant.device)):
            continue
        if _read(device / "power" / "control") == "auto":
            file = device / "power" / "control"
            means = "Between shots its port may be switched off, and some cameras do not come back from that."
            remedy = f"echo on | sudo tee {file}; and keep powertop or TLP from camera ports."
            return doubt("usb-autosuspend", "The kernel may suspend the camera's USB port.", means, remedy)
    return good("usb-autosuspend", "The camera's USB port stays awake.")


def grabbers(proc: Path = PROC) -> Finding:
    """Whether a desktop's program is there that opens every camera."""
    found = [Holder(int(entry.name), name) for entry in proc.glob("[0-9]*") if (name := _program(entry)) in GRABBERS]
    if not found:
        return good("gvfs", "No desktop's volume monitor is there to open the camera first.")
    who = ", ".join(map(str, found))
    return doubt("gvfs", f"{who} opens every camera that is plugged in.", "It may be quicker than Nightside.", found[0].remedy)


def release(port: str, proc: Path = PROC) -> Finding:
    """The serial port of a wired release."""
    if "://" in port:
        return note("release-line", f"The release line is {port}, which is tried when the body is opened.")
    device = Path(port)
    if not device.exists():
        means = "No exposure that is longer than the body times by itself."
        return bad(
            "release-line", f"There is no {port}.", means, "Plug the release's adapter in; ls /dev/serial/by-id names it."
        )
    others = [one for one in holders(device.resolve(), proc) if OURS not in one.name]
    if others:
        who = ", ".join(map(str, others))
        return bad("release-line", f"{port} is held by {who}.", "The shutter cannot be released by wire.", others[0].remedy)
    return _openable(device, "dialout")


def pins(chips: Sequence[Path] | None = None) -> Finding:
    """The pins of a wired release."""
    found = sorted(Path("/dev").glob("gpiochip*")) if chips is None else chips
    if not found:
        means = "The shutter cannot be released by wire."
        return bad("release-line", "This computer has no GPIO pins.", means, "Use a serial port, or a computer with pins.")
    return _openable(found[0], "gpio")


def _openable(device: Path, group: str) -> Finding:
    if os.access(device, os.R_OK | os.W_OK):
        return good("release-line", f"{device} may be opened.")
    return bad(
        "release-line",
        f"{device} may not be opened by this user.",
        "The shutter cannot be released by wire.",
        f"sudo usermod -aG {group} $USER, and log in again. The service's user is in that group.",
    )


def _program(entry: Path) -> str:
    try:
        return Path((entry / "cmdline").read_bytes().split(b"\0")[0].decode("utf-8", "replace")).name
    except OSError:
        return ""  # it has ended


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""

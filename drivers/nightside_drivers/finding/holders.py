"""Who holds a device file: process ids and names from /proc, and what to do about the usual ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nightside_drivers.errors import BodyHeld, ReleaseHeld

Held = TypeVar("Held", BodyHeld, ReleaseHeld)

PROC = Path("/proc")

REMEDIES = (
    (
        "gvfs",
        "Unmount the camera in the file manager, or: systemctl --user mask --now gvfs-gphoto2-volume-monitor.service; "
        "the udev rule in config/ keeps it away for good.",
    ),
    ("kiod", "Close the camera in Dolphin's side bar, or end the process."),
    ("kio_", "Close the camera in Dolphin's side bar, or end the process."),
    ("shotwell", "Close Shotwell."),
    ("darktable", "Close darktable's tethering view."),
    ("entangle", "Close Entangle."),
    ("gphoto2", "End that gphoto2, or let it finish."),
    (
        "nightside_drivers",
        "It is Nightside's own process: leave it alone. Wait until the daemon's window is over, or end `nightside run`, "
        "`nightside focus` or `nightside doctor` with Ctrl-C. Where none of them runs, pull the camera's cable.",
    ),
    ("ModemManager", "ModemManager probes serial ports: tell it not to by a udev rule (ID_MM_DEVICE_IGNORE=1)."),
)
"""The beginning or a part of a process name, and what a person does about it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has a device open."""

    pid: int
    name: str

    @property
    def remedy(self) -> str:
        """What a person does about it."""
        return next((remedy for part, remedy in REMEDIES if part in self.name), f"End process {self.pid}.")

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


def holders(device: Path, proc: Path = PROC) -> tuple[Holder, ...]:
    """Every process that has `device` open, as far as this user may see: others' processes hide their files."""
    return tuple(sorted(_holders(device, proc), key=lambda holder: holder.pid))


def named(error: Held, device: Path | None, proc: Path = PROC) -> Held:
    """The same error with whoever holds `device`, where that can be seen, and what to do about it."""
    found = holders(device, proc) if device is not None else ()
    if not found:
        return error
    who = ", ".join(str(holder) for holder in found)
    return type(error)(f"{error.what} It is held by {who}.", means="No exposure before it is free.", remedy=found[0].remedy)


def _holders(device: Path, proc: Path) -> Iterator[Holder]:
    for entry in proc.iterdir():
        if entry.name.isdecimal() and any(target == device for target in _open_files(entry)):
            yield Holder(int(entry.name), _name(entry))


def _open_files(entry: Path) -> Iterator[Path]:
    try:
        descriptors = list((entry / "fd").iterdir())
    except OSError:
        return  # somebody else's, or gone
    for descriptor in descriptors:
        try:
            yield descriptor.readlink()
        except OSError:
            continue  # closed meanwhile


def _name(entry: Path) -> str:
    """The program's name, a Python module's where it is one: the kernel's own is cut after 15 letters."""
    try:
        words = (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        name = words[2] if words[1:2] == ["-m"] and len(words) > 3 else Path(words[0]).name
        return name or (entry / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return "a process"

"""What Nightside runs on: the machine's word length, Python, and the libraries that a night stands on."""

import json
import platform
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from nightside.service.findings.values import Finding, bad, doubt, good

OLDEST_LIBGPHOTO2 = (2, 5, 34)
"""It fixed eight flaws (CVEs) in parsing what a USB device says."""
OLDEST_SQLITE = (3, 27, 0)
"""The first with VACUUM INTO, by which the ledger is copied while it is written (sqlite.org/changes.html)."""
OLDEST_PYTHON = (3, 11)
STARTED_S = 15.0
"""How long (machine time) an interpreter may take to say what it has loaded: a Raspberry Pi's card is slow."""


def machine(bits: int = struct.calcsize("P") * 8, name: str = platform.machine()) -> Finding:
    """Whether this is a 64-bit program: the libraries that Nightside stands on are built for nothing else."""
    if bits != 64:
        return bad(
            "machine",
            f"This Python is a {bits}-bit one, on {name}.",
            "libgphoto2 and numpy are not built for 32 bits: Nightside cannot shoot here.",
            "Install a 64-bit system, such as Raspberry Pi OS (64-bit), which every Raspberry Pi since the 3 can run.",
        )
    return good("machine", f"64-bit {name}.")


def python(running: Sequence[int] = sys.version_info[:3]) -> Finding:
    """Whether Python is new enough."""
    says = f"Python {'.'.join(map(str, running))}."
    if tuple(running[:2]) < OLDEST_PYTHON:
        return bad("python", says, "Nightside is written for 3.11 and newer.", "Install a newer CPython.")
    return good("python", says)


def sqlite(found: str = sqlite3.sqlite_version) -> Finding:
    """Whether SQLite, which keeps the ledger, is new enough."""
    if numbers(found) < OLDEST_SQLITE:
        says = "The ledger cannot be copied with it."
        return bad("sqlite", f"SQLite {found}.", says, "Install a Python that comes with SQLite 3.27 or newer.")
    return good("sqlite", f"SQLite {found}.")


def library(name: str, what: str) -> Finding:
    """Whether a library is installed at all, and which."""
    try:
        return good(name, f"{name} {version(name)}.")
    except PackageNotFoundError:
        return bad(name, f"{name} is not installed.", what, "Install Nightside anew, with its dependencies.")


def cameras_library() -> Finding:
    """Whether libgphoto2 can be loaded, and whether it is one that a hostile device cannot take over. Starts an interpreter."""
    words = [sys.executable, "-m", "nightside_drivers.gphoto.versions"]
    try:
        said = subprocess.run(
            words, capture_output=True, text=True, check=True, timeout=STARTED_S, stdin=subprocess.DEVNULL
        ).stdout
        told = json.loads(said)
        binding, found = str(told["gphoto2"]), str(told["libgphoto2"])
    except (OSError, ValueError, KeyError, TypeError, subprocess.SubprocessError) as error:
        return bad(
            "libgphoto2",
            f"libgphoto2 cannot be loaded: {_last_line(error)}",
            "No camera can be opened.",
            "Install Nightside anew; python-gphoto2's wheel brings libgphoto2 along.",
        )
    return judged(binding, found)


def judged(binding: str, found: str) -> Finding:
    """What these versions of python-gphoto2 and libgphoto2 mean."""
    says = f"libgphoto2 {found}, through python-gphoto2 {binding}."
    if numbers(found) < OLDEST_LIBGPHOTO2:
        return doubt(
            "libgphoto2",
            says,
            "Before 2.5.34 it has eight known flaws (CVEs) in reading what a USB device says: a hostile one may take over the "
            "camera's process.",
            "Install the wheel of python-gphoto2 2.6.4 or newer, which brings 2.5.34.",
        )
    return good("libgphoto2", says)


def numbers(text: str) -> tuple[int, ...]:
    """A version as numbers; what is not a number ends it."""
    found: list[int] = []
    for part in text.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        found.append(int(digits))
    return tuple(found)


def _last_line(error: Exception) -> str:
    said = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
    return (str(said or "").strip().splitlines() or [type(error).__name__])[-1]

"""Which wheels of the locked dependencies a 64-bit ARM machine can install, by their names: `make lock` writes them down.

A lock has only hashes, and no index is asked in a test. So whoever makes the lock also writes, beside each hash, the name of the
file that it belongs to (requirements-wheels.txt); from a wheel's name alone follows where it can be installed (PEP 425, PEP 600).
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

GLIBC = (2, 36)
"""Of Debian 12, which Raspberry Pi OS was built from when Nightside began."""
PYTHONS = ((3, 11), (3, 12), (3, 13))
HEAD = (
    "# The wheels of the locked dependencies that CPython 3.11 to 3.13 on aarch64 can install, written by `make lock`.\n"
    "# tests/test_wheels.py holds the locks to it. Columns: package, SHA-256, file.\n"
)


@dataclass(frozen=True, slots=True, order=True)
class Wheel:
    """One file that can be installed there."""

    package: str
    """As in `numpy==2.4.6`."""
    sha256: str
    file: str


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of a lock."""

    package: str
    marker: str
    hashes: frozenset[str]

    def wanted(self, python: tuple[int, int]) -> bool:
        """Whether it is installed on aarch64 Linux by that Python."""
        return not self.marker or Marker(self.marker).evaluate(environment(python))


def environment(python: tuple[int, int]) -> dict[str, str]:
    """What markers (PEP 508) are about."""
    short = f"{python[0]}.{python[1]}"
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{short}.0",
        "os_name": "posix",
        "platform_machine": "aarch64",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{short}.0",
        "platform_python_implementation": "CPython",
        "python_version": short,
        "sys_platform": "linux",
    }


def tags(python: tuple[int, int]) -> frozenset[Tag]:
    """Every tag of a wheel that this Python takes on aarch64 with that C library."""
    platforms = [f"manylinux_{GLIBC[0]}_{minor}_aarch64" for minor in range(17, GLIBC[1] + 1)]
    platforms += ["manylinux2014_aarch64", "linux_aarch64"]
    return frozenset([*cpython_tags(python, platforms=platforms), *compatible_tags(python, platforms=platforms)])


def installable(file: str, python: tuple[int, int]) -> bool:
    """Whether that Python can install a wheel of this name."""
    return not tags(python).isdisjoint(parse_wheel_filename(file)[3])


def resolved(pylock: Path) -> Iterator[Wheel]:
    """The wheels that matter, of a resolution in the standard format (PEP 751)."""
    for package in tomllib.loads(pylock.read_text("utf-8"))["packages"]:
        for wheel in package.get("wheels", ()):
            file = wheel.get("name") or re.split(r"[/\\]", wheel.get("url") or wheel["path"])[-1]
            if any(installable(file, python) for python in PYTHONS):
                yield Wheel(f"{canonicalize_name(package['name'])}=={package['version']}", wheel["hashes"]["sha256"], file)


def table(text: str) -> list[Wheel]:
    """What `make lock` wrote down."""
    return [Wheel(*line.split()) for line in text.splitlines() if line and not line.startswith("#")]


def locked(text: str) -> list[Locked]:
    """The packages of a lock, with their hashes."""
    found: list[Locked] = []
    for entry in text.replace("\\\n", " ").splitlines():
        if not entry.strip() or entry.lstrip().startswith("#"):
            continue
        requirement, *hashes = entry.split("--hash=sha256:")
        package, _, marker = requirement.partition(";")
        found.append(Locked(package.partition("[")[0].strip(), marker.strip(), frozenset(one.strip() for one in hashes)))
    return found


if __name__ == "__main__":
    sys.stdout.write(HEAD)
    for one in sorted(set(resolved(Path(sys.argv[1])))):
        sys.stdout.write(f"{one.package} {one.sha256} {one.file}\n")

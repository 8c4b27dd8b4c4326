"""Every dependency that is locked can be installed on a 64-bit Raspberry Pi without a compiler."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.wheels import PYTHONS, Wheel, installable, locked, table

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
FROM_SOURCE = {"forbiddenfruit"}
"""Published as source alone. It serves tests only (blockbuster), and pip builds it where there is a compiler."""
NOT_YET = {("lgpio", (3, 13))}
"""Has wheels up to CPython 3.12; docs/how-to/wire-a-release.md says what to do on a newer one."""


@pytest.fixture(scope="module")
def wheels() -> list[Wheel]:
    return table((ROOT / "requirements-wheels.txt").read_text())


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_wheel_that_aarch64_can_install(
    lock: str, python: tuple[int, int], wheels: list[Wheel]
) -> None:
    without = set[str]()
    for package in locked((ROOT / lock).read_text()):
        own = [wheel for wheel in wheels if wheel.package == package.package and wheel.sha256 in package.hashes]
        if package.wanted(python) and not any(installable(wheel.file, python) for wheel in own):
            without.add(package.package.partition("==")[0])
    assert without <= (FROM_SOURCE if lock == "requirements-dev.lock" else set()), "run: make lock"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("extra", ["gpio", "postgres"])
def test_what_an_extra_brings_has_one_too(extra: str, python: tuple[int, int], wheels: list[Wheel]) -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"][extra]
    names = {str(canonicalize_name(Requirement(text).name)) for text in asked}
    names |= {"psycopg-binary"} if extra == "postgres" else set()  # what psycopg[binary] means
    there = {wheel.package.partition("==")[0] for wheel in wheels if installable(wheel.file, python)}
    assert names - there == {name for name, lacking in NOT_YET if lacking == python and name in names}


def test_the_table_was_written_for_these_very_locks(wheels: list[Wheel]) -> None:
    known = {package.package: package.hashes for lock in LOCKS for package in locked((ROOT / lock).read_text())}
    strangers = {wheel.package for wheel in wheels if wheel.package not in known}
    assert {name.partition("==")[0] for name in strangers} <= {"lgpio"}, "run: make lock"  # the extra that no lock holds
    assert all(wheel.sha256 in known[wheel.package] for wheel in wheels if wheel.package in known), "run: make lock"


def test_a_wheel_is_called_what_it_holds(wheels: list[Wheel]) -> None:
    for wheel in wheels:
        name, version = wheel.package.split("==")
        assert re.fullmatch(r"[0-9a-f]{64}", wheel.sha256)
        assert canonicalize_name(wheel.file.split("-")[0]) == name
        assert wheel.file.split("-")[1].replace("_", "-") == version


@pytest.mark.parametrize(
    ("file", "fits"),
    [
        ("numpy-2.4.6-cp311-cp311-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl", True),
        ("orjson-3.13.0-cp310-abi3-manylinux_2_17_aarch64.whl", True),
        ("rich-14.0-py3-none-any.whl", True),
        ("numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", False),
        ("numpy-2.4.6-cp312-cp312-manylinux_2_27_aarch64.whl", False),
        ("numpy-2.4.6-cp311-cp311-musllinux_1_2_aarch64.whl", False),
        ("lgpio-0.2.2.0-cp311-cp311-linux_armv7l.whl", False),
        ("future-1.0-cp311-cp311-manylinux_2_39_aarch64.whl", False),
    ],
)
def test_where_a_wheel_can_be_installed_follows_from_its_name(file: str, fits: bool) -> None:
    assert installable(file, (3, 11)) is fits

"""What the computer and its software are found to be, on machines made of files."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nightside.service.findings import computer, software
from nightside.service.findings.values import Severity

GOOD, NOTE, DOUBT, BAD = Severity
NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    def make(texts: Mapping[str, str]) -> Path:
        for name, text in texts.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n")
        return tmp_path

    return make


Files = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize(("bits", "name", "severity"), [(64, "aarch64", GOOD), (32, "armv7l", BAD), (32, "aarch64", BAD)])
def test_a_32_bit_machine_is_refused_in_words(bits: int, name: str, severity: Severity) -> None:
    found = software.machine(bits, name)
    assert found.severity is severity
    assert name in found.what
    assert severity is GOOD or "64-bit" in found.remedy


@pytest.mark.parametrize(
    ("version", "severity"),
    [
        ("2.5.34", GOOD),
        ("2.5.35", GOOD),
        ("2.6.0", GOOD),
        ("3.0", GOOD),
        ("2.5.33", DOUBT),
        ("2.5.34.1", GOOD),
        ("2.5", DOUBT),
        ("2.5.34rc1", GOOD),
        ("", DOUBT),
    ],
)
def test_a_libgphoto2_with_known_flaws_is_a_doubt(version: str, severity: Severity) -> None:
    assert software.judged("2.6.4", version).severity is severity


def test_the_libgphoto2_that_would_be_loaded_is_told() -> None:
    found = software.cameras_library()
    assert found.good
    assert "python-gphoto2 2." in found.what


def test_a_libgphoto2_that_cannot_be_loaded_is_said_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    found = software.cameras_library()
    assert (found.severity, bool(found.remedy)) == (BAD, True)


def test_what_is_loaded_is_told_by_a_process_of_its_own() -> None:
    code = "import sys, nightside.service.findings.software as s; s.cameras_library(); sys.exit('gphoto2' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_this_test_runs_on_is_good_enough() -> None:
    assert software.python().good
    assert software.sqlite().good
    assert software.library("numpy", "").good


def test_what_is_too_old_or_missing_is_bad() -> None:
    assert software.python((3, 10, 9)).severity is BAD
    assert software.sqlite("3.26.0").severity is BAD
    assert software.library("no-such-library", "Nothing works.").means == "Nothing works."


@pytest.mark.parametrize(
    ("supplies", "severity"),
    [
        ({}, GOOD),
        ({"AC/type": "Mains", "AC/online": "1", "B/type": "Battery", "B/capacity": "80", "B/status": "Charging"}, GOOD),
        ({"AC/type": "Mains", "AC/online": "0", "B/type": "Battery", "B/capacity": "41", "B/status": "Discharging"}, DOUBT),
        ({"B/type": "Battery", "B/status": "Discharging"}, DOUBT),
        ({"B/type": "Battery", "B/status": "Full"}, GOOD),
        ({"mouse/type": "Battery", "mouse/scope": "Device", "mouse/status": "Discharging", "mouse/capacity": "3"}, GOOD),
    ],
)
def test_a_computer_on_its_battery_may_not_last(files: Files, supplies: dict[str, str], severity: Severity) -> None:
    assert computer.power(files(supplies)).severity is severity


@pytest.mark.parametrize(
    ("there", "severity"),
    [
        ({"lid/LID0/state": "open"}, DOUBT),
        ({"lid/LID0/state": "open", "logind.conf": "[Login]\nHandleLidSwitch=ignore"}, GOOD),
        ({"lid/LID0/state": "open", "logind.conf": "#HandleLidSwitch=ignore"}, DOUBT),
        (
            {"lid/LID0/state": "open", "logind.conf": "HandleLidSwitch=ignore", "logind.d/9.conf": "HandleLidSwitch=suspend"},
            DOUBT,
        ),
        ({"logind.conf": "IdleAction=suspend"}, DOUBT),
        ({"logind.conf": "IdleAction=lock"}, GOOD),
        ({}, GOOD),
    ],
)
def test_a_lid_or_idleness_that_puts_the_computer_to_sleep_is_a_doubt(
    files: Files, there: dict[str, str], severity: Severity
) -> None:
    root = files(there | {"system/x": ""})
    logind = (root / "logind.conf", root / "logind.d")
    assert computer.staying_awake(root / "lid", logind, root / "units", root / "system").severity is severity


def test_a_computer_whose_sleep_is_masked_stays_awake(files: Files) -> None:
    root = files({"lid/LID0/state": "open", "units/x": ""})
    (root / "units" / "sleep.target").symlink_to(os.devnull)
    assert computer.staying_awake(root / "lid", (), root / "units", root).severity is GOOD


@pytest.mark.parametrize(("kilobytes", "severity"), [("900000", GOOD), ("400000", DOUBT), ("100000", BAD), ("many", NOTE)])
def test_scarce_memory_is_said(files: Files, kilobytes: str, severity: Severity) -> None:
    root = files({"meminfo": f"MemTotal: 999 kB\nMemAvailable:  {kilobytes} kB"})
    assert computer.memory(root / "meminfo").severity is severity


@pytest.mark.parametrize(
    ("name", "now", "severity", "says"),
    [
        ("UTC", NOW, GOOD, "UTC"),
        (":Etc/UTC", NOW, GOOD, "UTC"),
        ("Europe/Zurich", NOW, NOTE, "+0100"),
        ("Europe/Zurich", datetime(2026, 10, 24, 12, tzinfo=UTC), NOTE, "change within two days"),
        ("Mars/Olympus", NOW, DOUBT, "does not know"),
        ("../../etc/passwd", NOW, DOUBT, "does not know"),
    ],
)
def test_the_time_zone_is_told_and_never_counted_in(name: str, now: datetime, severity: Severity, says: str) -> None:
    found = computer.time_zone(now, Path("/nowhere"), name)
    assert (found.severity, says in found.what) == (severity, True)


def test_the_time_zone_is_read_from_the_systems_link(tmp_path: Path) -> None:
    (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/Asia/Tokyo")
    assert "Asia/Tokyo, +0900" in computer.time_zone(NOW, tmp_path / "localtime", None).what


@pytest.mark.parametrize(
    ("told", "severity"),
    [
        ("LoadState=not-found", NOTE),
        ("LoadState=loaded ActiveState=active UnitFileState=enabled NRestarts=0", GOOD),
        ("LoadState=loaded ActiveState=active UnitFileState=disabled NRestarts=0", DOUBT),
        ("LoadState=loaded ActiveState=active UnitFileState=enabled NRestarts=3", DOUBT),
        ("LoadState=loaded ActiveState=failed UnitFileState=enabled NRestarts=0 Result=watchdog", BAD),
        ("LoadState=loaded ActiveState=inactive UnitFileState=enabled NRestarts=0", NOTE),
        ("", NOTE),
    ],
)
def test_how_the_service_is(told: str, severity: Severity) -> None:
    assert computer.service_told(dict(word.split("=") for word in told.split())).severity is severity


def test_a_machine_without_systemd_is_said_to_have_none(tmp_path: Path) -> None:
    assert computer.service(systemd=tmp_path / "none").severity is NOTE
    assert computer.staying_awake(systemd=tmp_path / "none").severity is NOTE

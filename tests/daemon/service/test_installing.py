"""Making Nightside a service of the system, below a root of the test's own."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from typer.testing import CliRunner

from nightside import settings
from nightside.cli import app
from nightside.errors import FolderUnwritable
from nightside.service import installing
from tests.installed import needed

OPT = PurePosixPath("/opt/nightside/bin/nightside")
UNIT = installing.shipped() / "systemd" / "nightside.service"
MOST_EXPOSED = 2.0


def put(root: Path, profile: str = "station-laptop") -> list[str]:
    return installing.put(installing.placements(OPT, profile), root)


def test_every_file_is_put_where_the_system_looks_for_it(tmp_path: Path) -> None:
    said = put(tmp_path)
    assert all("written" in line for line in said)
    unit = (tmp_path / "etc/systemd/system/nightside.service").read_text()
    assert f"ExecStart={OPT} run --config {installing.CONFIGURATION}" in unit
    assert (tmp_path / "etc/udev/rules.d/90-nightside.rules").stat().st_mode & 0o777 == installing.READABLE
    assert (tmp_path / "etc/nightside/nightside.toml").stat().st_mode & 0o777 == installing.PRIVATE


@pytest.mark.parametrize("profile", installing.profiles())
def test_every_profile_is_a_configuration_whose_paths_the_service_may_write(tmp_path: Path, profile: str) -> None:
    put(tmp_path, profile)
    found = settings.load(tmp_path / "etc/nightside/nightside.toml")
    assert found.path(found.storage.spool).is_relative_to(installing.STATE)
    assert found.ledger.path is not None
    assert found.path(found.ledger.path).is_relative_to(installing.STATE)


def test_a_second_install_changes_nothing_and_a_newer_one_only_what_is_not_a_persons(tmp_path: Path) -> None:
    put(tmp_path)
    mine = tmp_path / "etc/nightside/nightside.toml"
    mine.write_text(mine.read_text() + "# mine\n")
    unit = tmp_path / "etc/systemd/system/nightside.service"
    unit.write_text("[Unit]\nDescription=of an older version\n")
    said = put(tmp_path)
    assert [line for line in said if "brought up to date" in line] == [
        "/etc/systemd/system/nightside.service brought up to date"
    ]
    assert mine.read_text().endswith("# mine\n")
    assert all("left as it is" in line for line in put(tmp_path))


def test_an_uninstall_leaves_configuration_and_frames(tmp_path: Path) -> None:
    put(tmp_path)
    frame = tmp_path / "var/lib/nightside/frames/frame.nef"
    frame.parent.mkdir(parents=True)
    frame.touch()
    said = installing.take_away(installing.placements(OPT, "station-laptop"), tmp_path)
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["etc/nightside/nightside.toml", "var/lib/nightside/frames/frame.nef"]
    assert "/etc/nightside/nightside.toml is yours: left where it is" in said


@pytest.mark.parametrize("place", ["/home/anna/.venv/bin/nightside", "/run/user/1000/venv/bin/nightside"])
def test_a_nightside_that_the_service_could_not_see_is_refused(place: str) -> None:
    with pytest.raises(installing.InstallRefused, match="sees nothing below"):
        installing.require_visible(PurePosixPath(place))


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    with pytest.raises(installing.InstallRefused) as refused:
        installing.placements(OPT, "raspbery-pi")
    assert "raspberry-pi" in refused.value.remedy


def test_a_dry_run_says_what_it_would_do_and_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/opt/nightside")
    monkeypatch.setattr(installing, "shipped", lambda: UNIT.parents[1])
    done = CliRunner().invoke(app, ["install", "--dry-run", "--root", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "etc/systemd/system/nightside.service" in done.output
    done = CliRunner().invoke(app, ["install", "--dry-run"])
    assert "run systemctl daemon-reload" in done.output
    done = CliRunner().invoke(app, ["uninstall", "--dry-run"])
    assert "run systemctl disable --now nightside.service" in done.output
    assert "nightside.toml" not in done.output
    assert not any(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_said_and_not_traced(tmp_path: Path) -> None:
    (tmp_path / "etc").write_text("not a folder")
    with pytest.raises(FolderUnwritable, match="cannot be changed"):
        put(tmp_path)


def systemd(tool: str) -> str:
    return needed(tool, "systemd")


def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    put(tmp_path)
    unit = tmp_path / "etc/systemd/system/nightside.service"
    unit.write_text(unit.read_text().replace(str(OPT), sys.executable))  # verify wants a command that is there
    done = subprocess.run([systemd("systemd-analyze"), "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_exposes_little_of_the_system_to_what_a_camera_may_say(tmp_path: Path) -> None:
    done = subprocess.run(
        [systemd("systemd-analyze"), "security", "--offline=true", UNIT], capture_output=True, text=True, check=True
    )
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found is not None
    assert float(found[1]) <= MOST_EXPOSED


def test_the_user_and_the_folders_are_made_as_described(tmp_path: Path) -> None:
    put(tmp_path)
    subprocess.run([systemd("systemd-sysusers"), f"--root={tmp_path}"], check=True, capture_output=True)
    users, groups = (tmp_path / "etc/passwd").read_text(), (tmp_path / "etc/group").read_text()
    assert "nightside:" in users
    assert re.search(r"^dialout:.*nightside$", groups, re.MULTILINE)
    subprocess.run([systemd("systemd-tmpfiles"), f"--root={tmp_path}", "--create"], check=True, capture_output=True)
    assert (tmp_path / "var/lib/nightside").stat().st_mode & 0o777 == 0o750


def test_a_wheel_brings_the_units_and_the_profiles_along(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=installing.shipped(), check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    shared = "nightside-0.1.0.data/data/share/nightside"
    assert {f"{shared}/systemd/nightside.service", f"{shared}/config/raspberry-pi.toml"} <= set(names)

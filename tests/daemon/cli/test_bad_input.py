"""Bad input: one clear sentence, an exit code of its own, no traceback, and what was stored is left alone."""

import json
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from nightside import errors
from nightside.clock import SystemClock
from nightside.ledger.opening import open_ledger
from tests.daemon.cli.conftest import EPOCH, Nightside
from tests.orbit import ISS_FILE

Config = Callable[..., Path]

WHOLE = ISS_FILE.read_text()
LINE_1 = next(line for line in WHOLE.splitlines() if line.startswith("1 "))


def damaged(tmp_path: Path, old: str, new: str) -> Path:
    assert old in WHOLE
    path = tmp_path / "damaged.tle"
    path.write_text(WHOLE.replace(old, new))
    return path


def with_checksum(line: str) -> str:
    """The line with a checksum that fits, so that something else must be what is wrong with it."""
    return line[:68] + str(sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10)


DAMAGES = {
    "a wrong checksum": (LINE_1, LINE_1[:-1] + str((int(LINE_1[-1]) + 1) % 10)),
    "a truncated line": (LINE_1, LINE_1[:40]),
    "an unreadable epoch": (LINE_1, with_checksum(LINE_1.replace("18184.8", "18X84.8"))),
}


@pytest.mark.parametrize("command", ["windows", "plan", "run"])
@pytest.mark.parametrize(("old", "new"), DAMAGES.values(), ids=DAMAGES)
def test_damaged_elements_are_refused(
    nightside: Nightside, config: Config, tmp_path: Path, command: str, old: str, new: str
) -> None:
    path = damaged(tmp_path, old, new)
    said = nightside(command, "--config", config(orbit=f'elements = "{path}"'))
    assert said.code == errors.ElementsDamaged.exit_code
    assert "damaged.tle" in said.err
    assert "Line 2" in said.err


@pytest.mark.parametrize("command", ["windows", "plan", "run"])
def test_missing_elements_are_refused(nightside: Nightside, config: Config, command: str) -> None:
    said = nightside(command, "--config", config(orbit='elements = "nowhere.tle"'))
    assert said.code == errors.ElementsMissing.exit_code
    assert "nowhere.tle" in said.err


@pytest.mark.parametrize("satellite", ["48274", '"HUBBLE"'])
def test_an_unknown_satellite_is_refused(nightside: Nightside, config: Config, satellite: str) -> None:
    said = nightside("plan", "--config", config(orbit=f'elements = "{ISS_FILE}"\nsatellite = {satellite}'))
    assert said.code == errors.SatelliteUnknown.exit_code
    assert satellite.strip('"') in said.err


def test_stale_elements_are_not_used_silently(nightside: Nightside, config: Config) -> None:
    said = nightside("plan", "--config", config(clock=""))
    assert said.code == errors.ElementsStale.exit_code
    assert "ISS" in said.err


@pytest.mark.parametrize(
    ("start", "end"),
    [("2018-07-05T00:00:00Z", "2018-07-04T00:00:00Z"), ("yesterday", "2018-07-04T00:00:00Z")],
    ids=["an end before the start", "no instant at all"],
)
def test_a_range_that_is_none_is_refused(nightside: Nightside, start: str, end: str) -> None:
    said = nightside("windows", "--elements", ISS_FILE, "--start", start, "--end", end)
    assert said.code == errors.RangeRefused.exit_code


def test_a_window_in_the_past_is_not_planned(nightside: Nightside, config: Config) -> None:
    said = nightside("plan", "--config", config(), "--at", "2018-01-01T00:00:00Z")
    assert said.code == errors.RangeRefused.exit_code
    assert "has passed" in said.err


def test_a_range_without_night_names_the_next(nightside: Nightside) -> None:
    range_ = ("--start", "2018-06-21T00:00:00Z", "--end", "2018-06-22T00:00:00Z")
    said = nightside("windows", "--site", "78.22,15.63,10", "--condition", "sun < -18", *range_)
    assert said.code == errors.NoNight.exit_code
    assert "No night until 2018-" in said.err


def test_an_unknown_condition_is_refused_with_its_position(nightside: Nightside, config: Config) -> None:
    said = nightside("plan", "--config", config(night='condition = "umbra & moonless"'))
    assert said.code == errors.ConditionRefused.exit_code
    assert "moonless" in said.err


def test_an_exposure_that_the_body_cannot_do_is_refused(nightside: Nightside, config: Config) -> None:
    said = nightside("plan", "--config", config(program='kind = "star-trail"\nexposure_s = 900', camera=""))
    assert said.code == errors.PlanImpossible.exit_code
    assert "Stack 30 s exposures" in said.err


@pytest.mark.parametrize("table", ["spool", "sink", "ledger"])
def test_an_unwritable_folder_is_named(nightside: Nightside, config: Config, tmp_path: Path, table: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    tables = {
        "spool": {"storage": 'spool = "file/spool"\nsinks = [{ name = "frames", path = "frames" }]'},
        "sink": {"storage": 'spool = "spool"\nsinks = [{ name = "frames", path = "file/frames" }]'},
        "ledger": {"ledger": 'path = "file/ledger.sqlite"'},
    }[table]
    said = nightside("run", "--config", config(**tables))
    assert said.code == errors.FolderUnwritable.exit_code
    assert str(tmp_path / "file") in said.err
    assert (tmp_path / "file").read_text() == "not a folder"


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = [sys.executable, "-m", "nightside", "twin", "--port", str(port)]
        said = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert said.returncode == errors.PortTaken.exit_code
    assert str(port) in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("text", ["9999-12-31T23:00:00Z", "0001-01-01T00:00:00Z"])
def test_an_instant_outside_living_memory_is_refused(nightside: Nightside, config: Config, text: str) -> None:
    assert nightside("plan", "--config", config(), "--at", text).code == errors.RangeRefused.exit_code
    assert nightside("plan", "--config", config(clock=f"start = {text}\nspeed = 60")).code == errors.ConfigRefused.exit_code


@pytest.mark.parametrize(
    "tables",
    [
        {"night": "min_length_s = inf"},
        {"program": 'kind = "star-trail"\ntotal_s = inf'},
        {"program": 'kind = "star-trail"\nexposure_s = nan'},
        {"storage": 'spool = "~nobody-here/spool"\nsinks = [{ name = "frames", path = "frames" }]'},
    ],
    ids=["an endless window", "an endless program", "an exposure that is no number", "the home of nobody"],
)
def test_values_that_make_no_sense_are_refused(nightside: Nightside, config: Config, tables: dict[str, str]) -> None:
    assert nightside("run", "--config", config(**tables)).code == errors.ConfigRefused.exit_code


def test_a_variable_that_makes_no_sense_is_refused(
    nightside: Nightside, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTSIDE_CAMERA", "foo")
    said = nightside("plan", "--config", config())
    assert said.code == errors.ConfigRefused.exit_code
    assert "environment" in said.err


def test_frames_can_be_looked_at_on_a_disk_that_cannot_be_written(nightside: Nightside, config: Config, tmp_path: Path) -> None:
    open_ledger(tmp_path / "ledger.sqlite", SystemClock()).close()
    before = sorted(path.name for path in tmp_path.iterdir())
    said = nightside("frames", "--config", config(), "--json")
    assert (said.code, json.loads(said.out)) == (0, {"windows": []})
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({*before, "nightside.toml"})


def test_a_database_that_is_no_ledger_is_left_alone(nightside: Nightside, config: Config, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as db:
        db.execute("create table recipes (name text)")
    said = nightside("run", "--config", config())
    assert said.code == errors.LedgerRefused.exit_code
    assert "recipes" in said.err
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as db:
        assert db.execute("select name from sqlite_master").fetchall() == [("recipes",)]


def test_a_misspelt_command_is_pointed_at_the_right_one(nightside: Nightside) -> None:
    said = nightside("widnows")
    assert said.code == 2
    assert "windows" in said.err


def test_a_command_without_a_configuration_says_where_to_get_one(
    nightside: Nightside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = nightside("plan")
    assert said.code == errors.ConfigRefused.exit_code
    assert "--config" in said.err


def test_frames_without_a_ledger_makes_none(nightside: Nightside, config: Config, tmp_path: Path) -> None:
    assert nightside("frames", "--config", config()).code == errors.LedgerMissing.exit_code
    assert not (tmp_path / "ledger.sqlite").exists()


def test_doctor_names_everything_that_is_wrong_and_fails(nightside: Nightside, config: Config, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = nightside("doctor", "--config", config(ledger='path = "file/ledger.sqlite"'))
    assert said.code == 1
    assert "ledger" in said.out
    assert "body" in said.out
    assert EPOCH[:10] in said.out  # the next night is fine, and said

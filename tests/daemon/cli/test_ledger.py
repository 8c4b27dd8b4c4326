"""`nightside ledger`, and a daemon that finds its ledger damaged."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from nightside import errors
from nightside.app import station
from nightside.clock import SystemClock
from nightside.ledger.opening import open_ledger, sole_writer
from nightside.plan.values import Plan
from nightside.settings import load
from nightside.storage.spool import sole_user
from tests.daemon.cli.conftest import Nightside

Config = Callable[..., Path]


@pytest.fixture
def path(tmp_path: Path, plan: Plan) -> Path:
    """A ledger with one window."""
    ledger = open_ledger(tmp_path / "ledger.sqlite", SystemClock())
    ledger.begin("20180703-star-trail", "2012345", plan)
    ledger.close()
    return tmp_path / "ledger.sqlite"


def damage(path: Path) -> bytes:
    path.write_bytes(os.urandom(8192))
    return path.read_bytes()


def test_a_copy_is_whole_and_nothing_is_overwritten(nightside: Nightside, config: Config, path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    assert nightside("ledger", "backup", copy, "--config", config()).code == 0
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("SELECT session FROM windows").fetchall() == [("20180703-star-trail",)]
    before = copy.read_bytes()
    said = nightside("ledger", "backup", copy, "--config", config())
    assert (said.code, copy.read_bytes()) == (errors.FolderUnwritable.exit_code, before)


def test_a_copy_can_be_made_beside_a_running_daemon(nightside: Nightside, config: Config, path: Path, tmp_path: Path) -> None:
    ledger = open_ledger(path, SystemClock())
    with sole_writer(path), ledger._transaction():
        assert nightside("ledger", "backup", tmp_path / "copy.sqlite", "--config", config()).code == 0
    ledger.close()


def test_a_damaged_ledger_is_not_copied_over_a_good_copy(
    nightside: Nightside, config: Config, path: Path, tmp_path: Path
) -> None:
    damage(path)
    said = nightside("ledger", "backup", tmp_path / "copy.sqlite", "--config", config())
    assert said.code == errors.FolderUnwritable.exit_code
    assert not (tmp_path / "copy.sqlite").exists()


@pytest.mark.parametrize("words", [("backup", "copy.sqlite"), ("rebuild",)])
def test_without_a_ledger_there_is_nothing_to_do(
    nightside: Nightside, config: Config, tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert nightside("ledger", *words, "--config", config()).code == errors.LedgerMissing.exit_code
    assert not (tmp_path / "ledger.sqlite").exists()


@pytest.mark.parametrize("words", [("backup", "copy.sqlite"), ("rebuild",)])
def test_a_ledger_on_a_server_is_for_the_servers_own_programs(
    nightside: Nightside, config: Config, words: tuple[str, ...]
) -> None:
    said = nightside("ledger", *words, "--config", config(ledger='url = "postgresql+psycopg://crew:hunter2@127.0.0.1/n"'))
    assert said.code == errors.ConfigRefused.exit_code
    assert "pg_dump" in said.err
    assert "hunter2" not in said.err


def test_a_sound_ledger_is_not_rebuilt(nightside: Nightside, config: Config, path: Path) -> None:
    before = path.read_bytes()
    said = nightside("ledger", "rebuild", "--config", config())
    assert (said.code, "is sound. Nothing was done." in said.out) == (0, True)
    assert path.read_bytes() == before


def test_a_damaged_ledger_is_rebuilt_and_kept(nightside: Nightside, config: Config, path: Path) -> None:
    before = damage(path)
    said = nightside("ledger", "rebuild", "--config", config())
    assert said.code == 0, said.err
    (aside,) = path.parent.glob("ledger.sqlite.damaged-*")
    assert aside.read_bytes() == before
    assert aside.name in said.out.replace("\n", "")
    assert nightside("frames", "--config", config()).code == 0
    assert "is sound, and knows 0 windows. It was made anew at" in nightside("doctor", "--config", config()).out.replace(
        "\n", " "
    )


def test_the_doctor_finds_a_ledger_damaged_that_can_still_be_opened(nightside: Nightside, config: Config, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events'").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    before = path.read_bytes()
    said = nightside("doctor", "--config", config()).out.replace("\n", " ")
    assert "is damaged" in said
    assert path.read_bytes() == before


def test_a_ledger_that_a_daemon_works_with_is_not_rebuilt(nightside: Nightside, config: Config, path: Path) -> None:
    damage(path)
    with sole_writer(path):
        assert nightside("ledger", "rebuild", "--config", config()).code == errors.AlreadyRunning.exit_code


def test_a_spool_that_a_daemon_with_another_ledger_works_with_is_left_alone(
    nightside: Nightside, config: Config, tmp_path: Path
) -> None:
    (tmp_path / "card").mkdir()
    spool = load(config()).path(load(config()).storage.spool)
    half_filled = spool / ".incoming/the-other-daemon-fills-it.part"
    with sole_user(spool):
        half_filled.parent.mkdir(parents=True, exist_ok=True)
        half_filled.touch()
        refused = nightside("import", str(tmp_path / "card"), "--config", config())
    assert refused.code == errors.AlreadyRunning.exit_code
    assert half_filled.exists()


def test_a_damaged_ledger_does_not_cost_the_night(config: Config, path: Path, tmp_path: Path) -> None:
    before = damage(path)
    settings = load(config())

    async def come_and_go() -> None:
        async with station(settings, SystemClock()):
            pass

    with structlog.testing.capture_logs() as lines:
        asyncio.run(come_and_go())
    (aside,) = tmp_path.glob("ledger.sqlite.damaged-*")
    assert aside.read_bytes() == before
    said = [line["event"] for line in lines if line["log_level"] == "error"]
    assert said[:2] == ["ledger-damaged", "ledger-rebuilt"]

"""Opening a ledger, or refusing to."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from nightside.clock import VirtualClock
from nightside.errors import AlreadyRunning, FolderUnwritable, LedgerRefused
from nightside.ledger.opening import open_ledger, sole_writer


def test_a_ledger_is_durable_by_its_settings(tmp_path: Path, clock: VirtualClock) -> None:
    ledger = open_ledger(tmp_path / "ledger.sqlite", clock)
    with ledger._engine.connect() as db:
        assert db.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert db.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    ledger.close()


def test_a_ledger_of_a_newer_nightside_is_refused_and_left_alone(tmp_path: Path, clock: VirtualClock) -> None:
    path = tmp_path / "ledger.sqlite"
    open_ledger(path, clock).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as db:
        db.execute(text("update alembic_version set version_num = '0999'"))
    engine.dispose()
    before = path.read_bytes()
    with pytest.raises(LedgerRefused, match=r"version 999.*Update Nightside"):
        open_ledger(path, clock)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [b"not a database at all, but long enough to be read as one" * 10, None])
def test_a_damaged_ledger_is_refused_and_left_alone(tmp_path: Path, clock: VirtualClock, damage: bytes | None) -> None:
    path = tmp_path / "ledger.sqlite"
    open_ledger(path, clock).close()
    whole = path.read_bytes()
    broken = damage or whole[:4096] + b"\xff" * (len(whole) - 4096)
    path.write_bytes(broken)
    with pytest.raises(LedgerRefused, match=r"damaged.*left as it is.*rebuild"):
        open_ledger(path, clock)
    assert path.read_bytes() == broken


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, clock: VirtualClock) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnwritable, match=r"ledger\.sqlite cannot be written"):
        open_ledger(tmp_path / "file" / "ledger.sqlite", clock)


HOLD = """
import sys, pathlib
from nightside.ledger.opening import sole_writer
with sole_writer(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_daemon_is_told_who_holds_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning, match=f"process {other.pid}"), sole_writer(path):
            pass
        other.kill()  # the kernel lets go of what the dead held
        other.wait()
    with sole_writer(path):
        pass

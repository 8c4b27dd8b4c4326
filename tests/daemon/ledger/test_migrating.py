"""A ledger of an older Nightside goes on living."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import Engine

from nightside.clock import VirtualClock
from nightside.errors import FolderUnwritable, LedgerRefused
from nightside.ledger import migrating, schema
from nightside.ledger.opening import open_ledger, read_ledger
from nightside.ledger.states import FileKind, FrameState, ShotState, WindowPhase

VERSION_1 = Path(__file__).parents[2] / "data" / "ledger" / "version-1.sql"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A ledger from before there were migrations, with a night half drained."""
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.executescript(VERSION_1.read_text())
    return path


def test_an_old_ledger_is_brought_up_to_date_with_all_that_it_knew(old: Path, clock: VirtualClock) -> None:
    ledger = open_ledger(old, clock)
    (window,) = ledger.unfinished("2012345")
    assert (window.phase, window.outcome) == (WindowPhase.DRAINING, None)
    assert window.card_before == frozenset({"/store_00010001/DCIM/100ND3S_/DSC_0001.NEF"})
    assert [shot.state for shot in ledger.shots(window.id)] == [ShotState.EXPOSED, ShotState.EXPOSED, ShotState.MISSED]
    frames = ledger.frames(window.id)
    assert [frame.kind for frame in frames] == [FileKind.NEF, FileKind.JPEG] * 2
    assert [frame.state for frame in frames] == [FrameState.SAFE] + [FrameState.ON_CARD] * 3
    assert frames[0].copies == (("frames", "20180703-star-trail/20180703T200634Z/2012345-00000-DSC_0002.nef"),)
    assert len(ledger.events()) == 17
    ledger.close()


def test_a_window_that_was_begun_before_goes_on_after(old: Path, clock: VirtualClock) -> None:
    ledger = open_ledger(old, clock)
    (window,) = ledger.windows()
    assert ledger.begin(window.session, window.serial, window.plan).id == window.id
    ledger.enter(window.id, WindowPhase.CLOSED, "one shot was missed")
    assert ledger.window(window.id).outcome == "one shot was missed"
    ledger.close()


def test_a_copy_of_the_old_ledger_is_put_beside_it_first(old: Path, clock: VirtualClock) -> None:
    with closing(sqlite3.connect(old)) as db:
        before = list(db.iterdump())
    open_ledger(old, clock).close()
    copy = old.with_name("ledger.sqlite.version-1-20180703T200134Z")
    with closing(sqlite3.connect(copy)) as db:
        assert list(db.iterdump()) == before
    assert sorted(path.name for path in old.parent.iterdir()) == [old.name, copy.name]


def test_a_ledger_is_brought_up_to_date_once(old: Path, clock: VirtualClock) -> None:
    open_ledger(old, clock).close()
    clock.advance(1)
    open_ledger(old, clock).close()
    assert len(list(old.parent.glob("*version-1*"))) == 1


def test_without_a_copy_nothing_is_changed(old: Path, clock: VirtualClock) -> None:
    before = old.read_bytes()
    (old.parent / "ledger.sqlite.version-1-20180703T200134Z").mkdir()  # its name is taken
    with pytest.raises(FolderUnwritable, match="could not be copied"):
        open_ledger(old, clock)
    assert old.read_bytes() == before


def test_a_script_that_fails_leaves_the_ledger_as_it_was(
    old: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = migrating.run_scripts

    def fail(*args: Any) -> None:
        scripts(*args)
        raise sqlite3.OperationalError("the power went")

    monkeypatch.setattr(migrating, "run_scripts", fail)
    with closing(sqlite3.connect(old)) as db:
        before = list(db.iterdump())
    with pytest.raises(sqlite3.OperationalError):
        open_ledger(old, clock)
    with closing(sqlite3.connect(old)) as db:
        assert list(db.iterdump()) == before
    monkeypatch.undo()
    clock.advance(1)
    open_ledger(old, clock).close()


def test_an_old_ledger_is_not_changed_by_somebody_who_only_looks(old: Path, clock: VirtualClock) -> None:
    before = old.read_bytes()
    with pytest.raises(LedgerRefused, match=r"older Nightside.*left as it is.*nightside run"):
        read_ledger(old, clock)
    assert old.read_bytes() == before


def test_a_nightside_from_before_refuses_a_ledger_of_today(tmp_path: Path, clock: VirtualClock) -> None:
    open_ledger(tmp_path / "ledger.sqlite", clock).close()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as db:
        (version,) = db.execute("select value from about where key = 'version'").fetchone()
    assert int(version) > 1


def test_the_scripts_lead_to_the_revision_that_the_schema_names() -> None:
    assert ScriptDirectory(str(migrating.SCRIPTS)).get_current_head() == schema.REVISION


def described(engine: Engine) -> dict[str, Any]:
    """Every table with its columns, keys and indices, in an order that does not depend on how it came to be."""
    found = inspect(engine)
    return {
        table: {
            "columns": sorted(
                (one["name"], str(one["type"]), one["nullable"], one["default"]) for one in found.get_columns(table)
            ),
            "key": found.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(one["column_names"] for one in found.get_unique_constraints(table)),
            "refers": sorted((one["constrained_columns"], one["referred_table"]) for one in found.get_foreign_keys(table)),
            "indices": sorted((str(one["name"]), one["column_names"]) for one in found.get_indexes(table)),
        }
        for table in found.get_table_names()
    }


def test_a_migrated_ledger_has_the_tables_of_a_new_one(old: Path, tmp_path: Path, clock: VirtualClock) -> None:
    open_ledger(old, clock).close()
    open_ledger(tmp_path / "new.sqlite", clock).close()
    migrated, new = create_engine(f"sqlite:///{old}"), create_engine(f"sqlite:///{tmp_path / 'new.sqlite'}")
    assert described(migrated) == described(new)
    for engine in (migrated, new):
        with engine.connect() as db:
            assert compare_metadata(MigrationContext.configure(db), schema.metadata) == []
        engine.dispose()

"""A ledger in a file: SQLite, with the settings that make it durable, and a look at whether it is whole."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

from nightside.ledger.refusals import BUSY_S, damaged
from nightside.ledger.transactions import WRITES

LARGE = 32 << 20
"""Bytes from which only the quick check is made at start: the whole one takes about a second for each 100 MB."""


def writing(path: Path) -> Engine:
    """The file, to be written by one process. Nothing is looked at yet."""
    connecting = {"check_same_thread": False, "timeout": BUSY_S}
    engine = create_engine(f"sqlite:///{path}", poolclass=StaticPool, connect_args=connecting)
    event.listen(engine, "connect", _make_durable)
    event.listen(engine, "begin", _begin)
    return engine


def looking(path: Path) -> Engine:
    """The file, for looking only: nothing is written, so it works beside a daemon and on a read-only disk."""
    # While a daemon has it open there is a write-ahead log beside it; where there is none, nobody writes.
    frozen = "" if path.with_name(path.name + "-wal").exists() else "&immutable=1"
    url = f"sqlite:///file:{quote(str(path.resolve()))}?mode=ro{frozen}&uri=true"
    return create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False, "timeout": BUSY_S})


def require_whole(engine: Engine, path: Path) -> None:
    """Refuse a file that SQLite itself finds damaged.

    Raises:
        LedgerDamaged: it does.
    """
    check = "quick_check" if path.stat().st_size >= LARGE else "integrity_check"
    with engine.connect() as db:
        found = db.exec_driver_sql(f"PRAGMA {check}(1)").scalar()
    if found != "ok":
        raise damaged(f"The ledger {path}", " ".join(str(found).strip("* \n").split()))


def _begin(connection: Connection) -> None:
    """Begin a transaction that tables are part of too: Python's own module leaves them out of those it begins.

    One that will write takes its lock now, and waits for it: later SQLite would refuse at once.
    """
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")


def _make_durable(connection: Any, _: object) -> None:
    connection.isolation_level = None
    try:
        with closing(connection.cursor()) as cursor:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                cursor.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise

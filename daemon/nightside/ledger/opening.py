"""Opening a ledger: the settings that make it durable, and the checks before anybody relies on it."""

import fcntl
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, event, inspect
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from nightside.clock import Clock
from nightside.errors import AlreadyRunning, FolderUnwritable, LedgerRefused
from nightside.ledger import migrating
from nightside.ledger.store import Ledger
from nightside.ledger.transactions import WRITES

BUSY_S = 5.0
"""How long a reader or writer waits for another one's transaction."""


def open_ledger(path: Path, clock: Clock) -> Ledger:
    """The ledger in this file, made if there is none, and brought up to date if an older Nightside wrote it.

    Raises:
        FolderUnwritable: its folder cannot be written.
        LedgerRefused: it is damaged, or a newer Nightside wrote it. It is left as it is.
    """
    with _writable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    engine = create_engine(
        f"sqlite:///{path}", poolclass=StaticPool, connect_args={"check_same_thread": False, "timeout": BUSY_S}
    )
    event.listen(engine, "connect", _make_durable)
    event.listen(engine, "begin", _begin)
    try:
        _check(engine, path, clock)
    except DatabaseError as error:
        engine.dispose()
        raise _damaged(path, str(error.orig)) from error
    except LedgerRefused:
        engine.dispose()
        raise
    return Ledger(engine, clock, socket.gethostname())


def read_ledger(path: Path, clock: Clock) -> Ledger:
    """The ledger in this file, for looking only: nothing is written, so it works beside a daemon and on a read-only disk.

    Raises:
        LedgerRefused: it is damaged, is none, or a newer Nightside wrote it.
    """
    # While a daemon has it open there is a write-ahead log beside it; where there is none, nobody writes.
    frozen = "" if path.with_name(path.name + "-wal").exists() else "&immutable=1"
    url = f"sqlite:///file:{quote(str(path.resolve()))}?mode=ro{frozen}&uri=true"
    engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False, "timeout": BUSY_S})
    try:
        with engine.connect() as db:
            _must_be_newest(db, path)
    except DatabaseError as error:
        engine.dispose()
        raise _damaged(path, str(error.orig)) from error
    except LedgerRefused:
        engine.dispose()
        raise
    return Ledger(engine, clock, socket.gethostname())


@contextmanager
def sole_writer(path: Path) -> Generator[None]:
    """Hold the ledger against a second daemon for as long as the block runs; the kernel lets go when the process dies.

    Raises:
        AlreadyRunning: another process holds it.
        FolderUnwritable: its folder cannot be written.
    """
    lock = path.with_name(path.name + ".lock")
    with _writable(path):
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    with lock.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            raise AlreadyRunning(
                f"Another Nightside (process {holder}) works with the ledger {path}.",
                remedy="Stop that one first, or give this one a ledger of its own.",
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


@contextmanager
def _writable(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise FolderUnwritable(
            f"The ledger {path} cannot be written: {error.strerror}.",
            means="Without a ledger nothing is shot, since nothing could be proved afterwards.",
            remedy="Choose another path for [ledger] in the configuration, or mend the folder's permissions.",
        ) from error


def _begin(connection: Connection) -> None:
    """Begin a transaction that tables are part of too: Python's own module leaves them out of those it begins.

    One that will write takes its lock now, and waits for it: later SQLite would refuse at once.
    """
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")


def _make_durable(connection: Any, _: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _check(engine: Engine, path: Path, clock: Clock) -> None:
    with engine.begin() as db:
        found = db.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise _damaged(path, " ".join(str(found).strip("* \n").split()))
        revision = _revision(db, path)
    if revision != migrating.NEWEST:
        migrating.bring_up_to_date(engine, path, revision, clock)


def _revision(db: Connection, path: Path) -> str | None:
    """What the tables are; `None` where there are none yet."""
    tables = inspect(db).get_table_names()
    if tables and "about" not in tables:
        raise LedgerRefused(
            f"{path} is a database, but not a ledger: it has the tables {', '.join(sorted(tables))}.",
            means="It was left as it is.",
            remedy="Name another path for [ledger] in the configuration.",
        )
    try:
        revision = migrating.revision(db)
    except ValueError as error:
        raise _damaged(path, str(error)) from error
    if revision is not None and revision > migrating.NEWEST:
        raise LedgerRefused(
            f"The ledger {path} has version {int(revision)}, and this Nightside knows versions up to {int(migrating.NEWEST)}.",
            means="It was left as it is.",
            remedy="Update Nightside, or give it another ledger.",
        )
    return revision


def _must_be_newest(db: Connection, path: Path) -> None:
    if _revision(db, path) != migrating.NEWEST:
        raise LedgerRefused(
            f"The ledger {path} was written by an older Nightside, and has not been brought up to date.",
            means="It was left as it is.",
            remedy="The next `nightside run` does that, after a backup copy; then look again.",
        )


def _damaged(path: Path, how: str) -> LedgerRefused:
    return LedgerRefused(
        f"The ledger {path} is damaged: {how}.",
        means="It was left as it is.",
        remedy="Move it aside and start again: a new one is made, and the frames in spool and sinks stay where they are.",
    )

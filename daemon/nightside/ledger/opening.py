"""Opening a ledger, wherever it is: made if there is none, brought up to date if it is old, and refused in words."""

import fcntl
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import Engine

from nightside.clock import Clock
from nightside.errors import AlreadyRunning, FolderUnwritable, LedgerMissing, LedgerRefused
from nightside.ledger import migrating, postgres, setting_aside, sqlite
from nightside.ledger.backup import back_up
from nightside.ledger.place import Place, Server
from nightside.ledger.refusals import explained
from nightside.ledger.store import Ledger


def open_ledger(place: Place, clock: Clock, station: str | None = None) -> Ledger:
    """The ledger at `place`, to be written. A file is made if there is none; tables are made, and brought up to date.

    Args:
        place: a file, or a server that knows the station's name.
        clock: what time it is.
        station: the name that windows in a file get; the host's, when not given.

    Raises:
        AlreadyRunning: another process works as this station with the ledger of a server.
        ConfigRefused: the server's URL is none, or the software to talk to it is missing.
        FolderUnwritable: the file's folder cannot be written.
        LedgerRefused: it is damaged, or a newer Nightside wrote it. It is left as it is.
    """
    if isinstance(place, Server):
        engine = postgres.writing(place)
        with _let_go(engine), explained(place):
            _prepare_server(engine, place)
        return Ledger(engine, clock, place.station, shared=True)
    with _writable(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        setting_aside.finish(place)
        place.touch()
    engine = sqlite.writing(place)
    with _let_go(engine), explained(place):
        _prepare_file(engine, place, clock)
    return Ledger(engine, clock, station or socket.gethostname())


def read_ledger(place: Place, clock: Clock) -> Ledger:
    """The ledger at `place`, for looking only: nothing is written, so it works beside a daemon and on a read-only disk.

    Raises:
        LedgerMissing: there is none yet.
        LedgerRefused: it is damaged, is none, or another version of Nightside wrote it.
    """
    if isinstance(place, Path):
        require_there(place)
    engine = postgres.looking(place) if isinstance(place, Server) else sqlite.looking(place)
    with _let_go(engine), explained(place), engine.connect() as db:
        found = migrating.found(db, place)
        if found is None:
            raise _missing(place)
        if found != migrating.NEWEST:
            raise LedgerRefused(
                f"The ledger {place} was written by an older Nightside, and has not been brought up to date.",
                means="It was left as it is.",
                remedy="The next `nightside run` does that, after a backup copy; then look again.",
            )
    station = place.station if isinstance(place, Server) else socket.gethostname()
    return Ledger(engine, clock, station, shared=isinstance(place, Server))


def require_there(path: Path) -> None:
    """Refuse to look for what is not there.

    Raises:
        LedgerMissing: there is no such file.
    """
    if not path.exists():
        raise _missing(path)


def require_whole(path: Path) -> None:
    """Refuse a file that SQLite itself finds damaged. Nothing is written.

    Raises:
        LedgerDamaged: it does.
    """
    engine = sqlite.looking(path)
    with explained(path):
        try:
            sqlite.require_whole(engine, path)
        finally:
            engine.dispose()


@contextmanager
def sole_writer(place: Place) -> Generator[None]:
    """Hold a ledger in a file against a second daemon for as long as the block runs; the kernel lets go when the process dies.

    A server holds the station of whoever opens it, so there is nothing to do for one.

    Raises:
        AlreadyRunning: another process holds it.
        FolderUnwritable: its folder cannot be written.
    """
    if isinstance(place, Server):
        yield
        return
    lock = place.with_name(place.name + ".lock")
    with _writable(place):
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    with held(lock, f"works with the ledger {place}", "give this one a ledger of its own"):
        yield


@contextmanager
def held(lock: Path, what: str, otherwise: str) -> Generator[None]:
    """Hold a file that is there for as long as the block runs. `what` says for people what whoever holds it does.

    Raises:
        AlreadyRunning: another process holds it; `otherwise` is what to do if that one is not to be stopped.
    """
    with lock.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            raise AlreadyRunning(
                f"Another Nightside (process {holder}) {what}.", remedy=f"Stop that one first, or {otherwise}."
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _missing(place: Place) -> LedgerMissing:
    return LedgerMissing(f"There is no ledger at {place} yet.", remedy="It is made by the first `nightside run`.")


def _prepare_file(engine: Engine, path: Path, clock: Clock) -> None:
    sqlite.require_whole(engine, path)
    with engine.connect() as db:
        found = migrating.found(db, path)
    if found is None:
        migrating.make(engine)
    elif found != migrating.NEWEST:
        copy = path.with_name(f"{path.name}.version-{int(found)}-{clock.utc():%Y%m%dT%H%M%SZ}")
        back_up(path, copy)
        migrating.bring_up_to_date(engine, found)
        migrating.log.info("ledger-updated", ledger=str(path), before=int(found), now=int(migrating.NEWEST), copy=str(copy))


def _prepare_server(engine: Engine, server: Server) -> None:
    with engine.connect() as db:
        found = migrating.found(db, server)
    if found is None:
        migrating.make(engine, postgres.hold_tables)
    elif found != migrating.NEWEST:
        migrating.bring_up_to_date(engine, found, partial(_alone, server))
        migrating.log.info("ledger-updated", ledger=str(server), before=int(found), now=int(migrating.NEWEST))


def _alone(server: Server, db: Connection) -> None:
    postgres.hold_tables(db)
    postgres.require_alone(db, server)


@contextmanager
def _let_go(engine: Engine) -> Generator[None]:
    """Close the database again if it is refused."""
    try:
        yield
    except BaseException:
        engine.dispose()
        raise


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

"""A ledger on a PostgreSQL server, shared by several stations: each writes its own windows, and may read everybody's.

A station is held against a second daemon by an advisory lock of the session that writes. The lock is taken with every new
connection, so a connection that broke and is made again either has it or is refused.
"""

import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, create_engine, event, make_url, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ArgumentError

from nightside.errors import AlreadyRunning, ConfigRefused, LedgerRefused
from nightside.ledger.place import Server
from nightside.ledger.refusals import BUSY_S

if TYPE_CHECKING:
    from psycopg import Connection as Session

DRIVER = "postgresql+psycopg"
STATIONS = int.from_bytes(b"NSst")
"""The class of the advisory locks that hold a station each."""
TABLES = int.from_bytes(b"NStb")
"""The advisory lock of whoever makes or changes the tables."""
ANSWER_S = 20.0
"""How long the server may take for one statement, or stay silent, before it counts as gone."""

SESSION = (
    "SET TIME ZONE 'UTC'",
    "SET synchronous_commit = on",
    f"SET statement_timeout = '{ANSWER_S:g}s'",
    f"SET idle_in_transaction_session_timeout = '{ANSWER_S:g}s'",
    "SET tcp_keepalives_idle = 10",  # so that the lock of a station that lost its power is free after some 25 s
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)

HOLDER = """
SELECT coalesce(host(client_addr), 'this machine'), backend_start
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted
"""

OTHERS = """
SELECT DISTINCT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND classid = :stations AND granted AND pid != pg_backend_pid()
"""


def writing(server: Server) -> Engine:
    """The database, to be written by this station alone. Nothing is connected yet; that may raise `AlreadyRunning`."""
    engine = _engine(server)

    def connected(session: "Session", _: object) -> None:
        _set_up(session, SESSION)
        _take_station(session, server)

    event.listen(engine, "connect", connected)
    return engine


def looking(server: Server) -> Engine:
    """The database, for looking only."""
    engine = _engine(server)

    def connected(session: "Session", _: object) -> None:
        _set_up(session, (*SESSION, "SET default_transaction_read_only = on"))

    event.listen(engine, "connect", connected)
    return engine


def hold_tables(db: Connection) -> None:
    """Let nobody else make or change the tables before this transaction ends."""
    db.execute(text("SELECT pg_advisory_xact_lock(:tables, 0)"), {"tables": TABLES})


def require_alone(db: Connection, server: Server) -> None:
    """Refuse to change tables under the feet of other stations.

    Raises:
        LedgerRefused: others work with them.
    """
    others = sorted(name.removeprefix("nightside ") for name in db.execute(text(OTHERS), {"stations": STATIONS}).scalars())
    if others:
        raise LedgerRefused(
            f"The ledger {server} was written by an older Nightside, and other stations work with it: {', '.join(others)}.",
            means="It was left as it is.",
            remedy="Stop them, update Nightside on each, and start this one first.",
        )


def _engine(server: Server) -> Engine:
    try:
        url = make_url(server.url)
    except (ArgumentError, ValueError):
        raise ConfigRefused("[ledger] url is not a URL.", remedy=f"Write it as in {DRIVER}://user@host/database.") from None
    try:
        return create_engine(
            url.set(drivername=DRIVER), pool_size=1, max_overflow=0, pool_pre_ping=True, connect_args=_connecting(url, server)
        )
    except ModuleNotFoundError as error:
        raise ConfigRefused(
            f"[ledger] url names a PostgreSQL server, and the software to talk to one is not installed: {error.name}.",
            remedy="Install Nightside with it: pip install 'nightside[postgres]'.",
        ) from None


def _connecting(url: URL, server: Server) -> dict[str, Any]:
    """How libpq connects: with a deadline for everything, and what the URL does not say already."""
    ours = {
        "connect_timeout": round(BUSY_S),
        "application_name": f"nightside {server.station}",
        "tcp_user_timeout": round(ANSWER_S * 1000),
        "keepalives_idle": round(ANSWER_S),
    }
    return {key: value for key, value in ours.items() if key not in url.query}


def _set_up(session: "Session", statements: tuple[str, ...]) -> None:
    session.autocommit = True
    with session.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.encode())
        cursor.execute(f"SET lock_timeout = '{BUSY_S:g}s'".encode())
    session.autocommit = False


def _take_station(session: "Session", server: Server) -> None:
    from psycopg.errors import LockNotAvailable, QueryCanceled

    key = zlib.crc32(server.station.encode())
    key -= (key & 0x8000_0000) << 1  # PostgreSQL's integers have a sign
    session.autocommit = True
    with session.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{server.lock_wait_s:g}s'; SET statement_timeout = 0".encode())
        try:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", (STATIONS, key))
        except (LockNotAvailable, QueryCanceled):
            cursor.execute(HOLDER, (STATIONS, key & 0xFFFF_FFFF))
            found = cursor.fetchone()
            session.close()
            raise _taken(server, found) from None
        cursor.execute(f"SET lock_timeout = '{BUSY_S:g}s'; SET statement_timeout = '{ANSWER_S:g}s'".encode())
    session.autocommit = False


def _taken(server: Server, holder: tuple[str, datetime] | None) -> AlreadyRunning:
    where = "" if holder is None else f", from {holder[0]}, since {holder[1]:%Y-%m-%d %H:%M:%S} UTC"
    return AlreadyRunning(
        f"Another Nightside works as the station {server.station!r} with the ledger {server}{where}.",
        remedy="Stop that one first, or give this one another name: [ledger] station.",
    )

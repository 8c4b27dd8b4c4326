"""Making the ledger's tables, and bringing those of an older Nightside up to date, in one transaction.

Alembic runs the scripts in `migrations`; it is loaded only when there is something to run.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy import Connection, insert, inspect, select
from sqlalchemy.engine import Engine

from nightside.errors import LedgerRefused
from nightside.ledger import schema
from nightside.ledger.place import Place
from nightside.ledger.refusals import damaged
from nightside.ledger.transactions import WRITES

log = structlog.stdlib.get_logger()

NEWEST = schema.REVISION
SCRIPTS = Path(__file__).with_name("migrations")


def found(db: Connection, place: Place) -> str | None:
    """The revision of a database's tables; `None` where there are none.

    Raises:
        LedgerRefused: it is not a ledger, does not say what it is, or is of a newer Nightside.
    """
    tables = inspect(db).get_table_names()
    if not tables:
        return None
    if schema.about.name not in tables:
        raise LedgerRefused(
            f"{place} is a database, but not a ledger: it has the tables {', '.join(sorted(tables))}.",
            means="It was left as it is.",
            remedy="Name another place for [ledger] in the configuration.",
        )
    revision = _said(db, tables)
    if revision is None or not (revision.isascii() and revision.isdecimal()):
        raise damaged(f"The ledger {place}", "it does not say its version")
    if revision > NEWEST:
        raise LedgerRefused(
            f"The ledger {place} has version {int(revision)}, and this Nightside knows versions up to {int(NEWEST)}.",
            means="It was left as it is.",
            remedy="Update Nightside, or give it another ledger.",
        )
    return revision


def make(engine: Engine, hold: Callable[[Connection], None] = lambda _: None) -> None:
    """Make all tables as they are now, unless another process was quicker. `hold` keeps others out meanwhile."""
    with engine.connect().execution_options(**{WRITES: True}) as db, db.begin():
        hold(db)
        if not inspect(db).has_table(schema.about.name):
            schema.metadata.create_all(db)
            db.execute(insert(schema.about).values(key="version", value=schema.BEFORE_REVISIONS))
            db.execute(insert(schema.revision).values(version_num=NEWEST))


def bring_up_to_date(engine: Engine, before: str, hold: Callable[[Connection], None] = lambda _: None) -> None:
    """Run every script that is newer than `before`. A failure leaves everything as it was. `hold` may refuse."""
    with _loose(engine) as db:
        hold(db)
        run_scripts(db, before)


def run_scripts(db: Connection, before: str | None, to: str = NEWEST) -> None:
    """Run the scripts after `before`, all when it is `None`, up to `to`, in the transaction that `db` is in."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": db})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    if before is not None and not inspect(db).has_table(schema.revision.name):
        command.stamp(config, before)
    command.upgrade(config, to)


def _said(db: Connection, tables: list[str]) -> str | None:
    if schema.revision.name in tables:
        revision: str | None = db.execute(select(schema.revision.c.version_num)).scalar_one_or_none()
        return revision
    of = schema.about.c.key == "version"
    version = db.execute(select(schema.about.c.value).where(of)).scalar_one_or_none()
    return None if version is None else f"{version:0>4}"


@contextmanager
def _loose(engine: Engine) -> Generator[Connection]:
    """A transaction in which SQLite may make a table anew while others point into it; that they still do is checked at its end."""
    with engine.connect().execution_options(**{WRITES: True}) as db:
        if engine.dialect.name != "sqlite":
            with db.begin():
                yield db
            return
        cursor = db.connection.cursor()
        db.rollback()
        cursor.execute("PRAGMA foreign_keys=OFF")  # which is ignored in a transaction
        try:
            with db.begin():
                yield db
                if broken := db.exec_driver_sql("PRAGMA foreign_key_check").all():
                    raise AssertionError(f"a script tore rows apart: {broken[:3]}")
        finally:
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()

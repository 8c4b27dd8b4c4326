"""Making the ledger's tables, and bringing those of an older Nightside up to date: in one transaction, after a backup copy.

Alembic runs the scripts in `migrations`; it is loaded only when there is something to run.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy import Connection, insert, inspect, select
from sqlalchemy.engine import Engine

from nightside.clock import Clock
from nightside.ledger import schema
from nightside.ledger.backup import back_up
from nightside.ledger.transactions import WRITES

log = structlog.stdlib.get_logger()

NEWEST = schema.REVISION
SCRIPTS = Path(__file__).with_name("migrations")


def revision(db: Connection) -> str | None:
    """What the tables of a database are; `None` where there are none.

    Raises:
        ValueError: they do not say.
    """
    tables = inspect(db).get_table_names()
    if not tables:
        return None
    if schema.revision.name in tables:
        found: str | None = db.execute(select(schema.revision.c.version_num)).scalar_one_or_none()
    else:
        of = schema.about.c.key == "version"
        version = db.execute(select(schema.about.c.value).where(of)).scalar_one_or_none()
        found = f"{version:0>4}" if version is not None else None
    if found is None or not (found.isascii() and found.isdecimal()):
        raise ValueError("it does not say its version")
    return found


def bring_up_to_date(engine: Engine, path: Path, found: str | None, clock: Clock) -> None:
    """Make the tables, or run every script that is newer than `found`, after a copy of the ledger has been put beside it.

    Raises:
        FolderUnwritable: there is no room for the copy, or no leave. The ledger is as it was.
    """
    if found is None:
        with engine.connect().execution_options(**{WRITES: True}) as db, db.begin():
            make_tables(db)
        return
    copy = path.with_name(f"{path.name}.version-{int(found)}-{clock.utc():%Y%m%dT%H%M%SZ}")
    back_up(path, copy)
    with _loose(engine) as db:
        run_scripts(db, found)
    log.info("ledger-updated", ledger=str(path), before=int(found), now=int(NEWEST), copy=str(copy))


def make_tables(db: Connection) -> None:
    """Make all tables as they are now, unless another process was quicker."""
    if inspect(db).has_table(schema.about.name):
        return
    schema.metadata.create_all(db)
    db.execute(insert(schema.about).values(key="version", value=schema.BEFORE_REVISIONS))
    db.execute(insert(schema.revision).values(version_num=NEWEST))


@contextmanager
def _loose(engine: Engine) -> Generator[Connection]:
    """A transaction in which a table may be made anew while others point into it; what they point to is checked at its end."""
    cursor = engine.raw_connection().cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")  # which is ignored in a transaction
    try:
        with engine.connect().execution_options(**{WRITES: True}) as db, db.begin():
            yield db
            if broken := db.exec_driver_sql("PRAGMA foreign_key_check").all():
                raise AssertionError(f"a script tore rows apart: {broken[:3]}")
    finally:
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()


def run_scripts(db: Connection, found: str | None, to: str = NEWEST) -> None:
    """Run the scripts after `found`, all when it is `None`, up to `to`, in the transaction that `db` is in."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": db})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    if found is not None and not inspect(db).has_table(schema.revision.name):
        command.stamp(config, found)
    command.upgrade(config, to)

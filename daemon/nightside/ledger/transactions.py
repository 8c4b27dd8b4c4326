"""What every part of the ledger is made of: one durable transaction, with its events, or one read."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Executable, Insert, Row, Update, insert
from sqlalchemy.engine import Engine

from nightside.clock import Clock
from nightside.ledger import schema
from nightside.ledger.refusals import explained

WRITES = "nightside_writes"
"""The execution option of transactions that write: SQLite takes its lock when they begin, where it still waits for it."""


@dataclass(slots=True)
class Entry:
    """A transaction that is being written, and the events that will stand for it.

    SQLAlchemy keeps each kind of statement for its next use, with the values that were in it first. What may be large, such as a
    plan, is therefore no part of the statement and given beside it.
    """

    db: Connection
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def note(
        self,
        kind: str,
        *,
        window_id: int | None = None,
        shot_index: int | None = None,
        frame_id: int | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a line to the event table. `detail` holds whatever the rows now hold and did not before; instants become text."""
        plain = {key: _plain(value) for key, value in (detail or {}).items()}
        who = {"window_id": window_id, "shot_index": shot_index, "frame_id": frame_id}
        self.events.append({"kind": kind, **who, "detail": plain})

    def add(self, row: Insert, large: Mapping[str, Any] | None = None) -> int:
        """Insert a row, and give its id."""
        return int(self.db.execute(row, large).inserted_primary_key[0])  # type: ignore[index]

    def change(self, rows: Update, otherwise: str, large: Mapping[str, Any] | None = None) -> None:
        """Change exactly one row.

        Raises:
            ValueError: there is no such row, or it does not stand where it could be changed; `otherwise` says so.
        """
        result: CursorResult[Any] = self.db.execute(rows, large)
        if result.rowcount != 1:
            raise ValueError(otherwise)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return schema.clean(value) if isinstance(value, str) else value


class Transactions:
    """A database with the ledger's tables, and the clock that dates what is written there."""

    def __init__(self, engine: Engine, clock: Clock, station: str = "", *, shared: bool = False) -> None:
        """`engine` comes from `nightside.ledger.opening`, with its tables made and its revision checked.

        Args:
            engine: the database.
            clock: what time it is.
            station: who writes here.
            shared: others do too; what is theirs is not gone on with here. A ledger that is not shared is all its station's,
                whatever that was called before.
        """
        self.listener: Callable[[Mapping[str, Any]], None] | None = None
        """Hears every line of the event table once it is durable, on the thread that wrote it."""
        self._engine = engine
        self._clock = clock
        self.station = station
        self._shared = shared

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    def _ours(self) -> list[ColumnElement[bool]]:
        """What windows of this station have that others have not."""
        return [schema.windows.c.station == self.station] if self._shared else []

    @contextmanager
    def _transaction(self) -> Generator[Entry]:
        """One durable transaction. Its events become durable with it, or not at all."""
        with explained(), self._engine.connect().execution_options(**{WRITES: True}) as db, db.begin():
            entry = Entry(db)
            yield entry
            if entry.events:
                at = self._clock.utc()
                db.execute(insert(schema.events), [{"at": at, **event} for event in entry.events])
        if self.listener is not None:
            for event in entry.events:
                self.listener(event)

    @contextmanager
    def _looking(self) -> Generator[Connection]:
        """One transaction for several questions: begun and ended once, and on SQLite they all see one state of the ledger."""
        with explained(), self._engine.connect() as db:
            yield db

    def _rows(self, query: Executable) -> Sequence[Row[*tuple[Any, ...]]]:
        with self._looking() as db:
            return db.execute(query).all()

"""What is measured beside the shots: readings of a night, and how bodies' clocks stand. Only ever added to."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select

from nightside.ledger import schema
from nightside.ledger.records import BodyClock, Reading
from nightside.ledger.states import ReadingKind
from nightside.ledger.transactions import Transactions


class Measures(Transactions):
    """Rows of numbers, each with its instant. They move nothing on, so they have no events."""

    def measured(self, window_id: int | None, values: Mapping[ReadingKind, float]) -> None:
        """Keep what was just measured, in a window or, with `None`, between windows."""
        if values:
            at = self._clock.utc()
            rows = [{"window_id": window_id, "at": at, "kind": kind, "value": value} for kind, value in values.items()]
            with self._transaction() as entry:
                entry.db.execute(insert(schema.readings), rows)

    def readings(self, window_id: int | None = None, kind: ReadingKind | None = None) -> list[Reading]:
        """Measurements, oldest first: of one window or all, of one kind or all."""
        c = schema.readings.c
        where = [] if window_id is None else [c.window_id == window_id]
        where += [] if kind is None else [c.kind == kind]
        query = select(c.at, c.kind, c.value, c.window_id).where(*where).order_by(c.at, c.id)
        return [Reading(at, ReadingKind(what), value, window) for at, what, value, window in self._rows(query)]

    def clock_measured(self, serial: str, seconds: float, sigma_s: float, at: datetime | None = None) -> None:
        """Keep how far a body's clock is ahead of UTC (s), and how sure that is (s, one σ). `at` is now, when not given."""
        row = {"serial": serial, "at": at or self._clock.utc(), "seconds": seconds, "sigma_s": sigma_s}
        with self._transaction() as entry:
            entry.db.execute(insert(schema.body_clocks).values(**row))

    def body_clocks(self, serial: str) -> list[BodyClock]:
        """Every look at a body's clock, oldest first."""
        c = schema.body_clocks.c
        query = select(c.serial, c.at, c.seconds, c.sigma_s).where(c.serial == serial).order_by(c.at, c.id)
        return [BodyClock(*row) for row in self._rows(query)]

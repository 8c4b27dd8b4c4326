"""What sinks that fail say: once when it begins, once when it changes, once when it ends, and how often in between."""

from sqlalchemy import delete, insert, select, update

from nightside.ledger import schema
from nightside.ledger.records import SinkTrouble
from nightside.ledger.transactions import Transactions


class Troubles(Transactions):
    """At most one trouble to a sink of this station."""

    def sink_failed(self, sink: str, code: str, says: str) -> bool:
        """Say that a sink failed. Whether that is news: the same complaint again is only counted."""
        c = schema.sink_troubles.c
        here = (c.station == self.station, c.sink == sink)
        now = self._clock.utc()
        with self._transaction() as entry:
            known = entry.db.execute(select(c.code, c.says).where(*here)).one_or_none()
            if known is not None and tuple(known) == (code, says):
                entry.db.execute(update(schema.sink_troubles).where(*here).values(last=now, times=c.times + 1))
                return False
            entry.db.execute(delete(schema.sink_troubles).where(*here))
            row = {"station": self.station, "sink": sink, "code": code, "says": says, "since": now, "last": now, "times": 1}
            entry.db.execute(insert(schema.sink_troubles).values(**row))
            entry.note("sink-failed", detail={"sink": sink, "code": code, "says": says})
            return True

    def sink_well(self, sink: str) -> bool:
        """Say that a sink took something. Whether that is news: it had failed before."""
        c = schema.sink_troubles.c
        here = (c.station == self.station, c.sink == sink)
        known = self._rows(select(c.since, c.times).where(*here))
        if not known:
            return False
        with self._transaction() as entry:
            entry.db.execute(delete(schema.sink_troubles).where(*here))
            entry.note("sink-well", detail={"sink": sink, "since": known[0].since, "times": known[0].times})
        return True

    def sink_troubles(self) -> list[SinkTrouble]:
        """The sinks of this station that fail now, by name."""
        c = schema.sink_troubles.c
        columns = (c.sink, c.code, c.says, c.since, c.last, c.times)
        return [SinkTrouble(*row) for row in self._rows(select(*columns).where(c.station == self.station).order_by(c.sink))]

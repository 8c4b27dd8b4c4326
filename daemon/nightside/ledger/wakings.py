"""What the agenda did last, entry by entry."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select

from nightside.ledger import schema
from nightside.ledger.records import Waking
from nightside.ledger.transactions import Transactions


class Wakings(Transactions):
    """One row to an entry of this station's agenda. They move nothing on, so they have no events."""

    def woke(self, waking: Waking) -> None:
        """Keep what came of an entry, in the place of the time before."""
        c = schema.wakings.c
        row = {"due_at": waking.due_at, "last_at": waking.last_at, "took_s": waking.took_s, "finding": waking.finding}
        with self._transaction() as entry:
            entry.db.execute(delete(schema.wakings).where(c.station == self.station, c.name == waking.name))
            entry.db.execute(
                insert(schema.wakings).values(station=self.station, name=waking.name, next_at=waking.next_at, **row)
            )

    def reconfigured(self, *, taken: bool, detail: Mapping[str, Any]) -> None:
        """Note that a configuration that changed was taken, or refused. No row follows from it."""
        with self._transaction() as entry:
            entry.note("configuration-taken" if taken else "configuration-refused", detail=detail)

    def wakings(self) -> list[Waking]:
        """Every entry that ever ran here, by name."""
        c = schema.wakings.c
        columns = (c.name, c.due_at, c.last_at, c.took_s, c.finding, c.next_at)
        return [Waking(*row) for row in self._rows(select(*columns).where(c.station == self.station).order_by(c.name))]

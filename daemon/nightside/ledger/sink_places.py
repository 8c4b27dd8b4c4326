"""Which disk, folder or bucket each sink was when it was given its copies: a name can be given to another one."""

from sqlalchemy import delete, func, insert, select, update

from nightside.ledger import schema
from nightside.ledger.frames import tally
from nightside.ledger.states import FrameState
from nightside.ledger.transactions import Entry, Transactions

REPLACED = "The sink is another one than the one that held it."


class SinkPlaces(Transactions):
    """A sink is known by the number in its marker."""

    def sink_is(self, sink: str, number: str) -> int:
        """Say by what number a sink is known; gives how many copies it turned out not to have.

        Where it was known by another one, it is another disk: whatever the first held is in this sink no more, all of it at once.
        Those frames are safe no more. The sink gets them from the spool; those that were pruned there stay as they are, and
        nothing more of them is removed.
        """
        known = self.number_of(sink)
        if known == number:
            return 0
        of = schema.about.c.key == self._key(sink)
        with self._transaction() as entry:
            lost = 0 if known is None else self._forget_copies(entry, sink)
            entry.db.execute(delete(schema.about).where(of))
            entry.db.execute(insert(schema.about).values(key=self._key(sink), value=number))
            kind = "sink-known" if known is None else "sink-replaced"
            entry.note(kind, detail={"sink": sink, "number": number, "copies": lost})
        return lost

    def number_of(self, sink: str) -> str | None:
        """By what number a sink was known last; `None` for one that never was."""
        found = self._rows(select(schema.about.c.value).where(schema.about.c.key == self._key(sink)))
        return str(found[0].value) if found else None

    def stations_at(self, sink: str) -> frozenset[str] | None:
        """The stations that give their frames to the very place that this sink is; `None` where the ledger is not shared.

        Others may call a sink of their own by the same name.
        """
        if not self._shared:
            return None
        a = schema.about.c
        alike = select(a.key).where(a.key.startswith("sink ", autoescape=True), a.value == self.number_of(sink))
        ends = f"/{sink}"
        there = {key.removeprefix("sink ").removesuffix(ends) for (key,) in self._rows(alike) if key.endswith(ends)}
        return frozenset({self.station, *there})

    def _key(self, sink: str) -> str:
        return f"sink {self.station if self._shared else ''}/{sink}"

    def _forget_copies(self, entry: Entry, sink: str) -> int:
        """All of them in one go: between two of them, another task might remove from a card what is safe no more."""
        f, c, t = schema.frames.c, schema.copies.c, FrameState
        held = select(f.id, f.window_id, f.state).join(schema.copies, c.frame_id == f.id).join(schema.windows)
        rows = entry.db.execute(held.where(c.sink == sink, *self._ours()).order_by(f.id)).all()
        ours = select(f.id).join(schema.windows).where(*self._ours())
        unsafe = (f.state.in_({t.SAFE, t.DELETABLE}), f.id.in_(select(c.frame_id).where(c.sink == sink)), f.id.in_(ours))
        groups = select(f.window_id, f.state, func.count(), func.sum(f.size)).where(*unsafe).group_by(f.window_id, f.state)
        for window_id, state, frames, size in entry.db.execute(groups).all():
            tally(entry, window_id, state, -frames, -(size or 0))
            tally(entry, window_id, t.DRAINED, frames, size or 0)
        entry.db.execute(update(schema.frames).where(*unsafe).values(state=t.DRAINED))
        entry.db.execute(delete(schema.copies).where(c.sink == sink, c.frame_id.in_(ours)))
        for row in rows:
            of = {"window_id": row.window_id, "frame_id": row.id}
            entry.note("frame-copy-lost", **of, detail={"sink": sink, "reason": REPLACED})
            if row.state in {t.SAFE, t.DELETABLE}:
                entry.note(f"frame-{t.DRAINED}", **of)
        return len(rows)

"""The ledger's shots: planned, armed, exposed or missed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from nightside.ledger import schema
from nightside.ledger.records import ExposedShot, ShotRecord
from nightside.ledger.states import SHOT_BEFORE, FrameState, ShotState
from nightside.ledger.transactions import Entry, Transactions
from nightside.plan.values import Shot


class Shots(Transactions):
    """Every planned exposure, and what became of it."""

    def arm(self, window_id: int, indices: int | Collection[int]) -> None:
        """Say that these shots are about to be taken, all or none of them. Durable before the shutter moves."""
        with self._transaction() as entry:
            for index in [indices] if isinstance(indices, int) else indices:
                _move(entry, window_id, index, ShotState.ARMED, {})

    def exposed(self, window_id: int, index: int, opened_at: datetime, opened_late_s: float, closed_at: datetime) -> None:
        """Say that this shot was exposed, where no more than that is known of it."""
        self.expose(window_id, [ExposedShot(index, opened_at, opened_late_s, closed_at)])

    def expose(self, window_id: int, shots: Sequence[ExposedShot]) -> None:
        """Say that these shots were exposed, all or none of them, and what is known of each."""
        with self._transaction() as entry:
            for shot in shots:
                known = {key: value for key, value in asdict(shot).items() if key != "index" and value is not None}
                _move(entry, window_id, shot.index, ShotState.EXPOSED, known)

    def missed(self, window_id: int, indices: int | Collection[int], reason: str) -> None:
        """Say that these shots have no frame, and why, for a person to read."""
        with self._transaction() as entry:
            for index in [indices] if isinstance(indices, int) else indices:
                _move(entry, window_id, index, ShotState.MISSED, {"reason": reason})

    def shots(self, window_id: int, indices: range | None = None, *, state: ShotState | None = None) -> list[ShotRecord]:
        """Every shot of a window, or those of so many indices, or those in one state, in order."""
        c = schema.shots.c
        here = () if indices is None else (c.index >= indices.start, c.index < indices.stop)
        here = here if state is None else (*here, c.state == state)
        columns = (
            *(c.index.label("number"), c.open_at, c.close_at, c.state, c.reason, c.opened_at, c.opened_late_s, c.closed_at),
            *(c.commanded_at, c.contact_at, c.contact_closed_at, c.settings),
        )
        query = select(*columns).where(c.window_id == window_id, *here).order_by(c.index)
        return [
            ShotRecord(
                index=row.number,
                open_at=row.open_at,
                close_at=row.close_at,
                state=ShotState(row.state),
                reason=row.reason,
                opened_at=row.opened_at,
                opened_late_s=row.opened_late_s,
                closed_at=row.closed_at,
                commanded_at=row.commanded_at,
                contact_at=row.contact_at,
                contact_closed_at=row.contact_closed_at,
                settings=row.settings,
            )
            for row in self._rows(query)
        ]


def _move(entry: Entry, window_id: int, index: int, state: ShotState, values: Mapping[str, Any]) -> None:
    c = schema.shots.c
    here = (c.window_id == window_id, c.index == index, c.state.in_(SHOT_BEFORE[state]))
    row = update(schema.shots).where(*here).values(state=state, **values)
    entry.change(row, f"shot {index} of window {window_id} cannot turn {state}")
    entry.note(f"shot-{state}", window_id=window_id, shot_index=index, detail=values)


def prove(entry: Entry, window_id: int, shot: Shot) -> None:
    """Take a shot in doubt for exposed, when it was planned as far as anybody knows; one that surely was stays as it is."""
    c = schema.shots.c
    here = (c.window_id == window_id, c.index == shot.index)
    state = entry.db.execute(select(c.state).where(*here)).scalar_one_or_none()
    if state is None:
        raise ValueError(f"there is no shot {shot.index} in window {window_id}")
    if state == ShotState.EXPOSED:
        return
    values = {"opened_at": shot.open_at, "closed_at": shot.close_at, "reason": None}
    entry.db.execute(update(schema.shots).where(*here).values(state=ShotState.EXPOSED, **values))
    entry.note("shot-exposed", window_id=window_id, shot_index=shot.index, detail=values)


def miss_without_frame(entry: Entry, window_id: int, index: int | None, reason: str) -> None:
    """Take a shot for missed that has lost its only file, if it has: one that is still there, and counts for it."""
    f, c = schema.frames.c, schema.shots.c
    if index is None:
        return
    others = select(f.id).where(f.window_id == window_id, f.shot_index == index, f.state != FrameState.GONE)
    if entry.db.execute(others).first() is not None:
        return
    here = (c.window_id == window_id, c.index == index, c.state != ShotState.MISSED)
    if entry.db.execute(update(schema.shots).where(*here).values(state=ShotState.MISSED, reason=reason)).rowcount:
        entry.note("shot-missed", window_id=window_id, shot_index=index, detail={"reason": reason})

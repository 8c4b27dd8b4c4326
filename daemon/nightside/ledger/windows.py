"""The ledger's windows: what was decided for each, and how far it has come."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from nightside.ledger import schema
from nightside.ledger.records import WindowEntry, WindowRecord
from nightside.ledger.states import WINDOW_BEFORE, ShotState, WindowPhase
from nightside.ledger.transactions import Transactions
from nightside.plan.values import Plan

NOT_RESTORED = "settings-not-restored"
"""The line of the event table that says so."""

OPEN = frozenset(WindowPhase) - {WindowPhase.CLOSED}


class Windows(Transactions):
    """Windows, one to a span, a body and a station."""

    def begin(self, session: str, serial: str, plan: Plan, arming: int = 0) -> WindowRecord:
        """Record a window and every shot of its plan, or give what is already recorded of that window.

        `arming` is whose choice its program was: a row of `armings`, or 0 for the configuration's.
        """
        w = schema.windows.c
        known = self._windows(w.session == session, w.name == plan.id, w.serial == serial, *self._ours())
        if known:
            return known[0]
        with self._transaction() as entry:
            who = {"session": session, "name": plan.id, "serial": serial, "station": self.station}
            when = {"start": plan.span.start, "end": plan.span.end}
            row = insert(schema.windows).values(
                **who,
                **when,
                program=plan.program,
                phase=WindowPhase.PLANNED,
                arming=arming,
            )
            window_id = entry.add(row, {"plan": plan.model_dump(mode="json")})
            entry.db.execute(insert(schema.shots), _rows_of(window_id, plan))
            entry.note(
                "window-planned", window_id=window_id, detail={**who, **when, "program": plan.program, "shots": len(plan.shots)}
            )
        return self.window(window_id)

    def replan(self, window_id: int, plan: Plan) -> WindowRecord:
        """Put another plan in the place of one that has not begun. Where that span is a window already, nothing is changed.

        Raises:
            ValueError: it has begun.
        """
        w, s = schema.windows.c, schema.shots.c
        old = self.window(window_id)
        if self._windows(w.session == old.session, w.name == plan.id, w.serial == old.serial, w.id != window_id, *self._ours()):
            return old
        with self._transaction() as entry:
            values: dict[str, Any] = {"name": plan.id, "start": plan.span.start, "end": plan.span.end, "program": plan.program}
            row = update(schema.windows).where(w.id == window_id, w.phase == WindowPhase.PLANNED).values(**values)
            begun = select(s.index).where(s.window_id == window_id, s.state.in_([ShotState.ARMED, ShotState.EXPOSED]))
            if entry.db.execute(begun).first() is not None:
                raise ValueError(f"window {window_id} has begun, and cannot be planned anew")
            large = {"plan": plan.model_dump(mode="json")}
            entry.change(row, f"window {window_id} has begun, and cannot be planned anew", large)
            entry.db.execute(delete(schema.shots).where(s.window_id == window_id))
            entry.db.execute(insert(schema.shots), _rows_of(window_id, plan))
            detail = {
                "was": old.name,
                "name": plan.id,
                "start": plan.span.start,
                "end": plan.span.end,
                "shots": len(plan.shots),
            }
            entry.note("window-replanned", window_id=window_id, detail=detail)
        return self.window(window_id)

    def withdraw(self, window_id: int, why: str) -> bool:
        """Take a window of which nothing has been shot off the ledger, as if it had never been planned. Whether that was so.

        Its events remain. Once a release of it was handed over, nothing is changed.
        """
        w, s, f = schema.windows.c, schema.shots.c, schema.frames.c
        old = self.window(window_id)
        with self._transaction() as entry:
            begun = [
                select(w.id).where(w.id == window_id, w.phase.not_in([WindowPhase.PLANNED, WindowPhase.SHOOTING])),
                select(s.index).where(s.window_id == window_id, s.state != ShotState.PLANNED),
                select(f.id).where(f.window_id == window_id),
            ]
            if any(entry.db.execute(query.limit(1)).first() is not None for query in begun):
                return False
            r = schema.readings
            entry.db.execute(update(r).where(r.c.window_id == window_id).values(window_id=None))
            entry.db.execute(delete(schema.shots).where(s.window_id == window_id))
            entry.db.execute(delete(schema.windows).where(w.id == window_id))
            entry.note("window-withdrawn", window_id=window_id, detail={"name": old.name, "serial": old.serial, "why": why})
        return True

    def enter(self, window_id: int, phase: WindowPhase, outcome: str | None = None) -> None:
        """Take a window into its next phase. When it is closed, `outcome` says how it went."""
        if outcome is not None and phase is not WindowPhase.CLOSED:
            raise ValueError(f"window {window_id} has no outcome before it is closed")
        with self._transaction() as entry:
            here = (schema.windows.c.id == window_id, schema.windows.c.phase.in_(WINDOW_BEFORE.get(phase, ())))
            row = update(schema.windows).where(*here).values(phase=phase, outcome=outcome)
            entry.change(row, f"window {window_id} cannot turn {phase}")
            entry.note(f"window-{phase}", window_id=window_id, detail={} if outcome is None else {"outcome": outcome})

    def remember_card(self, window_id: int, paths: Collection[str]) -> None:
        """Record what the card held before the first shot: whatever is there later and not in here is this window's."""
        with self._transaction() as entry:
            row = update(schema.windows).where(schema.windows.c.id == window_id)
            entry.change(row, f"there is no window {window_id}", {"card_before": sorted(paths)})
            entry.note("card-listed", window_id=window_id, detail={"files": len(paths)})

    def set_to(self, window_id: int, quality: str) -> None:
        """Record the image quality that the body says it is set to. What it said first stays: its shots are held to that."""
        w = schema.windows.c
        if self._rows(select(w.id).where(w.id == window_id, w.quality.is_not(None))):
            return
        with self._transaction() as entry:
            row = update(schema.windows).where(w.id == window_id).values(quality=quality)
            entry.change(row, f"there is no window {window_id}")
            entry.note("quality-told", window_id=window_id, detail={"quality": quality})

    def judge_anew(self, window_id: int, outcome: str) -> None:
        """Say again how a closed window went: a file that it lacked has come after all."""
        w = schema.windows.c
        with self._transaction() as entry:
            row = update(schema.windows).where(w.id == window_id, w.phase == WindowPhase.CLOSED).values(outcome=outcome)
            entry.change(row, f"window {window_id} is not closed")
            entry.note("window-closed", window_id=window_id, detail={"outcome": outcome})

    def not_restored(self, window_id: int, settings: Mapping[str, str]) -> None:
        """Say which of the body's settings could not be put back after a window, and what they were before, in its words."""
        with self._transaction() as entry:
            entry.note(NOT_RESTORED, window_id=window_id, detail={"settings": dict(settings)})

    def left_changed(self, window_id: int) -> dict[str, str]:
        """The same, as it was said last; empty where nobody said anything."""
        c = schema.events.c
        said = select(c.detail).where(c.window_id == window_id, c.kind == NOT_RESTORED).order_by(c.id.desc()).limit(1)
        found = self._rows(said)
        return {} if not found else {str(key): str(value) for key, value in found[0].detail["settings"].items()}

    def window(self, window_id: int) -> WindowRecord:
        """One window."""
        found = self._windows(schema.windows.c.id == window_id)
        if not found:
            raise ValueError(f"there is no window {window_id}")
        return found[0]

    def unfinished(self, serial: str | None = None) -> list[WindowRecord]:
        """The windows of a body, or of any, that this station has not closed, oldest first: what a restart goes on with."""
        w = schema.windows.c
        of_body = [] if serial is None else [w.serial == serial]
        return self._windows(*of_body, w.phase.in_(OPEN), *self._ours())

    def last_closed(self, serial: str, limit: int) -> list[WindowRecord]:
        """The windows of a body that were closed last, latest first."""
        w = schema.windows.c
        here = (w.serial == serial, w.phase == WindowPhase.CLOSED, *self._ours())
        ids = [number for (number,) in self._rows(select(w.id).where(*here).order_by(w.end.desc()).limit(limit))]
        return self._windows(w.id.in_(ids))[::-1]

    def last_closed_of(self, programs: Collection[str]) -> list[WindowRecord]:
        """The window that was closed last of those whose plans are called so; and those of other bodies at the same time."""
        w = schema.windows.c
        here = (w.program.in_(programs), w.phase == WindowPhase.CLOSED, *self._ours())
        newest = self._rows(select(w.start, w.end).where(*here).order_by(w.end.desc(), w.id.desc()).limit(1))
        return self._windows(*here, w.start < newest[0].end, w.end > newest[0].start) if newest else []

    def shot_until(self, serial: str, program: str) -> datetime | None:
        """The end of the last window in which a program was begun on a body: the same night is not shot twice."""
        w = schema.windows.c
        query = select(w.end).where(w.serial == serial, w.program == program, *self._ours()).order_by(w.end.desc()).limit(1)
        found = self._rows(query)
        return found[0].end if found else None

    def card_after(self, window_id: int) -> frozenset[str] | None:
        """What the card held when the next window of this body was armed: what was not there yet is not of this window.

        `None` where no such window has been armed. One in this window's middle, an emergency's, is not the next.
        """
        w, here = schema.windows.c, schema.windows.alias()
        query = (
            select(w.card_before)
            .join(here, here.c.serial == w.serial)
            .where(here.c.id == window_id, w.start >= here.c.end, w.card_before.is_not(None))
            .order_by(w.start)
            .limit(1)
        )
        return next((frozenset(card) for (card,) in self._rows(query)), None)

    def windows(self, session: str | None = None) -> list[WindowRecord]:
        """Every window of every station, or those of one session, oldest first."""
        return self._windows(*([] if session is None else [schema.windows.c.session == session]))

    def entries(self, session: str | None = None, *, before: int | None = None, limit: int = 100) -> list[WindowEntry]:
        """Windows of every station without their plans, latest first: a page of a list that may be long.

        The next page is asked for by the last one's id as `before`. Windows are numbered as they were planned.
        """
        w, s = schema.windows.c, schema.shots.c
        shots = select(func.count()).where(s.window_id == w.id).scalar_subquery()
        where = [*([] if session is None else [w.session == session]), *([] if before is None else [w.id < before])]
        columns = (w.id, w.session, w.name, w.serial, w.station, w.program, w.start, w.end, shots, w.phase, w.outcome)
        rows = self._rows(select(*columns).where(*where).order_by(w.id.desc()).limit(limit))
        return [
            WindowEntry(number, of, name, body, station, program, start, end, count, WindowPhase(phase), outcome)
            for number, of, name, body, station, program, start, end, count, phase, outcome in rows
        ]

    def _windows(self, *where: Any) -> list[WindowRecord]:
        w = schema.windows.c
        columns = (w.id, w.session, w.name, w.serial, w.plan, w.phase, w.card_before, w.outcome, w.station, w.arming, w.quality)
        query = select(*columns).where(*where).order_by(w.start, w.id)
        return [
            WindowRecord(
                window_id,
                session,
                name,
                serial,
                Plan.model_validate(plan),
                WindowPhase(phase),
                None if card is None else frozenset(card),
                outcome,
                station,
                arming,
                quality,
            )
            for window_id, session, name, serial, plan, phase, card, outcome, station, arming, quality in self._rows(query)
        ]


def _rows_of(window_id: int, plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "window_id": window_id,
            "index": shot.index,
            "open_at": shot.open_at,
            "close_at": shot.close_at,
            "state": ShotState.PLANNED,
        }
        for shot in plan.shots
    ]

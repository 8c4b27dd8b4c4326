"""`Ledger`: the one writer of the record, and the reader that everybody shares."""

from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Executable, Insert, Row, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError

from nightside.clock import Clock
from nightside.errors import LedgerRefused
from nightside.ledger import schema
from nightside.ledger.records import FrameRecord, ShotRecord, WindowRecord
from nightside.ledger.states import FRAME_BEFORE, SHOT_BEFORE, WINDOW_BEFORE, FrameState, ShotState, WindowPhase
from nightside.plan.values import Plan, Shot
from nightside_drivers.api import CardFile, Fetched


class Ledger:
    """Each method is one durable transaction, with its line in the event table, or one read.

    A transition that the tables in `states` do not allow is a fault of the program and raises `ValueError`. Not for two threads
    at once: the daemon goes through `nightside.ledger.journal`.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        """`engine` comes from `nightside.ledger.opening`, with its tables made and its version checked."""
        self._engine = engine
        self._clock = clock

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    # ── windows ──

    def begin(self, session: str, serial: str, plan: Plan) -> WindowRecord:
        """Record a window and every shot of its plan, or give what is already recorded of that window."""
        known = self._windows(
            schema.windows.c.session == session, schema.windows.c.name == plan.id, schema.windows.c.serial == serial
        )
        if known:
            return known[0]
        with self._transaction("window-planned", detail={"session": session, "program": plan.program}) as (db, event):
            window_id = _inserted(
                db,
                insert(schema.windows).values(
                    session=session,
                    name=plan.id,
                    serial=serial,
                    start=plan.span.start,
                    end=plan.span.end,
                    plan=plan.model_dump(mode="json"),
                    phase=WindowPhase.PLANNED,
                ),
            )
            event["window_id"] = window_id
            rows = [
                {
                    "window_id": window_id,
                    "index": shot.index,
                    "open_at": shot.open_at,
                    "close_at": shot.close_at,
                    "state": "planned",
                }
                for shot in plan.shots
            ]
            db.execute(insert(schema.shots), rows)
        return self.window(window_id)

    def enter(self, window_id: int, phase: WindowPhase) -> None:
        """Take a window into its next phase."""
        with self._transaction(f"window-{phase}", window_id=window_id) as (db, _):
            allowed = schema.windows.c.phase.in_(WINDOW_BEFORE[phase])
            changed = db.execute(update(schema.windows).where(schema.windows.c.id == window_id, allowed).values(phase=phase))
            _must_have_changed(changed.rowcount, f"window {window_id} cannot turn {phase}")

    def remember_card(self, window_id: int, paths: Collection[str]) -> None:
        """Record what the card held before the first shot: whatever is there later and not in here is this window's."""
        with self._transaction("card-listed", window_id=window_id, detail={"files": len(paths)}) as (db, _):
            db.execute(update(schema.windows).where(schema.windows.c.id == window_id).values(card_before=sorted(paths)))

    def window(self, window_id: int) -> WindowRecord:
        """One window."""
        return self._windows(schema.windows.c.id == window_id)[0]

    def unfinished(self, serial: str) -> list[WindowRecord]:
        """The windows of a body that are not closed, oldest first: what a restart goes on with."""
        return self._windows(schema.windows.c.serial == serial, schema.windows.c.phase != WindowPhase.CLOSED)

    def shot_until(self, serial: str, program: str) -> datetime | None:
        """The end of the last window in which a program was begun on a body: the same night is not shot twice."""
        ends = [
            window.plan.span.end
            for window in self._windows(schema.windows.c.serial == serial)
            if window.plan.program == program
        ]
        return max(ends, default=None)

    def windows(self, session: str | None = None) -> list[WindowRecord]:
        """Every window, or those of one session, oldest first."""
        return self._windows(*([] if session is None else [schema.windows.c.session == session]))

    # ── shots ──

    def arm(self, window_id: int, index: int) -> None:
        """Say that this shot is about to be taken. Durable before the shutter moves."""
        self._move_shot(window_id, index, ShotState.ARMED)

    def exposed(self, window_id: int, index: int, opened_at: datetime, opened_late_s: float, closed_at: datetime) -> None:
        """Say that this shot was exposed."""
        self._move_shot(
            window_id, index, ShotState.EXPOSED, opened_at=opened_at, opened_late_s=opened_late_s, closed_at=closed_at
        )

    def missed(self, window_id: int, index: int, reason: str) -> None:
        """Say that this shot has no frame, and why, for a person to read."""
        self._move_shot(window_id, index, ShotState.MISSED, reason=reason)

    def shots(self, window_id: int) -> list[ShotRecord]:
        """Every shot of a window, in order."""
        c = schema.shots.c
        columns = (c.index, c.open_at, c.close_at, c.state, c.reason, c.opened_at, c.opened_late_s, c.closed_at)
        query = select(*columns).where(c.window_id == window_id).order_by(c.index)
        return [
            ShotRecord(index, open_at, close_at, ShotState(state), reason, opened_at, late, closed_at)
            for index, open_at, close_at, state, reason, opened_at, late, closed_at in self._rows(query)
        ]

    # ── frames ──

    def on_card(
        self, window_id: int, shot_index: int | None, file: CardFile, *, adopted: bool = False, proves: Shot | None = None
    ) -> None:
        """Say that a file of this window is on the card. Saying it twice changes nothing.

        `proves` is a shot in doubt that this file is the proof of: it was exposed, when it was planned as far as anybody knows.
        Both are said in one transaction.
        """
        c = schema.frames.c
        known = select(c.id).where(c.window_id == window_id, c.folder == file.folder, c.name == file.name)
        if self._rows(known):
            return
        with self._transaction("frame-on-card", window_id=window_id, shot_index=shot_index) as (db, event):
            event["frame_id"] = _inserted(
                db,
                insert(schema.frames).values(
                    window_id=window_id,
                    shot_index=shot_index,
                    folder=file.folder,
                    name=file.name,
                    state=FrameState.ON_CARD,
                    adopted=adopted,
                ),
            )
            if proves is not None:
                _prove(db, window_id, proves)

    def reassign(self, frame_id: int, shot_index: int | None, *, proves: Shot | None = None) -> None:
        """Give a frame to another shot, once the card as a whole has shown whose it is. `proves` as in `on_card`."""
        detail = {"to": shot_index}
        with self._transaction("frame-reassigned", frame_id=frame_id, shot_index=shot_index, detail=detail) as (db, event):
            here = (schema.frames.c.id == frame_id, schema.frames.c.state == FrameState.ON_CARD)
            changed = db.execute(update(schema.frames).where(*here).values(shot_index=shot_index))
            _must_have_changed(changed.rowcount, f"frame {frame_id} cannot be reassigned")
            if proves is not None:
                event["window_id"] = db.execute(select(schema.frames.c.window_id).where(here[0])).scalar_one()
                _prove(db, event["window_id"], proves)

    def drained(self, frame_id: int, fetched: Fetched, spool_path: str) -> None:
        """Say that a file lies in the spool, whole and hashed."""
        self._move_frame(frame_id, FrameState.DRAINED, size=fetched.size, sha256=fetched.sha256, spool_path=spool_path)

    def gone(self, frame_id: int, reason: str) -> None:
        """Say that the card lost a file before it was drained. A shot that has no other file is missed, for this reason."""
        f = schema.frames.c
        with self._transaction("frame-gone", frame_id=frame_id, detail={"reason": reason}) as (db, _):
            changed = db.execute(
                update(schema.frames).where(f.id == frame_id, f.state == FrameState.ON_CARD).values(state=FrameState.GONE)
            )
            _must_have_changed(changed.rowcount, f"frame {frame_id} cannot turn gone")
            window_id, shot_index = db.execute(select(f.window_id, f.shot_index).where(f.id == frame_id)).one()
            others = select(f.id).where(f.window_id == window_id, f.shot_index == shot_index, f.state != FrameState.GONE)
            if shot_index is not None and db.execute(others).first() is None:
                c = schema.shots.c
                here = (c.window_id == window_id, c.index == shot_index)
                db.execute(update(schema.shots).where(*here).values(state=ShotState.MISSED, reason=reason))

    def stored(self, frame_id: int, sink: str, path: str) -> None:
        """Say that a sink holds a verified copy. Saying it twice changes nothing."""
        c = schema.copies.c
        if self._rows(select(c.frame_id).where(c.frame_id == frame_id, c.sink == sink)):
            return
        with self._transaction("frame-stored", frame_id=frame_id, detail={"sink": sink}) as (db, _):
            db.execute(insert(schema.copies).values(frame_id=frame_id, sink=sink, path=path, verified_at=self._clock.utc()))

    def safe(self, frame_id: int) -> None:
        """Say that every required sink holds a verified copy."""
        self._move_frame(frame_id, FrameState.SAFE)

    def frames(self, window_id: int | None = None, state: FrameState | None = None) -> list[FrameRecord]:
        """Files, oldest first: of one window, in one state, or all."""
        f = schema.frames.c
        where = [] if window_id is None else [f.window_id == window_id]
        return self._frames(*where, *([] if state is None else [f.state == state]))

    def owed(self, sink: str) -> list[FrameRecord]:
        """Files in the spool that a sink holds no verified copy of, oldest first."""
        f, c = schema.frames.c, schema.copies.c
        held = select(c.frame_id).where(c.sink == sink)
        return self._frames(f.state.in_([FrameState.DRAINED, FrameState.SAFE]), f.id.not_in(held))

    # ── how ──

    def _frames(self, *where: Any) -> list[FrameRecord]:
        f, w, c = schema.frames.c, schema.windows.c, schema.copies.c
        columns = (
            f.id,
            f.window_id,
            w.session,
            w.name,
            f.shot_index,
            f.folder,
            f.name,
            f.state,
            f.size,
            f.sha256,
            f.spool_path,
        )
        query = select(*columns).join(schema.windows, w.id == f.window_id).where(*where).order_by(f.id)
        chosen = select(f.id).where(*where)
        copies: dict[int, tuple[tuple[str, str], ...]] = {}
        for frame_id, sink, path in self._rows(
            select(c.frame_id, c.sink, c.path).where(c.frame_id.in_(chosen)).order_by(c.sink)
        ):
            copies[frame_id] = (*copies.get(frame_id, ()), (sink, path))
        return [
            FrameRecord(
                id=frame_id,
                window_id=window_id,
                session=session,
                window=window,
                shot_index=shot_index,
                file=CardFile(folder, name),
                state=FrameState(state),
                size=size,
                sha256=sha256,
                spool_path=spool_path,
                copies=copies.get(frame_id, ()),
            )
            for frame_id, window_id, session, window, shot_index, folder, name, state, size, sha256, spool_path in self._rows(
                query
            )
        ]

    def _windows(self, *where: Any) -> list[WindowRecord]:
        w = schema.windows.c
        query = select(w.id, w.session, w.name, w.serial, w.plan, w.phase, w.card_before).where(*where).order_by(w.start, w.id)
        return [
            WindowRecord(
                window_id,
                session,
                name,
                serial,
                Plan.model_validate(plan),
                WindowPhase(phase),
                None if card is None else frozenset(card),
            )
            for window_id, session, name, serial, plan, phase, card in self._rows(query)
        ]

    def _move_shot(self, window_id: int, index: int, state: ShotState, **values: Any) -> None:
        detail = {"reason": values["reason"]} if "reason" in values else {}
        with self._transaction(f"shot-{state}", window_id=window_id, shot_index=index, detail=detail) as (db, _):
            c = schema.shots.c
            here = (c.window_id == window_id, c.index == index, c.state.in_(SHOT_BEFORE[state]))
            changed = db.execute(update(schema.shots).where(*here).values(state=state, **values))
            _must_have_changed(changed.rowcount, f"shot {index} of window {window_id} cannot turn {state}")

    def _move_frame(self, frame_id: int, state: FrameState, **values: Any) -> None:
        with self._transaction(f"frame-{state}", frame_id=frame_id) as (db, _):
            c = schema.frames.c
            here = (c.id == frame_id, c.state.in_(FRAME_BEFORE[state]))
            changed = db.execute(update(schema.frames).where(*here).values(state=state, **values))
            _must_have_changed(changed.rowcount, f"frame {frame_id} cannot turn {state}")

    @contextmanager
    def _transaction(self, kind: str, **event: Any) -> Generator[tuple[Connection, dict[str, Any]]]:
        with _explained(), self._engine.begin() as db:
            yield db, event
            db.execute(insert(schema.events).values(at=self._clock.utc(), kind=kind, **event))

    def _rows(self, query: Executable) -> Sequence[Row[*tuple[Any, ...]]]:
        with _explained(), self._engine.connect() as db:
            return db.execute(query).all()


def _inserted(db: Connection, row: Insert) -> int:
    return int(db.execute(row).inserted_primary_key[0])  # type: ignore[index]


def _prove(db: Connection, window_id: int, shot: Shot) -> None:
    c = schema.shots.c
    here = (c.window_id == window_id, c.index == shot.index, c.state != ShotState.EXPOSED)
    values = {"opened_at": shot.open_at, "closed_at": shot.close_at, "reason": None}
    db.execute(update(schema.shots).where(*here).values(state=ShotState.EXPOSED, **values))


def _must_have_changed(rows: int, otherwise: str) -> None:
    if rows != 1:
        raise ValueError(otherwise)


@contextmanager
def _explained() -> Generator[None]:
    try:
        yield
    except DatabaseError as error:
        raise LedgerRefused(
            f"The ledger could not be read or written: {error.orig}.",
            means="Without it no shot is taken, so that none goes unrecorded.",
            remedy="Check the disk's room and that no other program holds the ledger, then start again.",
        ) from error

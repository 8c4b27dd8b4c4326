"""The ledger's frames: every file of every shot, from the card to its last verified copy and off the card again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from nightside.ledger import schema
from nightside.ledger.records import FrameRecord, Tally
from nightside.ledger.shots import miss_without_frame, prove
from nightside.ledger.states import COPIED, FETCHED, FRAME_BEFORE, FileKind, Flag, FrameState, kind_of
from nightside.ledger.transactions import Entry, Transactions
from nightside.plan.values import Shot
from nightside_drivers.api import CardFile, Fetched

AT_ONCE = 1000
"""Frames whose copies are asked for in one query."""

STATES = {str(state): state for state in FrameState}
KINDS = {str(kind): kind for kind in FileKind}
FLAGS = {str(flag): flag for flag in Flag}
ANYWHERE = frozenset(FrameState)


class Frames(Transactions):
    """Files, and how far each has come."""

    def on_card(
        self,
        window_id: int,
        shot_index: int | None,
        file: CardFile,
        *,
        adopted: bool = False,
        proves: Shot | None = None,
        flag: Flag | None = None,
    ) -> None:
        """Say that a file of this window is on the card. Saying it twice only adds the body's time, where it was not known.

        `proves` is a shot in doubt that this file is the proof of: it was exposed, when it was planned as far as anybody knows.
        Both are said in one transaction. A file with a `flag` counts for no shot.
        """
        c = schema.frames.c
        here = (c.window_id == window_id, c.folder == file.folder, c.name == file.name)
        known = self._rows(select(c.id, c.made_at).where(*here))
        if known:
            if known[0].made_at is None and file.made_at is not None:
                self.dated(known[0].id, file.made_at)
            return
        if flag is not None and shot_index is not None:
            raise ValueError(f"a file that is {flag} is no shot's")
        with self._transaction() as entry:
            facts = {
                "shot_index": shot_index,
                "folder": file.folder,
                "name": file.name,
                "adopted": adopted,
                "made_at": file.made_at,
                "kind": kind_of(file.name),
                "flag": flag,
            }
            tally(entry, window_id, FrameState.ON_CARD, 1, 0)
            frame_id = entry.add(insert(schema.frames).values(window_id=window_id, state=FrameState.ON_CARD, **facts))
            entry.note("frame-on-card", window_id=window_id, frame_id=frame_id, detail=facts)
            if proves is not None:
                prove(entry, window_id, proves)

    def reassign(self, frame_id: int, shot_index: int | None, *, proves: Shot | None = None) -> None:
        """Give a frame to another shot, once the card as a whole has shown whose it is. `proves` as in `on_card`.

        One that had a flag and is a shot's after all has none any more.
        """
        with self._transaction() as entry:
            values: dict[str, Any] = {"shot_index": shot_index} | ({} if shot_index is None else {"flag": None})
            window_id = _change(entry, frame_id, [FrameState.ON_CARD], values, "be reassigned")
            entry.note("frame-reassigned", window_id=window_id, frame_id=frame_id, detail=values)
            if proves is not None:
                prove(entry, window_id, proves)

    def dated(self, frame_id: int, made_at: float) -> None:
        """Say when the body made a file (s on the body's own clock): from the card's listing, or better from its EXIF."""
        with self._transaction() as entry:
            window_id = _change(entry, frame_id, ANYWHERE, {"made_at": made_at}, "be dated")
            entry.note("frame-dated", window_id=window_id, frame_id=frame_id, detail={"made_at": made_at})

    def flagged(self, frame_id: int, flag: Flag, reason: str) -> None:
        """Say why a file is kept and not counted. A shot that has no other file is missed, for this reason."""
        f = schema.frames.c
        with self._transaction() as entry:
            index = entry.db.execute(select(f.shot_index).where(f.id == frame_id)).scalar_one_or_none()
            values = {"flag": flag, "shot_index": None}
            window_id = _change(entry, frame_id, ANYWHERE, values, f"be {flag}")
            entry.note(
                "frame-flagged", window_id=window_id, frame_id=frame_id, detail={**values, "reason": reason, "was": index}
            )
            miss_without_frame(entry, window_id, index, reason)

    def failed(self, frame_id: int, error: str) -> None:
        """Say why a file could not be moved on. Saying the same again changes nothing; its next step forgets it."""
        f = schema.frames.c
        if self._rows(select(f.id).where(f.id == frame_id, f.error == error)):
            return
        with self._transaction() as entry:
            window_id = _change(entry, frame_id, ANYWHERE, {"error": error}, "fail")
            entry.note("frame-failed", window_id=window_id, frame_id=frame_id, detail={"error": error})

    def drained(self, frame_id: int, fetched: Fetched, spool_path: str) -> None:
        """Say that a file lies in the spool, whole and hashed. It is not offered to sinks where its bytes are known already."""
        f = schema.frames.c
        same = (f.rebuilt, f.sha256 == fetched.sha256, f.size == fetched.size, f.id != frame_id)
        again = {"flag": Flag.KNOWN} if self._rows(select(f.id).where(*same)) else {}
        there = {"spool_path": spool_path, "pruned_at": None}
        self._move(frame_id, FrameState.DRAINED, size=fetched.size, sha256=fetched.sha256, **there, **again)

    def gone(self, frame_id: int, reason: str) -> None:
        """Say that the card lost a file that was to be drained. A shot that has no other file is missed, for this reason.

        One that was drained before, and that a sink still holds, is not gone but drained, and no longer in the spool.
        """
        f, c = schema.frames.c, schema.copies.c
        with self._transaction() as entry:
            holders = entry.db.execute(select(c.sink).where(c.frame_id == frame_id).order_by(c.sink)).scalars().all()
            if holders:
                values = {"state": FrameState.DRAINED, "error": f"{reason} Copies are left in: {', '.join(holders)}."}
                window_id = _change(entry, frame_id, FRAME_BEFORE[FrameState.GONE], values, "turn gone")
                entry.note("frame-drained", window_id=window_id, frame_id=frame_id, detail=values)
                return
            window_id = _change(entry, frame_id, FRAME_BEFORE[FrameState.GONE], {"state": FrameState.GONE}, "turn gone")
            entry.note("frame-gone", window_id=window_id, frame_id=frame_id, detail={"reason": reason})
            index = entry.db.execute(select(f.shot_index).where(f.id == frame_id)).scalar_one()
            miss_without_frame(entry, window_id, index, reason)

    def stored(self, frame_id: int, sink: str, path: str) -> None:
        """Say that a sink holds a verified copy. Saying it twice changes nothing."""
        c = schema.copies.c
        if self._rows(select(c.frame_id).where(c.frame_id == frame_id, c.sink == sink)):
            return
        with self._transaction() as entry:
            window_id = _change(entry, frame_id, FETCHED, {"error": None}, "be stored")
            copy = {"sink": sink, "path": path, "verified_at": self._clock.utc()}
            entry.db.execute(insert(schema.copies).values(frame_id=frame_id, **copy))
            entry.note("frame-stored", window_id=window_id, frame_id=frame_id, detail=copy)

    def copy_lost(self, frame_id: int, sink: str, reason: str) -> None:
        """Say that a sink holds a copy no longer, or a damaged one. The frame is safe no more, and is not to be deleted.

        It is stored again from the spool; where that copy was pruned, it is drained again first, if the card still has it.
        """
        c, f = schema.copies.c, schema.frames.c
        with self._transaction() as entry:
            removed = entry.db.execute(delete(schema.copies).where(c.frame_id == frame_id, c.sink == sink)).rowcount
            if removed != 1:
                raise ValueError(f"{sink} holds no copy of frame {frame_id}")
            found = entry.db.execute(select(f.window_id, f.state, f.pruned_at).where(f.id == frame_id)).one()
            entry.note("frame-copy-lost", window_id=found.window_id, frame_id=frame_id, detail={"sink": sink, "reason": reason})
            if found.state in {FrameState.SAFE, FrameState.DELETABLE}:
                back = FrameState.DRAINED if found.pruned_at is None else FrameState.ON_CARD
                _change(entry, frame_id, COPIED, {"state": back}, "be stored again")
                entry.note(f"frame-{back}", window_id=found.window_id, frame_id=frame_id)

    def safe(self, frame_id: int) -> None:
        """Say that every required sink holds a verified copy."""
        self._move(frame_id, FrameState.SAFE)

    def deletable(self, frame_id: int) -> None:
        """Say that a file is about to be deleted from the card. Durable before it is.

        One that was rebuilt never is: what its card holds under that name is not known for sure.
        """
        self._move(frame_id, FrameState.DELETABLE, schema.frames.c.rebuilt.is_(False))

    def deleted(self, frame_id: int) -> None:
        """Say that the card holds a file no longer, which was to be deleted."""
        self._move(frame_id, FrameState.DELETED)

    def pruned(self, frame_id: int) -> bool:
        """Say that the spool's copy is about to be removed: it is not offered to sinks any more. Durable before it is.

        Gives whether the file may go: two cards of a body may hold the same bytes under one name, and then share it.
        """
        f, other = schema.frames.c, schema.frames.alias().c
        with self._transaction() as entry:
            values = {"pruned_at": self._clock.utc()}
            window_id = _change(entry, frame_id, COPIED, values, "be pruned")
            entry.note("frame-pruned", window_id=window_id, frame_id=frame_id, detail=values)
            shared = (other.window_id == window_id, other.spool_path == f.spool_path, other.pruned_at.is_(None))
            return not entry.db.execute(select(other.id).where(f.id == frame_id, *shared)).all()

    def frames(
        self,
        window_id: int | None = None,
        state: FrameState | None = None,
        *,
        session: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[FrameRecord]:
        """Files, oldest first: of one window, of one session, or all of this station's; in one state, or in any.

        A page at a time, where `limit` is given: the next one is asked for by the last one's id as `after`.
        """
        f, w = schema.frames.c, schema.windows.c
        where = [] if window_id is None else [f.window_id == window_id]
        where += [] if session is None else [w.session == session]
        where = [*(where or self._ours()), *([] if state is None else [f.state == state]), *([f.id > after] if after else [])]
        return self._frames(*where, limit=limit)

    def frame(self, frame_id: int) -> FrameRecord:
        """One file."""
        found = self._frames(schema.frames.c.id == frame_id)
        if not found:
            raise ValueError(f"there is no frame {frame_id}")
        return found[0]

    def last_stored(self, sink: str, files: int) -> frozenset[int]:
        """The windows of so many files of this station that a sink was given last; none while it holds none."""
        f, c, w = schema.frames.c, schema.copies.c, schema.windows.c
        given = select(f.window_id).join(schema.copies, c.frame_id == f.id).join(schema.windows, w.id == f.window_id)
        found = self._rows(given.where(c.sink == sink, *self._ours()).order_by(c.verified_at.desc(), f.id.desc()).limit(files))
        return frozenset(int(window_id) for (window_id,) in found)

    def claimed(self, window_id: int) -> frozenset[str]:
        """Paths on the card of this window's body that are frames of its other windows.

        Of an emergency in its middle, or of a later window that was shot before this one could be settled.
        """
        f, w, here = schema.frames.c, schema.windows.c, schema.windows.alias()
        away = (FrameState.GONE, FrameState.DELETED)
        query = (
            select(f.folder, f.name)
            .join(schema.windows, w.id == f.window_id)
            .join(here, here.c.serial == w.serial)
            .where(here.c.id == window_id, w.id != window_id, f.state.not_in(away))
        )
        return frozenset(CardFile(folder, name).path for folder, name in self._rows(query))

    def to_drain(self, serial: str, limit: int | None = None) -> list[FrameRecord]:
        """Files that only the card of this body holds, oldest first."""
        here = (schema.frames.c.state == FrameState.ON_CARD, schema.windows.c.serial == serial)
        return self._frames(*here, *self._ours(), limit=limit)

    def owed(self, sink: str, limit: int | None = None) -> list[FrameRecord]:
        """Files in the spool that a sink holds no verified copy of: first those that are not safe yet, each oldest first."""
        f, here = schema.frames.c, self._lacked_by(sink)
        found = self._frames(f.state == FrameState.DRAINED, *here, limit=limit)
        if limit is None or len(found) < limit:  # most are safe long since, and looking at all of them takes a while
            found += self._frames(f.state.in_(COPIED), *here, limit=None if limit is None else limit - len(found))
        return found

    def backlog(self, sink: str) -> int:
        """How many files a sink is owed."""
        f, w = schema.frames.c, schema.windows
        query = select(func.count()).select_from(schema.frames).join(w, w.c.id == f.window_id)
        return int(self._rows(query.where(f.state.in_(FETCHED), *self._lacked_by(sink)))[0][0])

    def owed_bytes(self, sink: str) -> int:
        """How many bytes they are."""
        f, w = schema.frames.c, schema.windows
        query = select(func.coalesce(func.sum(f.size), 0)).select_from(schema.frames).join(w, w.c.id == f.window_id)
        return int(self._rows(query.where(f.state.in_(FETCHED), *self._lacked_by(sink)))[0][0])

    def _lacked_by(self, sink: str) -> list[ColumnElement[bool]]:
        f, c = schema.frames.c, schema.copies.c
        held = select(c.frame_id).where(c.sink == sink, c.frame_id == f.id).exists()
        return [f.pruned_at.is_(None), f.spool_path.is_not(None), f.flag.is_distinct_from(Flag.KNOWN), ~held, *self._ours()]

    def in_spool(self, ended_before: datetime | None = None, *, after: int = 0, limit: int | None = None) -> list[FrameRecord]:
        """Files that every required sink holds, and the spool too, oldest first: of all windows, or of those that ended before.

        In pages, as `frames` has them.
        """
        f = schema.frames.c
        here = (f.state.in_(COPIED), f.pruned_at.is_(None), f.spool_path.is_not(None), f.id > after)
        old = [] if ended_before is None else [schema.windows.c.end < ended_before]
        return self._frames(*here, *old, *self._ours(), limit=limit)

    def clearable(self, serial: str, *, after: int = 0, limit: int | None = None) -> list[FrameRecord]:
        """Files of this body that are safe, or were about to be deleted, oldest first; in pages, as `frames` has them.

        Not those with a flag, of which nobody has decided what they are, nor those that were rebuilt: their ledger was damaged.
        """
        f = schema.frames.c
        sure = (f.state.in_({FrameState.SAFE, FrameState.DELETABLE}), f.flag.is_(None), f.rebuilt.is_(False), f.id > after)
        return self._frames(*sure, schema.windows.c.serial == serial, *self._ours(), limit=limit)

    def pruned_paths(self, session: str) -> frozenset[str]:
        """Where in the spool files of a session lay that were removed there, or were about to be, and that no other file has."""
        f, w = schema.frames.c, schema.windows.c
        of_session = (w.session == session, f.spool_path.is_not(None), *self._ours())
        rows = self._rows(select(f.spool_path, f.pruned_at).join(schema.windows, w.id == f.window_id).where(*of_session))
        return frozenset(path for path, at in rows if at is not None) - {path for path, at in rows if at is None}

    def names_spent(self, frame: FrameRecord) -> dict[str, str]:
        """Where other files of the same shot lay in the spool before they were removed there: their SHA-256 by path.

        In the sinks they have these names still.
        """
        f = schema.frames.c
        of_shot = (f.window_id == frame.window_id, f.shot_index.is_not_distinct_from(frame.shot_index), f.id != frame.id)
        spent = (f.pruned_at.is_not(None), f.spool_path.is_not(None))
        rows = self._rows(select(f.spool_path, f.sha256).where(*of_shot, *spent))
        return {str(path): str(sha256) for path, sha256 in rows}

    def holding(self, sha256: str) -> list[FrameRecord]:
        """Files that hold these very bytes, oldest first."""
        return self._frames(schema.frames.c.sha256 == sha256, *self._ours())

    def summary(self, session: str | None = None) -> dict[FrameState, Tally]:
        """How many files are in each state: of one session of all stations, or all of this one's."""
        t, w = schema.tallies.c, schema.windows.c
        where = self._ours() if session is None else [w.session == session]
        sums = (t.state, func.sum(t.frames).label("frames"), func.sum(t.bytes).label("bytes"))
        query = select(*sums).join(schema.windows, w.id == t.window_id).where(*where).group_by(t.state)
        return {FrameState(state): Tally(int(frames), int(size)) for state, frames, size in self._rows(query) if frames}

    def _move(self, frame_id: int, state: FrameState, *if_: ColumnElement[bool], **values: Any) -> None:
        with self._transaction() as entry:
            window_id = _change(
                entry, frame_id, FRAME_BEFORE[state], {"state": state, "error": None, **values}, f"turn {state}", *if_
            )
            entry.note(f"frame-{state}", window_id=window_id, frame_id=frame_id, detail=values)

    def _frames(self, *where: ColumnElement[bool], limit: int | None = None) -> list[FrameRecord]:
        f, w = schema.frames.c, schema.windows.c
        columns = (
            *(f.id, f.window_id, w.session, w.name, f.shot_index, f.folder, f.name, f.made_at, f.state, f.size, f.sha256),
            *(f.spool_path, f.kind, f.adopted, f.flag, f.error, f.pruned_at, f.rebuilt, f.rating),
        )
        query = select(*columns).join(schema.windows, w.id == f.window_id).where(*where).order_by(f.id).limit(limit)
        with self._looking() as db:
            rows = db.execute(query).all()
            copies = _copies(db, [row[0] for row in rows])
        return [_record(row, copies) for row in rows]


def _copies(db: Connection, frame_ids: Sequence[int]) -> dict[int, tuple[tuple[str, str], ...]]:
    """The copies of these frames, asked for by number: told to look for those of a session, PostgreSQL reads them all."""
    c = schema.copies.c
    copies: dict[int, tuple[tuple[str, str], ...]] = {}
    for begin in range(0, len(frame_ids), AT_ONCE):
        some = frame_ids[begin : begin + AT_ONCE]
        dense = some[-1] - some[0] < 2 * len(some)
        these = c.frame_id.between(some[0], some[-1]) if dense else c.frame_id.in_(some)
        query = select(c.frame_id, c.sink, c.path).where(these).order_by(c.frame_id, c.sink)
        for frame_id, sink, path in db.execute(query).all():
            held = copies.get(frame_id)
            copies[frame_id] = ((sink, path),) if held is None else (*held, (sink, path))
    return copies


def _record(row: Row[*tuple[Any, ...]], copies: Mapping[int, tuple[tuple[str, str], ...]]) -> FrameRecord:
    """One row, unpacked and not asked for by name: a night of a thousand frames is listed in half the time."""
    frame_id, window_id, session, window, shot_index, folder, name, made_at, state, size, sha256, *more = row
    spool_path, kind, adopted, flag, error, pruned_at, rebuilt, rating = more
    return FrameRecord(
        frame_id,
        window_id,
        session,
        window,
        shot_index,
        CardFile(folder, name, made_at),
        STATES[state],
        size,
        sha256,
        spool_path,
        copies.get(frame_id, ()),
        KINDS[kind],
        adopted,
        flag and FLAGS[flag],
        error,
        pruned_at,
        rebuilt,
        rating,
    )


def _change(
    entry: Entry, frame_id: int, before: Collection[FrameState], values: dict[str, Any], what: str, *if_: ColumnElement[bool]
) -> int:
    """Change a frame that stands in one of the states `before`, and give its window."""
    f = schema.frames.c
    known = entry.db.execute(select(f.window_id, f.state, f.size).where(f.id == frame_id)).one_or_none()
    if known is None or known.state not in before:
        raise ValueError(f"frame {frame_id} cannot {what}")
    entry.change(update(schema.frames).where(f.id == frame_id, *if_).values(**values), f"frame {frame_id} cannot {what}")
    if "state" in values:
        tally(entry, known.window_id, known.state, -1, -(known.size or 0))
        tally(entry, known.window_id, values["state"], 1, values.get("size", known.size) or 0)
    return int(known.window_id)


def tally(entry: Entry, window_id: int, state: str, frames: int, size: int) -> None:
    """Keep the count of a window's frames in a state."""
    t = schema.tallies.c
    here = update(schema.tallies).where(t.window_id == window_id, t.state == state)
    if entry.db.execute(here.values(frames=t.frames + frames, bytes=t.bytes + size)).rowcount == 0:
        entry.db.execute(insert(schema.tallies).values(window_id=window_id, state=state, frames=frames, bytes=size))

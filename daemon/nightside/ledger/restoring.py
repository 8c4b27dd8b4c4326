"""Writing down what was found out about nights whose ledger was damaged."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from nightside.ledger import schema
from nightside.ledger.frames import tally
from nightside.ledger.records import FrameRecord, ShotRecord
from nightside.ledger.salvage import Salvaged
from nightside.ledger.transactions import Entry, Transactions

SHOT = frozenset(field.name for field in fields(ShotRecord))


class Restoring(Transactions):
    """For an empty ledger, before anybody relies on it."""

    def restore(self, windows: Iterable[Salvaged], aside: str) -> None:
        """Write down everything that is known of these windows, all or none of it. `aside` is where the damaged ledger is now."""
        count = {"windows": 0, "shots": 0, "frames": 0}
        with self._transaction() as entry:
            for window in sorted(windows, key=lambda one: one.plan.span.start):
                window_id = self._restore_window(entry, window)
                for shot in window.shots.values():
                    _restore_shot(entry, window_id, shot)
                for frame in window.frames:
                    self._restore_frame(entry, window_id, frame)
                count["windows"] += 1
                count["shots"] += len(window.shots)
                count["frames"] += len(window.frames)
            at = self._clock.utc().isoformat()
            entry.db.execute(insert(schema.about).values(key="rebuilt_at", value=at))
            entry.note("ledger-rebuilt", detail={"aside": aside, **count})

    def rebuilt_at(self) -> datetime | None:
        """When this ledger was made in the place of a damaged one; `None` for one that never was damaged."""
        found = self._rows(select(schema.about.c.value).where(schema.about.c.key == "rebuilt_at"))
        return datetime.fromisoformat(found[0].value) if found else None

    def _restore_window(self, entry: Entry, window: Salvaged) -> int:
        who = {"session": window.session, "name": window.name, "serial": window.serial, "station": self.station}
        how = {"phase": window.phase, "outcome": window.outcome, "program": window.plan.program, "quality": window.quality}
        when = {"start": window.plan.span.start, "end": window.plan.span.end}
        before = None if window.card_before is None else list(window.card_before)
        row = {**who, **how, **when, "plan": window.plan.model_dump(mode="json"), "card_before": before}
        window_id = entry.add(insert(schema.windows).values(**row))
        entry.note("window-rebuilt", window_id=window_id, detail={**who, **how, **when})
        return window_id

    def _restore_frame(self, entry: Entry, window_id: int, frame: FrameRecord) -> None:
        facts: dict[str, Any] = {
            "shot_index": frame.shot_index,
            "folder": frame.file.folder,
            "name": frame.file.name,
            "state": frame.state,
            "size": frame.size,
            "sha256": frame.sha256,
            "spool_path": frame.spool_path,
            "adopted": frame.adopted,
            "made_at": frame.file.made_at,
            "kind": frame.kind,
            "flag": frame.flag,
            "error": frame.error,
            "pruned_at": frame.pruned_at,
            "rebuilt": True,
        }
        frame_id = entry.add(insert(schema.frames).values(window_id=window_id, **facts))
        tally(entry, window_id, frame.state, 1, frame.size or 0)
        entry.note("frame-rebuilt", window_id=window_id, frame_id=frame_id, detail=facts)
        for sink, path in frame.copies:
            copy = {"sink": sink, "path": path, "verified_at": self._clock.utc()}
            entry.db.execute(insert(schema.copies).values(frame_id=frame_id, **copy))
            entry.note("copy-rebuilt", window_id=window_id, frame_id=frame_id, detail=copy)


def _restore_shot(entry: Entry, window_id: int, shot: ShotRecord) -> None:
    values = {name: getattr(shot, name) for name in SHOT}
    entry.db.execute(insert(schema.shots).values(window_id=window_id, **values))
    known = {key: value for key, value in values.items() if key != "index" and value is not None}
    entry.note("shot-rebuilt", window_id=window_id, shot_index=shot.index, detail=known)

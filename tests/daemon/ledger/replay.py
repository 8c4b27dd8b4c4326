"""The ledger's rows, made again from its events alone: an independent reading of the append-only table."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nightside.ledger.records import Event, FrameRecord, ShotRecord, WindowRecord
from nightside.ledger.store import Ledger

INSTANTS = frozenset(
    {"opened_at", "closed_at", "commanded_at", "contact_at", "contact_closed_at", "pruned_at", "verified_at", "start", "end"}
)
SHOT = (
    "state",
    "reason",
    "opened_at",
    "opened_late_s",
    "closed_at",
    "commanded_at",
    "contact_at",
    "contact_closed_at",
    "settings",
)
FRAME = ("shot_index", "state", "size", "sha256", "spool_path", "kind", "adopted", "flag", "error", "pruned_at", "rating")
ONLY_SAID = frozenset({"reason", "was"})
"""What an event of a frame says, and no column keeps."""


@dataclass
class Rows:
    """Every state that the ledger keeps, by what it is of."""

    windows: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    shots: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict[tuple[int, int], dict[str, Any]])
    frames: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])


def stored(ledger: Ledger) -> Rows:
    """What the tables hold."""
    rows = Rows()
    for window in ledger.windows():
        rows.windows[window.id] = _window(window)
        rows.shots |= {(window.id, shot.index): _shot(shot) for shot in ledger.shots(window.id)}
        rows.frames |= {frame.id: _frame(frame) for frame in ledger.frames(window.id)}
    return rows


def replayed(events: Iterable[Event]) -> Rows:
    """What the tables must hold, by the events."""
    rows = Rows()
    for event in events:
        of, _, what = event.kind.partition("-")
        detail = {key: _back(key, value) for key, value in event.detail.items()}
        if of == "window" and event.window_id is not None:
            _window_event(rows, event.window_id, what, detail)
        elif of == "shot" and event.window_id is not None and event.shot_index is not None:
            rows.shots[event.window_id, event.shot_index] |= {"state": what, **detail}
        elif of == "frame" and event.frame_id is not None:
            _frame_event(rows, event.frame_id, what, detail)
    return rows


def _window_event(rows: Rows, window_id: int, what: str, detail: dict[str, Any]) -> None:
    blank = dict.fromkeys(SHOT) | {"state": "planned"}
    if what == "planned":
        who = {key: detail[key] for key in ("session", "name", "serial", "station")}
        rows.windows[window_id] = {**who, "phase": what, "outcome": None}
        rows.shots |= {(window_id, index): dict(blank) for index in range(detail["shots"])}
    elif what == "replanned":
        rows.windows[window_id]["name"] = detail["name"]
        rows.shots = {key: shot for key, shot in rows.shots.items() if key[0] != window_id}
        rows.shots |= {(window_id, index): dict(blank) for index in range(detail["shots"])}
    elif what == "withdrawn":
        del rows.windows[window_id]
        rows.shots = {key: shot for key, shot in rows.shots.items() if key[0] != window_id}
    else:
        rows.windows[window_id] |= {"phase": what, **detail}


def _frame_event(rows: Rows, frame_id: int, what: str, detail: dict[str, Any]) -> None:
    facts = {key: value for key, value in detail.items() if key not in ONLY_SAID}
    if frame_id not in rows.frames:
        rows.frames[frame_id] = dict.fromkeys(FRAME) | {"copies": {}}
    frame = rows.frames[frame_id]
    if what == "stored":
        frame["copies"] = frame["copies"] | {facts["sink"]: facts["path"]}
        frame["error"] = None
    elif what == "copy-lost":
        frame["copies"] = {sink: path for sink, path in frame["copies"].items() if sink != facts["sink"]}
    else:
        if what in {"drained", "safe", "deletable", "deleted"} and detail.get("sink") is None:
            facts = {"error": None, **facts} if not _went_back(frame, what) else facts
        if what in {"on-card", "drained", "safe", "deletable", "deleted", "gone"}:
            facts["state"] = what
        frame |= facts


def _went_back(frame: dict[str, Any], what: str) -> bool:
    return what == "drained" and frame["state"] in {"safe", "deletable"}


def _back(key: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if key in INSTANTS and value is not None else value


def _window(window: WindowRecord) -> dict[str, Any]:
    names = ("session", "name", "serial", "station", "phase", "outcome")
    return {name: getattr(window, name) for name in names}


def _shot(shot: ShotRecord) -> dict[str, Any]:
    return {name: getattr(shot, name) for name in SHOT}


def _frame(frame: FrameRecord) -> dict[str, Any]:
    of_file = {"folder": frame.file.folder, "name": frame.file.name, "made_at": frame.file.made_at}
    return {**{name: getattr(frame, name) for name in FRAME}, **of_file, "copies": dict(frame.copies)}

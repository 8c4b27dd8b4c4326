"""What can still be read of a damaged ledger, or of an old copy of one. Only reads; what makes no sense is left out.

SQLite reads a table until it meets the damage; read from both ends, all is had but what lies in between.
"""

import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from nightside.ledger.records import FrameRecord, ShotRecord
from nightside.ledger.states import Flag, FrameState, ShotState, WindowPhase, kind_of
from nightside.plan.values import Plan
from nightside_drivers.api import CardFile

T = TypeVar("T")
Row = Mapping[str, Any]

COMPANIONS = ("-wal", "-shm")
"""What SQLite keeps beside a file: the last transactions may be there alone."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """One window, with what is known of its shots and frames."""

    session: str
    name: str
    serial: str
    plan: Plan
    phase: WindowPhase
    card_before: tuple[str, ...] | None = None
    outcome: str | None = None
    quality: str | None = None
    shots: dict[int, ShotRecord] = field(default_factory=dict[int, ShotRecord])
    frames: list[FrameRecord] = field(default_factory=list[FrameRecord])

    @property
    def key(self) -> tuple[str, str, str]:
        """What sets it apart from the other windows of a station."""
        return self.session, self.name, self.serial


def salvage(path: Path) -> list[Salvaged]:
    """The windows of the ledger in a file, as far as they can be read; none where nothing can."""
    with suppress(sqlite3.Error, OSError), _opened(path) as db:
        return _windows({name: list(_rows(db, name)) for name in ("windows", "shots", "frames", "copies")})
    return []


@contextmanager
def _opened(path: Path) -> Generator[sqlite3.Connection]:
    """A copy of the file, since reading its write-ahead log would change it; the file itself where that cannot be copied."""
    with tempfile.TemporaryDirectory(prefix=".salvage-", dir=path.parent) as folder:
        copy = Path(folder) / "ledger.sqlite"
        try:
            for companion in ("", *COMPANIONS):
                if (one := path.with_name(path.name + companion)).exists():
                    shutil.copyfile(one, copy.with_name(copy.name + companion))
            url = f"file:{quote(str(copy))}"
        except OSError:  # a bad sector, or no room
            url = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
        with closing(sqlite3.connect(url, uri=True)) as db:
            db.row_factory = sqlite3.Row
            db.text_factory = _text
            yield db


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _rows(db: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    seen: set[tuple[Any, ...]] = set()
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.Error):
            for row in db.execute(f"SELECT * FROM {table} NOT INDEXED ORDER BY rowid {order}"):  # noqa: S608 — one of four words
                if tuple(row) in seen:
                    break
                if order == "ASC":
                    seen.add(tuple(row))
                yield dict(row)


def _windows(rows: Mapping[str, list[Row]]) -> list[Salvaged]:
    found = {row["id"]: window for row in rows["windows"] if (window := _sensible(_window, row)) is not None}
    for row in rows["shots"]:
        shot = _sensible(_shot, row)
        if shot is not None and (window := found.get(row["window_id"])) is not None and shot.index < len(window.plan.shots):
            window.shots.setdefault(shot.index, shot)
    copies: dict[int, dict[str, str]] = {}
    for row in rows["copies"]:
        if isinstance(row["sink"], str) and isinstance(row["path"], str):
            copies.setdefault(row["frame_id"], {})[row["sink"]] = row["path"]
    for row in rows["frames"]:
        frame = _sensible(_frame, row)
        if frame is not None and (window := found.get(row["window_id"])) is not None:
            held = tuple(sorted(copies.get(frame.id, {}).items()))
            window.frames.append(replace(frame, session=window.session, window=window.name, copies=held))
    return list(found.values())


def _sensible(read: Callable[[Row], T], row: Row) -> T | None:
    try:
        return read(row)
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _window(row: Row) -> Salvaged:
    plan = Plan.model_validate(json.loads(row["plan"]))
    if row["name"] != plan.id or not row["session"] or not row["serial"]:
        raise ValueError("it contradicts itself")
    before = json.loads(row["card_before"]) if row["card_before"] else None
    paths = None if before is None else tuple(str(path) for path in before)
    phase = WindowPhase(row["phase"])
    return Salvaged(
        str(row["session"]), plan.id, str(row["serial"]), plan, phase, paths, row.get("outcome"), row.get("quality")
    )


def _shot(row: Row) -> ShotRecord:
    return ShotRecord(
        index=int(row["index"]),
        open_at=_instant(row["open_at"]) or _never(),
        close_at=_instant(row["close_at"]) or _never(),
        state=ShotState(row["state"]),
        reason=row["reason"],
        opened_at=_instant(row["opened_at"]),
        opened_late_s=row["opened_late_s"],
        closed_at=_instant(row["closed_at"]),
        commanded_at=_instant(row.get("commanded_at")),
        contact_at=_instant(row.get("contact_at")),
        contact_closed_at=_instant(row.get("contact_closed_at")),
        settings=json.loads(row["settings"]) if row.get("settings") else None,
    )


def _frame(row: Row) -> FrameRecord:
    sha256 = row["sha256"]
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise ValueError("that is no SHA-256")
    file = CardFile(str(row["folder"]), str(row["name"]), row.get("made_at"))
    return FrameRecord(
        id=int(row["id"]),
        window_id=0,
        session="",
        window="",
        shot_index=None if row["shot_index"] is None else int(row["shot_index"]),
        file=file,
        state=FrameState(row["state"]),
        size=None if row["size"] is None else int(row["size"]),
        sha256=sha256,
        spool_path=row["spool_path"],
        kind=kind_of(file.name),
        adopted=bool(row["adopted"]),
        flag=Flag(row["flag"]) if row.get("flag") else None,
        pruned_at=_instant(row.get("pruned_at")),
        rebuilt=True,
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _never() -> datetime:
    raise ValueError("a shot without its instants")

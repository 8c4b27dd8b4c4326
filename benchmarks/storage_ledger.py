"""`python -m benchmarks.storage_ledger`: what is asked often of a ledger of 100 000 frames, on SQLite and on PostgreSQL.

A hundred days of sixteen windows, 59 frames each, every one with copies in two sinks; the last window is being drained. Each
question is asked as the daemon and its pages ask it, rows turned into records and all. Times are the best of a few, in ms, and
are to stay under 10. `--json` prints the figures for programs.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from nightside.clock import SystemClock
from nightside.ledger import schema
from nightside.ledger.opening import open_ledger
from nightside.ledger.place import Place, Server
from nightside.ledger.states import FrameState
from nightside.ledger.store import Ledger
from tests.plans import star_trail
from tests.postgres import server

START = datetime(2018, 7, 3, tzinfo=UTC)
DAYS, WINDOWS, FRAMES = 107, 16, 59
SERIAL = "2012345"
LIMIT_MS = 10.0
REPEATS = 15
FOLDER = "/store_00010001/DCIM/100ND3S_"


def session(day: int) -> str:
    return f"{START + timedelta(days=day):%Y%m%d}-star-trail"


def fill(ledger: Ledger) -> int:
    """Write the rows as the ledger's own methods would leave them, a day in a transaction."""
    window_id = 0
    for day in range(DAYS):
        with ledger._transaction() as entry:  # noqa: SLF001 — no method writes a hundred thousand at once
            for orbit in range(WINDOWS):
                window_id += 1
                last = day == DAYS - 1 and orbit == WINDOWS - 1
                for table, rows in window(window_id, day, orbit, last=last).items():
                    if rows:
                        entry.db.execute(insert(schema.metadata.tables[table]), rows)
    return window_id * FRAMES


def window(window_id: int, day: int, orbit: int, *, last: bool) -> dict[str, list[dict[str, Any]]]:
    laid = star_trail(START + timedelta(days=day, minutes=92.9 * orbit), FRAMES)
    rows: dict[str, list[dict[str, Any]]] = {"windows": [], "shots": [], "frames": [], "copies": [], "events": []}
    rows["windows"].append(
        {
            "id": window_id,
            "session": session(day),
            "name": laid.id,
            "serial": SERIAL,
            "program": laid.program,
            "start": laid.span.start,
            "end": laid.span.end,
            "plan": laid.model_dump(mode="json"),
            "station": "cupola",
            "phase": "draining" if last else "closed",
        }
    )
    for shot in laid.shots:
        frame_id = (window_id - 1) * FRAMES + shot.index + 1
        state = FrameState.SAFE if not last else FrameState.DRAINED if shot.index < FRAMES // 2 else FrameState.ON_CARD
        path = f"{session(day)}/{laid.id}/{SERIAL}-{shot.index:05}-DSC_{frame_id % 9999:04}.nef"
        rows["shots"].append(
            {
                "window_id": window_id,
                "index": shot.index,
                "open_at": shot.open_at,
                "close_at": shot.close_at,
                "state": "exposed",
                "opened_at": shot.open_at,
                "opened_late_s": 0.001,
                "closed_at": shot.close_at,
            }
        )
        rows["frames"].append(
            {
                "id": frame_id,
                "window_id": window_id,
                "shot_index": shot.index,
                "folder": FOLDER,
                "name": f"DSC_{frame_id % 9999:04}.NEF",
                "kind": "nef",
                "state": state,
                "size": 12_000_000,
                "sha256": f"{frame_id:064x}",
                "spool_path": None if state is FrameState.ON_CARD else path,
                "made_at": 1.5e9 + frame_id,
            }
        )
        held = ("archive", "nas") if state is FrameState.SAFE else ()
        rows["copies"] += [{"frame_id": frame_id, "sink": sink, "path": path, "verified_at": shot.close_at} for sink in held]
        rows["events"] += [
            {"at": shot.close_at, "kind": kind, "window_id": window_id, "frame_id": frame_id, "detail": {"path": path}}
            for kind in ("frame-on-card", "frame-drained", "frame-stored", "frame-safe")
        ]
    return rows


QUESTIONS: dict[str, Callable[[Ledger], object]] = {
    "listing a session's frames (944)": lambda ledger: ledger.frames(session=session(DAYS // 2)),
    "a window's frames (59)": lambda ledger: ledger.frames(WINDOWS * DAYS),
    "a window's shots (59)": lambda ledger: ledger.shots(WINDOWS * DAYS),
    "the state summary, of all": lambda ledger: ledger.summary(),
    "the state summary, of a session": lambda ledger: ledger.summary(session(DAYS // 2)),
    "the next to drain": lambda ledger: ledger.to_drain(SERIAL, 1),
    "the next to store": lambda ledger: ledger.owed("archive", 1),
    "what a restart goes on with": lambda ledger: ledger.unfinished(SERIAL),
    "the last night of a program": lambda ledger: ledger.shot_until(SERIAL, "star-trail"),
}


def best_ms(act: Callable[[], object]) -> float:
    act()
    times: list[float] = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return min(times) * 1000


def asked(place: Place) -> dict[str, float]:
    clock = SystemClock()
    ledger = open_ledger(place, clock, "cupola")
    fill(ledger)
    f, t = schema.frames.c, schema.tallies.c
    with ledger._transaction() as entry:  # noqa: SLF001
        counted = select(f.window_id, f.state, func.count(), func.sum(f.size)).group_by(f.window_id, f.state)
        entry.db.execute(insert(schema.tallies).from_select([t.window_id, t.state, t.frames, t.bytes], counted))
        if isinstance(place, Server):
            entry.db.execute(text("ANALYZE"))  # as the server does by itself
    ledger.close()
    begun = time.perf_counter()
    ledger = open_ledger(place, clock, "cupola")
    opened = time.perf_counter() - begun
    found = {question: best_ms(partial(ask, ledger)) for question, ask in QUESTIONS.items()}

    def step() -> None:
        ledger.failed(WINDOWS * DAYS * FRAMES, str(time.perf_counter()))

    found["writing one step, synced"] = best_ms(step)
    ledger.close()
    return {"opening it, with the check that it is whole": opened * 1000, **found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json: bool = parser.parse_args().json
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        figures["SQLite"] = asked(Path(folder) / "ledger.sqlite")
    with suppress(pytest.skip.Exception), server() as running:
        figures["PostgreSQL"] = asked(Server(running.url(running.new_database()), "cupola"))
    if as_json:
        print(json.dumps({"frames": WINDOWS * DAYS * FRAMES, "ms": figures}, indent=2))
        return
    print(f"a ledger of {WINDOWS * DAYS * FRAMES} frames; milliseconds, the best of {REPEATS}")
    for question in figures["SQLite"]:
        print(f"{question:45}" + "".join(f"{name:>12} {times[question]:7.2f}" for name, times in figures.items()))
    if "PostgreSQL" not in figures:
        print("PostgreSQL is not installed here, so nothing was tried on it: apt-get install postgresql")
    slow = {
        f"{question} ({name})"
        for name, times in figures.items()
        for question, took in times.items()
        if question in QUESTIONS and took >= LIMIT_MS
    }
    print(f"slower than {LIMIT_MS:g} ms: {', '.join(sorted(slow)) or 'none'}")


if __name__ == "__main__":
    main()

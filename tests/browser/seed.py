"""`python -m tests.browser.seed FOLDER SHOTS`: a ledger and a spool as a long night leaves them, in a second.

All frames have the same bytes, so that what is looked at is the page, and not how quickly pictures are decoded; one has a name that
means ill. In a process of its own: the tests' own event loop must not wait for a disk.
"""

import hashlib
import io
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy import insert, update

from nightside.clock import SystemClock
from nightside.ledger import schema
from nightside.ledger.opening import open_ledger
from nightside.ledger.states import WindowPhase
from nightside.plan.values import Overrun, Plan, Shot, Span
from nightside_drivers.api import Exposure

START = datetime(2018, 7, 3, 20, 6, 34, tzinfo=UTC)
SERIAL = "2012345"
HOSTILE = '"><img src=x onerror=alert(1)>{{7*7}}\u202egpj.JPG'
MISSED = 4
"""Index of a shot that has no frame."""


def seed(folder: Path, count: int) -> None:
    """Fill it."""
    content = _sky()
    path = "20180703-interval/20180703T200634Z/one.jpg"
    (folder / "spool" / path).parent.mkdir(parents=True)
    (folder / "spool" / path).write_bytes(content)
    opens = [START + timedelta(seconds=3 * index) for index in range(count)]
    shots = tuple(
        Shot(index=index, open_at=at, close_at=at + timedelta(seconds=1), exposure=Exposure(1.0))
        for index, at in enumerate(opens)
    )
    span = Span(start=START, end=opens[-1] + timedelta(minutes=1), uncertainty_s=0.0)
    plan = Plan(
        program="interval", kind="interval", body="D3s", span=span, shots=shots, overrun=Overrun.SKIP, slack_s=1, frame_bytes=1
    )
    ledger = open_ledger(folder / "ledger.sqlite", SystemClock())
    window = ledger.begin("20180703-interval", SERIAL, plan)
    ledger.remember_card(window.id, [])
    ledger.missed(window.id, MISSED, "The shutter should have opened 0.3 s earlier, and was left closed.")
    for phase in (WindowPhase.SHOOTING, WindowPhase.SETTLING, WindowPhase.DRAINING, WindowPhase.CLOSED):
        ledger.enter(window.id, phase)
    known = {"window_id": window.id, "state": "safe", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    known |= {"spool_path": path, "adopted": False, "kind": "jpeg", "folder": "/store_00010001/DCIM/100ND3S_"}
    names = [HOSTILE if index == 1 else f"DSC_{index:05}.JPG" for index in range(count)]
    frames = [known | {"shot_index": index, "name": name} for index, name in enumerate(names) if index != MISSED]
    with ledger._engine.begin() as db:
        taken = {"state": "exposed", "opened_at": START, "opened_late_s": 0.001, "closed_at": START}
        db.execute(update(schema.shots).where(schema.shots.c.index != MISSED).values(taken))
        db.execute(insert(schema.frames), frames)
        copies = [
            {"frame_id": number, "sink": "frames", "path": path, "verified_at": START} for number in range(1, len(frames) + 1)
        ]
        db.execute(insert(schema.copies), copies)
    ledger.close()


def _sky() -> bytes:
    dark = np.random.default_rng(1).poisson(6, (426, 640, 3)).astype(np.uint8)
    dark[::40, ::40] = 255
    written = io.BytesIO()
    Image.fromarray(dark).save(written, "JPEG")
    return written.getvalue()


if __name__ == "__main__":
    seed(Path(sys.argv[1]), int(sys.argv[2]))

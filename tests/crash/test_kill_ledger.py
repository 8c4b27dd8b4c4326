"""Kill −9 at random transactions: what the ledger said it had written is there, whole, and of the one in flight all or nothing."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nightside.clock import SystemClock
from nightside.ledger.opening import open_ledger
from nightside.ledger.place import Place, Server
from tests.daemon.ledger.replay import replayed, stored
from tests.postgres import Postgres

KILLS = 12
LONGEST = 120
"""Transactions after which a writer is killed at the latest."""

WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from nightside.clock import SystemClock
from nightside.ledger.opening import open_ledger
from nightside.ledger.place import Server
from nightside.plan.values import Overrun, Plan, Shot, Span
from nightside_drivers.api import CardFile, Exposure, Fetched

where, number = sys.argv[1], int(sys.argv[2])
place = Server(where, "cupola", 20.0) if "://" in where else Path(where)
ledger = open_ledger(place, SystemClock())
start = datetime(2018, 7, 3, tzinfo=UTC) + timedelta(hours=number)
opens = [start + timedelta(seconds=index) for index in range(60)]
plan = Plan(
    program="star-trail", kind="star-trail", body="Nikon D3s",
    span=Span(start=start, end=start + timedelta(minutes=5), uncertainty_s=0),
    shots=tuple(
        Shot(index=i, open_at=at, close_at=at + timedelta(seconds=1), exposure=Exposure(1.0, 800)) for i, at in enumerate(opens)
    ),
    overrun=Overrun.PUSH, slack_s=0.2, frame_bytes=1,
)
window = ledger.begin("session", "2012345", plan)
def said(what):
    print(window.id, what, flush=True)
said("begun")
for shot in plan.shots:
    ledger.arm(window.id, [shot.index]); said(f"shot {shot.index} armed")
    ledger.exposed(window.id, shot.index, shot.open_at, 0.0, shot.close_at); said(f"shot {shot.index} exposed")
    ledger.on_card(window.id, shot.index, CardFile("/store", f"{shot.index}.JPG")); said(f"file {shot.index} on-card")
    frame = ledger.frames(window.id)[-1]
    ledger.drained(frame.id, Fetched(5, f"{frame.id:064x}"), f"s/{frame.id}"); said(f"file {shot.index} drained")
    ledger.stored(frame.id, "archive", f"s/{frame.id}")
    ledger.safe(frame.id); said(f"file {shot.index} safe")
"""

ORDER = {"shot": ("planned", "armed", "exposed"), "file": ("on-card", "drained", "safe")}


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return tmp_path / "ledger.sqlite"
    postgres: Postgres = request.getfixturevalue("postgres")
    return Server(postgres.url(postgres.new_database()), "cupola", 20.0)


def killed_after(lines: int, place: Place, number: int) -> list[str]:
    """Kill a writer as soon as it has said so many lines; give all that it said."""
    words = [sys.executable, "-c", WRITER, place.url if isinstance(place, Server) else str(place), str(number)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(lines)]
        writer.send_signal(signal.SIGKILL)
        said += writer.stdout.readlines()
    assert writer.returncode == -signal.SIGKILL
    return [line.strip() for line in said if line.endswith("\n")]


def assert_nothing_is_forgotten(place: Place, said: list[str]) -> None:
    ledger = open_ledger(place, SystemClock())
    window_id = int(said[0].split()[0])
    shots = {shot.index: str(shot.state) for shot in ledger.shots(window_id)}
    files = {int(frame.file.name.partition(".")[0]): str(frame.state) for frame in ledger.frames(window_id)}
    assert len(shots) == 60
    for line in said[1:]:
        _, kind, index, state = line.split()
        found = (shots if kind == "shot" else files)[int(index)]
        assert ORDER[kind].index(found) >= ORDER[kind].index(state), line
    assert replayed(ledger.events()) == stored(ledger)
    ledger.close()


def test_a_writer_that_is_killed_at_random_forgets_nothing_and_tears_nothing(place: Place) -> None:
    dice = random.Random(7)  # noqa: S311 — chance, not a secret
    for number in range(KILLS):
        said = killed_after(dice.randint(1, LONGEST), place, number)
        assert_nothing_is_forgotten(place, said)

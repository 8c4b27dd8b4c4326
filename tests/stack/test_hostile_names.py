"""Names and sizes that a body makes up, through the real libgphoto2: they stay inside the spool, and hold nothing up."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nightside.clock import SystemClock
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.states import FrameState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Overrun, Plan, Shot, Span
from nightside.storage.drain import Drain
from nightside.storage.spool import Spool
from nightside.storage.traffic import Traffic
from nightside_drivers.api import Exposure
from nightside_drivers.clock import machine_now
from nightside_drivers.errors import NightsideError
from nightside_drivers.proxy import HostedBody
from tests.stack.hostile_twin import NAMES

START = datetime(2018, 7, 3, 20, 6, 34, tzinfo=UTC)


@pytest.fixture
def port() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stack.hostile_twin"], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    number = json.loads(process.stdout.readline())["port"]
    yield f"ptpip:127.0.0.1:{number}:{number}"
    process.terminate()
    process.wait(10)
    process.stdout.close()


def plan() -> Plan:
    shots = tuple(Shot(index=0, open_at=START, close_at=START + timedelta(seconds=1), exposure=Exposure(1.0)) for _ in range(1))
    span = Span(start=START, end=START + timedelta(minutes=9), uncertainty_s=0)
    return Plan(
        program="p", kind="star-trail", body="D3S", span=span, shots=shots, overrun=Overrun.PUSH, slack_s=1, frame_bytes=1
    )


async def drained(body: HostedBody, drain: Drain) -> None:
    """Drain in as many sessions as it takes; each frame breaks one at the most."""
    for _ in range(2 * len(NAMES)):
        try:
            await body.open()
            await drain.run(body)
        except NightsideError:
            await body.close()
        else:
            return
    pytest.fail("it never came to an end")


async def test_whatever_a_body_calls_its_files_they_stay_in_the_spool(tmp_path: Path, port: str) -> None:
    body = HostedBody("gphoto", {"port": port})
    await body.open()
    await body.prepare(Exposure(0.05))
    for _ in NAMES:
        at = machine_now()
        await body.shoot(at, at + 5, at + 0.05)
        await body.reported(2)
    listing = await body.files()
    assert listing

    home = tmp_path / "home" / "spool"
    journal = Journal(await asyncio.to_thread(open_ledger, tmp_path / "ledger.sqlite", SystemClock()))
    window = await journal.do(Ledger.begin, "session", "2012345", plan())
    for file in listing:
        await journal.do(Ledger.on_card, window.id, None, file)
    for phase in (WindowPhase.SHOOTING, WindowPhase.SETTLING, WindowPhase.DRAINING):
        await journal.do(Ledger.enter, window.id, phase)
    drain = Drain(window, await asyncio.to_thread(Spool, home), journal, SystemClock(), Traffic())
    await drained(body, drain)
    await drain.close()
    await body.close()

    frames = await journal.do(Ledger.frames, window.id)
    await asyncio.to_thread(journal.close)
    folder = home / "session" / window.name
    there = await asyncio.to_thread(lambda: {path for path in tmp_path.rglob("*") if path.is_file()})
    spooled = {path for path in there if home in path.parents}
    assert all(path.parent == folder for path in spooled), spooled
    assert all(path.name.isascii() and path.name.isprintable() and len(path.name) < 130 for path in spooled)
    assert not [path for path in there - spooled if "sqlite" not in path.name]
    done = [frame for frame in frames if frame.state is FrameState.DRAINED]
    assert len(done) == len(spooled)
    assert any(frame.file.name == "DSC_0001.JPG" for frame in done)  # those who behave are not held up by the others
    huge = [frame for frame in frames if frame.file.name == "HUGE.JPG"]
    assert all(frame.state is FrameState.ON_CARD and frame.error for frame in huge)

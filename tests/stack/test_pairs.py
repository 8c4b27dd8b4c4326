"""NEF and JPEG on the real stack: a shot is safe with both, says what it lacks, and a JPEG that comes late completes it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib import resources
from pathlib import Path

import pytest

from nightside import settings
from nightside.app import Station, station
from nightside.building import build_clock
from nightside.demo import ELEMENTS
from nightside.engine.commands import Abort
from nightside.engine.report import Report
from nightside.engine.reporting import account_of
from nightside.engine.snapshot import Snapshot
from nightside.ledger.states import FileKind, SessionPhase, ShotState, WindowOutcome
from nightside.ledger.store import Ledger
from nightside.sky.elements import load_elements
from nightside_drivers.clock import ScaledClock, SystemClock, rest
from nightside_drivers.testing.process import TwinProcess
from nightside_drivers.twin.codes import Property

SPEED = 60.0
PAIR = 7
"""Compression Setting: NEF and JPEG."""

SHOTS = 3
JPEG, PAIRED = (FileKind.JPEG,), [".jpg", ".nef"]


@pytest.fixture
def clock() -> ScaledClock:
    """A clock that starts shortly before umbra."""
    with resources.as_file(resources.files("nightside.sky").joinpath("data", ELEMENTS)) as path:
        return ScaledClock(load_elements(path).epoch + timedelta(minutes=34), SPEED)


@pytest.fixture
def twin(clock: ScaledClock) -> Iterator[TwinProcess]:
    words = ["--start", clock.start.isoformat(), "--origin", repr(clock.origin), "--speed", repr(clock.speed)]
    with TwinProcess("--scene", "plain", *words) as running:
        running.control.dial(Property.COMPRESSION_SETTING, PAIR)
        yield running


@asynccontextmanager
async def daemon(folder: Path, twin: TwinProcess, clock: ScaledClock) -> AsyncGenerator[Station]:
    with resources.as_file(resources.files("nightside.sky").joinpath("data", ELEMENTS)) as elements:
        tables = {
            "orbit": {"elements": str(elements)},
            "camera": {"port": twin.gphoto_port, "lead_s": 2, "answer_within_s": 5},
            "program": {"kind": "interval", "exposure_s": 5, "every_s": 90, "shots": SHOTS},
            "storage": {
                "spool": str(folder / "spool"),
                "card": "delete-when-safe",
                "sinks": [{"name": "frames", "path": str(folder / "frames")}],
            },
            "ledger": {"path": str(folder / "ledger.sqlite")},
            "clock": {"start": clock.start, "speed": clock.speed, "origin": clock.origin},
        }
        configured = settings.check(tables, folder / "nightside.toml")
    async with station(configured, build_clock(configured)) as here:
        yield here


async def when(here: Station, holds: Callable[[Snapshot], bool]) -> None:
    seen = here.watch.board.now
    while not holds(seen):
        seen = await here.watch.board.after(seen)


async def leave_at_once(here: Station) -> None:
    """Abort as soon as the daemon says that it waits for files."""
    await when(here, lambda now: any("may still be writing to its card: 2 shots lack files" in why for why in now.awaits))
    here.watch.controls.give(Abort())


async def one_window(folder: Path, twin: TwinProcess, clock: ScaledClock) -> Report:
    async with daemon(folder, twin, clock) as here:
        leaving = asyncio.create_task(leave_at_once(here))
        try:
            async for report in here.watch.run(1):
                return report
        finally:
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)
    raise AssertionError("a watch of one window gives one report")


async def looked_again(folder: Path, twin: TwinProcess, clock: ScaledClock) -> Report:
    """What the ledger has of the first window when another daemon has looked for what it lacks."""
    async with daemon(folder, twin, clock) as here:

        async def watch() -> None:
            async for _ in here.watch.run(1):
                pass

        watching = asyncio.create_task(watch())
        try:
            await when(here, lambda now: now.session_phase in {SessionPhase.PLANNING, SessionPhase.WAITING})
            await here.feeding.caught_up()
            first = (await here.journal.do(Ledger.windows))[0]
            return await account_of(here.journal, first.id)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


def on_card(twin: TwinProcess) -> set[str]:
    (card, *_) = twin.control.state()["cards"]
    return {Path(path).suffix for path in card["files"]}


def copies(folder: Path) -> dict[int, list[str]]:
    """What the sink holds of each shot."""
    found: dict[int, list[str]] = {}
    for path in sorted((folder / "frames").rglob("*")):
        if path.suffix in PAIRED:
            found.setdefault(int(path.name.split("-")[1]), []).append(path.suffix)
    return found


async def test_a_shot_is_safe_only_with_both_files_and_says_what_it_lacks_until_that_comes(
    twin: TwinProcess, clock: ScaledClock, tmp_path: Path
) -> None:
    never, late, whole = 0, 1, 2
    twin.control.fault("raw-without-jpeg", after_shots=never + 1, times=1)
    twin.control.fault("jpeg-late", after_shots=late + 1, times=1, seconds=6 * SPEED)
    report = await one_window(tmp_path, twin, clock)
    assert [shot.state for shot in report.shots] == [ShotState.EXPOSED] * SHOTS
    assert {shot.index: shot.lacks for shot in report.shots if not shot.safe} == {never: JPEG, late: JPEG}
    assert (report.safe, report.incomplete, report.outcome) == (1, 2, WindowOutcome.PARTIAL)
    assert await asyncio.to_thread(copies, tmp_path) == {whole: PAIRED, never: [".nef"], late: [".nef"]}
    assert {".NEF"} == await asyncio.to_thread(on_card, twin)  # of what is incomplete nothing is deleted, of what is whole all
    async with asyncio.timeout(30):
        while len((await asyncio.to_thread(twin.truth))[late]["files"]) < 2:
            await rest(SystemClock(), 0.1)
    report = await looked_again(tmp_path, twin, clock)
    assert {shot.index: shot.lacks for shot in report.shots if not shot.safe} == {never: JPEG}
    assert (report.safe, report.incomplete, report.outcome) == (2, 1, WindowOutcome.PARTIAL)
    assert await asyncio.to_thread(copies, tmp_path) == {whole: PAIRED, never: [".nef"], late: PAIRED}

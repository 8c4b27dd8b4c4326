"""The demonstration: one real orbital night on a simulated D3s, through the real libgphoto2.

Nothing between the plan and the card is mocked. The elements are the International Space Station's as published, the daemon is
the one that `nightside run` starts, and the camera is the twin in a process of its own, driven over PTP/IP. Only time is changed:
both processes share one scaled clock, which starts at the elements' epoch, so that nothing is stale.
"""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from importlib import resources
from pathlib import Path

from PIL import Image, ImageChops

from nightside import settings as configuration
from nightside.app import Station, build_clock, station
from nightside.clock import ScaledClock
from nightside.engine.report import Report
from nightside.errors import CallPerson, FolderUnwritable
from nightside.ledger.records import WindowRecord
from nightside.settings import Settings
from nightside.sky.elements import load_elements

ELEMENTS = "iss-2018-07-03.tle"
SERIAL = "2012345"
TWIN_STARTS_WITHIN_S = 30.0

CONFIGURATION = """\
# The demonstration's configuration. `nightside frames -c THIS` lists what was taken.
[orbit]
elements = "{elements}"

[night]
condition = "umbra"
min_length_s = 600

[camera]
port = "ptpip:127.0.0.1:{port}:{port}"
serial = "{serial}"
lead_s = 5

[program]
kind = "star-trail"
exposure_s = 30
iso = 800

[storage]
spool = "spool"
sinks = [{{ name = "frames", path = "frames" }}]

[ledger]
path = "ledger.sqlite"

[clock]
start = {start}
speed = {speed:g}
origin = {origin!r}
"""

Watching = Callable[[Station, WindowRecord], Awaitable[None]]
"""Is run beside the night, to show how far it has come; ended when the night ends."""


class TwinSilent(CallPerson):
    """The simulated camera did not start."""

    code = "twin-silent"
    exit_code = 27


async def night(folder: Path, speed: float, watching: Watching) -> Report:
    """Run one night in `folder`, `speed` times as fast as it was, and give its account.

    Raises:
        NightsideError: the folder cannot be written, or the night failed.
    """
    elements, epoch = await asyncio.to_thread(_elements_into, folder)
    clock = ScaledClock(epoch, speed)
    async with _twin(clock) as port:
        settings = await asyncio.to_thread(_configure, folder, elements, clock, port)
        return await _shoot(settings, watching)


def new_folder(root: Path) -> Path:
    """The next free numbered folder below `root`, so that no demonstration overwrites another.

    Raises:
        FolderUnwritable: it cannot be made.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        taken = [int(entry.name) for entry in root.iterdir() if entry.name.isdecimal()]
        folder = root / f"{max(taken, default=0) + 1:03}"
        folder.mkdir()
    except OSError as error:
        raise FolderUnwritable(
            f"The demonstration cannot write to {root}: {error.strerror}.", remedy="Give it another folder with --folder."
        ) from error
    return folder


def stack(frames: Path, into: Path) -> None:
    """Lay all frames of a folder over each other, the lighter pixel winning: points become trails. `into` is a JPEG."""
    pictures = sorted(frames.glob("*.jpg"))
    stacked: Image.Image = Image.open(pictures[0])
    for picture in pictures[1:]:
        stacked = ImageChops.lighter(stacked, Image.open(picture))
    stacked.save(into, quality=90)


def _elements_into(folder: Path) -> tuple[Path, datetime]:
    with resources.as_file(resources.files("nightside.sky").joinpath("data", ELEMENTS)) as shipped:
        path = Path(shutil.copy(shipped, folder / ELEMENTS))
    return path, load_elements(path).epoch


def _configure(folder: Path, elements: Path, clock: ScaledClock, port: int) -> Settings:
    """Write the configuration, so that every other command can be pointed at this night, and read it back."""
    path = folder / "nightside.toml"
    start = clock.start.isoformat()
    text = CONFIGURATION.format(
        elements=elements.name, port=port, serial=SERIAL, start=start, speed=clock.speed, origin=clock.origin
    )
    path.write_text(text, encoding="utf-8")
    return configuration.load(path)


async def _shoot(settings: Settings, watching: Watching) -> Report:
    started: asyncio.Queue[WindowRecord] = asyncio.Queue()
    async with station(settings, build_clock(settings)) as here:

        async def watch() -> None:
            await watching(here, await started.get())

        beside = asyncio.create_task(watch())
        try:
            async for report in here.watch.run(1, started.put_nowait):
                return report
        finally:
            beside.cancel()
            await asyncio.gather(beside, return_exceptions=True)
    raise AssertionError("unreachable: a watch of one window gives one report, or raises")


@asynccontextmanager
async def _twin(clock: ScaledClock) -> AsyncGenerator[int]:
    """A D3s on the same clock, in a process of its own; gives its PTP/IP port."""
    arguments = {
        "--body": "d3s",
        "--port": "0",
        "--serial": SERIAL,
        "--start": clock.start.isoformat(),
        "--origin": repr(clock.origin),
        "--speed": repr(clock.speed),
        "--scene": "cupola",
    }
    flat = [word for pair in arguments.items() for word in pair]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nightside_drivers.twin", *flat, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield await _port_of(process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _port_of(process: asyncio.subprocess.Process) -> int:
    assert process.stdout is not None  # noqa: S101 — it was asked for
    try:
        async with asyncio.timeout(TWIN_STARTS_WITHIN_S):
            return int(json.loads(await process.stdout.readline())["port"])
    except (TimeoutError, ValueError, KeyError):
        raise TwinSilent(
            "The simulated camera did not start.", remedy="Run `nightside twin` by itself to see what it says."
        ) from None

"""A rehearsal: a night as configured, on a twin instead of the body, at a scaled clock. Everything else is the real thing.

The daemon is the one that `nightside run` starts, with its child process, libgphoto2, PTP/IP and, where a release is wired, a
serial line. What is kept apart is in `staging`, how the twin is started and set by hand in `camera`; here the two are put
together. `nightside.demo` is the rehearsal of a configuration that ships with Nightside.
"""

import asyncio
from collections.abc import Awaitable, Callable

from nightside.app import Station, station
from nightside.engine.report import Report
from nightside.ledger.records import WindowRecord
from nightside.rehearsal.camera import playing
from nightside.rehearsal.staging import Stage, cast_as

Watching = Callable[[Station, WindowRecord], Awaitable[None]]
"""Is run beside the night, to show how far it has come; ended when the night ends."""


async def rehearse(stage: Stage, watching: Watching) -> Report:
    """Live through the window that was staged, and give its account.

    Raises:
        NightsideError: the twin did not start, the folder cannot be written, or the night failed.
    """
    clock = stage.start()
    async with playing(stage, clock) as twin:
        settings = await asyncio.to_thread(cast_as, stage, clock, twin)
        async with station(settings, clock) as here:
            return await _see(here, watching)


async def _see(here: Station, watching: Watching) -> Report:
    started: asyncio.Queue[WindowRecord] = asyncio.Queue()

    async def watch() -> None:
        await watching(here, await started.get())

    beside = asyncio.create_task(watch())
    try:
        async for report in here.watch.run(1, started.put_nowait):
            await here.feeding.all_caught_up()  # a real night's daemon would go on, and feed those that can be done without
            return report
    finally:
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)
    raise AssertionError("unreachable: a watch of one window gives one report, or raises")

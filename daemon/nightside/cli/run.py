"""`nightside run`: the daemon in the foreground."""

import asyncio
import signal
import sys
from typing import Annotated

import structlog
import typer

from nightside.cli.options import DEFAULT_CONFIG, Config

log = structlog.stdlib.get_logger()


def run(
    config: Config = DEFAULT_CONFIG,
    windows: Annotated[int | None, typer.Option(min=1, help="Stop after so many windows; without end, when not given.")] = None,
) -> None:
    """Shoot: wait for each window, take its plan, drain and store the frames. Ctrl-C stops it, and starting again goes on.

    In a terminal, keys command it: p pauses and resumes, s skips the next shot, q ends the window after this shot, A aborts it,
    e shoots the emergency program now, c confirms what was asked for, ? says what is going on. `nightside tell` does the same from
    another terminal.
    """
    from nightside import log as logging
    from nightside import settings as configuration
    from nightside.app import station
    from nightside.building import build_clock
    from nightside.cli.keys import keys
    from nightside.errors import ShotsMissed
    from nightside.service.tail import Tail

    settings = configuration.load(config)
    clock = build_clock(settings)
    tail = Tail()
    logging.configure(clock, settings.log.level, also=tail.write)

    async def shoot() -> tuple[int, int]:
        """Shots that were planned and those that have a safe frame: of weeks of windows, only that is kept."""
        planned = safe = 0
        stopping = asyncio.current_task()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, _stop, stopping)
        async with station(settings, clock, tail) as here:
            with keys(here.desk, sys.stdin):
                async for report in here.party.run(windows):
                    planned, safe = planned + report.planned, safe + report.safe
        return planned, safe

    try:
        planned, safe = asyncio.run(shoot())
    except asyncio.CancelledError:
        log.info("stopped", next="Start it again to go on with the plan.")
        return
    if planned > safe:
        raise ShotsMissed(
            f"{planned - safe} of {planned} planned shots have no safe frame.",
            remedy="`nightside frames` says which, and why.",
        )


def _stop(task: "asyncio.Task[object] | None") -> None:
    if task is not None:
        task.cancel()

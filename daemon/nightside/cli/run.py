"""`nightside run`: the daemon in the foreground."""

import asyncio
import faulthandler
import signal
import sys
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from io import UnsupportedOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config
from nightside.lean import hurry, load_lean, settle
from nightside.service.astronomer import Astronomer

if TYPE_CHECKING:
    from nightside.engine.desk import Desk


def run(
    config: Config = DEFAULT_CONFIG,
    windows: Annotated[int | None, typer.Option(min=1, help="Stop after so many windows; without end, when not given.")] = None,
    finish_within: Annotated[
        float,
        typer.Option(min=0, max=3600, help="How long (s) what is in hand may take to be finished when it is told to stop."),
    ] = 45.0,
) -> None:
    """Shoot: wait for each window, take its plan, drain and store the frames. Ctrl-C stops it, and starting again goes on.

    Told to stop, it finishes the exposure or the file that is in hand, if that takes no longer than allowed; told again, it stops
    at once.

    In a terminal, keys command it: p pauses and resumes, s skips the next shot, q ends the window after this shot, A aborts it,
    e shoots the emergency program now, c confirms what was asked for, ? says what is going on. `nightside tell` does the same from
    another terminal.

    [bold]nightside run -c cupola.toml --windows 1[/] shoots the next window, and ends.
    """
    if not _at_terminal():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # nothing has been read yet that could be read again
    with hurry():
        _run(config, windows, finish_within)


def _run(config: Path, windows: int | None, finish_within: float) -> None:
    """Until it is stopped, or has shot so many windows."""
    with hired() as astronomer:  # it loads what it needs while the daemon does
        _shoot(astronomer, config, windows, finish_within)


def _shoot(astronomer: Astronomer | None, config: Path, windows: int | None, finish_within: float) -> None:
    load_lean("structlog")  # before anything else of the daemon is loaded
    import structlog

    from nightside import log as logging
    from nightside import settings as configuration
    from nightside.app import station
    from nightside.asking import observatory
    from nightside.building import build_clock
    from nightside.errors import ShotsMissed
    from nightside.service.leaving import Leaving
    from nightside.service.rereading import Rereading
    from nightside.service.systemd import Systemd
    from nightside.service.tail import Tail
    from nightside.service.vigil import Vigil

    with suppress(
        UnsupportedOperation
    ):  # whoever has put something else in the place of standard error has no descriptor for it
        faulthandler.enable()  # the watchdog's signal shows in the log what every thread hung in
    settings = configuration.load(config)
    sky, clock = observatory(settings, astronomer), build_clock(settings)
    tail = Tail()
    logging.configure(clock, settings.log.level, also=tail.write)

    async def shoot() -> tuple[int, int]:
        """Shots that were planned and those that have a safe frame: of weeks of windows, only that is kept."""
        planned = safe = 0
        with Systemd.of_environment() as systemd:
            leaving = Leaving(finish_within, clock, systemd)
            leaving.heed(asyncio.current_task())
            rereading = Rereading(clock, systemd)
            if not _at_terminal():  # SIGHUP of a terminal that is closed means what it always does
                rereading.heed()
            async with station(settings, clock, tail, systemd.waiting, config, sky) as here:
                rereading.of(here.configuration)
                leaving.at_work = [watch.controls for watch in here.party.watches]
                vigil = asyncio.create_task(Vigil(systemd, here.pulse, clock, lambda: here.desk.snapshots).keep())
                asyncio.get_running_loop().call_soon(settle)  # once it has been told that it is ready
                with keys_of(here.desk), ending(vigil):
                    async for report in here.party.run(windows):
                        planned, safe = planned + report.planned, safe + report.safe
        return planned, safe

    try:
        planned, safe = asyncio.run(shoot())
    except asyncio.CancelledError:
        structlog.stdlib.get_logger().info("stopped", next="Start it again to go on with the plan.")
        return
    if planned > safe:
        raise ShotsMissed(
            f"{planned - safe} of {planned} planned shots have no safe frame.",
            remedy="`nightside frames` says which, and why.",
        )


@contextmanager
def hired() -> Generator[Astronomer | None]:
    """Somebody who answers what the sky is asked, until the block is left; nobody yet, where this computer has no room now."""
    try:
        astronomer = Astronomer()
    except OSError:
        yield None  # who asks is told
        return
    try:
        yield astronomer
    finally:
        astronomer.end()


def keys_of(desk: "Desk") -> AbstractContextManager[None]:
    """The terminal's keys command it, where there is a terminal; what shows them is loaded only there."""
    if not _at_terminal():
        return nullcontext()
    from nightside.cli.keys import keys

    return keys(desk, sys.stdin)


@contextmanager
def ending(task: "asyncio.Task[None]") -> Generator[None]:
    """End a task with the block."""
    try:
        yield
    finally:
        task.cancel()


def _at_terminal() -> bool:
    """Whether somebody types here. Python has no standard input at all where its descriptor was closed."""
    found: TextIO | None = sys.stdin
    return found is not None and found.isatty()

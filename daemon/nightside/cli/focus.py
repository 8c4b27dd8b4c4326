"""`nightside focus`: look through the camera, and say how large the stars are while a person turns the ring."""

import asyncio
import signal
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nightside.cli.completing import serials
from nightside.cli.options import DEFAULT_CONFIG, Config

if TYPE_CHECKING:
    from nightside.cli.focus_report import Report
    from nightside.clock import Clock
    from nightside.focus.viewfinder import Stream
    from nightside.settings import Camera, Settings
    from nightside_drivers.api import Look

LOOKS_AROUND = 5
"""Pictures of the whole frame in which a star to magnify is looked for."""

Body = Annotated[
    str,
    typer.Option(
        help="Which of several bodies, by its serial number; the first, when not given.",
        metavar="SERIAL",
        autocompletion=serials,
    ),
]
Magnify = Annotated[
    int,
    typer.Option(min=0, max=1000, help="Per cent of the sensor's own pixels, as in 100; 0 is the whole picture.", metavar="%"),
]
At = Annotated[
    str,
    typer.Option(
        help="What to magnify, in per cent of the frame, as in 30,80; the brightest star, when not given.", metavar="X,Y"
    ),
]
Frames = Annotated[int | None, typer.Option(min=1, help="Stop after so many pictures; with --save, after one.", metavar="N")]
Save = Annotated[Path | None, typer.Option(help="Keep the first picture in this file.", metavar="FILE.jpg")]
Film = Annotated[
    Path | None,
    typer.Option("--mjpeg", help="Keep every picture in this file, or give them to a player through -.", metavar="FILE"),
]


def focus(
    config: Config = DEFAULT_CONFIG,
    body: Body = "",
    magnify: Magnify = 0,
    at: At = "",
    frames: Frames = None,
    save: Save = None,
    mjpeg: Film = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON a picture.")] = False,
) -> None:
    """Focus in the dark: live view, and the size of its stars, picture by picture. The smaller the better. Ctrl-C ends it.

    [bold]nightside focus --magnify 100[/] magnifies the brightest star.
    [bold]nightside focus --mjpeg - | mpv -[/] shows the picture in a player.
    """
    from nightside import settings as configuration
    from nightside.building import build_clock
    from nightside.cli.focus_report import Report
    from nightside_drivers.api import Look

    settings = configuration.load(config)
    look = Look(magnify, _place(at)) if at else Look(magnify)
    view = _View(settings, _camera(settings, body), build_clock(settings))
    with Report(save, mjpeg, as_json=as_json) as report:
        count = 1 if frames is None and save is not None else frames
        with suppress(asyncio.CancelledError, BrokenPipeError):  # Ctrl-C, or the player was closed: that is how one ends it
            asyncio.run(_look(view, look, report, count, aim=bool(magnify and not at)))
        report.end()


@dataclass(frozen=True)
class _View:
    """Through which body, and by whose time."""

    settings: "Settings"
    camera: "Camera"
    clock: "Clock"


async def _look(view: _View, look: "Look", report: "Report", count: int | None, *, aim: bool) -> None:
    from nightside.building import build_viewfinder
    from nightside.cli.meet import neighbour
    from nightside.focus.beside import gate_beside
    from nightside_drivers.api import Look

    task = asyncio.current_task()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, task.cancel if task else lambda: None)
    async with AsyncExitStack() as stack:
        camera = view.camera
        ask = await gate_beside(neighbour(view.settings, camera), camera.serial, view.clock, stack)
        viewfinder = build_viewfinder(camera, view.clock, ask)
        stream = await stack.enter_async_context(viewfinder.stream(Look() if aim else look))
        if aim:
            stream.look = Look(look.percent, await _brightest(stream, report))
        async with aclosing(stream.pictures(count)) as pictures:
            async for shown in pictures:
                await asyncio.to_thread(report.take, shown, stream)


async def _brightest(stream: "Stream", report: "Report") -> tuple[float, float]:
    """Where the brightest star is that can be measured; the middle, where none is seen."""
    from nightside.errors import PictureDamaged
    from nightside.focus.pictures import decoded
    from nightside.focus.stars import measure

    async with aclosing(stream.pictures(LOOKS_AROUND)) as pictures:
        async for shown in pictures:
            try:
                size = await asyncio.to_thread(measure, await asyncio.to_thread(decoded, shown.jpeg))
            except PictureDamaged:
                continue
            if size.target is not None:
                across, down = size.target.at
                report.aside(f"Magnifying the star at {100 * across:.0f},{100 * down:.0f}.")
                return size.target.at
    report.aside("No star was found in the whole picture: magnifying its middle.")
    return 0.5, 0.5


def _camera(settings: "Settings", serial: str) -> "Camera":
    from nightside.errors import ConfigRefused

    if not serial:
        return settings.camera
    known = {camera.serial: camera for camera in settings.every_camera if camera.serial}
    if serial not in known:
        raise ConfigRefused(
            f"No body with the serial number {serial} is configured.",
            remedy=f"Known: {', '.join(known) or 'none by its number'}.",
        )
    return known[serial]


def _place(text: str) -> tuple[float, float]:
    from nightside.errors import RangeRefused

    try:
        across, down = (float(part) / 100 for part in text.split(","))
    except ValueError:
        across = down = -1.0
    if not (0 <= across <= 1 and 0 <= down <= 1):
        raise RangeRefused(f"--at is {text!r}, which is no place in a picture.", remedy="Write it in per cent, as in 30,80.")
    return across, down

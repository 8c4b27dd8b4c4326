"""`nightside rehearse`: tonight, before the night, on a simulated camera."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from nightside.cli.completing import toml_files
from nightside.cli.night_bars import NightBars, progress
from nightside.cli.options import Json, instant
from nightside.cli.output import aside, clock_face, console, length, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from nightside.engine.report import Report
    from nightside.rehearsal.staging import Stage


def rehearse(
    file: Annotated[Path, typer.Argument(help="The configuration (TOML) of the night to rehearse.", autocompletion=toml_files)],
    speed: Annotated[
        float | None,
        typer.Option(
            help="How many times as fast the night goes by, 1 to 400. 60, or what the program allows, when not given."
        ),
    ] = None,
    folder: Annotated[
        Path, typer.Option(help="Where everything is put that tonight would go elsewhere; each gets a numbered folder.")
    ] = Path("nightside-rehearsal"),
    faults: Annotated[Path | None, typer.Option(help="What goes wrong with the camera (TOML; see the twin's faults).")] = None,
    window: Annotated[int, typer.Option(min=1, max=1000, help="Which window from now on; 1 is the next.")] = 1,
    at: Annotated[str | None, typer.Option(help="Rehearse as if it were this instant (UTC).")] = None,
    as_json: Json = False,
) -> None:
    """Tonight's plan on the real stack at a scaled clock: libgphoto2, a simulated camera, the wired line, verified files.

    [bold]nightside rehearse nightside.toml --speed 60[/] rehearses the next window.
    """
    from nightside import settings as configuration
    from nightside.building import build_clock
    from nightside.rehearsal.camera import check_faults
    from nightside.rehearsal.staging import new_folder, stage

    settings = configuration.load(file)
    if faults is not None:
        check_faults(faults)
    after = build_clock(settings).utc() if at is None else instant(at, "--at")
    # Staged before there is a folder, so that a refusal leaves nothing behind.
    staged = stage(settings, folder, after, speed=speed, window=window, faults=faults)
    _announce(staged, aside if as_json else console)
    ended(perform(staged.put_into(new_folder(folder)), as_json=as_json))


def perform(staged: "Stage", *, as_json: bool = False) -> tuple["Stage", "Report"]:
    """Rehearse with bars, log and table, and say where everything is; for programs, in JSON, with the bars on standard error."""
    from nightside import log
    from nightside.cli.report import print_report
    from nightside.clock import SystemClock
    from nightside.rehearsal import rehearse as live
    from nightside.rehearsal.staging import CONFIGURATION

    run = staged.folder
    with (run / "nightside.log").open("w", encoding="utf-8") as lines:
        log.configure(SystemClock(), staged.settings.log.level, lines)
        with progress(aside if as_json else console) as bars:
            watching = NightBars(bars)
            report = asyncio.run(live(staged, watching))
            watching.finish(report)
    frames = staged.frames(report.session, report.window)
    if as_json:
        print_json({"report": report, "frames": frames, "log": run / "nightside.log", "configuration": run / CONFIGURATION})
        return staged, report
    print_report(report)
    console.print(f"frames  {frames}\nproof   cd {frames} && sha256sum -c SHA256SUMS", soft_wrap=True, markup=False)
    console.print(f"log     {run / 'nightside.log'}", soft_wrap=True, markup=False)
    console.print(f"again   nightside frames -c {run / CONFIGURATION}", soft_wrap=True, markup=False)
    return staged, report


def ended(performed: tuple["Stage", "Report"]) -> None:
    """End as a real window ends.

    Raises:
        ShotsMissed: a planned shot has no safe frame.
    """
    from nightside.errors import ShotsMissed

    staged, report = performed
    if not report.whole:
        raise ShotsMissed(
            f"{report.planned - report.safe} of {report.planned} planned shots have no safe frame.",
            remedy=f"The reasons are in the table above and in {staged.folder / 'nightside.log'}.",
        )


def _announce(staged: "Stage", on: "Console") -> None:
    tonight, here = len(staged.tonight.shots), len(staged.plan.shots)
    on.print(
        f"Rehearsing {escape(staged.tonight.program)} in the window of {clock_face(staged.tonight.span.start)} UTC, "
        f"{staged.speed:g} times as fast, on a simulated {staged.part.body.model}: {length(staged.takes_s)} or so."
    )
    if staged.part.instead_of is not None:
        aside.print(
            f"[yellow]note:[/] no twin plays the {escape(staged.part.instead_of)}; the {staged.part.body.model} plays it, "
            "and what it can do is what is rehearsed."
        )
    if here != tonight:
        aside.print(
            f"[yellow]note:[/] tonight has {tonight} shots, the rehearsal {here}: what the body needs between two exposures "
            f"is not sped up, and looks {staged.speed:g} times as long."
        )

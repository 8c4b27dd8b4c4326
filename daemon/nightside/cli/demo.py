"""`nightside demo`: the whole of Nightside in a minute and a half."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from nightside.cli.output import clock_face, console, length

if TYPE_CHECKING:
    from nightside.app import Station
    from nightside.engine.report import Report
    from nightside.ledger.records import WindowRecord

LOOK_EVERY_S = 0.2


def demo(
    folder: Annotated[Path, typer.Option(help="Where to put the run; each gets a numbered folder of its own.")] = Path(
        "nightside-demo"
    ),
    speed: Annotated[float, typer.Option(min=1, max=400, help="How many times as fast as it was the night goes by.")] = 60,
) -> None:
    """One real orbital night, end to end: ISS elements, umbra, plan, a simulated D3s through libgphoto2, verified files."""
    from nightside import demo as demonstration
    from nightside import log
    from nightside.cli.report import print_report
    from nightside.clock import SystemClock
    from nightside.errors import ShotsMissed

    run = demonstration.new_folder(folder)
    with (run / "nightside.log").open("w", encoding="utf-8") as lines:
        log.configure(SystemClock(), "info", lines)
        console.print(
            f"A night of the International Space Station, {speed:g} times as fast as it was, on a simulated Nikon D3s."
        )
        with Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[says]}"), console=console
        ) as bars:
            watching = Watching(bars)
            report = asyncio.run(demonstration.night(run, speed, watching))
            watching.finish(report)
    print_report(report)
    frames = run / "frames" / report.session / report.window
    console.print(
        f"frames  {frames}\nproof   cd {frames} && sha256sum -c SHA256SUMS\nlog     {run / 'nightside.log'}", soft_wrap=True
    )
    console.print(f"again   nightside frames -c {run / 'nightside.toml'}", soft_wrap=True)
    if report.safe:
        demonstration.stack(frames, run / "star-trail.jpg")
        console.print(f"picture {run / 'star-trail.jpg'}, all frames laid over each other", soft_wrap=True)
    if not report.whole:
        raise ShotsMissed(
            f"{report.planned - report.safe} of {report.planned} planned shots have no safe frame.",
            remedy=f"The reasons are in the table above and in {run / 'nightside.log'}.",
        )


class Watching:
    """Shows how far a night has come, from the ledger, like everybody who only looks."""

    def __init__(self, bars: Progress) -> None:
        """`bars` is being displayed."""
        self._bars = bars
        self._counts: dict[str, TaskID] = {}

    async def __call__(self, here: "Station", window: "WindowRecord") -> None:
        """Look until cancelled."""
        from nightside.clock import rest
        from nightside.ledger.states import FrameState, ShotState
        from nightside.ledger.store import Ledger

        span, shots = window.plan.span, len(window.plan.shots)
        self._bars.console.print(
            f"umbra   {clock_face(span.start)} to {span.end:%H:%M:%S} UTC, {length(span.duration.total_seconds())}\n"
            f"plan    {window.plan.program}: {shots} × {window.plan.shots[0].exposure.shutter_s:g} s "
            f"at ISO {window.plan.shots[0].exposure.iso}, every "
            f"{(window.plan.shots[1].open_at - window.plan.shots[0].open_at).total_seconds():g} s"
        )
        begun = here.clock.utc()
        wait_s = max(1.0, (span.start - begun).total_seconds())
        sunlit = self._bars.add_task("sunlit ", total=wait_s, says="")
        self._counts = {name: self._bars.add_task(name, total=shots, says="") for name in ("exposed", "drained", "stored ")}
        while True:
            now = here.clock.utc()
            left_s = max(0.0, (span.start - now).total_seconds())
            self._bars.update(sunlit, completed=wait_s - left_s, says=f"{clock_face(now)} UTC")
            taken = await here.journal.do(Ledger.shots, window.id)
            frames = await here.journal.do(Ledger.frames, window.id)
            exposed = sum(shot.state is ShotState.EXPOSED for shot in taken)
            drained = sum(frame.state in {FrameState.DRAINED, FrameState.SAFE} for frame in frames)
            self._show(exposed, drained, sum(bool(frame.copies) for frame in frames), shots)
            await rest(here.clock, LOOK_EVERY_S)

    def finish(self, report: "Report") -> None:
        """Show how it ended: the last look may have come a moment too early."""
        self._show(report.taken, report.safe, report.safe, report.planned)

    def _show(self, exposed: int, drained: int, stored: int, of: int) -> None:
        for task, count in zip(self._counts.values(), (exposed, drained, stored), strict=False):
            self._bars.update(task, completed=count, says=f"{count} of {of}")

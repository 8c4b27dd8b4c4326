"""How far a rehearsed night has come, as bars: read from the ledger, like everybody who only looks."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from nightside.cli.output import clock_face, console, length

if TYPE_CHECKING:
    from nightside.app import Station
    from nightside.engine.report import Report
    from nightside.ledger.records import WindowRecord

LOOK_EVERY_S = 0.2


def progress(on: Console = console) -> Progress:
    """Bars with a word after each."""
    return Progress(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[says]}"), console=on)


class NightBars:
    """Watches one night."""

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
            f"window  {clock_face(span.start)} to {span.end:%H:%M:%S} UTC, {length(span.duration.total_seconds())}\n"
            f"plan    {window.plan.program}: {shots} × {window.plan.shots[0].exposure.shutter_s:g} s{_rhythm(window)}"
        )
        begun = here.clock.utc()
        wait_s = max(1.0, (span.start - begun).total_seconds())
        until = self._bars.add_task("wait   ", total=wait_s, says="")
        self._counts = {name: self._bars.add_task(name, total=shots, says="") for name in ("exposed", "drained", "stored ")}
        while True:
            now = here.clock.utc()
            left_s = max(0.0, (span.start - now).total_seconds())
            self._bars.update(until, completed=wait_s - left_s, says=f"{clock_face(now)} UTC")
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


def _rhythm(window: "WindowRecord") -> str:
    """ISO and the time from start to start, of a plan that has them."""
    first, *rest = window.plan.shots
    iso = "" if first.exposure.iso is None else f" at ISO {first.exposure.iso}"
    every = f", every {(rest[0].open_at - first.open_at).total_seconds():g} s" if rest else ""
    return iso + every

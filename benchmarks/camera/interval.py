"""An interval of 2 s, by the whole daemon: planned, written ahead, shot, drained between two shots, stored, accounted for."""

import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.camera.figures import Bound, Found, drift, share
from benchmarks.camera.load import Answered, busy
from benchmarks.camera.referee import opened, start
from nightside import log as logging
from nightside import settings
from nightside.app import station
from nightside.clock import Anchor, SystemClock
from nightside.engine.report import Report
from nightside_drivers.testing import TwinProcess

EVERY_S, EXPOSURE_S = 2.0, 0.5
BOUNDS = (Bound("p99_ms", 2.0), Bound("drift_ms", 0.5), Bound("missed", 0))
"""Of 2 ms, half a millisecond may be drift: over the whole series, and either way."""


async def interval(shots: int, *, load: bool) -> Found:
    """How far each opening was from its instant in the plan.

    What it takes to tell a body over its bus is the same for all, and told apart: `lag_ms`. The rest is held to the bound.
    """
    answered = Answered()
    with start() as twin, tempfile.TemporaryDirectory() as folder:
        anchor = Anchor.of(SystemClock())
        report, answered = await _window(Path(folder), twin, shots, load=load)
        truth = opened(twin)
    taken = [shot for shot in report.shots if shot.late_s is not None]
    late = [1000 * (at - anchor.instant(shot.open_at)) for at, shot in zip(truth, taken, strict=True)]
    figures = deviations(late) | {"missed": float(shots - report.safe)}
    name = f"interval of 2 s, {shots} shots"
    if load:
        figures["requests"] = float(answered.requests)
        name += ", API, drain and stack"
    return Found(name, figures, BOUNDS)


def deviations(late_ms: Sequence[float]) -> dict[str, float]:
    """What a series of delays says of punctuality."""
    lag = share(late_ms, 0.5)
    off = [abs(one - lag) for one in late_ms]
    return {
        "p50_ms": share(off, 0.5),
        "p99_ms": share(off, 0.99),
        "worst_ms": max(off),
        "drift_ms": abs(drift(late_ms)),
        "lag_ms": lag,
    }


async def _window(folder: Path, twin: TwinProcess, shots: int, *, load: bool) -> tuple[Report, Answered]:
    clock = SystemClock()
    tables = {
        "site": {"latitude_deg": 46.5, "longitude_deg": 8.0},
        "night": {"condition": "always"},
        "camera": {"port": twin.gphoto_port, "lead_s": 5},
        "program": {"kind": "interval", "exposure_s": EXPOSURE_S, "every_s": EVERY_S, "shots": shots},
        "storage": {"spool": str(folder / "spool"), "sinks": [{"name": "frames", "path": str(folder / "frames")}]},
        "ledger": {"path": str(folder / "ledger.sqlite")},
    }
    with (folder / "log").open("w") as lines:
        logging.configure(clock, "warning", lines)
        async with AsyncExitStack() as stack:
            here = await stack.enter_async_context(station(settings.check(tables, folder / "nightside.toml"), clock))
            answered = await stack.enter_async_context(busy(folder / "ledger.sqlite")) if load else Answered()
            async for report in here.watch.run(1):
                return report, answered
    raise AssertionError("a watch of one window gives one report")

"""`python -m benchmarks.load`: a plan that is shot while clients poll the API and follow its events, beside the same plan alone.

The daemon is a whole one, at the machine's own speed, on a twin whose truth log says when each shutter really was open. The clients
are processes of their own, on loopback: pollers ask again and again on one connection each, followers hold a stream of events. The
idle run comes first. `--quick` takes a few shots, to see that everything works; its figures mean little.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.camera.figures import Bound, Found, share
from benchmarks.camera.interval import EVERY_S, EXPOSURE_S, deviations
from benchmarks.camera.referee import opened, start
from nightside import log as logging
from nightside import settings
from nightside.app import Station, station
from nightside.clock import Anchor, SystemClock
from nightside.engine.report import Report
from nightside_drivers.testing import TwinProcess

POLLERS, FOLLOWERS = 50, 20
SAMPLE_S = 2.0
WARM = 0.2
"""What share of a run the memory is given to settle: caches fill, and buffers find their size."""
BOUNDS = (
    Bound("missed", 0),
    Bound("p99_more_ms", 1.0),
    Bound("refused", 0),
    Bound("worst_answer_ms", 1000),
    Bound("fairness", 0.9, at_least=True),
    Bound("events_fairness", 0.9, at_least=True),
    Bound("memory_grown", 0.05),
)
"""Fairness is what the client that was served least got, of what the median one got. A second is the beat of a poller."""


@dataclass(slots=True)
class Run:
    """What one run showed."""

    report: Report
    late_ms: list[float]
    rss: list[int] = field(default_factory=list[int])
    clients: dict[str, Any] = field(default_factory=dict[str, Any])


async def load(shots: int, idle: int) -> list[Found]:
    """The idle run, and the loaded one beside it."""
    alone, busy = await _run(idle, clients=False), await _run(shots, clients=True)
    quiet, loaded = deviations(alone.late_ms), deviations(busy.late_ms)
    counts, worst = busy.clients["answers"], busy.clients["worst_ms"]
    figures = {
        "p99_ms": loaded["p99_ms"],
        "p99_more_ms": loaded["p99_ms"] - quiet["p99_ms"],
        "worst_ms": loaded["worst_ms"],
        "drift_ms": loaded["drift_ms"],
        "missed": float(shots - busy.report.safe),
        "answers": float(sum(counts)),
        "refused": float(busy.clients["refused"]),
        "median_answer_ms": busy.clients["median_ms"],
        "p99_answer_ms": busy.clients["p99_ms"],
        "worst_answer_ms": max(worst),
        "fairness": min(counts) / share(counts, 0.5),
        "events": float(sum(busy.clients["events"])),
        "events_fairness": min(busy.clients["events"]) / max(1, share(busy.clients["events"], 0.5)),
        "memory_mb": share(busy.rss, 0.5) / 1e6,
        "memory_grown": _grown(busy.rss),
    }
    before = {**quiet, "missed": float(idle - alone.report.safe), "memory_mb": share(alone.rss, 0.5) / 1e6}
    before["memory_grown"] = _grown(alone.rss)
    return [
        Found(f"idle, {idle} shots every {EVERY_S:g} s", before, (Bound("missed", 0),)),
        Found(f"{POLLERS} pollers and {FOLLOWERS} event streams, {shots} shots", figures, BOUNDS),
    ]


def _grown(rss: Sequence[int]) -> float:
    """By what share memory grew, from the first quarter after it settled to the last quarter."""
    settled = rss[int(WARM * len(rss)) :]
    quarter = max(1, len(settled) // 4)
    return share(settled[-quarter:], 0.5) / share(settled[:quarter], 0.5) - 1


async def _run(shots: int, *, clients: bool) -> Run:
    with start() as twin, tempfile.TemporaryDirectory() as folder:
        anchor = Anchor.of(SystemClock())
        run = await _window(Path(folder), twin, shots, clients=clients)
        taken = [shot for shot in run.report.shots if shot.late_s is not None]
        run.late_ms = [1000 * (at - anchor.instant(shot.open_at)) for at, shot in zip(opened(twin), taken, strict=True)]
        return run


async def _window(folder: Path, twin: TwinProcess, shots: int, *, clients: bool) -> Run:
    clock = SystemClock()
    tables = {
        "site": {"latitude_deg": 46.5, "longitude_deg": 8.0},
        "night": {"condition": "always"},
        "camera": {"port": twin.gphoto_port, "lead_s": 5},
        "program": {"kind": "interval", "exposure_s": EXPOSURE_S, "every_s": EVERY_S, "shots": shots},
        "storage": {"spool": str(folder / "spool"), "sinks": [{"name": "frames", "path": str(folder / "frames")}]},
        "ledger": {"path": str(folder / "ledger.sqlite")},
        "api": {"port": 0},
    }
    with (folder / "log").open("w") as lines:
        logging.configure(clock, "warning", lines)
        async with AsyncExitStack() as stack:
            here = await stack.enter_async_context(station(settings.check(tables, folder / "nightside.toml"), clock))
            rss = await stack.enter_async_context(_sampled())
            told = await stack.enter_async_context(_asked(here)) if clients else {}
            async for report in here.watch.run(1):
                await stack.aclose()  # the clients tell what they saw when they are let go
                return Run(report, [], rss, told)
    raise AssertionError("a watch of one window gives one report")


@asynccontextmanager
async def _sampled() -> AsyncGenerator[list[int]]:
    """The daemon's memory (bytes), every so often while the block runs."""
    found: list[int] = []

    def resident() -> int:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    async def sample() -> None:
        while True:
            found.append(await asyncio.to_thread(resident))
            await asyncio.sleep(SAMPLE_S)

    task = asyncio.create_task(sample())
    try:
        yield found
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def _asked(here: Station) -> AsyncGenerator[dict[str, Any]]:
    """Clients, in a process of their own, while the block runs; what they saw is known when it is left."""
    words = [sys.executable, "-m", "benchmarks.load_clients", str(here.api_port), str(POLLERS), str(FOLLOWERS)]
    process = await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    told: dict[str, Any] = {}
    try:
        yield told
    finally:
        try:
            async with asyncio.timeout(30):
                out, _ = await process.communicate(b"")  # which closes its standard input
            told.update(json.loads(out))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(load(10, 10) if options.quick else load(300, 150))
    if not options.json:
        print(*found, sep="\n")
        return
    told = [{"name": one.name, **one.figures, "not_met": [str(bound) for bound in one.missed()]} for one in found]
    print(json.dumps({"load": os.getloadavg()[0], "cores": os.cpu_count(), "found": told}, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()

"""What the daemon takes while it has nothing to do, beside the bare libraries that it is made of, in the same run.

Both are processes of their own, with the environment that the unit gives. Memory is the kernel's (smaps_rollup): RSS, and PSS,
which divides shared pages. Starting is from exec to READY=1 on the service manager's socket, or to the peer's own word. The
daemon has its API, a body on a twin that waits for a window days away, and a folder as sink.

Nobody asks the daemon anything while it is idle. Then somebody does, for the state of its bodies and, where it has one, its page,
and what that takes for good is told apart: the libraries that answer are loaded by the first who asks. Modules are compiled before
anything is measured, as the service's first start leaves them.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from nightside_drivers.testing import TwinProcess

LIMITS = {"daemon": 75.0, "with the page": 110.0, "child": 45.0}
"""MiB of RSS; for the daemon while it is idle, and after somebody has asked it something."""
READY_S = 0.6
IDLE_PERCENT = 0.5
SETTLE_S = 8.0
UNIT = Path(__file__).parents[1] / "systemd" / "nightside.service"
AS_THE_UNIT_HAS_IT = dict(
    setting.split("=", 1)
    for line in UNIT.read_text().splitlines()
    if line.startswith("Environment=")
    for setting in line.removeprefix("Environment=").split()
)
HERTZ = os.sysconf("SC_CLK_TCK")

CONFIG = """\
[site]
latitude_deg = 46.547
longitude_deg = 7.985
elevation_m = 3571
[night]
condition = "sun < -18"
not_before = {later}
[camera]
port = "{port}"
[storage]
spool = "spool"
sinks = [{{ name = "frames", path = "frames" }}]
[ledger]
path = "ledger.sqlite"
[api]
port = 0
page = {page}
"""

PEER = """\
import os, socket
import numpy, sgp4.api, structlog, uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from contextlib import asynccontextmanager
from fastapi import FastAPI
from pydantic import BaseModel

class State(BaseModel):
    at: str = "idle"

@asynccontextmanager
async def life(_):
    scheduler = AsyncIOScheduler()
    scheduler.add_job(structlog.get_logger().info, "interval", hours=1, args=["look"])
    scheduler.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
    yield

app = FastAPI(lifespan=life)

@app.get("/state")
async def state() -> State:
    return State()

uvicorn.run(app, port=0, log_level="error")
"""


@dataclass(frozen=True)
class Taken:
    """By one process."""

    ready_s: float
    ready_cpu_s: float
    """What of it was spent at work: on a busy computer the rest is waiting for a core."""
    rss: float
    pss: float
    """MiB."""
    percent: float
    """Of a core, while it was idle."""
    child_rss: float = 0.0
    sky_rss: float = 0.0
    """Of the processes that compute the sky, the largest: one that nobody asks any more ends, and is awaited before it is idle."""
    asked_rss: float = 0.0
    """After somebody has asked it something."""
    answer_s: float = 0.0
    """How long the first answer took."""

    def line(self, name: str) -> str:
        child = f"   child {self.child_rss:5.1f} MiB, for a while {self.sky_rss:5.1f} MiB for the sky" if self.child_rss else ""
        if self.asked_rss:
            child += f"   asked: {self.answer_s:.2f} s, RSS {self.asked_rss:6.1f} MiB"
        head = f"{name:14} ready {self.ready_s:5.2f} s, {self.ready_cpu_s:.2f} s of them at work"
        return f"{head}   RSS {self.rss:6.1f} MiB   PSS {self.pss:6.1f} MiB   idle {self.percent:.2f} %{child}"


def memory(pid: int) -> tuple[float, float]:
    """RSS and PSS in MiB."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    rss, pss = (float(fields[name].split()[0]) / 1024 for name in ("Rss", "Pss"))
    return rss, pss


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / HERTZ


HOST, OBSERVATORY = "nightside_drivers.host", "nightside.observing"


def below(pid: int, module: str) -> list[int]:
    """The processes below one process that run a module."""
    found = [child for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]
    return [int(child) for child in found if module in Path(f"/proc/{child}/cmdline").read_text()]


@contextmanager
def started(words: Sequence[str], folder: Path) -> Generator[tuple[subprocess.Popen[bytes], float, float]]:
    """A process, how long it took until it said that it was ready, and how much of that it was at work."""
    address = folder / "notify"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(address))
        listening.settimeout(120)
        began = time.monotonic()
        log = (folder / "log").open("ab")
        told = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | AS_THE_UNIT_HAS_IT
        told |= {"NOTIFY_SOCKET": str(address), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
        process = subprocess.Popen(words, cwd=folder, env=told, stdout=log, stderr=log)
        try:
            while b"READY=1" not in listening.recv(4096):
                pass
            yield process, time.monotonic() - began, cpu_s(process.pid)
        finally:
            process.terminate()
            process.wait()
            log.close()


def asked(folder: Path, *paths: str) -> float:
    """How long (s) the first answer takes; the others are awaited, too."""
    said = [json.loads(line) for line in (folder / "log").read_text().splitlines() if '"api-up"' in line]
    took: list[float] = []
    for path in paths:
        began = time.monotonic()
        urllib.request.urlopen(f"http://127.0.0.1:{said[-1]['port']}{path}", timeout=60).read()
        took.append(time.monotonic() - began)
    return took[0]


def measure(words: Sequence[str], folder: Path, starts: int, idle_s: float, ask: Sequence[str] = ()) -> Taken:
    """Start it several times, then watch the last one while it is idle. The body's process is seen while it has one.

    At last it is asked for what `ask` says. The first start of all is for compiling, answers included, and is not counted.
    """
    with started(words, folder):
        if ask:
            asked(folder, *ask)
    ready: list[float] = []
    work: list[float] = []
    for _ in range(starts - 1):
        with started(words, folder) as (_, took, worked):
            ready.append(took)
            work.append(worked)
    with started(words, folder) as (process, took, worked):
        ready.append(took)
        work.append(worked)
        child, sky, until = 0.0, 0.0, time.monotonic() + SETTLE_S
        while time.monotonic() < until or below(process.pid, OBSERVATORY):
            child = max([child, *(memory(pid)[0] for pid in below(process.pid, HOST))])
            sky = max([sky, *(memory(pid)[0] for pid in below(process.pid, OBSERVATORY))])
            time.sleep(0.05)
        before = cpu_s(process.pid)
        time.sleep(idle_s)
        spent = cpu_s(process.pid) - before
        rss, pss = memory(process.pid)
        answer_s = asked(folder, *ask) if ask else 0.0
        asked_rss = memory(process.pid)[0] if ask else 0.0
    return Taken(median(ready), median(work), rss, pss, 100 * spent / idle_s, child, sky, asked_rss, answer_s)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--idle", type=float, default=60.0, help="seconds")
    parser.add_argument("--page", action="store_true", help="measure it with the page, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, TwinProcess("--scene", "plain") as twin:
        folder = Path(name)
        (folder / "peer.py").write_text(PEER)
        run = [sys.executable, "-m", "nightside", "run", "--config", str(folder / "nightside.toml")]
        measured = {"bare peer": measure([sys.executable, "peer.py"], folder, given.starts, given.idle)}
        print(measured["bare peer"].line("bare peer"), flush=True)
        later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 10 * 86400))
        for kind, page in (("daemon", "false"), ("with the page", "true"))[: 1 + given.page]:
            (folder / "nightside.toml").write_text(CONFIG.format(port=twin.gphoto_port, page=page, later=later))
            ask = ["/api/v1/state", *(["/"] if page == "true" else [])]
            measured[kind] = measure(run, folder, given.starts, given.idle, ask)
            print(measured[kind].line(kind), flush=True)
        verdicts(measured)


def verdicts(measured: dict[str, Taken]) -> None:
    """Each against its limit."""
    rows = [
        (f"{kind}, RSS{when}", rss, LIMITS[kind], "MiB")
        for kind, taken in measured.items()
        if kind in LIMITS
        for when, rss in (("", taken.rss), (" once asked", taken.asked_rss))
    ]
    daemon = measured["daemon"]
    rows += [
        ("child, RSS", daemon.child_rss, LIMITS["child"], "MiB"),
        ("start to ready", daemon.ready_s, READY_S, "s"),
        ("idle", daemon.percent, IDLE_PERCENT, "% of a core"),
    ]
    for name, found, limit, unit in rows:
        print(f"{'met   ' if found <= limit else 'MISSED'} {name}: {found:.2f} of {limit:g} {unit}")
    peer = measured["bare peer"]
    memory_ratio, work_ratio = daemon.asked_rss / peer.rss, daemon.ready_cpu_s / peer.ready_cpu_s
    print(f"of the bare peer: {memory_ratio:.2f} of its RSS, once asked; {work_ratio:.2f} of its start's work")


if __name__ == "__main__":
    main()

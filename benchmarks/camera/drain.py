"""From card to disk by the daemon's own drain, hashing, flushing and ledger included, beside libgphoto2 alone on the same twin.

The bus is not throttled. A twin keeps only a few finished files and makes the others anew, so the same few are read over and over,
by both in turn. What a pass has drained is removed before the next one: memory for the page cache that a virtual machine has to ask
its host for costs more than the whole transfer, and libgphoto2 alone keeps nothing.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.camera.figures import Bound, Found, share
from benchmarks.camera.referee import start
from nightside import log as logging
from nightside.clock import SystemClock
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.records import FrameRecord, WindowRecord
from nightside.ledger.store import Ledger
from nightside.plan.values import Overrun, Plan, Shot, Span
from nightside.pulse import share_the_interpreter
from nightside.storage.drain import Drain
from nightside.storage.spool import Spool
from nightside.storage.traffic import Traffic
from nightside_drivers.api import CardFile, Exposure, Setting
from nightside_drivers.clock import machine_now
from nightside_drivers.proxy import HostedBody

FILES = 4
"""That a twin keeps finished: fine JPEGs of some 6 MB, smaller than most that a night gives, and so the harder ones."""
REPEATS = 6
"""Of these files in one pass of the drain, which is let finish before the next."""
MEASURED = 2
"""Passes of a turn, after a first one that pays for what is needed once."""
LOOK_S = 0.02
"""How often memory is looked at: once a file, or so. At ten times that the looking took a fifth of the daemon's time."""
EXPOSURE = Exposure(0.5)
SESSION = "drain"
BOUNDS = (Bound("ratio", 0.9, at_least=True), Bound("child_mb", 8.0), Bound("daemon_mb", 8.0))
BEGAN = datetime(2018, 7, 3, 20, tzinfo=UTC)

ALONE = """
import sys, time
import gphoto2 as gp
from nightside_drivers.gphoto.driver import GphotoDriver
driver = GphotoDriver(sys.argv[1])
driver.open()
files = driver.files()

def read(times):
    size = 0
    for file in files * times:
        whole = driver._camera.file_get(file.folder, file.name, gp.GP_FILE_TYPE_NORMAL)
        size += len(memoryview(whole.get_data_and_size()))
    return size

read(int(sys.argv[2]))
began = time.perf_counter()
print(read(int(sys.argv[3])) / (time.perf_counter() - began) / 1e6)
driver.close()
"""


async def drain(turns: int) -> Found:
    """Megabytes a second of both, the median ratio of neighbouring turns, and what the drain costs in memory."""
    ours: list[float] = []
    alone: list[float] = []
    child: list[float] = []
    daemon: list[float] = []
    logging.configure(SystemClock(), "error")
    share_the_interpreter()
    with start("--size", "full", "--bandwidth", "unlimited") as twin, tempfile.TemporaryDirectory() as folder:
        await _shoot(twin.gphoto_port)
        await _turn(twin.gphoto_port, Path(folder) / "warm")
        for turn in range(turns):
            rate, child_mb, daemon_mb = await _turn(twin.gphoto_port, Path(folder) / str(turn))
            ours.append(rate)
            child.append(child_mb)
            daemon.append(daemon_mb)
            alone.append(_alone(twin.gphoto_port))
    figures = {
        "ours_mb_s": share(ours, 0.5),
        "libgphoto2_mb_s": share(alone, 0.5),
        "ratio": share([a / b for a, b in zip(ours, alone, strict=True)], 0.5),
        "child_mb": max(child),
        "daemon_mb": max(daemon),
    }
    return Found("drain, hashed and flushed, unthrottled", figures, BOUNDS)


async def _shoot(port: str) -> None:
    body = HostedBody("gphoto", {"port": port})
    await body.open()
    await body.apply({Setting.QUALITY: "jpeg"})
    await body.prepare(EXPOSURE)
    for _ in range(FILES):
        at = machine_now()
        await body.shoot(at, at + 5, at + 0.5)
    await body.reported(5)
    await body.close()


async def _turn(port: str, folder: Path) -> tuple[float, float, float]:
    """One turn of ours: megabytes a second, and by how many megabytes child and daemon grew at the most."""
    clock = SystemClock()
    with closing(open_ledger(_made(folder) / "ledger.sqlite", clock)) as ledger:
        journal, spool, traffic = Journal(ledger), Spool(folder / "spool"), Traffic()
        body = HostedBody("gphoto", {"port": port})
        await body.open()
        files = [file for file in await body.files() if file.size]
        frames = [_frames(ledger, files, number) for number in range(1 + MEASURED)]
        drain = Drain(ledger.windows()[0], spool, journal, clock, traffic)
        took_s = 0.0
        with _growth(body.pid or 0) as grown:
            for its in frames:
                began = time.perf_counter()
                await drain.run_until(body, its, None)
                took_s += time.perf_counter() - began if its is not frames[0] else 0.0
                await asyncio.to_thread(shutil.rmtree, folder / "spool" / SESSION)
        await body.close()
        journal.close()
    size = sum(file.size or 0 for file in files) * REPEATS * MEASURED
    return size / took_s / 1e6, grown[0], grown[1]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _frames(ledger: Ledger, files: list[CardFile], number: int) -> list[FrameRecord]:
    """What one pass drains: the same files as frames of several windows."""
    windows = [_window(ledger, number * REPEATS + index) for index in range(REPEATS)]
    for window in windows:
        for file in files:
            ledger.on_card(window.id, None, file)
    return [frame for window in windows for frame in ledger.frames(window.id)]


def _window(ledger: Ledger, number: int) -> WindowRecord:
    opens = BEGAN + timedelta(hours=number)
    shot = Shot(index=0, open_at=opens, close_at=opens + timedelta(seconds=0.5), exposure=EXPOSURE)
    plan = Plan(
        program="drain",
        kind="interval",
        body="Nikon D3s",
        span=Span(start=opens, end=opens + timedelta(minutes=1), uncertainty_s=0),
        shots=(shot,),
        overrun=Overrun.PUSH,
        slack_s=0.2,
        frame_bytes=10_000_000,
    )
    return ledger.begin(SESSION, "2012345", plan)


@contextmanager
def _growth(child: int) -> Generator[list[float]]:
    """By how many megabytes the child and this process grow while the block runs; known when it is left."""
    pids = (str(child), "self")
    before = [_rss_mb(pid) for pid in pids]
    highest = before[:]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_S):
            for index, pid in enumerate(pids):
                highest[index] = max(highest[index], _rss_mb(pid))

    watching = threading.Thread(target=watch)
    watching.start()
    grown: list[float] = []
    try:
        yield grown
    finally:
        over.set()
        watching.join()
        grown.extend(high - low for high, low in zip(highest, before, strict=True))


def _rss_mb(pid: str) -> float:
    """Memory that is a process's own: files that are mapped are the page cache's."""
    resident, shared = map(int, Path(f"/proc/{pid}/statm").read_bytes().split()[1:3])
    return (resident - shared) * 4096 / 1e6


def _alone(port: str) -> float:
    command = [sys.executable, "-c", ALONE, port, str(REPEATS), str(REPEATS * MEASURED)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout)

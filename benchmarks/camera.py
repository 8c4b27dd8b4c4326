"""`python -m benchmarks.camera`: how punctual shutters are, judged by the twin's truth log, beside the `gphoto2` command line.

Every body is a twin at the machine's own speed, so that its clock is the machine's. The command line gets a twin of its own
and the same work, in the same run. `--quick` takes fewer and shorter exposures; `--json` prints the figures for programs.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from nightside_drivers.api import CardFile, Exposure, ReleaseKind
from nightside_drivers.clock import machine_now
from nightside_drivers.proxy import Deadlines, HostedBody
from nightside_drivers.testing import TwinProcess
from nightside_drivers.wired.options import release_options
from nightside_drivers.wired.serial_line import SerialWiring

BULB = 0xFFFFFFFF
EXPOSURE_TIME, CAPTURE_MODE, CONTINUOUS_LOW = 0x500D, 0x5013, 0x8010
REFEREE_PRIORITY = 15
"""Of SCHED_FIFO's 1 to 99, below that of a body's process before its shutter."""

SPACE_S = 0.5
"""Before the first opening of a series."""


def share(values: Sequence[float], of: float) -> float:
    """The value that `of` (0 to 1) of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(of * len(values)))]


def opened(twin: TwinProcess) -> list[float]:
    return [float(one["opened"]) for one in twin.truth()]


def gaps(twin: TwinProcess) -> list[float]:
    truth = twin.truth()
    return [after["opened"] - before["closed"] for before, after in pairwise(truth)]


@contextmanager
def start(*more: str) -> Generator[TwinProcess]:
    """A twin, at real time where that may be had: a referee must not be late itself."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = set(children.read_text().split())
    with TwinProcess("--scene", "plain", "--release-port", "0", *more) as twin:
        for pid in set(children.read_text().split()) - before:
            with contextlib.suppress(OSError):
                os.sched_setscheduler(int(pid), os.SCHED_FIFO, os.sched_param(REFEREE_PRIORITY))
        yield twin


async def series(body: HostedBody, exposure: Exposure, instants: Sequence[float], length_s: float) -> None:
    await body.prepare(exposure)
    for at in instants:
        await body.shoot(at, at + 5, at + length_s)
        await body.reported(0)


async def interval(shots: int, every_s: float, *, load: bool) -> dict[str, float]:
    """The error of each opening against its grid (the body's own release lag is taken off: it is the same for all)."""
    with start() as twin:
        body = HostedBody("gphoto", {"port": twin.gphoto_port})
        await body.open()
        begin = machine_now() + SPACE_S
        grid = [begin + index * every_s for index in range(shots)]
        work = [asyncio.create_task(_hash()) for _ in range(2)] if load else []
        await series(body, Exposure(0.5), grid, 0.5)
        for task in work:
            task.cancel()
        await body.close()
        late = [1000 * (at - due) for at, due in zip(opened(twin), grid, strict=True)]
    lag = min(late)
    half = len(late) // 2
    drift = statistics.median(late[half:]) - statistics.median(late[:half])
    return {"p50_ms": share(late, 0.5) - lag, "p99_ms": share(late, 0.99) - lag, "drift_ms": drift, "lag_ms": lag}


async def _hash() -> None:
    """What a drain does meanwhile: hash and write, off the loop."""
    block = os.urandom(8 << 20)

    def once() -> None:
        with tempfile.TemporaryFile() as file:
            file.write(block)
            hashlib.sha256(block).digest()

    while True:
        await asyncio.to_thread(once)


def command_line_interval(shots: int, every_s: int) -> dict[str, float]:
    with start() as twin, tempfile.TemporaryDirectory() as folder:
        _gphoto2(twin, folder, "1/2", "-F", str(shots), "-I", str(every_s))
        found = opened(twin)
    late = [1000 * (at - found[0] - index * every_s) for index, at in enumerate(found)]
    return {"p50_ms": share([abs(one) for one in late], 0.5), "p99_ms": share([abs(one) for one in late], 0.99)}


def _gphoto2(twin: TwinProcess, folder: str, speed: str, *words: str) -> None:
    port = f"ptpip:127.0.0.1:{twin.port}:{twin.port}"
    command = [
        "gphoto2",
        "--port",
        port,
        "--camera",
        "PTP/IP Camera",
        "--set-config",
        f"shutterspeed2={speed}",
        "--capture-image-and-download",
    ]
    subprocess.run([*command, "--force-overwrite", *words], cwd=folder, check=True, capture_output=True, timeout=900)


async def back_to_back(shots: int) -> dict[str, float]:
    with start() as twin:
        body = HostedBody("gphoto", {"port": twin.gphoto_port})
        await body.open()
        await body.prepare(Exposure(1.0))
        at = machine_now() + SPACE_S
        for _ in range(shots):
            await body.shoot(at, at + 5, at + 1)
            at = machine_now()
        await body.close()
        found = gaps(twin)
    return {"p50_s": share(found, 0.5), "p99_s": share(found, 0.99)}


def command_line_back_to_back(shots: int) -> dict[str, float]:
    """With an interval as long as the exposure it is always late, and goes on at once. `-I 0` takes one frame only."""
    with start() as twin, tempfile.TemporaryDirectory() as folder:
        _gphoto2(twin, folder, "1", "-F", str(shots), "-I", "1")
        found = gaps(twin)
    return {"p50_s": share(found, 0.5), "p99_s": share(found, 0.99)}


async def held(frames: int) -> dict[str, float]:
    with start() as twin:
        twin.control.dial(CAPTURE_MODE, CONTINUOUS_LOW)
        body = await _wired(twin)
        await body.prepare(Exposure(1.0, release=ReleaseKind.HELD, frames=frames))
        at = machine_now() + SPACE_S
        await body.shoot(at, at + 5, at + frames * 1.0)
        await body.close()
        found = gaps(twin)
    return {"p50_s": share(found, 0.5), "p99_s": share(found, 0.99)}


async def _wired(twin: TwinProcess) -> HostedBody:
    body = HostedBody(
        "gphoto", {"port": twin.gphoto_port} | release_options(SerialWiring(twin.release_url)), Deadlines(shot_margin_s=30)
    )
    await body.open()
    return body


async def bulb(lengths_s: Sequence[float]) -> dict[str, float]:
    """The error of bulb exposures by wire, over RFC 2217 on loopback."""
    with start() as twin:
        twin.control.dial(EXPOSURE_TIME, BULB)
        body = await _wired(twin)
        for length_s in lengths_s:
            await body.prepare(Exposure(31.0, release=ReleaseKind.WIRED))  # any length that the body does not time
            at = machine_now() + SPACE_S
            await body.shoot(at, at + 5, at + length_s)
        await body.close()
        truth = twin.truth()
    wrong = [1000 * (one["closed"] - one["opened"] - length_s) for one, length_s in zip(truth, lengths_s, strict=True)]
    # The twin opens a fixed release lag after the press and closes at once; a real body's two lags differ as well.
    lag = statistics.median(wrong)
    spread = [abs(one - lag) for one in wrong]
    return {"p50_ms": share(spread, 0.5), "p99_ms": share(spread, 0.99), "constant_ms": lag}


async def drain(frames: int) -> dict[str, float]:
    """Megabytes per second from card to disk, hashing and fsync included, beside libgphoto2 alone, and the child's memory."""
    with start("--size", "full") as twin:
        body = HostedBody("gphoto", {"port": twin.gphoto_port})
        await body.open()
        await series(body, Exposure(0.5), [machine_now() + SPACE_S] * frames, 0.5)
        files = await body.files()
        await _to_disk(body, files)  # the twin develops a frame when it is first read
        before = body.rss
        began = time.perf_counter()
        size = await _to_disk(body, files)
        ours = size / (time.perf_counter() - began) / 1e6
        grown = (body.rss - before) / 1e6
        await body.close()
        alone = _libgphoto2_alone(twin)
    return {"ours_mb_s": ours, "libgphoto2_mb_s": alone, "ratio": ours / alone, "child_grew_mb": grown}


async def _to_disk(body: HostedBody, files: Sequence[CardFile]) -> int:
    """Hash and write each file, and wait until the disk has it. Gives the bytes."""
    size = 0
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            with (Path(folder) / file.name).open("w+b") as into:
                size += (await body.fetch(file, into.fileno())).size
                await asyncio.to_thread(os.fsync, into.fileno())
    return size


async def memory(frames: int) -> dict[str, float]:
    """How a child's memory grows over frames that are shot, fetched and deleted, with recycling on."""
    with start("--speed", "20") as twin, tempfile.TemporaryFile() as into:
        body = HostedBody("gphoto", {"port": twin.gphoto_port})
        await body.open()
        await body.prepare(Exposure(0.5))
        first = largest = 0
        for index in range(frames):
            at = machine_now()
            taken = await body.shoot(at, at + 5, at + 0.025)
            for file in taken.files or await body.reported(5):
                os.lseek(into.fileno(), 0, os.SEEK_SET)
                await body.fetch(file, into.fileno())
                await body.delete(file)
            if index == min(50, frames // 2):
                first = body.rss
            largest = max(largest, body.rss)
        last, recycled = body.rss, body.recycled
        await body.close()
    grown = (last - first) / max(1, frames - min(50, frames // 2)) * 1000
    return {"frames": frames, "largest_mb": largest / 1e6, "kb_a_frame": grown / 1e6, "recycled": recycled}


def _libgphoto2_alone(twin: TwinProcess) -> float:
    code = (
        "import gphoto2 as gp, time\n"
        "from nightside_drivers.gphoto.driver import GphotoDriver\n"
        f"d = GphotoDriver('{twin.gphoto_port}'); d.open(); size = 0; fs = d.files(); t = time.perf_counter()\n"
        "for f in fs: size += len(memoryview(d._camera.file_get(f.folder, f.name, gp.GP_FILE_TYPE_NORMAL).get_data_and_size()))\n"
        "print(size / (time.perf_counter() - t) / 1e6); d.close()"
    )
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=300).stdout)


async def everything(*, quick: bool) -> AsyncIterator[tuple[str, dict[str, float]]]:
    """Each figure as soon as it is known."""
    shots, rows = (10, 5) if quick else (300, 60)
    lengths = [1.0, 1.5, 2.0] if quick else [1.0] * 20 + [2.0] * 10 + [10.0] * 3 + [60.0, 120.0]
    yield "interval of 2 s", await interval(shots, 2.0, load=False)
    yield "interval of 2 s, while files are hashed", await interval(shots, 2.0, load=True)
    yield "back to back, 1 s, USB trigger", await back_to_back(rows)
    yield "back to back, 1 s, held release", await held(rows)
    yield "bulb by wire", await bulb(lengths)
    yield "drain", await drain(3 if quick else 20)
    yield "memory", await memory(100 if quick else 10_000)
    if shutil.which("gphoto2"):
        yield "gphoto2 -I 2", await asyncio.to_thread(command_line_interval, min(shots, 30), 2)
        yield "gphoto2 -I 1, exposures of 1 s", await asyncio.to_thread(command_line_back_to_back, min(rows, 20))


async def show(*, quick: bool, as_json: bool) -> None:
    found: dict[str, dict[str, float]] = {}
    async for name, figures in everything(quick=quick):
        found[name] = figures
        if not as_json:
            print(f"{name:<42} " + "  ".join(f"{figure} {value:.3f}" for figure, value in figures.items()), flush=True)
    if as_json:
        print(json.dumps(found, indent=2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    asyncio.run(show(quick=options.quick, as_json=options.json))


if __name__ == "__main__":
    main()

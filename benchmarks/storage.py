"""`python -m benchmarks.storage`: frames through the spool's whole protocol, beside the same protocol without a hash, in turn.

The path is the drain's own: a part is filled by somebody else (here a thread, there the process that owns the body), then hashed
and flushed at once, sealed, linked, and its folder synced, while the next is being filled. Two peers: the same pipeline without a
hash, and every step after the other without a hash; and, to see what the order is worth, every step after the other with one.
`--folder` chooses the disk, `--json` prints the figures for programs.
"""

import argparse
import asyncio
import hashlib
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from pathlib import Path

from nightside.ledger.records import FrameRecord
from nightside.ledger.states import FrameState
from nightside.storage.behind import Behind
from nightside.storage.spool import BEHIND, Spool
from nightside.storage.writing import Part, new_part
from nightside_drivers.api import CardFile, Fetched

FRAME_BYTES = 12_000_000
PIECE = memoryview(os.urandom(1 << 20))
"""What frames are made of. A body's process writes as much at a time."""

TICK_S = 0.002
SERIAL = "2012345"


class Unhashed(Spool):
    """The same pipeline, and nobody looks at the bytes."""

    def _keep(self, part: Part, frame: FrameRecord, serial: str, spent: Mapping[str, str]) -> tuple[Fetched, str]:
        with closing(part):
            part.seal()
            fetched = Fetched(part.size, "")
            return fetched, self._name(part, frame, serial, fetched, spent)


def frame(number: int) -> FrameRecord:
    file = CardFile("/store_00010001/DCIM/100ND3S_", f"DSC_{number:04}.NEF")
    return FrameRecord(number, 1, "session", "window", number, file, FrameState.ON_CARD, None, None, None)


def fill(part: Part) -> None:
    left = FRAME_BYTES
    while left:
        left -= os.write(part.descriptor, PIECE[: min(len(PIECE), left)])


async def pipeline(spool: Spool, frames: int) -> None:
    behind = Behind(BEHIND)

    async def keep(part: Part, number: int) -> None:
        await spool.keep(part, frame(number), SERIAL)

    for number in range(frames):
        part = await spool.begin()
        await asyncio.to_thread(fill, part)
        await behind.add(keep(part, number))
    await behind.all()


def one_after_the_other(root: Path, frames: int, *, hashed: bool) -> None:
    for number in range(frames):
        with new_part(root) as part:
            digest = hashlib.sha256()
            left = FRAME_BYTES
            while left:
                written = os.write(part.descriptor, PIECE[: min(len(PIECE), left)])
                if hashed:
                    digest.update(PIECE[:written])
                left -= written
            part.publish("session/window", f"{number}.nef")


NEIGHBOUR = (
    "import asyncio, sys, time\n"
    "async def tick():\n"
    "    late = 0.0\n"
    "    while True:\n"
    f"        due = time.perf_counter() + {TICK_S}\n"
    f"        await asyncio.sleep({TICK_S})\n"
    "        late = max(late, time.perf_counter() - due)\n"
    "        print(1000 * late, flush=True)\n"
    "asyncio.run(tick())\n"
)
"""An event loop in a process that does nothing else: as late as the machine lets any loop be, in the same seconds."""


class Watcher:
    """Looks how late the event loop is, and how much memory the process has."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self.idle_mb = rss_mb()
        self.peak_mb = 0.0

    async def watch(self) -> None:
        while True:
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            self.late_ms.append(1000 * (time.perf_counter() - due))
            if len(self.late_ms) % 25 == 0:
                self.peak_mb = max(self.peak_mb, rss_mb())


def rss_mb() -> float:
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def start_neighbour() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", NEIGHBOUR, stdout=asyncio.subprocess.PIPE, limit=1 << 24)


async def end_neighbour(neighbour: asyncio.subprocess.Process) -> float:
    """Milliseconds that it was late at most."""
    neighbour.kill()
    said, _ = await neighbour.communicate()
    whole = said.rsplit(b"\n", 1)[0].split()
    return float(whole[-1]) if whole else 0.0


async def timed(act: Callable[[], Awaitable[None]], frames: int) -> float:
    """Megabytes per second."""
    began = time.perf_counter()
    await act()
    return frames * FRAME_BYTES / 1e6 / (time.perf_counter() - began)


async def measure(folder: Path | None, frames: int, rounds: int) -> dict[str, float]:
    rates: dict[str, list[float]] = {}
    busy_ms: dict[str, list[float]] = {}
    watcher, neighbours_ms = Watcher(), [0.0]
    a_round = frames // rounds
    for _ in range(rounds):
        for name in ("hashed", "unhashed", "unhashed, one after the other", "hashed, one after the other"):
            root = Path(await asyncio.to_thread(tempfile.mkdtemp, None, "nightside-", folder))
            spool = await asyncio.to_thread(Unhashed if name == "unhashed" else Spool, root)
            watching = asyncio.create_task(watcher.watch()) if name == "hashed" else None
            neighbour = await start_neighbour() if name == "hashed" else None
            worked = time.process_time()
            if name in {"hashed", "unhashed"}:
                rate = await timed(lambda spool=spool: pipeline(spool, a_round), a_round)
            else:
                hashed = name.startswith("hashed")
                rate = await timed(
                    lambda root=root, hashed=hashed: asyncio.to_thread(one_after_the_other, root, a_round, hashed=hashed),
                    a_round,
                )
            busy_ms.setdefault(name, []).append(1000 * (time.process_time() - worked) / a_round)
            if watching is not None and neighbour is not None:
                watching.cancel()
                neighbours_ms.append(await end_neighbour(neighbour))
            rates.setdefault(name, []).append(rate)
            await asyncio.to_thread(shutil.rmtree, root)
    found = {f"{name}, MB/s": statistics.median(one) for name, one in rates.items()}
    found |= {f"{name}, processor ms a frame": statistics.median(one) for name, one in busy_ms.items()}
    of_pipeline = [a / b for a, b in zip(rates["hashed"], rates["unhashed"], strict=True)]
    of_plain = [a / b for a, b in zip(rates["hashed"], rates["unhashed, one after the other"], strict=True)]
    return found | {
        "share of the protocol without a hash": statistics.median(of_plain),
        "share of the pipeline without a hash": statistics.median(of_pipeline),
        "memory over idle, MB": watcher.peak_mb - watcher.idle_mb,
        "loop late p50, ms": statistics.median(watcher.late_ms),
        "loop late p99, ms": sorted(watcher.late_ms)[int(0.99 * len(watcher.late_ms))],
        "loop late at most, ms": max(watcher.late_ms),
        "an idle loop beside it late at most, ms": max(neighbours_ms),
        "cores": float(len(os.sched_getaffinity(0))),
        "load": os.getloadavg()[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured; the one of temporary files otherwise")
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5, help="how often the four take turns with their share of the frames")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(measure(options.folder, options.frames, options.rounds))
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        print(f"{name:<40} {value:10.3f}")


if __name__ == "__main__":
    main()

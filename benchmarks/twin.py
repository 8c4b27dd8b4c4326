"""`python -m benchmarks.twin`: what a twin costs, and how true its truth log is, beside peers in the same run.

Rendering is compared with Pillow encoding a picture of the same size, downloads with a plain socket on loopback. Only ratios travel
between machines; the lateness of the truth log is in milliseconds, because that is what it is promised in. `--json` prints the
figures for programs.
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from nightside_drivers.testing import TwinProcess
from nightside_drivers.testing.initiator import Initiator
from nightside_drivers.testing.wire import WireInitiator
from nightside_drivers.twin.codes import Operation, Response
from nightside_drivers.twin.contents import FileKind, FrameFacts, Scene
from nightside_drivers.twin.datasets import u32
from nightside_drivers.twin.picture.developing import develop
from nightside_drivers.twin.picture.plain import PlainPainter
from nightside_drivers.twin.picture.sky import SkyPainter

REPEATS = 3
FRAMES = 10_000
RELEASES = 200
JPEG_BYTES = 6_600_000
TO_CARD = (Operation.INITIATE_CAPTURE_REC_IN_MEDIA, 0xFFFFFFFF, 0)
OPENED = datetime(2018, 7, 3, 19, 30, tzinfo=UTC)


def cpu_s(act: Callable[[], object]) -> float:
    """Seconds of processor time that the fastest of a few runs takes, after one to warm up."""
    act()
    times: list[float] = []
    for _ in range(REPEATS):
        begun = time.process_time()
        act()
        times.append(time.process_time() - begun)
    return min(times)


def frame(scene: Scene) -> FrameFacts:
    """Thirty seconds of a full-size night."""
    small = Initiator().body.framing.view(OPENED, OPENED, 30.0, 0)
    return replace(small, width_px=4256, height_px=2832, iso=1600, scene=scene)


def rendering() -> Iterator[tuple[str, float]]:
    """Processor seconds for one 12-megapixel JPEG."""
    noise = np.random.default_rng(0).integers(0, 40, (2832, 4256, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    yield "encode 12 MP with Pillow (s)", cpu_s(lambda: image.save(BytesIO(), "JPEG", quality=85))
    for name, painter, scene in (
        ("plain", PlainPainter(), Scene.PLAIN),
        ("cupola", SkyPainter(), Scene.CUPOLA),
        ("tripod", SkyPainter(), Scene.TRIPOD),
    ):
        facts = frame(scene)
        yield f"paint 12 MP, {name} (s)", cpu_s(partial(painter.paint, facts))
        yield (
            f"JPEG of 12 MP, {name} (s)",
            cpu_s(partial(develop, painter, facts, FileKind.JPEG_FINE, JPEG_BYTES)),
        )


def resident_mb() -> float:
    """What this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def nights() -> Iterator[tuple[str, float]]:
    """Ten thousand frames in process: released, told, deleted."""
    initiator = Initiator()
    initiator.body.charge.mains = True
    before = 0.0
    begun = time.perf_counter()
    for number in range(FRAMES):
        initiator.shoot()
        (handle,) = initiator.handles()
        initiator.ask(Operation.DELETE_OBJECT, handle)
        initiator.events()
        if number == FRAMES // 10:
            before = resident_mb()
    yield "frames a second, in process", FRAMES / (time.perf_counter() - begun)
    yield f"memory after {FRAMES} frames over that after a tenth of them", resident_mb() / before


async def releases() -> list[tuple[float, float]]:
    """When releases were asked for and answered, and when the shutter opened, in another process (milliseconds late)."""
    with TwinProcess("--scene", "plain") as twin:
        async with WireInitiator(twin.port) as wire:
            await wire.ask(Operation.OPEN_SESSION, 1)
            await wire.ask(Operation.SET_DEVICE_PROP_VALUE, 0x500D, data=u32(10))
            asked: list[tuple[float, float]] = []
            for _ in range(RELEASES):
                while (await wire.ask(Operation.DEVICE_READY)).response != Response.OK:
                    pass
                before = time.monotonic()
                await wire.ask(*TO_CARD)
                asked.append((before, time.monotonic()))
        truth = await asyncio.to_thread(twin.truth)
    return [((opening["opened"] - at) * 1e3, (done - at) * 1e3) for (at, done), opening in zip(asked, truth, strict=True)]


def truth() -> Iterator[tuple[str, float]]:
    """How late the truth is."""
    late = sorted(opened for opened, _ in asyncio.run(releases()))
    yield "shutter after the request, median (ms)", statistics.median(late)
    yield "shutter after the request, 99 % (ms)", late[len(late) * 99 // 100]
    yield "shutter after the request, worst (ms)", late[-1]


async def download() -> float:
    """MB/s of a NEF over PTP/IP, once it has been made."""
    with TwinProcess("--bandwidth", "unlimited", "--size", "full", "--scene", "plain") as twin:
        async with WireInitiator(twin.port) as wire:
            await wire.ask(Operation.OPEN_SESSION, 1)
            await wire.ask(Operation.SET_DEVICE_PROP_VALUE, 0x5004, data=b"\x04")
            await wire.ask(Operation.SET_DEVICE_PROP_VALUE, 0x500D, data=u32(10))
            await wire.ask(*TO_CARD)
            handles = b""
            while len(handles) <= 4:
                handles = (await wire.ask(Operation.GET_OBJECT_HANDLES, 0xFFFFFFFF, 0x3000, 0)).data
            handle = int.from_bytes(handles[-4:], "little")
            await wire.ask(Operation.GET_PARTIAL_OBJECT, handle, 0, 1)
            begun = time.perf_counter()
            size = len((await wire.ask(Operation.GET_OBJECT, handle)).data)
            return size / 1e6 / (time.perf_counter() - begun)


async def plain_socket(size: int) -> float:
    """MB/s of the same bytes from a thread through a loopback socket."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def send() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(bytes(size))

        sender = threading.Thread(target=send)
        sender.start()
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        begun = time.perf_counter()
        got = await reader.readexactly(size)
        took = time.perf_counter() - begun
        writer.close()
        sender.join()
    return len(got) / 1e6 / took


def transfers() -> Iterator[tuple[str, float]]:
    """How fast files come."""
    yield "download over PTP/IP (MB/s)", asyncio.run(download())
    yield "plain loopback socket (MB/s)", asyncio.run(plain_socket(24_500_000))


def main(out: IO[str] = sys.stdout) -> None:
    """Run everything and say the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="figures for programs")
    as_json: bool = parser.parse_args().json
    figures: dict[str, float] = {}
    for part in (rendering, nights, truth, transfers):
        for name, figure in part():
            figures[name] = figure
            if not as_json:
                print(f"{name:<60} {figure:10.3f}", file=out)
    if as_json:
        json.dump(figures, out, indent=2)


if __name__ == "__main__":
    main()

"""Frames by the ten thousand: what a body's process has grown to, with recycling on, on two bodies that share no code."""

import asyncio
import os
import tempfile
from pathlib import Path

from PIL import Image

from benchmarks.camera.figures import Bound, Found
from benchmarks.camera.referee import start
from nightside_drivers.api import CardFile, Exposure
from nightside_drivers.clock import machine_now
from nightside_drivers.proxy import RSS_BUDGET, HostedBody

SPEED = 100.0
"""Of the twin's clock. libgphoto2 looks every tenth of a second of the machine's whether the body is ready."""
SETTLED = 50
"""Frames after which a process has all that it needs once."""
BOUNDS = (Bound("largest_mb", RSS_BUDGET / 1e6), Bound("lost", 0))


async def twin(frames: int) -> Found:
    """The twin, over PTP/IP."""
    with start("--speed", str(SPEED)) as running:
        body = HostedBody("gphoto", {"port": running.gphoto_port})
        figures = await _shoot(body, Exposure(0.5), frames)
    return Found(f"memory, {frames} frames of the twin", figures, BOUNDS)


async def vusb(frames: int) -> Found:
    """libgphoto2's own virtual camera, through its USB layer: a card with so many frames is emptied.

    It takes 26 pictures in the life of a process, whatever is deleted, so they lie on its card beforehand.
    """
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(_fill, Path(folder), frames)
        os.environ["VCAMERADIR"] = folder  # read by the process that owns the body
        try:
            body = HostedBody("gphoto", {"port": "usb:"})
            await body.open()
            record = Record(body, frames)
            for file in await body.files():
                await record.fetch(file)
            await body.close()
        finally:
            del os.environ["VCAMERADIR"]
    return Found(f"memory, {frames} frames of vusb", record.figures() | {"lost": float(frames - record.fetched)}, BOUNDS)


def _fill(card: Path, frames: int) -> None:
    """Folders of a hundred, as a camera makes them; all files share one content."""
    seed = card / "100VUSB_" / "DSC_0000.JPG"
    seed.parent.mkdir()
    Image.effect_noise((640, 426), 60).save(seed)
    for number in range(1, frames):
        path = card / f"{100 + number // 100}VUSB_" / f"DSC_{number % 10_000:04}.JPG"
        path.parent.mkdir(exist_ok=True)
        path.hardlink_to(seed)


class Record:
    """Fetches and deletes frames, and watches the process that does it."""

    def __init__(self, body: HostedBody, frames: int) -> None:
        self.fetched = 0
        self._body = body
        self._settled = min(SETTLED, frames // 2)
        self._first = self._last = self._largest = 0

    async def fetch(self, file: CardFile) -> None:
        with tempfile.TemporaryFile() as into:
            await self._body.fetch(file, into.fileno())
        await self._body.delete(file)
        self._last = await asyncio.to_thread(lambda: self._body.rss)
        self._first = self._last if self.fetched == self._settled else self._first
        self._largest = max(self._largest, self._last)
        self.fetched += 1

    def figures(self) -> dict[str, float]:
        return {
            "largest_mb": self._largest / 1e6,
            "bytes_a_frame": (self._last - self._first) / max(1, self.fetched - self._settled),
            "recycled": float(self._body.recycled),
        }


async def _shoot(body: HostedBody, exposure: Exposure, frames: int) -> dict[str, float]:
    """Shoot, fetch and delete so many frames."""
    await body.open()
    await body.prepare(exposure)
    record = Record(body, frames)
    for _ in range(frames):
        at = machine_now()
        taken = await body.shoot(at, at + 5, at + exposure.shutter_s)
        for file in taken.files or await body.reported(5):
            await record.fetch(file)
    left = len(await body.files())
    await body.close()
    return record.figures() | {"lost": float(frames - record.fetched + left)}

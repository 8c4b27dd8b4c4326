"""The dark between two exposures of 1 s, each to the card: by USB trigger, and by a release that is held."""

from benchmarks.camera.bulb import wired
from benchmarks.camera.figures import Bound, Found, share
from benchmarks.camera.referee import SPACE_S, gaps, start
from nightside_drivers.api import Exposure, ReleaseKind
from nightside_drivers.clock import machine_now
from nightside_drivers.proxy import HostedBody
from nightside_drivers.testing import TwinProcess

CAPTURE_MODE, CONTINUOUS_LOW = 0x5013, 0x8010
USB_S = 0.15


async def by_usb(frames: int) -> Found:
    """One trigger a frame, the next as soon as the body is ready: libgphoto2 looks every tenth of a second."""
    with start() as twin:
        body = HostedBody("gphoto", {"port": twin.gphoto_port})
        await body.open()
        await body.prepare(Exposure(1.0))
        at = machine_now() + SPACE_S
        for _ in range(frames):
            await body.shoot(at, at + 5, at + 1)
            at = machine_now()
        await body.close()
        return Found("back to back, 1 s, USB trigger", _figures(twin), (Bound("gap_p99_s", USB_S),))


async def held(frames: int) -> Found:
    """The body starts each frame by itself: the gap is its own, and nothing of ours may be added to it."""
    with start() as twin:
        twin.control.dial(CAPTURE_MODE, CONTINUOUS_LOW)
        body = await wired(twin)
        opened = await body.open()
        await body.prepare(Exposure(1.0, release=ReleaseKind.HELD, frames=frames))
        own_s = opened.capabilities.own_gap_s
        at = machine_now() + SPACE_S
        await body.shoot(at, at + 5, at + frames * 1.0 + (frames - 1) * own_s)
        await body.close()
        figures = _figures(twin) | {"own_gap_s": own_s, "wrong_frames": abs(len(twin.truth()) - frames)}
        return Found("back to back, 1 s, held release", figures, (Bound("gap_p99_s", own_s + 0.001), Bound("wrong_frames", 0)))


def _figures(twin: TwinProcess) -> dict[str, float]:
    found = gaps(twin)
    return {"gap_p50_s": share(found, 0.5), "gap_p99_s": share(found, 0.99), "frames": float(len(found) + 1)}

"""Bulb by wire, over RFC 2217 on loopback: how long the shutter really was open."""

from collections.abc import Sequence

from benchmarks.camera.figures import Bound, Found, share
from benchmarks.camera.referee import SPACE_S, start
from nightside_drivers.api import Exposure, ReleaseKind
from nightside_drivers.clock import machine_now
from nightside_drivers.proxy import Deadlines, HostedBody
from nightside_drivers.testing import TwinProcess
from nightside_drivers.wired.options import release_options
from nightside_drivers.wired.serial_line import SerialWiring

BULB, EXPOSURE_TIME = 0xFFFFFFFF, 0x500D
SCALE = 30.0
"""How much faster the twin's time passes for long exposures. An error of its clock is so much smaller on the machine's."""


async def wired(twin: TwinProcess) -> HostedBody:
    """The twin's body with its release line."""
    options = {"port": twin.gphoto_port} | release_options(SerialWiring(twin.release_url))
    body = HostedBody("gphoto", options, Deadlines(shot_margin_s=30))
    await body.open()
    return body


async def bulb(lengths_s: Sequence[float], scale: float = 1.0) -> Found:
    """The error of each exposure's length, in machine time. `lengths_s` are the body's seconds, `scale` how fast those pass."""
    with start("--speed", str(scale)) as twin:
        twin.control.dial(EXPOSURE_TIME, BULB)
        body = await wired(twin)
        for length_s in lengths_s:
            await body.prepare(Exposure(31.0, release=ReleaseKind.WIRED))  # any length that the body does not time
            at = machine_now() + SPACE_S
            await body.shoot(at, at + 5, at + length_s / scale)
        await body.close()
        truth = twin.truth()
    pairs = zip(truth, lengths_s, strict=True)
    wrong = [1000 * abs(one["closed"] - one["opened"] - length_s) / scale for one, length_s in pairs]
    figures = {
        "p50_ms": share(wrong, 0.5),
        "p99_ms": share(wrong, 0.99),
        "longest_s": max(lengths_s),
        "shots": float(len(wrong)),
    }
    name = "bulb by wire" if scale == 1 else f"bulb by wire, time {scale:g} times as fast"
    return Found(name, figures, (Bound("p99_ms", 3.0),))

"""How far apart two bodies of one daemon open their shutters, by wire and by USB trigger: the real stack, in real time.

Each body is a twin in a process of its own; its truth log says when its shutter was really open. The release lag of both twins is
the same, so what is left is the daemon's, the children's and the lines' doing. The bound that is asked for is 5 ms by wire.
"""

import asyncio
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from importlib import resources
from pathlib import Path
from statistics import median

from nightside import settings
from nightside.app import station
from nightside.building import build_clock
from nightside.clock import ScaledClock
from nightside.demo import ELEMENTS
from nightside.sky.elements import load_elements
from nightside_drivers.testing.process import TwinProcess

SERIALS = ("2012345", "2012346")
SHOTS = 20
UMBRA_AFTER = timedelta(minutes=40, seconds=36)
"""From the elements' epoch to the Earth's shadow."""


async def night(folder: Path, twins: list[TwinProcess], clock: ScaledClock, elements: Path, release: str) -> None:
    """One window of both bodies."""
    cameras = [
        {"port": twin.gphoto_port, "serial": serial, "lead_s": 10, "release": {"port": twin.release_url, "contact": True}}
        for serial, twin in zip(SERIALS, twins, strict=True)
    ]
    tables = {
        "orbit": {"elements": str(elements)},
        "cameras": cameras,
        "program": {"kind": "interval", "exposure_s": 0.5, "every_s": 2, "shots": SHOTS, "release": release},
        "storage": {"spool": str(folder / "spool"), "sinks": [{"name": "frames", "path": str(folder / "frames")}]},
        "ledger": {"path": str(folder / "ledger.sqlite")},
        "clock": {"start": clock.start, "speed": clock.speed, "origin": clock.origin},
    }
    configured = settings.check(tables, folder / "nightside.toml")
    async with station(configured, build_clock(configured)) as here:
        async for report in here.party.run(1):
            print(f"  body {report.serial}: {report.taken} of {report.planned} taken")


def measure(release: str) -> list[float]:
    """How far apart (s) both shutters opened, shot by shot."""
    with ExitStack() as stack:
        elements = stack.enter_context(resources.as_file(resources.files("nightside.sky").joinpath("data", ELEMENTS)))
        clock = ScaledClock(load_elements(elements).epoch + UMBRA_AFTER - timedelta(seconds=30), 1.0)
        words = ["--start", clock.start.isoformat(), "--origin", repr(clock.origin), "--speed", repr(clock.speed)]
        twins = [
            stack.enter_context(TwinProcess("--release-port", "0", "--serial", serial, "--scene", "plain", *words))
            for serial in SERIALS
        ]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        asyncio.run(night(folder, twins, clock, elements, release))
        first, second = (twin.truth() for twin in twins)
        return [abs(one["opened"] - other["opened"]) for one, other in zip(first, second, strict=False)]


def main() -> None:
    """Both releases, one after the other."""
    for release in ("wired", "usb"):
        apart = measure(release)
        middle, worst = median(apart) * 1000, max(apart) * 1000
        print(f"{release}: {len(apart)} shots by two bodies, {middle:.2f} ms apart in the middle, {worst:.2f} ms at worst")


if __name__ == "__main__":
    main()

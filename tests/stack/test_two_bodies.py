"""Two bodies of one daemon on one window, by wire, on the real stack: processes, libgphoto2, PTP/IP, serial lines."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from importlib import resources
from pathlib import Path

import pytest

from nightside import settings
from nightside.app import station
from nightside.building import build_clock
from nightside.demo import ELEMENTS
from nightside.engine.report import Report
from nightside.sky.elements import load_elements
from nightside_drivers.clock import ScaledClock
from nightside_drivers.testing.process import TwinProcess

SPEED = 20.0
SERIALS = ("2012345", "2012346")


@pytest.fixture
def clock() -> ScaledClock:
    """A clock that starts shortly before umbra."""
    with resources.as_file(resources.files("nightside.sky").joinpath("data", ELEMENTS)) as path:
        return ScaledClock(load_elements(path).epoch + timedelta(minutes=34), SPEED)


@pytest.fixture
def twins(clock: ScaledClock) -> Iterator[list[TwinProcess]]:
    words = ["--start", clock.start.isoformat(), "--origin", repr(clock.origin), "--speed", repr(clock.speed)]
    with ExitStack() as stack:
        yield [
            stack.enter_context(TwinProcess("--release-port", "0", "--serial", serial, "--scene", "plain", *words))
            for serial in SERIALS
        ]


async def one_window(folder: Path, twins: list[TwinProcess], clock: ScaledClock) -> list[Report]:
    with resources.as_file(resources.files("nightside.sky").joinpath("data", ELEMENTS)) as elements:
        cameras = [
            {
                "port": twin.gphoto_port,
                "serial": serial,
                "lead_s": 2,
                "answer_within_s": 5,
                "release": {"port": twin.release_url, "contact": True},
            }
            for serial, twin in zip(SERIALS, twins, strict=True)
        ]
        tables = {
            "orbit": {"elements": str(elements)},
            "cameras": cameras,
            "program": {"kind": "interval", "exposure_s": 20, "every_s": 60, "shots": 3, "release": "wired"},
            "storage": {"spool": str(folder / "spool"), "sinks": [{"name": "frames", "path": str(folder / "frames")}]},
            "ledger": {"path": str(folder / "ledger.sqlite")},
            "clock": {"start": clock.start, "speed": clock.speed, "origin": clock.origin},
        }
        configured = settings.check(tables, folder / "nightside.toml")
    async with station(configured, build_clock(configured)) as here:
        return [report async for report in here.party.run(1)]


async def test_two_bodies_shoot_the_same_plan_at_the_same_instants(
    twins: list[TwinProcess], clock: ScaledClock, tmp_path: Path
) -> None:
    reports = await one_window(tmp_path, twins, clock)
    assert sorted(report.serial for report in reports) == list(SERIALS)
    first, second = reports
    assert [shot.open_at for shot in first.shots] == [shot.open_at for shot in second.shots]
    for report, twin in zip(sorted(reports, key=lambda report: report.serial), twins, strict=True):
        truth = await asyncio.to_thread(twin.truth)
        assert report.safe + report.missed == 3
        assert report.safe == len(truth)
        assert all(one["release"] == "wired" and one["closed"] is not None for one in truth)
    assert len(list((tmp_path / "frames").rglob("*.jpg"))) == sum(report.safe for report in reports)

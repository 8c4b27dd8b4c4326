"""Two bodies of one daemon on one window, by wire, on the real stack: processes, libgphoto2, PTP/IP, serial lines."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from nightside import settings
from nightside.app import station
from nightside.building import build_clock
from nightside.engine.report import Report
from nightside_drivers.clock import ScaledClock
from nightside_drivers.testing.process import TwinProcess
from tests.daemons import tables, telling
from tests.orbit import shortly_before_umbra
from tests.twins import following

SPEED = 20.0
SERIALS = ("2012345", "2012346")


@pytest.fixture
def clock() -> ScaledClock:
    """A clock that starts shortly before umbra."""
    return shortly_before_umbra(SPEED)


@pytest.fixture
def twins(clock: ScaledClock) -> Iterator[list[TwinProcess]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(TwinProcess("--release-port", "0", "--serial", serial, "--scene", "plain", *following(clock)))
            for serial in SERIALS
        ]


async def one_window(folder: Path, twins: list[TwinProcess], clock: ScaledClock) -> list[Report]:
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
    program = {"kind": "interval", "exposure_s": 20, "every_s": 60, "shots": 3, "release": "wired"}
    whole = tables(cameras=cameras, program=program, clock=telling(clock))
    configured = settings.check(whole, folder / "nightside.toml")
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

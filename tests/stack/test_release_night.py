"""A whole window by wire, end to end: elements, umbra, plan, child process, libgphoto2 and pyserial, twin, verified files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nightside import settings
from nightside.app import station
from nightside.building import build_clock
from nightside.engine.report import Report
from nightside_drivers.clock import ScaledClock
from nightside_drivers.testing import TwinProcess
from tests.daemons import tables, telling
from tests.orbit import shortly_before_umbra
from tests.twins import following

SPEED = 60.0
BULB, EXPOSURE_TIME = 0xFFFFFFFF, 0x500D


@pytest.fixture
def clock() -> ScaledClock:
    return shortly_before_umbra(SPEED)


@pytest.fixture
def twin(clock: ScaledClock) -> Iterator[TwinProcess]:
    with TwinProcess("--release-port", "0", "--scene", "plain", *following(clock)) as running:
        running.control.dial(EXPOSURE_TIME, BULB)  # what a D3s needs a hand for
        yield running


async def one_window(folder: Path, twin: TwinProcess, clock: ScaledClock) -> Report:
    release = {"port": twin.release_url, "contact": True}
    whole = tables(
        camera={"port": twin.gphoto_port, "lead_s": 2, "answer_within_s": 3, "release": release},
        program={"kind": "star-trail", "exposure_s": 120, "shots": 3, "release": "wired"},
        clock=telling(clock),
    )
    configured = settings.check(whole, folder / "nightside.toml")
    async with station(configured, build_clock(configured)) as here:
        async for report in here.watch.run(1):
            return report
    raise AssertionError("a watch of one window gives one report")


async def test_exposures_longer_than_the_body_times_are_taken_by_wire(
    twin: TwinProcess, clock: ScaledClock, tmp_path: Path
) -> None:
    report = await one_window(tmp_path, twin, clock)
    assert report.whole
    truth = twin.truth()
    assert [(one["release"], one["ended_by"]) for one in truth] == [("wired", "release")] * 3
    # At 60 times the speed half a second of a busy machine is 30 s there.
    assert [one["closed"] - one["opened"] for one in truth] == pytest.approx([120.0] * 3, abs=30)
    assert len(list((tmp_path / "frames").rglob("*.jpg"))) == 3

"""Live view as the daemon offers it to whoever mounts it: between windows only, on the body that the daemon shoots with."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from nightside import settings
from nightside.app import Station, station
from nightside.clock import SystemClock
from nightside.errors import LiveViewRefused
from nightside.focus.pictures import decoded
from nightside.ledger.states import WindowPhase
from nightside.ledger.store import Ledger
from nightside.service.questions import NextPlan
from nightside_drivers import bodies
from nightside_drivers.testing import TwinProcess


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with TwinProcess("--scene", "tripod") as running:
        yield running


@pytest.fixture
async def here(twin: TwinProcess, tmp_path: Path) -> AsyncIterator[Station]:
    tables = {
        "site": {"latitude_deg": 46.5, "longitude_deg": 8.0},
        "night": {"condition": "always"},
        "camera": {"port": twin.gphoto_port},
        "program": {"kind": "interval", "exposure_s": 1, "every_s": 60, "shots": 5},
        "storage": {"spool": str(tmp_path / "spool"), "sinks": [{"name": "frames", "path": str(tmp_path / "frames")}]},
        "ledger": {"path": str(tmp_path / "ledger.sqlite")},
    }
    async with station(settings.check(tables, tmp_path / "nightside.toml"), SystemClock()) as running:
        yield running


async def test_between_windows_one_may_look_and_in_a_window_nobody(here: Station, twin: TwinProcess) -> None:
    async with here.viewfinders[0].stream() as stream:
        (shown,) = [shown async for shown in stream.pictures(1)]
        assert twin.control.state()["live_view"]
    assert decoded(shown.jpeg).light.shape == (426, 640)
    assert not twin.control.state()["live_view"]

    plan = await asyncio.to_thread(here.sky.ask, NextPlan(here.clock.utc(), bodies.table()[0][1]))
    window = await here.journal.do(Ledger.begin, "tonight", twin.serial, plan)
    await here.journal.do(Ledger.enter, window.id, WindowPhase.SHOOTING)
    with pytest.raises(LiveViewRefused, match="of tonight is armed") as refused:
        async with here.viewfinders[0].stream():
            pass
    assert refused.value.until == plan.span.end
    assert not twin.control.state()["live_view"]

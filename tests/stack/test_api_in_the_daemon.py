"""A running daemon, asked and commanded over HTTP while it shoots a twin."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from nightside import settings
from nightside.app import Station, station
from nightside.clock import SystemClock, rest
from nightside_drivers.testing import TwinProcess


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with TwinProcess() as running:
        yield running


def tables(twin: TwinProcess, folder: Path) -> dict[str, object]:
    return {
        "site": {"latitude_deg": 46.5, "longitude_deg": 8.0},
        "night": {"condition": "always"},
        "camera": {"port": twin.gphoto_port, "lead_s": 1},
        "program": {"kind": "interval", "exposure_s": 0.5, "every_s": 1, "shots": 1000},
        "storage": {"spool": str(folder / "spool"), "sinks": [{"name": "frames", "path": str(folder / "frames")}]},
        "ledger": {"path": str(folder / "ledger.sqlite")},
        "api": {"port": 0},
    }


@pytest.fixture
async def here(twin: TwinProcess, tmp_path: Path) -> AsyncIterator[Station]:
    async with station(settings.check(tables(twin, tmp_path), tmp_path / "nightside.toml"), SystemClock()) as running:
        yield running


async def test_a_night_is_watched_and_ended_over_http(here: Station, twin: TwinProcess) -> None:
    async def shoot() -> None:
        async for _ in here.party.run(1):
            pass

    shooting = asyncio.create_task(shoot())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{here.api_port}") as client:
        async with client.stream("GET", "/api/v1/events", timeout=60) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: ") and '"taken":3' in line:
                    break
        (answer,) = (await client.post("/api/v1/commands", json={"kind": "stop-after-shot"})).json()
        assert answer["body"] == twin.serial
        await shooting
        (window,) = (await client.get("/api/v1/windows")).json()["windows"]
        report = (await client.get(f"/api/v1/windows/{window['id']}")).json()
        frames = (await client.get(f"/api/v1/windows/{window['id']}/frames")).json()["frames"]
        (state,) = (await client.get("/api/v1/state")).json()
        await client.post("/api/v1/verification", json={})
        while (proof := (await client.get("/api/v1/verification")).json())["phase"] == "running":
            await rest(here.clock, 0.05)
    (sink,) = proof["sinks"]
    good = next(count["files"] for count in sink["counts"] if count["verdict"] == "good")
    assert (proof["phase"], sink["files"], good) == ("done", len(frames), len(frames))
    assert (window["body"], window["phase"], window["outcome"]) == (twin.serial, "closed", "stopped")
    assert report["taken"] == len(frames) >= 2  # the third was due, and may not have been begun
    assert report["taken"] + report["missed"] == report["planned"] == window["shots"]
    assert {key: state[key] for key in ("taken", "missed", "safe")} == {key: report[key] for key in ("taken", "missed", "safe")}
    assert state["window_id"] == window["id"]
    assert state["last_frame"]["id"] == frames[-1]["id"]
    assert frames[-1]["file"]["name"].startswith(state["last_frame"]["stem"])
    assert state["last_frame"]["at"] is not None
    told = state["told"]
    assert (told["mode"], told["dial"], told["focus"], told["lens"]) == ("M", "Single Shot", "Manual", "20 mm")
    assert (told["mains"], told["temperature_c"]) == (False, None)
    assert 70 < told["battery_percent"] <= 76
    assert told["free_bytes"] > told["images_left"] > 0


async def test_a_port_that_is_taken_costs_nobody_the_night(here: Station, twin: TwinProcess, tmp_path: Path) -> None:
    second = tables(twin, tmp_path / "second") | {"api": {"port": here.api_port}}
    (tmp_path / "second").mkdir()
    with capture_logs() as lines:
        async with station(settings.check(second, tmp_path / "second" / "nightside.toml"), SystemClock()) as other:
            assert other.api_port is None
    (said,) = [line for line in lines if line["event"] == "api-down"]
    assert str(here.api_port) in said["why"]

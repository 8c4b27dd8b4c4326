"""What a running daemon tells of itself while it shoots a twin: its metrics and its findings, and the night is none the worse."""

import asyncio
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from nightside.app import Station
from nightside_drivers.testing import TwinProcess
from tests.stack.test_api_in_the_daemon import here, tables, twin

__all__ = ["here", "tables", "twin"]


@pytest.fixture
async def night(here: Station) -> tuple[dict[tuple[str, ...], float], list[dict[str, str]]]:
    """Metrics by name and labels in alphabetical order, once three shots are exposed; and the findings."""

    async def shoot() -> None:
        async for _ in here.party.run(1):
            pass

    shooting = asyncio.create_task(shoot())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{here.api_port}", timeout=120) as client:
        async with client.stream("GET", "/api/v1/events") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: ") and '"taken":3' in line:
                    break
        findings = (await client.get("/api/v1/findings")).json()["findings"]
        await client.post("/api/v1/commands", json={"kind": "stop-after-shot"})
        await shooting
        text = (await client.get("/metrics")).text
    samples = [one for family in parse(text) for one in family.samples]
    return {(one.name, *one.labels.values()): one.value for one in samples}, findings


async def test_metrics_and_findings_are_those_of_the_night(
    night: tuple[dict[tuple[str, ...], float], list[dict[str, str]]], twin: TwinProcess, tmp_path: Path
) -> None:
    metrics, findings = night
    exposed = metrics["nightside_shots_total", "exposed"]
    assert exposed >= 3
    assert metrics["nightside_shot_opening_error_seconds_count", "body"] == exposed
    assert metrics["nightside_shot_gap_seconds_count",] >= 1
    assert metrics["nightside_windows_total", "stopped"] == 1
    assert metrics["nightside_drained_bytes_total",] > 10_000
    assert metrics["nightside_stored_files_total", "frames"] == exposed
    assert metrics["nightside_frames", "safe"] == exposed
    assert metrics["nightside_sink_backlog_files", "frames"] == 0
    assert metrics["nightside_session_phase", twin.serial, "over"] == 1
    assert metrics["nightside_ladder_rungs_total", twin.serial, "person"] == 0
    assert 0.5 < metrics["nightside_body_battery_ratio", twin.serial] < 1
    assert metrics["nightside_event_loop_latency_seconds_count",] >= 1
    assert metrics["nightside_http_requests_total", "200", "/api/v1/findings"] == 1
    assert metrics["nightside_spool_free_bytes",] > 0
    assert sum(value for name, value in metrics.items() if name[0] == "nightside_clock_trust") == 1

    found = {finding["name"]: finding for finding in findings}
    assert len(found) == len(findings)
    assert found[f"body-{twin.serial}"]["severity"] == "good"
    assert found["sink-frames"]["severity"] == "good"
    assert found["libgphoto2"]["severity"] == "good"
    assert str(tmp_path / "spool") in found["spool"]["what"]

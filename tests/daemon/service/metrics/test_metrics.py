"""What is counted, how it is told, and that it is what the table says."""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.metrics_core import Metric

from nightside.engine.notices import Notice
from nightside.engine.snapshot import Shutter, Snapshot, Told
from nightside.engine.trust import ClockTrust, Trust
from nightside.ledger.records import Tally
from nightside.ledger.states import FrameState, SessionPhase, WindowPhase
from nightside.service.metrics import table
from nightside.service.metrics.readings import Elementary, Readings, children
from nightside.service.metrics.registry import Metrics
from nightside.storage.standing import SinkState

AT = datetime(2018, 7, 3, 20, tzinfo=UTC)
PARSERS = ("prometheus_client.parser", "prometheus_client.openmetrics.parser")
OPEN = "application/openmetrics-text"
FULL = Readings(
    snapshots=(
        Snapshot(
            AT,
            "2012345",
            "Nikon D3s",
            SessionPhase.WORKING,
            phase=WindowPhase.SHOOTING,
            shutter=Shutter.OPEN,
            told=Told(AT, battery_percent=87, images_left=412),
        ),
        Snapshot(AT),
    ),
    sinks=(SinkState("nas", required=True, backlog=3, failing_since=AT, free=10**9),),
    owed_bytes={"nas": 42_000_000},
    frames={FrameState.ON_CARD: Tally(7, 0), FrameState.SAFE: Tally(5, 5000)},
    spool_free=123,
    trust=ClockTrust(Trust.NTP, 0.002, "chrony"),
    elements=Elementary(86400.0, 0.2),
    entries={"room": True, "tokens": False},
    rungs={"2012345": {"retry": 2, "person": 0}},
    children={"body": (1, 50_000_000)},
)


async def read() -> Readings:
    return FULL


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(read)  # outside of the loop: it reads a file


async def told(metrics: Metrics, accept: str = "") -> dict[str, Metric]:
    text, media_type = await metrics.text(accept)
    parse: Callable[[str], Iterable[Metric]]
    parse = import_module(PARSERS["openmetrics" in media_type]).text_string_to_metric_families
    return {family.name: family for family in parse(text.decode())}


def value(families: Mapping[str, Metric], sample: str, **labels: str) -> float:
    (found,) = [
        one.value for family in families.values() for one in family.samples if (one.name, one.labels) == (sample, labels)
    ]
    return found


def tell(metrics: Metrics, name: str, **detail: Any) -> None:
    metrics.told.hear(Notice(name, AT, detail=detail))


def expose(metrics: Metrics, index: int, opens_s: float, late_s: float, **more: Any) -> None:
    opened = AT + timedelta(seconds=opens_s)
    times = {
        "opened_at": opened.isoformat(),
        "closed_at": (opened + timedelta(seconds=30)).isoformat(),
        "opened_late_s": late_s,
    }
    tell(metrics, "shot-exposed", window_id=1, shot_index=index, **times | more)


@pytest.mark.parametrize(
    "accept", ["", "application/openmetrics-text; version=1.0.0", "application/openmetrics-text;version=x\x00"]
)
async def test_the_clients_own_parser_reads_what_is_told(metrics: Metrics, accept: str) -> None:
    found = await told(metrics, accept)
    assert {metric.name.removesuffix("_total") for metric in table.METRICS} <= set(found)


async def test_nothing_is_told_that_the_table_does_not_list(metrics: Metrics) -> None:
    expose(metrics, 0, 0, 0.01)
    listed = {metric.name.removesuffix("_total"): metric for metric in table.METRICS}
    for name, family in (await told(metrics, OPEN)).items():
        if name.startswith("process_"):
            continue
        assert family.type == ("counter" if listed[name].kind is table.Kind.COUNTER else listed[name].kind)
        assert family.documentation == listed[name].about
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == set(listed[name].labels)


def test_names_and_units_follow_the_conventions() -> None:
    for metric in table.METRICS:
        assert re.fullmatch(r"nightside_[a-z][a-z_]*", metric.name)
        assert metric.name.endswith("_total") == (metric.kind is table.Kind.COUNTER)
        assert bool(metric.buckets) == (metric.kind is table.Kind.HISTOGRAM)
        assert not re.search(r"_(ms|milliseconds|percent|mb|kb|days|minutes)(_|$)", metric.name)
        assert metric.kind is not table.Kind.HISTOGRAM or metric.name.endswith("_seconds")
        assert metric.about.endswith(".")


async def test_how_far_off_each_opening_was_and_the_gaps_between_them(metrics: Metrics) -> None:
    expose(metrics, 0, 0, 0.003)
    expose(metrics, 1, 30.2, -0.004, contact_at=AT.isoformat())
    expose(metrics, 3, 90.6, 0.3)  # the one between them was missed: that is no gap
    tell(metrics, "shot-exposed", window_id=1, shot_index=4, opened_at=AT.isoformat(), closed_at=AT.isoformat())
    found = await told(metrics)
    name = table.OPENING_ERROR.name
    assert value(found, f"{name}_bucket", measured_by="contact", le="0.005") == 1
    assert value(found, f"{name}_count", measured_by="body") == 2
    assert value(found, f"{table.GAP.name}_count") == 1
    assert value(found, f"{table.GAP.name}_sum") == pytest.approx(0.2)
    assert value(found, table.SHOTS.name, outcome="exposed") == 4


async def test_what_is_told_by_name_is_counted(metrics: Metrics) -> None:
    tell(metrics, "shot-missed", reason="Late.")
    tell(metrics, "window-closed", outcome="whole")
    tell(metrics, "window-closed", outcome="<script>")
    tell(metrics, "frame-drained", size=1000)
    tell(metrics, "frame-stored", sink="nas")
    tell(metrics, "call-a-person")
    tell(metrics, "something-else")
    found = await told(metrics)
    assert value(found, table.SHOTS.name, outcome="missed") == 1
    assert value(found, table.WINDOWS.name, outcome="whole") == 1
    assert value(found, table.WINDOWS.name, outcome="partial") == 1
    assert value(found, table.DRAINED.name) == 1000
    assert value(found, table.STORED.name, sink="nas") == 1
    assert value(found, table.CALLS.name) == 1


async def test_counters_begin_at_nought_so_that_their_first_increase_is_seen(metrics: Metrics) -> None:
    found = await told(metrics)
    assert value(found, table.SHOTS.name, outcome="missed") == 0
    assert value(found, table.CALLS.name) == 0


async def test_what_is_so_when_it_is_asked(metrics: Metrics) -> None:
    found = await told(metrics)
    assert value(found, table.SHUTTER_OPEN.name, body="2012345") == 1
    assert value(found, table.SHUTTER_OPEN.name, body="unknown-2") == 0
    assert value(found, table.WINDOW_PHASE.name, body="2012345", phase="shooting") == 1
    assert value(found, table.WINDOW_PHASE.name, body="2012345", phase="draining") == 0
    assert value(found, table.SESSION_PHASE.name, body="unknown-2", phase="finding") == 1
    assert value(found, table.RUNGS.name, body="2012345", rung="retry") == 2
    assert value(found, table.SINK_BACKLOG.name, sink="nas") == 3
    assert value(found, table.SINK_BACKLOG_BYTES.name, sink="nas") == 42_000_000
    assert value(found, table.SINK_FAILING.name, sink="nas") == 1
    assert value(found, table.FRAMES.name, state="on-card") == 7
    assert value(found, table.FRAMES.name, state="gone") == 0
    assert value(found, table.SPOOL_FREE.name) == 123
    assert value(found, table.CLOCK_TRUST.name, level="ntp") == 1
    assert value(found, table.CLOCK_TRUST.name, level="rtc") == 0
    assert value(found, table.CLOCK_SIGMA.name) == 0.002
    assert value(found, table.BATTERY.name, body="2012345") == 0.87
    assert value(found, table.CARD_FRAMES.name, body="2012345") == 412
    assert value(found, table.ELEMENT_AGE.name) == 86400
    assert value(found, table.FINDINGS.name, entry="room") == 1
    assert value(found, table.CHILD_RSS.name, owns="body") == 50_000_000
    assert value(found, "process_resident_memory_bytes") > 1_000_000


async def test_what_is_not_known_is_left_out() -> None:
    async def little() -> Readings:
        return replace(FULL, trust=None, elements=None, spool_free=None)

    found = await told(await asyncio.to_thread(Metrics, little))
    for metric in (table.CLOCK_TRUST, table.CLOCK_SIGMA, table.ELEMENT_AGE, table.SPOOL_FREE):
        assert not found[metric.name].samples


async def test_two_daemons_in_one_process_share_nothing(metrics: Metrics) -> None:
    tell(metrics, "call-a-person")
    assert value(await told(await asyncio.to_thread(Metrics, read)), table.CALLS.name) == 0
    assert not [name for name in REGISTRY._names_to_collectors if name.startswith("nightside")]
    assert CollectorRegistry() is not REGISTRY


def test_children_are_told_apart_by_what_they_own(tmp_path: Path) -> None:
    (tmp_path / "1/task/1").mkdir(parents=True)
    (tmp_path / "1/task/1/children").write_text("2 3 4 5 ")
    for pid, module in (
        (2, "nightside_drivers.host"),
        (3, "nightside.storage.sinks.host"),
        (4, "nightside.storage.sinks.host"),
    ):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "cmdline").write_bytes(f"python\0-m\0{module}\0--connection=3\0".encode())
        (tmp_path / str(pid) / "statm").write_text("1000 10 5 1 0 3 0")
    found = children(1, tmp_path)  # the fifth has ended meanwhile
    assert (found["body"][0], found["sink"][0], found["other"][0]) == (1, 2, 0)
    assert found["sink"][1] == 2 * found["body"][1] > 0


def metrics_named_in(text: str) -> set[str]:
    return {name.removesuffix("_bucket") for name in re.findall(r"\bnightside_[a-z_]+", text)}


def test_the_pages_speak_of_metrics_that_there_are() -> None:
    named = metrics_named_in((Path(__file__).parents[4] / "docs" / "how-to" / "run-as-a-service.md").read_text())
    assert len(named) >= 6
    assert named <= {metric.name for metric in table.METRICS}


def test_the_alerts_speak_of_metrics_that_there_are() -> None:
    text = (Path(__file__).parents[4] / "config" / "prometheus-alerts.yml").read_text()
    named = metrics_named_in(text)
    assert named
    assert named <= {metric.name for metric in table.METRICS}
    assert len(re.findall(r"- alert:", text)) == len(re.findall(r"summary:", text)) == len(re.findall(r"severity:", text))

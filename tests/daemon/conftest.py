"""What the service half's tests share: a plan of five shots, and a ledger on a virtual clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.ledger.opening import open_ledger
from nightside.ledger.store import Ledger
from nightside.plan.values import Overrun, Plan, Shot, Span
from nightside_drivers.api import Exposure

START = datetime(2018, 7, 3, 20, 6, 34, 439840, tzinfo=UTC)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START - timedelta(minutes=5))


@pytest.fixture
def plan() -> Plan:
    opens = [START + timedelta(seconds=30.2 * index) for index in range(5)]
    return Plan(
        program="star-trail",
        kind="star-trail",
        body="Nikon D3s",
        span=Span(start=START, end=START + timedelta(minutes=36), uncertainty_s=0.2),
        shots=tuple(
            Shot(index=index, open_at=at, close_at=at + timedelta(seconds=30), exposure=Exposure(30.0, 800))
            for index, at in enumerate(opens)
        ),
        overrun=Overrun.PUSH,
        slack_s=0.2,
        frame_bytes=14_000_000,
    )


@pytest.fixture
def ledger(tmp_path: Path, clock: VirtualClock) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path / "ledger.sqlite", clock)
    yield opened
    opened.close()

"""What the service half's tests share: a plan of five shots, and a ledger on a virtual clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.ledger.opening import open_ledger
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from tests.plans import star_trail

START = datetime(2018, 7, 3, 20, 6, 34, 439840, tzinfo=UTC)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START - timedelta(minutes=5))


@pytest.fixture
def plan() -> Plan:
    return star_trail(START, 5)


@pytest.fixture
def ledger(tmp_path: Path, clock: VirtualClock) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path / "ledger.sqlite", clock)
    yield opened
    opened.close()

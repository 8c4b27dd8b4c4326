"""The plan that simulated nights run, and the clock they begin on."""

from datetime import UTC, datetime, timedelta

import pytest

from nightside.clock import VirtualClock
from nightside.plan.lay import lay
from nightside.plan.programs import StarTrail
from nightside.plan.values import Plan
from nightside.sky.windows import Window
from nightside_drivers import bodies

START = datetime(2018, 7, 3, 20, 6, 34, 439840, tzinfo=UTC)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START - timedelta(minutes=5))


@pytest.fixture
def plan() -> Plan:
    """Twelve half-minute frames in a window that has room for a few more."""
    body = bodies.find("", "Nikon D3s")
    assert body is not None
    return lay(StarTrail(shots=12, iso=800), Window(START, START + timedelta(minutes=8), uncertainty_s=0.2), body)

"""The plan that simulated nights run, and the clock they begin on."""

from datetime import timedelta

import pytest

from nightside.clock import VirtualClock
from nightside.plan.programs import StarTrail
from nightside.plan.values import Plan
from tests.simulation.seeds import START, plan_of


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START - timedelta(minutes=5))


@pytest.fixture
def plan() -> Plan:
    """Twelve half-minute frames in a window that has room for a few more."""
    return plan_of(StarTrail(shots=12, iso=800))

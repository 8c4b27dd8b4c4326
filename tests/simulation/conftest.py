"""The night that named tests begin with, and change."""

from collections.abc import Callable

import pytest

from nightside.plan.programs.star_trail import StarTrail
from nightside_drivers.twin.faults.vocabulary import Fault
from tests.simulation.script import Part, Script, Umbra

BEGINS_S = 300.0

Written = Callable[..., Script]


@pytest.fixture
def script() -> Written:
    """Twelve half-minute frames in a window that has room for a few more; with faults, and whatever else is given."""

    def write(*faults: Fault, shots: int = 12, part: Part | None = None, **said: object) -> Script:
        played = part or Part(StarTrail(exposure_s=30, shots=shots, iso=800), faults)
        return Script(**({"umbras": (Umbra(BEGINS_S, 480.0),), "parts": (played,)} | said))  # type: ignore[arg-type]

    return write

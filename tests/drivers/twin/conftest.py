import pytest

from nightside_drivers.testing.initiator import Initiator


@pytest.fixture
def initiator() -> Initiator:
    return Initiator()

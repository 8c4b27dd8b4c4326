"""The pytest plugin: the `d3s` and `make_twin` fixtures, for any project that talks to cameras.

    @pytest.mark.twin("--speed", "60")     # optional: arguments of `nightside twin`
    def test_my_client(d3s):
        ...

`pytest --camera PORT` names a real body by its libgphoto2 port, for suites that can run on one.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from nightside_drivers.testing.process import TwinProcess

MakeTwin = Callable[..., TwinProcess]
"""Starts a twin with arguments of its command line; it ends with the test."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--camera`."""
    group = parser.getgroup("nightside")
    group.addoption("--camera", metavar="PORT", help="run what can be run on a real body at this libgphoto2 port, such as usb:")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line("markers", "twin(*arguments): arguments of `nightside twin` for the d3s fixture")


@pytest.fixture
def make_twin() -> Iterator[MakeTwin]:
    """Start as many twins as a test needs, each in a process of its own, on free ports of its own."""
    with ExitStack() as running:

        def start(*arguments: str) -> TwinProcess:
            return running.enter_context(TwinProcess(*arguments))

        yield start


@pytest.fixture
def d3s(request: pytest.FixtureRequest, make_twin: MakeTwin) -> TwinProcess:
    """A simulated Nikon D3S in a process of its own: `port` for PTP/IP, `control` to look behind the scenes."""
    marker = request.node.get_closest_marker("twin")
    return make_twin(*(marker.args if marker else ()))

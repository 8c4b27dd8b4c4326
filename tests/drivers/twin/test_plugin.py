"""The pytest plugin, as another project would use it."""

from importlib.metadata import entry_points

import pytest

PLUGIN_MODULE = "nightside_drivers.testing.plugin"
pytest_plugins = ["pytester"]

A_PROJECT_OF_ITS_OWN = """
    import asyncio
    import pytest
    from nightside_drivers.testing.wire import WireInitiator

    @pytest.mark.twin("--serial", "4711", "--speed", "60")
    def test_my_client_reads_the_serial_number(d3s):
        async def about():
            async with WireInitiator(d3s.port) as wire:
                return (await wire.ask(0x1001)).data
        assert "4711".encode("utf-16-le") in asyncio.run(about())

    def test_two_bodies(make_twin):
        first, second = make_twin("--serial", "1"), make_twin("--serial", "2")
        assert first.port != second.port
        assert second.control.state()["serial"] == "2"
"""


def test_another_project_has_the_fixtures(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(A_PROJECT_OF_ITS_OWN)
    found = any(entry.value == PLUGIN_MODULE for entry in entry_points(group="pytest11"))
    plugin = () if found else ("-p", PLUGIN_MODULE)
    options = ("-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function")
    ran = pytester.runpytest_subprocess(*plugin, *options)
    ran.assert_outcomes(passed=2)

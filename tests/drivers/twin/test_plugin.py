"""The pytest plugin, as another project would use it."""

import re
import textwrap
from importlib.metadata import entry_points
from pathlib import Path

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


MY_PROJECT = """
    import asyncio
    from nightside_drivers.testing.wire import WireInitiator
    from nightside_drivers.twin.datasets import Reader, u32

    EVERYTHING = 0xFFFFFFFF

    class Client:
        def __init__(self, host, port):
            self._where = (port, host)

        def shoot(self, seconds):
            asyncio.run(self._shoot(seconds))

        def files(self):
            return asyncio.run(self._files())

        async def _shoot(self, seconds):
            async with WireInitiator(*self._where) as wire:
                await wire.ask(0x1002, 1)
                await wire.ask(0x1016, 0x500D, data=u32(seconds * 10_000))
                await wire.ask(0x9207, EVERYTHING, 0)
                while b"\\x0d\\x40" not in (await wire.ask(0x90C7)).data:
                    pass

        async def _files(self):
            async with WireInitiator(*self._where) as wire:
                await wire.ask(0x1002, 1)
                reader = Reader((await wire.ask(0x1007, EVERYTHING, 0, 0)).data)
                about = {}
                for handle in [reader.u32() for _ in range(reader.u32())]:
                    info = Reader((await wire.ask(0x1008, handle)).data)
                    info.take(38)
                    parent = info.u32()
                    info.take(10)
                    about[handle] = (parent, info.string())
                folders = {parent for parent, _ in about.values()}
                return [self._path(about, handle) for handle in about if handle not in folders]

        def _path(self, about, handle):
            parent, name = about[handle]
            return f"{self._path(about, parent)}/{name}" if parent in about else name
"""

SHOT_FIRST = """
def test_behind_the_scenes(d3s):
    d3s.control.dial(0x500D, 100)
    d3s.control.press()
    while not d3s.control.state()["cards"][0]["files"]:
        pass
"""

DOCS = Path(__file__).parents[3] / "docs"


def plugin() -> tuple[str, ...]:
    found = any(entry.value == PLUGIN_MODULE for entry in entry_points(group="pytest11"))
    chosen = () if found else ("-p", PLUGIN_MODULE)
    return (*chosen, "-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function")


def test_the_how_tos_examples_run_as_they_stand(pytester: pytest.Pytester) -> None:
    page = (DOCS / "how-to/test-your-client-with-the-twin.md").read_text(encoding="utf-8")
    ten_lines, fault, behind, fixture = (
        textwrap.dedent(block) for block in re.findall(r" *```python\n(.*?) *```", page, re.DOTALL)
    )
    assert sum(bool(line) for line in ten_lines.splitlines()) <= 10
    behind = SHOT_FIRST + textwrap.indent(behind, "    ")
    used = "def test_where(where):\n    assert where.startswith('ptpip:127.0.0.1:')\n"
    pytester.makepyfile(my_project=MY_PROJECT)
    pytester.makepyfile("\n".join((ten_lines, fault, behind, fixture, used)))
    pytester.runpytest_subprocess(*plugin()).assert_outcomes(passed=4)


def test_the_option_for_a_real_body_reaches_a_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_port(pytestconfig):\n    assert pytestconfig.getoption('--camera') == 'usb:001,007'\n")
    pytester.runpytest_subprocess(*plugin(), "--camera", "usb:001,007").assert_outcomes(passed=1)


def test_another_project_has_the_fixtures(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(A_PROJECT_OF_ITS_OWN)
    pytester.runpytest_subprocess(*plugin()).assert_outcomes(passed=2)

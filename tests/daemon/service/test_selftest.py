"""What is tried once a day: found well, found wrong, and without a shot."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from serial import rfc2217

from nightside.service import selftest
from nightside.storage.sinks.hosted import HostedSink
from nightside.storage.sinks.marker import MARKER
from nightside_drivers.testing import TwinProcess
from nightside_drivers.wired.options import release_options
from nightside_drivers.wired.serial_line import SerialWiring
from tests.daemon.storage.sinks.conftest import host


async def free() -> None:
    """Nobody needs the body."""


async def taken() -> str:
    return "The window is armed."


async def test_a_line_is_opened_and_its_contact_read_and_nothing_is_pressed() -> None:
    with TwinProcess("--release-port", "0", "--scene", "plain") as twin:
        options = release_options(SerialWiring(twin.release_url, contact=True))
        assert await selftest.release_line(options, free)() is None
        assert await selftest.release_line(options, free)() is None  # it was let go
        assert twin.truth() == []


async def test_a_line_that_is_gone_is_said_with_what_to_do(tmp_path: Path) -> None:
    options = release_options(SerialWiring(str(tmp_path / "ttyUSB7")))
    found = await selftest.release_line(options, free)()
    assert found is not None
    assert "ttyUSB7" in found
    assert "Check the adapter's cable" in found


async def test_a_line_is_left_alone_while_the_night_has_the_body(tmp_path: Path) -> None:
    options = release_options(SerialWiring(str(tmp_path / "ttyUSB7")))
    assert await selftest.release_line(options, taken)() is None


class Shorted:
    """A serial port whose CTS is high whatever is done to it, and which writes down what is."""

    cts, dsr, ri, cd = True, False, False, False

    def __init__(self) -> None:
        self.pressed = False
        self.dtr = self.break_condition = False
        self.baudrate, self.bytesize, self.parity, self.stopbits = 9600, 8, "N", 1
        self.xonxoff = self.rtscts = self.dsrdtr = False

    @property
    def rts(self) -> bool:
        return False

    @rts.setter
    def rts(self, level: bool) -> None:
        self.pressed |= level

    def reset_input_buffer(self) -> None:
        """There is none."""

    def reset_output_buffer(self) -> None:
        """There is none."""


@contextmanager
def served(port: Shorted) -> Generator[str]:
    """It, on the network."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, connection.makefile("rwb", buffering=0) as wire:
                manager = rfc2217.PortManager(cast("Any", port), cast("Any", wire))
                while data := connection.recv(1024):
                    list(manager.filter(data))
                    manager.check_modem_lines(force_notification=True)

        serving = threading.Thread(target=serve)
        serving.start()
        yield f"rfc2217://127.0.0.1:{server.getsockname()[1]}"
        serving.join()


async def test_a_contact_that_is_closed_while_nothing_is_exposed_is_said() -> None:
    port = Shorted()
    with served(port) as url:
        found = await selftest.release_line(release_options(SerialWiring(url, contact=True)), free)()
    assert found is not None
    assert "The sync contact is closed, and nothing is exposed" in found
    assert not port.pressed


async def test_a_sink_is_known_by_its_marker(tmp_path: Path) -> None:
    (tmp_path / "sink").mkdir()
    (tmp_path / "spool").mkdir()
    sink: HostedSink = host({"kind": "folder", "path": str(tmp_path / "sink")}, tmp_path / "spool")
    await sink.prepare()
    assert await selftest.marker(sink)() is None
    (tmp_path / "sink" / MARKER).unlink()
    found = await selftest.marker(sink)()
    assert found is not None
    assert "has lost its marker file" in found


def test_the_libraries_of_this_computer_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert selftest.libraries() is None
    monkeypatch.setattr("nightside.service.findings.software.STARTED_S", 0.0)
    assert "libgphoto2 cannot be loaded" in str(selftest.libraries())

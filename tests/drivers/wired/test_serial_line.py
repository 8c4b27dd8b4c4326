"""A release on a serial port, where no twin is needed: ports that are held, gone, or none at all."""

import os
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from nightside_drivers.errors import ReleaseGone, ReleaseHeld
from nightside_drivers.wired.serial_line import SerialLine, SerialWiring


@pytest.fixture
def port() -> Iterator[str]:
    """A terminal: it has no modem lines, but it can be held and hung up on like any port."""
    ours, theirs = os.openpty()
    yield os.ttyname(theirs)
    os.close(theirs)
    os.close(ours)


def test_a_port_that_another_program_holds_is_said_to_be_held(port: str) -> None:
    first = SerialLine(SerialWiring(port))
    first.open()
    with pytest.raises(ReleaseHeld, match=rf"{port}.* held by .*\(process {os.getpid()}\)"):
        SerialLine(SerialWiring(port)).open()
    first.close()
    second = SerialLine(SerialWiring(port))
    second.open()
    second.close()


def test_a_port_that_is_not_there_is_gone(tmp_path: Path) -> None:
    with pytest.raises(ReleaseGone, match="no-such-port"):
        SerialLine(SerialWiring(str(tmp_path / "no-such-port"))).open()


@pytest.mark.parametrize(("inverted", "hangs_up"), [(False, True), (True, False)])
def test_the_kernel_is_told_to_lower_the_lines_when_the_port_is_closed_unless_that_would_press(
    port: str, inverted: bool, hangs_up: bool
) -> None:
    line = SerialLine(SerialWiring(port, inverted=inverted))
    descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY)
    try:
        attributes = termios.tcgetattr(descriptor)
        attributes[2] = attributes[2] & ~termios.HUPCL if hangs_up else attributes[2] | termios.HUPCL
        termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
        line.open()
        assert bool(termios.tcgetattr(descriptor)[2] & termios.HUPCL) is hangs_up
    finally:
        line.close()
        os.close(descriptor)


def test_a_port_without_modem_lines_presses_nothing_and_says_so(port: str) -> None:
    line = SerialLine(SerialWiring(port))
    line.open()
    with pytest.raises(ReleaseGone, match="cannot be moved"):
        line.press()
    line.close()
    line.close()

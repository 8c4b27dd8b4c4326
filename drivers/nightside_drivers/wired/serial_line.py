"""`SerialLine`: one serial port whose lines press a release button, and whose CTS hears the sync contact. No timing here."""

import contextlib
import errno
import termios
import warnings
from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import serial

from nightside_drivers.errors import ReleaseGone, ReleaseHeld
from nightside_drivers.finding.holders import named

ANSWER_S = 1.0
"""How long a serial server of the network may take to confirm a line change (machine time)."""


class Line(StrEnum):
    """A line of a serial port that a computer can move."""

    RTS = "rts"
    DTR = "dtr"


@dataclass(frozen=True, slots=True)
class SerialWiring:
    """How a release is wired to a serial port."""

    port: str
    """A device such as /dev/ttyUSB0, or an `rfc2217://host:port` of a serial server."""
    line: Line = Line.RTS
    prefocus: Line | None = None
    """The line that half-presses the button, where it is wired apart."""
    inverted: bool = False
    """Pressed while the line is low. Such a release is pressed by a port that nobody holds: nothing can close it after a kill."""
    contact: bool = False
    """Whether the sync contact is wired to CTS."""

    @property
    def fails_closed(self) -> bool:
        """Whether the shutter closes when whoever holds the port is killed."""
        return not self.inverted


class SerialLine:
    """An open port. Any of its methods raises `ReleaseGone` when the port is gone."""

    def __init__(self, wiring: SerialWiring) -> None:
        """Nothing is opened yet."""
        self.wiring = wiring
        self._port: serial.Serial | None = None

    @property
    def has_prefocus(self) -> bool:
        """Whether the half press is wired apart."""
        return self.wiring.prefocus is not None

    @property
    def has_contact(self) -> bool:
        """Whether the sync contact is on CTS."""
        return self.wiring.contact

    def open(self) -> None:
        """Open the port with the release up; nothing happens when it is open.

        Raises:
            ReleaseHeld: another program has it.
            ReleaseGone: it is not there, not ours, or does not answer.
        """
        if self._port is not None:
            return
        idle = self.wiring.inverted
        with self._spoken("opened"), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # pyserial 3.5 names its thread the old way
            port: Any = serial.serial_for_url(_patient(self.wiring.port), do_not_open=True, timeout=ANSWER_S)
            port.rts = port.dtr = idle
            if not self.wiring.port.startswith("rfc2217:"):
                port.exclusive = True
            port.open()
        self._port = port
        self._hang_up_on_close()

    def close(self) -> None:
        """Let go and close. Works on a port that is gone, and twice."""
        port, self._port = self._port, None
        if port is None:
            return
        with contextlib.suppress(serial.SerialException, OSError, ValueError):
            port.rts = port.dtr = self.wiring.inverted
        with contextlib.suppress(serial.SerialException, OSError, ValueError):
            port.close()

    def drop(self) -> None:
        """The same: a closed port is up."""
        self.close()

    def press(self) -> None:
        """Close the release line."""
        self._move(self.wiring.line, pressed=True)

    def let_go(self) -> None:
        """Open the release line, and the prefocus line with it."""
        self._move(self.wiring.line, pressed=False)
        if self.wiring.prefocus is not None:
            self._move(self.wiring.prefocus, pressed=False)

    def half_press(self) -> None:
        """Close the prefocus line, where there is one."""
        if self.wiring.prefocus is not None:
            self._move(self.wiring.prefocus, pressed=True)

    def contact(self) -> bool:
        """Whether the sync contact is closed now."""
        with self._spoken("read"):
            return bool(self._opened().cts)

    def _move(self, line: Line, *, pressed: bool) -> None:
        level = pressed is not self.wiring.inverted
        with self._spoken("moved"):
            if line is Line.RTS:
                self._opened().rts = level
            else:
                self._opened().dtr = level

    def _opened(self) -> serial.Serial:
        if self._port is None:
            raise ReleaseGone(f"The release line {self.wiring.port} is not open.", remedy="Open it first.")
        return self._port

    def _hang_up_on_close(self) -> None:
        """Have the kernel lower the lines when the port is closed: somebody may have told it not to (stty -hupcl)."""
        descriptor = getattr(self._port, "fd", None)
        if not isinstance(descriptor, int):
            return  # a serial server of the network lowers them when the connection ends
        with self._spoken("set up"):
            attributes = termios.tcgetattr(descriptor)
            if self.wiring.fails_closed:
                attributes[2] |= termios.HUPCL
            else:
                attributes[2] &= ~termios.HUPCL
            termios.tcsetattr(descriptor, termios.TCSANOW, attributes)

    @contextlib.contextmanager
    def _spoken(self, doing: str) -> Generator[None]:
        """Turn what pyserial and the system raise into an error of ours."""
        try:
            yield
        except (serial.SerialException, OSError, ValueError, termios.error) as error:
            where = self.wiring.port
            if getattr(error, "errno", None) in {errno.EBUSY, errno.EAGAIN} or "exclusively lock" in str(error):
                held = ReleaseHeld(
                    f"Another program holds the release line {where}.",
                    means="No exposure by wire before it is free.",
                    remedy=f"End that program; `sudo fuser {where}` names it.",
                )
                raise named(held, Path(where).resolve()) from error
            raise ReleaseGone(
                f"The release line {where} cannot be {doing}: {error}.",
                means="No exposure by wire before it is back; the shutter is closed.",
                remedy="Check the adapter's cable and that you may use the port (group dialout).",
            ) from error


def _patient(url: str) -> str:
    """A serial server is given `ANSWER_S`, not pyserial's 3 s, unless the address says otherwise."""
    if not url.startswith("rfc2217:") or "timeout=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}timeout={ANSWER_S:g}"

"""The wired line: an RFC 2217 server, so that a serial port of the network is the body's ten-pin connector.

RTS (or DTR) closes focus and shutter; CTS is the sync contact. When the connection ends both lines fall, as they do when the
last user of a real serial port closes it.
"""

import asyncio
import struct
from enum import StrEnum
from typing import cast

from serial.rfc2217 import PortManager, Serial

from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.following import follow, hang_up
from nightside_drivers.twin.listening import Listening

CHUNK = 1024
LONGEST_OPTION = 256
"""Bytes of a telnet option; RFC 2217's own are shorter than ten, but for a signature."""

_TRIPS = (TypeError, ValueError, KeyError, IndexError, struct.error)
"""What pyserial's port manager raises for options that are malformed."""


class Line(StrEnum):
    """Which line of the serial port is wired to the release."""

    RTS = "rts"
    DTR = "dtr"


class ReleasePort:
    """What RFC 2217's port manager takes for a serial port: lines that move, and settings that nobody minds."""

    def __init__(self, body: BodyModel, line: Line) -> None:
        self.baudrate = 9600
        self.bytesize = 8
        self.parity = "N"
        self.stopbits: float = 1
        self.xonxoff = False
        self.rtscts = False
        self.break_condition = False
        self.dsr = self.ri = self.cd = False
        self._body = body
        self._line = line
        self._lines = {Line.RTS: False, Line.DTR: False}

    @property
    def cts(self) -> bool:
        """The sync contact."""
        return self._body.sync

    @property
    def rts(self) -> bool:
        """Request to send."""
        return self._lines[Line.RTS]

    @rts.setter
    def rts(self, level: bool) -> None:
        self._move(Line.RTS, level)

    @property
    def dtr(self) -> bool:
        """Data terminal ready."""
        return self._lines[Line.DTR]

    @dtr.setter
    def dtr(self, level: bool) -> None:
        self._move(Line.DTR, level)

    def reset_input_buffer(self) -> None:
        """Nothing ever comes in."""

    def reset_output_buffer(self) -> None:
        """Nothing ever goes out."""

    def fall(self) -> None:
        """Both lines fall: the port is closed."""
        self.rts = False
        self.dtr = False

    def _move(self, line: Line, level: bool) -> None:
        if self._lines[line] == level:
            return
        self._lines[line] = level
        if line is self._line:
            (self._body.button.press if level else self._body.button.let_go)()


class WiredLine(Listening):
    """A running RFC 2217 server for one client at a time. Closed, its lines fall."""

    def __init__(self, body: BodyModel, line: Line) -> None:
        super().__init__()
        self._body = body
        self.line = line
        self._manager: PortManager | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen, and tell a client what the body does."""
        await super().start(host, port)
        self._spawn(follow(self._body, self._look))

    def _look(self) -> None:
        if self._manager is not None:
            self._manager.check_modem_lines()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._manager is not None:
            writer.transport.abort()  # one plug fits into the connector
            return
        self._spawn(self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = ReleasePort(self._body, self.line)
        manager = self._manager = PortManager(cast("Serial", port), cast("Serial", writer))
        try:
            while data := await reader.read(CHUNK):
                for _ in manager.filter(data):
                    pass  # bytes of the port itself: a release line has nobody to send them to
                if len(manager.suboption or b"") > LONGEST_OPTION:
                    break
                await writer.drain()
        except (ConnectionError, *_TRIPS):
            pass  # the peer is gone or does not speak RFC 2217, and the lines fall
        finally:
            self._manager = None
            port.fall()
            await hang_up(writer)


async def serve_wired(body: BodyModel, host: str = "127.0.0.1", port: int = 0, line: Line = Line.RTS) -> WiredLine:
    """Start a wired line; port 0 takes any free one. Raises `OSError` when the port is taken."""
    wired = WiredLine(body, line)
    await wired.start(host, port)
    return wired

"""The child process that owns one body: `python -m nightside_drivers.host`, started by `nightside_drivers.proxy` alone.

It reads calls from a socket, runs them on a driver one after the other, and answers. It may block for as long as libgphoto2
likes, because its parent can kill it; it dies with its parent, whatever it is doing, or ends live view first if that is on.
"""

import argparse
import contextlib
import os
import select
import signal
import socket
from collections import deque

import msgspec

from nightside_drivers import protocol
from nightside_drivers.api import Driver, ReleaseKind
from nightside_drivers.errors import DriverMissing, NightsideError
from nightside_drivers.loading import load
from nightside_drivers.parting import Leash
from nightside_drivers.priority import Granted, for_the_shutter, resident, settle_in

UNSEEN_S = 10.0
"""Machine time for which live view stays on while nobody asks for a picture."""


class Host:
    """Runs the calls of one connection."""

    def __init__(
        self, connection: socket.socket, leash: Leash, granted: tuple[Granted, ...] = (), unseen_s: float = UNSEEN_S
    ) -> None:
        """`connection` is the child's end of a Unix stream socket pair, `granted` what the kernel allowed this process.

        Live view ends by itself when nobody has asked for anything for `unseen_s` (machine time).
        """
        self._connection = connection
        self._unseen_s = unseen_s
        self._leash = leash
        self._granted = granted
        self._driver: Driver | None = None
        self._early: deque[tuple[protocol.Request | None, int | None]] = deque()
        """Requests that came while a shutter was held open. They wait for their turn."""
        self._holds = False
        """Whether the next exposure is one whose shutter must be told to close."""

    def serve(self) -> None:
        """Answer calls until the daemon says `Close` or goes away."""
        try:
            while True:
                request, descriptor = self._early.popleft() if self._early else self._next()
                if request is None:
                    return
                if isinstance(request.call, protocol.CloseEarlier):
                    continue  # the exposure was over before it was heard
                self._connection.sendall(protocol.frame(self._answer(request, descriptor)))
                if isinstance(request.call, protocol.Close):
                    return
        except ConnectionError:
            return  # the daemon was gone before it heard the answer
        finally:
            if self._leash.loose:
                self._leash.loosen()
            if self._driver is not None:
                self._driver.close()

    def _next(self) -> tuple[protocol.Request | None, int | None]:
        if self._leash.loose and not select.select([self._connection], [], [], self._unseen_s)[0]:
            self._end_view()
        header, descriptor = self._receive(protocol.HEADER.size, None)
        if not header:
            return None, None
        body, descriptor = self._receive(protocol.length(header), descriptor)
        return msgspec.json.decode(body, type=protocol.Request), descriptor

    def _told_earlier(self) -> protocol.CloseEarlier | None:
        """Whether an earlier end was asked for since this was last called. For whoever holds a shutter open meanwhile."""
        if self._early or not select.select([self._connection], [], [], 0)[0]:
            return None
        request, descriptor = self._next()
        if request is not None and isinstance(request.call, protocol.CloseEarlier):
            return request.call
        self._early.append((request, descriptor))
        return None

    def _receive(self, size: int, descriptor: int | None) -> tuple[bytes, int | None]:
        parts = bytearray()
        while len(parts) < size:
            piece, descriptors, _, _ = socket.recv_fds(self._connection, size - len(parts), 1)
            descriptor = descriptors[0] if descriptors else descriptor
            if not piece:
                return b"", descriptor
            parts += piece
        return bytes(parts), descriptor

    def _answer(self, request: protocol.Request, descriptor: int | None) -> protocol.Reply:
        try:
            value = self._run(request.call, descriptor)
        except NightsideError as error:
            return protocol.Reply(request.number, failure=protocol.Failure.of(error))
        finally:
            if descriptor is not None:
                os.close(descriptor)
        held = resident("self") if isinstance(request.call, protocol.Fetch) else 0
        return protocol.Reply(request.number, msgspec.Raw(msgspec.json.encode(value)), resident=held)

    def _run(self, call: protocol.AnyCall, descriptor: int | None) -> object:
        if isinstance(call, protocol.Open):
            return self._open(call)
        if self._driver is None:
            raise DriverMissing("The body was not opened.")
        if isinstance(call, protocol.Shoot):
            if self._leash.loose:
                self._end_view()  # a wired shutter must close with this process
            with for_the_shutter(), self._leash.heeding() if self._holds else contextlib.nullcontext():
                return call.run(self._driver, descriptor)
        if self._leash.loose or isinstance(call, protocol.LiveView):
            self._leash.loosen()
        value = call.run(self._driver, descriptor)
        if isinstance(call, protocol.Prepare):
            self._holds = call.exposure.release is ReleaseKind.USB_BULB
        if self._leash.loose and isinstance(call, protocol.EndLiveView | protocol.Prepare):
            self._leash.tighten()
        return value

    def _end_view(self) -> None:
        """Nobody looks any more."""
        self._leash.loosen()
        if self._driver is not None:
            with contextlib.suppress(NightsideError):
                self._driver.end_view()
        self._leash.tighten()

    def _open(self, call: protocol.Open) -> protocol.Opened:
        if call.version != protocol.VERSION:
            raise DriverMissing(
                f"The daemon speaks version {call.version} of the host protocol, this child {protocol.VERSION}.",
                remedy="Restart the daemon: it was updated while it ran.",
            )
        if self._driver is not None:
            self._driver.close()  # the session before broke, and this process goes on
        rig = self._driver = load(call.driver, call.options)
        rig.told_earlier = self._told_earlier
        identity = rig.open()
        return protocol.Opened(identity, rig.capabilities(), self._granted)


def main() -> None:
    """Entry point of the child."""
    arguments = argparse.ArgumentParser(description="Owns one body on behalf of the Nightside daemon; not started by hand.")
    arguments.add_argument("--connection", type=int, required=True, help="inherited socket descriptor")
    arguments.add_argument("--parent", type=int, required=True, help="process id of the daemon")
    options = arguments.parse_args()
    leash = Leash(options.parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C on a terminal is the daemon's to handle
    with socket.socket(fileno=options.connection) as connection:
        Host(connection, leash, settle_in()).serve()


if __name__ == "__main__":
    main()

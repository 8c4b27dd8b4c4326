"""A service manager, as far as it listens: a datagram socket, as systemd's is."""

import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 300.0
"""After which a daemon that says nothing is taken to hang, however slow the machine is."""


class Manager:
    """Hears what it is told."""

    def __init__(self, listening: socket.socket) -> None:
        self._socket = listening

    def heard(self) -> list[str]:
        """Every message that has come since it was last asked."""
        found: list[str] = []
        while True:
            try:
                self._socket.setblocking(False)
                found.append(self._socket.recv(65536).decode())
            except BlockingIOError:
                return found

    def wait_for(self, beginning: str) -> str:
        """The first message that has a line which begins so; fails where none comes."""
        self._socket.settimeout(PATIENCE_S)
        while True:
            message = self._socket.recv(65536).decode()
            if any(line.startswith(beginning) for line in message.splitlines()):
                return message


@contextmanager
def manager(address: str | Path) -> Generator[Manager]:
    """One that listens at a path, or at an abstract name after `@`."""
    name = str(address)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name[1:] if name.startswith("@") else name)
        yield Manager(listening)


def environment(address: str | Path, watchdog_s: float | None = None) -> dict[str, str]:
    """What a service that it starts finds in its environment."""
    watchdog = {} if watchdog_s is None else {"WATCHDOG_USEC": f"{watchdog_s * 1e6:.0f}"}
    return {**os.environ, "NOTIFY_SOCKET": str(address), **watchdog}

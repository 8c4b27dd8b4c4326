"""What the service manager is told: that the daemon is ready, how it is in a sentence, and that it still gets on (sd_notify(3)).

The protocol is a datagram of lines to the socket that NOTIFY_SOCKET names. Where there is none, nobody is told anything.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

LONGEST_STATUS = 400
"""Characters of a status: it is one line of `systemctl status`."""


class Systemd:
    """The service manager, as far as it listens. Never waits, and never fails: no night depends on it."""

    def __init__(self, address: str = "", watchdog_s: float | None = None) -> None:
        """`address` is a path, or an abstract name after `@`. `watchdog_s`: how long it hears nothing before it ends us."""
        self.watchdog_s = watchdog_s
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._status = ""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The one that started this process, if any did. Another process's watchdog is none of ours (sd_watchdog_enabled(3))."""
        microseconds, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", str(os.getpid()))
        ours = microseconds.isdecimal() and int(microseconds) > 0 and pid == str(os.getpid())
        return cls(environment.get("NOTIFY_SOCKET", ""), int(microseconds) / 1e6 if ours else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ready(self) -> None:
        """The daemon is at work, or is again after a new configuration was read."""
        self._send("READY=1")

    def reloading(self, machine: float) -> None:
        """A new configuration is being read since machine time `machine` (s)."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={machine * 1e6:.0f}")

    def waiting(self, why: str) -> None:
        """The daemon is at work, which is to wait for something without which it can do nothing else yet."""
        self.ready()
        self.status(f"Waits. {why}")
        self.alive()

    def stopping(self, status: str) -> None:
        """The daemon is on its way out."""
        self._status = _line(status)
        self._send("STOPPING=1", f"STATUS={self._status}")

    def status(self, status: str) -> None:
        """How the daemon is, for `systemctl status`. What was said already is not said again."""
        if (line := _line(status)) != self._status:
            self._status = line
            self._send(f"STATUS={line}")

    def alive(self) -> None:
        """Every part of the daemon gets on."""
        self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if self._address:
            with suppress(OSError):  # it is starting anew, or its queue is full: the next one will come through
                self._socket.sendto("\n".join(lines).encode(errors="replace"), self._address)


def _line(status: str) -> str:
    return " ".join(status.split())[:LONGEST_STATUS]

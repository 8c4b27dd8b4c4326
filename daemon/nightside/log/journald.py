"""Lines for the systemd journal, with fields that it can be asked for: `journalctl NIGHTSIDE_WINDOW=20180703T200634Z`.

The journal's native protocol is one datagram of fields, and a sealed memory file where a datagram is too small
(systemd.io/JOURNAL_NATIVE_PROTOCOL). Values may hold anything: those with a newline are sent with their length.
"""

import array
import errno
import fcntl
import json
import os
import re
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

JOURNAL = Path("/run/systemd/journal/socket")

PRIORITIES = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}
"""syslog(3)."""

MESSAGE_FIELDS = ("why", "says", "what", "finding", "answer", "next")
"""What is worth reading on one line, in this order, after the event's name."""

LONGEST_NAME = 64
"""Characters: the journal drops a field with a longer name."""

SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


def is_journal(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the journal reads what is written to a stream: then JOURNAL_STREAM has its device and inode (systemd.exec(5))."""
    device, _, inode = environment.get("JOURNAL_STREAM", "").partition(":")
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):  # it has no descriptor, or is closed
        return False
    return (device, inode) == (str(found.st_dev), str(found.st_ino))


class JournalLines:
    """Sends lines to the journal, and gives up on one that it does not take: a full disk must not stop a night."""

    def __init__(self, path: Path = JOURNAL) -> None:
        """Nothing is sent yet. The journal may come and go."""
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)

    def __call__(self, *_: object) -> "JournalLines":
        """Every logger is this one."""
        return self

    def msg(self, **line: Any) -> None:
        """One line of the log."""
        with suppress(OSError):
            self._send(entry(line))

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg

    def close(self) -> None:
        """Send no more."""
        self._socket.close()

    def _send(self, content: bytes) -> None:
        try:
            self._socket.sendto(content, self._path)
        except OSError as error:
            if error.errno not in {errno.EMSGSIZE, errno.ENOBUFS}:
                raise
            self._send_large(content)

    def _send_large(self, content: bytes) -> None:
        memory = os.memfd_create("nightside-log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            with open(memory, "wb", closefd=False) as file:
                file.write(content)
            fcntl.fcntl(memory, fcntl.F_ADD_SEALS, SEALS)
            passed = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [memory]))
            self._socket.sendmsg([], [passed], 0, self._path)
        finally:
            os.close(memory)


def entry(line: Mapping[str, Any]) -> bytes:
    """A line of the log as the journal takes it."""
    level = str(line.get("level", "info"))
    fields = {
        "MESSAGE": message(line),
        "PRIORITY": str(PRIORITIES.get(level, PRIORITIES["info"])),
        "SYSLOG_IDENTIFIER": "nightside",
        "NIGHTSIDE_EVENT": str(line.get("event", "")),
    }
    fields |= {_name(key): _text(value) for key, value in line.items() if key not in {"event", "level"} and value is not None}
    return b"".join(_field(name, value) for name, value in fields.items())


def message(line: Mapping[str, Any]) -> str:
    """What a person reads: the event, what it says, and what it is about."""
    said = [str(line[key]) for key in MESSAGE_FIELDS if line.get(key) is not None]
    about = [
        f"{key}={_text(value)}"
        for key, value in sorted(line.items())
        if key not in {"event", "level", "at", "exception", *MESSAGE_FIELDS} and value is not None
    ]
    trace = [str(line["exception"])] if "exception" in line else []
    head = " ".join([f"{line.get('event', '')}:" if said or about else str(line.get("event", "")), *said, *about])
    return "\n".join([head, *trace])


def _field(name: str, value: str) -> bytes:
    content = value.encode(errors="replace")
    if b"\n" in content:
        return b"%s\n%s%s\n" % (name.encode(), len(content).to_bytes(8, "little"), content)
    return b"%s=%s\n" % (name.encode(), content)


def _name(key: str) -> str:
    """The journal's names are capitals, digits and underscores, and begin with neither of the latter two: ours with our name."""
    return f"NIGHTSIDE_{re.sub(r'[^A-Z0-9_]', '_', key.upper())}"[:LONGEST_NAME]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)

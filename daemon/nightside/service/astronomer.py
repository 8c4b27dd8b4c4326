"""`Astronomer`: one process that answers an observatory's questions. Loads next to nothing, so that it can be hired at once."""

import pickle
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nightside.errors import NightsideError

ANSWER_S = 100.0
"""Machine seconds for one answer: a polar summer is a year to look through, and a Raspberry Pi slow.

Less than a step of the engine's may take (`nightside.pulse.SILENT_S`): what hangs is ended, and not the daemon that waits for it.
"""
GOODBYE_S = 0.5
"""Machine seconds that it has for that; it may be in the middle of an answer."""
LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back."""

    given: Any = None
    error: "NightsideError | None" = None
    told: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    """Lines for the daemon's log: level, event, and what it is about."""


class Astronomer:
    """Has a socket to its process, `python -m nightside.observing`. One question at a time."""

    def __init__(self) -> None:
        """Starts it; it loads what it will need.

        Raises:
            OSError: this computer has no room for it.
        """
        ours, theirs = socket.socketpair()
        with theirs, ExitStack() as failing:
            failing.callback(ours.close)
            words = [sys.executable, "-m", "nightside.observing", f"--connection={theirs.fileno()}"]
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
            failing.pop_all()
        self._ours = ours

    def ask(self, asked: bytes) -> Answer:
        """Send what was pickled, and wait for the answer.

        Raises:
            TimeoutError: it took too long.
            OSError: the process is gone.
            EOFError: it ended meanwhile. Afterwards it is of no use any more.
        """
        self._ours.settimeout(ANSWER_S)
        self._ours.sendall(LENGTH.pack(len(asked)) + asked)
        found: Answer = pickle.loads(received(self._ours.recv))  # noqa: S301 — our own process, which nobody else talks to
        return found

    def kill(self) -> None:
        """End it, whatever it is at: it keeps nothing. From any thread."""
        self._process.kill()

    def end(self) -> int | None:
        """See it off: it goes by itself when nobody is there to ask it. Gives its exit status; `None` where it had to be killed."""
        self._ours.close()
        try:
            return self._process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
            return None


def received(receive: Callable[[int], bytes]) -> bytes:
    """One message from a socket, whole.

    Raises:
        EOFError: the other side is gone.
    """
    (size,) = LENGTH.unpack(_exactly(receive, LENGTH.size))
    return _exactly(receive, size)


def _exactly(receive: Callable[[int], bytes], size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        piece = receive(min(1 << 20, size - len(parts)))
        if not piece:
            raise EOFError
        parts += piece
    return bytes(parts)

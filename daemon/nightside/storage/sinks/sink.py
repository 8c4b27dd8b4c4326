"""What every sink promises, and how it says that it cannot."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nightside.errors import CallPerson
from nightside_drivers.api import Fetched
from nightside_drivers.errors import Retry


class CopyDiffers(CallPerson):
    """A sink holds something else than what was sent to it."""

    code = "copy-differs"
    exit_code = 26


class CopyDamaged(Retry):
    """What was sent to a sink did not arrive as it was sent. It never had its final name there, or has lost it again."""

    code = "copy-damaged"
    exit_code = 50


class SinkDown(Retry):
    """A sink cannot be reached, refuses, or broke off; it may be there again later."""

    code = "sink-down"
    exit_code = 51


class SinkAbsent(CallPerson):
    """What lies where a sink should be is not that sink: nothing is mounted there, or another disk is."""

    code = "sink-absent"
    exit_code = 52


class SinkRefused(CallPerson):
    """A sink does not let us in, or is not who it should be: keys, credentials, a host key."""

    code = "sink-refused"
    exit_code = 53


class SpoolDamaged(CallPerson):
    """The spool no longer holds a frame as it was drained."""

    code = "spool-damaged"
    exit_code = 54


class CopiesBad(CallPerson):
    """A verification found copies missing, damaged, or left out of their manifest."""

    code = "copies-bad"
    exit_code = 56


@dataclass(frozen=True, slots=True)
class Copy:
    """What a sink is to hold of one frame's file."""

    path: str
    """Below the sink's root, with `/` between folders."""
    size: int
    sha256: str


class Sink(Protocol):
    """A storage destination, with one user at a time.

    Whatever it cannot do is a `NightsideError`, and concerns nobody but itself. It may be asked again after any of them, and
    after `close`, which lets go of connections until the next call.
    """

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        ...

    @property
    def required(self) -> bool:
        """Whether a frame is safe only once this sink has a verified copy."""
        ...

    @property
    def order(self) -> int:
        """Sinks of a lower order are fed first."""
        ...

    def listen(self, listener: Callable[[int], None]) -> None:
        """Have somebody told, on any thread, of the bytes that move."""
        ...

    async def check(self) -> None:
        """Find out whether it could be used, and leave nothing behind."""
        ...

    async def prepare(self) -> None:
        """Find out whether it can be used, by using it, and remove what an earlier daemon of ours left half-sent."""
        ...

    async def store(self, copy: Copy, source: Path) -> None:
        """Copy a file from the spool and verify the copy. Nothing is overwritten; what is there already is verified."""
        ...

    async def keep_text(self, path: str, text: str) -> None:
        """Put a small text of ours (a manifest, never a frame) there, in place of an older one."""
        ...

    async def text(self, path: str) -> str | None:
        """A small text of ours as it lies there; `None` where there is none."""
        ...

    async def measure(self, path: str) -> Fetched | None:
        """Size and SHA-256 of a file as it lies there, by reading all of it; `None` where there is none."""
        ...

    def names(self) -> AsyncIterator[str]:
        """The path of every file there but half-sent ones."""
        ...

    async def room(self) -> int | None:
        """How many bytes are free; `None` where nobody can tell."""
        ...

    async def close(self) -> None:
        """Let go of connections. Never fails."""
        ...


def differs(where: str, found: Fetched, copy: Copy) -> CopyDiffers:
    """A file that has the name of our copy, and is something else."""
    return CopyDiffers(
        f"{where} is not what was drained from the card: its SHA-256 is {found.sha256}, not {copy.sha256}.",
        means="The frame is still whole in the spool; the file in the sink was not touched.",
        remedy="Check that disk or server, and move the file aside: Nightside sends the frame again by itself.",
    )


def damaged(where: str) -> CopyDamaged:
    """A copy that did not arrive as it was sent."""
    return CopyDamaged(
        f"{where} did not arrive as it was sent.",
        means="The damaged copy was thrown away; the frame is still whole in the spool, and is sent again.",
        remedy="If this comes back, look at the cable, the disk or the network in between.",
    )

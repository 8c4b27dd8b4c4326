"""What every sink promises, and how it says that it cannot."""

from pathlib import Path
from typing import Protocol

from nightside.errors import CallPerson
from nightside.ledger.records import FrameRecord

MANIFEST = "SHA256SUMS"
"""In each window's folder: `sha256sum -c SHA256SUMS` proves the copy without Nightside."""


class CopyDiffers(CallPerson):
    """A sink holds something else than what was sent to it."""

    code = "copy-differs"
    exit_code = 26


class Sink(Protocol):
    """A storage destination. Whatever it cannot do is a `NightsideError`, and concerns nobody but itself."""

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        ...

    @property
    def required(self) -> bool:
        """Whether a frame is safe only once this sink has a verified copy."""
        ...

    async def store(self, frame: FrameRecord, source: Path) -> str:
        """Copy a drained frame from the spool, verify the copy by reading it back, and give its path in the sink."""
        ...

    async def list_sums(self, folder: str, sums: dict[str, str]) -> None:
        """Keep the list of file names and SHA-256 sums of one window's folder beside its frames."""
        ...

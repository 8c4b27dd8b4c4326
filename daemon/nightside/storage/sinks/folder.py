"""A sink that is a folder."""

import asyncio
import os
from pathlib import Path

from nightside.ledger.records import FrameRecord
from nightside.storage.sinks.sink import MANIFEST, CopyDiffers
from nightside.storage.writing import explained, measured, new_part, prepare_folder, replace_text

CHUNK = 1 << 20


class FolderSink:
    """A folder, on a disk of this machine or mounted from another."""

    def __init__(self, name: str, root: Path, *, required: bool = True) -> None:
        """Nothing is touched yet."""
        self.name = name
        self.required = required
        self.root = root

    def prepare(self) -> None:
        """Make the folder, and prove that it can be written.

        Raises:
            FolderUnwritable: it cannot.
        """
        prepare_folder(self.root)

    async def store(self, frame: FrameRecord, source: Path) -> str:
        """Copy, sync, name, read back."""
        return await asyncio.to_thread(self._store, frame, source)

    async def list_sums(self, folder: str, sums: dict[str, str]) -> None:
        """Write the manifest of a folder anew, in one step."""
        lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(sums.items()))
        await asyncio.to_thread(replace_text, self.root / folder / MANIFEST, lines)

    def _store(self, frame: FrameRecord, source: Path) -> str:
        folder, name = f"{frame.session}/{frame.window}", source.name
        target = self.root / folder / name
        with explained(self.root):
            if not target.exists():
                with source.open("rb") as file, new_part(self.root) as part:
                    while piece := file.read(CHUNK):
                        _write_all(part.descriptor, piece)
                    part.publish(folder, name)
            found = measured(target)
        if (found.size, found.sha256) != (frame.size, frame.sha256):
            raise CopyDiffers(
                f"{target} is not what was drained from the card: its SHA-256 is {found.sha256}, not {frame.sha256}.",
                means="The frame is still whole in the spool and on the card; the file in the sink was not touched.",
                remedy="Check that disk, move the file aside, and start Nightside again.",
            )
        return f"{folder}/{name}"


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]

"""The spool: the folder into which frames are drained, and from which sinks are fed."""

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nightside.errors import StorageFull
from nightside.ledger.records import FrameRecord
from nightside.storage.names import final_names
from nightside.storage.room import free_bytes
from nightside.storage.writing import Part, measured, open_part, prepare_folder, sweep
from nightside_drivers.api import Fetched

BEHIND = 3
"""Files that are hashed, flushed and named behind the one that is being filled. More gain nothing on two cores (measured)."""


class Spool:
    """One spool, with one writer."""

    def __init__(self, root: Path, floor: int = 0) -> None:
        """`root` is made if it is not there; what a crash left half-written in it is swept out. `floor` bytes are left free.

        Raises:
            FolderUnwritable: it cannot be written.
        """
        self.root = root
        self._floor = floor
        self._hashing = ThreadPoolExecutor(BEHIND, "nightside hash")
        prepare_folder(root)
        sweep(root)

    def path(self, relative: str) -> Path:
        """Where a frame of the ledger lies."""
        return self.root / relative

    async def begin(self) -> Part:
        """A file to fill; it is for whoever asked to close, unless it is kept.

        Raises:
            StorageFull: the disk has less room than must be left free.
        """
        return await asyncio.to_thread(self._begin)

    def _begin(self) -> Part:
        if self._floor and free_bytes(self.root) < self._floor:
            raise StorageFull(
                f"The spool {self.root} has come to its floor: less than {self._floor / 1e9:.1f} GB are free.",
                means="Frames stay on the card; nothing is lost.",
                remedy="Free some room, or lower spool_floor_gb under [storage].",
            )
        return open_part(self.root)

    async def keep(self, part: Part, frame: FrameRecord, serial: str) -> tuple[Fetched, str]:
        """Make a filled part durable under the frame's name; gives what is in it and its path below the root.

        It is hashed on one thread while another flushes it. Once begun this ends by itself, whether or not it is waited for,
        and closes the part.
        """
        return await asyncio.get_running_loop().run_in_executor(None, self._keep, part, frame, serial)

    def _keep(self, part: Part, frame: FrameRecord, serial: str) -> tuple[Fetched, str]:
        with contextlib.closing(part):
            hashing = self._hashing.submit(part.measured)
            try:
                part.seal()
            finally:
                fetched = hashing.result()  # also when the flush failed: until then the descriptor is in use
            return fetched, self._name(part, frame, serial, fetched)

    def _name(self, part: Part, frame: FrameRecord, serial: str, fetched: Fetched) -> str:
        """Take the first of the frame's names that is free, or that holds these very bytes since a crash."""
        folder = f"{frame.session}/{frame.window}"
        for name in final_names(frame, serial):
            try:
                part.name(folder, name)
            except FileExistsError:
                if measured(self.root / folder / name) != fetched:
                    continue
            return f"{folder}/{name}"
        raise FileExistsError(f"every name of {frame.file.path} is taken in {folder}")

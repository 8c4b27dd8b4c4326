"""The spool: the folder into which frames are drained, and from which sinks are fed."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

from nightside.ledger.records import FrameRecord
from nightside.storage.names import final_name
from nightside.storage.writing import measured, new_file, prepare_folder, sweep
from nightside_drivers.api import Fetched
from nightside_drivers.proxy import Body


class Spool:
    """One spool, with one writer."""

    def __init__(self, root: Path) -> None:
        """`root` is made if it is not there; what a crash left half-written in it is swept out.

        Raises:
            FolderUnwritable: it cannot be written.
        """
        self.root = root
        prepare_folder(root)
        self.swept = sweep(root)

    def path(self, relative: str) -> Path:
        """Where a frame of the ledger lies."""
        return self.root / relative

    async def take(self, body: Body, frame: FrameRecord, serial: str) -> tuple[Fetched, str]:
        """Copy a frame from the body's card into the spool; gives what arrived and its path below the root.

        The child process writes the bytes into the descriptor; syncing and naming happen on a thread.
        """
        folder, name = f"{frame.session}/{frame.window}", final_name(frame, serial)
        relative = f"{folder}/{name}"
        found = await asyncio.to_thread(self._left_by_a_crash, relative)
        if found is not None:
            return found, relative
        with ExitStack() as stack:
            descriptor = await asyncio.to_thread(stack.enter_context, new_file(self.root, folder, name))
            fetched = await body.fetch(frame.file, descriptor)
            await asyncio.to_thread(stack.pop_all().close)
        return fetched, relative

    def _left_by_a_crash(self, relative: str) -> Fetched | None:
        """A file that was named before the ledger heard of it: whole, since it has a name, and this frame's, since names differ."""
        path = self.path(relative)
        return measured(path) if path.exists() else None

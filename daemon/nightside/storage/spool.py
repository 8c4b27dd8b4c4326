"""The spool: the folder into which frames are drained, and from which sinks are fed."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

from nightside.ledger.records import FrameRecord
from nightside.storage.names import final_names
from nightside.storage.writing import Part, measured, new_part, prepare_folder, sweep
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
        sweep(root)

    def path(self, relative: str) -> Path:
        """Where a frame of the ledger lies."""
        return self.root / relative

    async def take(self, body: Body, frame: FrameRecord, serial: str) -> tuple[Fetched, str]:
        """Copy a frame from the body's card into the spool; gives what arrived and its path below the root.

        The child process writes the bytes into the descriptor; syncing and naming happen on a thread.
        """
        with ExitStack() as stack:
            part = await asyncio.to_thread(stack.enter_context, new_part(self.root))
            fetched = await body.fetch(frame.file, part.descriptor)
            relative = await asyncio.to_thread(self._publish, part, frame, serial, fetched)
            await asyncio.to_thread(stack.pop_all().close)
        return fetched, relative

    def _publish(self, part: Part, frame: FrameRecord, serial: str, fetched: Fetched) -> str:
        """Publish under the first of the frame's names that is free, or that holds these very bytes since a crash."""
        folder = f"{frame.session}/{frame.window}"
        for name in final_names(frame, serial):
            try:
                part.publish(folder, name)
            except FileExistsError:
                if measured(self.root / folder / name) != fetched:
                    continue
            return f"{folder}/{name}"
        raise FileExistsError(f"every name of {frame.file.path} is taken in {folder}")

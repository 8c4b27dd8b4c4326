"""The spool: the folder into which frames are drained, and from which sinks are fed."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

from nightside.errors import StorageFull
from nightside.ledger.opening import held
from nightside.ledger.records import FrameRecord
from nightside.storage.names import final_names
from nightside.storage.room import free_bytes
from nightside.storage.writing import Part, explained, measured, open_part, prepare_folder, sweep
from nightside_drivers.api import Fetched

BEHIND = 3
"""Files that are hashed, flushed and named behind the one that is being filled. More gain nothing on two cores (measured)."""

NICE = 10
"""Of the threads that do so: what comes from a body does not wait for the processor until a file before it is hashed."""

NONE_SPENT: Mapping[str, str] = MappingProxyType({})
"""Of a frame that had no namesakes."""


@contextlib.contextmanager
def sole_user(root: Path) -> Generator[None]:
    """Hold a spool against a second daemon, which may have another ledger, for as long as the block runs.

    Raises:
        AlreadyRunning: another process holds it: it would sweep out what we are filling.
        FolderUnwritable: it cannot be written.
    """
    lock = root / ".lock"
    with explained(root):
        root.mkdir(parents=True, exist_ok=True)
        lock.touch()
    with held(lock, f"works with the spool {root}", "give this one a spool of its own"):
        yield


class Spool:
    """One spool, with one writer."""

    def __init__(self, root: Path, floor: int = 0) -> None:
        """`root` is made if it is not there; what a crash left half-written in it is swept out. `floor` bytes are left free.

        Raises:
            FolderUnwritable: it cannot be written.
        """
        self.root = root
        self._floor = floor
        self._hashing = ThreadPoolExecutor(BEHIND, "nightside hash", _stand_back)
        self._keeping = ThreadPoolExecutor(BEHIND, "nightside keep", _stand_back)
        prepare_folder(root)
        sweep(root)

    def leave_free(self, floor: int) -> None:
        """From now on leave so many bytes free, and not what was said when it was opened. From any thread."""
        self._floor = floor

    def path(self, relative: str) -> Path:
        """Where a frame of the ledger lies."""
        return self.root / relative

    def sessions(self) -> list[str]:
        """The sessions of which something lies, or lay, here. Waits for the disk."""
        return sorted(one.name for one in self.root.iterdir() if one.is_dir() and not one.name.startswith("."))

    def files(self, session: str) -> frozenset[str]:
        """The paths of what lies here of one session. Waits for the disk."""
        return frozenset(file.relative_to(self.root).as_posix() for file in (self.root / session).glob("*/*"))

    def remove(self, paths: Iterable[str]) -> None:
        """Remove these files, of those that are there. Waits for the disk."""
        for path in paths:
            self.path(path).unlink(missing_ok=True)

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

    async def keep(
        self, part: Part, frame: FrameRecord, serial: str, spent: Mapping[str, str] = NONE_SPENT
    ) -> tuple[Fetched, str]:
        """Make a filled part durable under the frame's name; gives what is in it and its path below the root.

        `spent` are names that others had here and still have in the sinks, as `Ledger.names_spent` gives them.
        It is hashed on one thread while another flushes it. Once begun this ends by itself, whether or not it is waited for,
        and closes the part.
        """
        return await asyncio.get_running_loop().run_in_executor(self._keeping, self._keep, part, frame, serial, spent)

    def _keep(self, part: Part, frame: FrameRecord, serial: str, spent: Mapping[str, str]) -> tuple[Fetched, str]:
        with contextlib.closing(part):
            hashing = self._hashing.submit(part.measured)
            try:
                part.seal()
            finally:
                fetched = hashing.result()  # also when the flush failed: until then the descriptor is in use
            return fetched, self._name(part, frame, serial, fetched, spent)

    def _name(self, part: Part, frame: FrameRecord, serial: str, fetched: Fetched, spent: Mapping[str, str]) -> str:
        """Take the first of the frame's names that is free, or that holds these very bytes since a crash."""
        folder = f"{frame.session}/{frame.window}"
        for name in final_names(frame, serial):
            if spent.get(f"{folder}/{name}", fetched.sha256) != fetched.sha256:
                continue
            try:
                part.name(folder, name)
            except FileExistsError:
                if measured(self.root / folder / name) != fetched:
                    continue
            return f"{folder}/{name}"
        raise FileExistsError(f"every name of {frame.file.path} is taken in {folder}")


def _stand_back() -> None:
    """Lower this thread among the others of the machine; a thread has a priority of its own on Linux."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)

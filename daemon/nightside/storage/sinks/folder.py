"""A sink that is a folder: on a disk of this machine, on a USB disk, or mounted over NFS or SMB."""

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from nightside.errors import StorageFull
from nightside.storage.sinks.flow import CHUNK, Flow
from nightside.storage.sinks.marker import LONGEST, MARKER, Notes, new_marker, number_in, recognize
from nightside.storage.sinks.sink import Copy, SinkAbsent, SpoolDamaged, damaged, differs
from nightside.storage.writing import INCOMING, Part, check_folder, explained, new_part, prepare_folder, replace_text
from nightside_drivers.api import Fetched

FOREIGN_PART_S = 86_400.0
"""After how long (s, by the sink's own file times) a half-sent file of another station is rubbish too."""

NO_FILE = Fetched(0, "none (it is no file)")
"""What is measured of a link, a folder, a pipe under the name of a frame: only a file can be a copy."""


class FolderSink:
    """A folder. Its calls wait on threads; a folder that may hang belongs into a process of its own (`hosted`)."""

    def __init__(
        self,
        name: str,
        root: Path,
        *,
        required: bool = True,
        order: int = 0,
        mount: Path | None = None,
        floor: int = 0,
        notes: Notes | None = None,
        flow: Flow | None = None,
    ) -> None:
        """Nothing is touched yet. `mount` must be a mount point; with `notes` the root is known by a marker.

        `floor` bytes are left free on its disk.
        """
        self.name = name
        self.required = required
        self.order = order
        self.root = root
        self._mount = mount
        self._floor = floor
        self._notes = notes
        self._flow = flow or Flow()

    def listen(self, listener: Callable[[int], None]) -> None:
        """Have somebody told of the bytes that move."""
        self._flow.listener = listener

    async def check(self) -> None:
        """Look at the mount, the marker and the permissions."""
        await asyncio.to_thread(self._check)

    async def prepare(self) -> None:
        """Write a file and give it a name, leave the marker where there was none, and sweep.

        Raises:
            FolderUnwritable: it cannot be written.
            SinkAbsent: it is not there.
        """
        await asyncio.to_thread(self._prepare)

    async def store(self, copy: Copy, source: Path) -> None:
        """Copy, sync, read back, and only then give it its name."""
        await asyncio.to_thread(self._store, copy, source)

    async def keep_text(self, path: str, text: str) -> None:
        """Write a manifest anew, in one step."""
        await asyncio.to_thread(self._keep_text, path, text)

    async def text(self, path: str) -> str | None:
        """Read a manifest."""
        return await asyncio.to_thread(self._text, path)

    async def measure(self, path: str) -> Fetched | None:
        """Read a file from the disk, not from memory."""
        return await asyncio.to_thread(self._measure, path)

    async def names(self) -> AsyncIterator[str]:
        """Walk through the folder, one folder of it at a time."""
        await asyncio.to_thread(self._present)
        walk = self._walk()
        while (found := await asyncio.to_thread(next, walk, None)) is not None:
            for path in found:
                yield path

    async def room(self) -> int | None:
        """What an ordinary user may still write."""
        return await asyncio.to_thread(self._room)

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _check(self) -> None:
        self._present()
        check_folder(self.root)

    def _prepare(self) -> None:
        self._present()
        prepare_folder(self.root)
        if self._notes is not None:
            found = self._marker()
            if found is None:
                found, text = new_marker(self.name)
                replace_text(self.root / MARKER, text)
            self._notes.note(found)
        self._sweep()

    def _present(self) -> None:
        if self._mount is not None and not self._mount.is_mount():
            raise SinkAbsent(
                f"The sink {self.name} is not there: nothing is mounted at {self._mount}.",
                means="Nothing was written there. The frames stay in the spool until it is back.",
                remedy="Plug it in, or mount it.",
            )
        if self._notes is not None and self._notes.is_home(self.root):
            raise SinkAbsent(
                f"The sink {self.name} is the spool itself: {self.root}.",
                means="What is in the spool is no copy of itself; no frame counts as stored there.",
                remedy="Name another folder for it.",
            )
        if self._notes is not None:
            recognize(self.name, str(self.root), self._marker(), self._notes.known())

    def _marker(self) -> str | None:
        with explained(self.root):
            try:
                with (self.root / MARKER).open(encoding="utf-8", errors="replace") as file:
                    return number_in(file.read(LONGEST))
            except (FileNotFoundError, NotADirectoryError):
                return None

    def _sweep(self) -> None:
        """Remove what was half-sent from here, and what any station left a day ago. Never what another one is sending."""
        ours = f"{self._notes.station()}-" if self._notes is not None else ""
        with explained(self.root):
            now = (self.root / INCOMING).stat().st_mtime  # just written to: the sink's own idea of the time
            for part in (self.root / INCOMING).glob("*.part"):
                if (ours and part.name.startswith(ours)) or now - part.stat().st_mtime > FOREIGN_PART_S:
                    part.unlink(missing_ok=True)

    def _store(self, copy: Copy, source: Path) -> None:
        self._present()
        target = self.root / copy.path
        folder, _, name = copy.path.rpartition("/")
        with explained(self.root):
            if target.exists():
                self._compare(target, copy)
                return
            self._keep_to_floor(copy)
            ours = f"{self._notes.station()}-" if self._notes is not None else ""
            with new_part(self.root, ours) as part:
                self._fill(part, copy, source)
                try:
                    part.publish(folder, name)
                except FileExistsError:  # another station, or a predecessor of ours that still runs, was quicker
                    self._compare(target, copy)
        self._present()  # a disk that went away in between took the copy along

    def _fill(self, part: Part, copy: Copy, source: Path) -> None:
        for piece in read_pieces(source, copy):
            _write_all(part.descriptor, piece)
            self._flow.hold(len(piece))
        os.fdatasync(part.descriptor)
        if self._read_back(part.descriptor) != Fetched(copy.size, copy.sha256):
            check_source(source, copy)
            raise damaged(f"{self.root / copy.path}")

    def _compare(self, target: Path, copy: Copy) -> None:
        found = self._measured(target)
        if found != Fetched(copy.size, copy.sha256):
            raise differs(str(target), found, copy)

    def _measured(self, path: Path) -> Fetched:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENXIO}:
                return NO_FILE
            raise
        try:
            return self._read_back(descriptor) if stat.S_ISREG(os.fstat(descriptor).st_mode) else NO_FILE
        finally:
            os.close(descriptor)

    def _read_back(self, descriptor: int) -> Fetched:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)  # from the disk, not from what memory has of it
        digest, size = hashlib.sha256(), 0
        os.lseek(descriptor, 0, os.SEEK_SET)
        while piece := os.read(descriptor, CHUNK):
            digest.update(piece)
            size += len(piece)
            self._flow.hold(len(piece))
        return Fetched(size, digest.hexdigest())

    def _keep_text(self, path: str, text: str) -> None:
        self._present()
        with explained(self.root):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        replace_text(self.root / path, text)

    def _text(self, path: str) -> str | None:
        self._present()
        with explained(self.root):
            try:
                return (self.root / path).read_text("utf-8", errors="replace")
            except (FileNotFoundError, NotADirectoryError):
                return None

    def _measure(self, path: str) -> Fetched | None:
        self._present()
        with explained(self.root):
            try:
                return self._measured(self.root / path)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def _walk(self) -> Iterator[list[str]]:
        with explained(self.root):
            for folder, below, files in os.walk(self.root, onerror=_refuse):
                below[:] = sorted(name for name in below if name != INCOMING)
                at = Path(folder).relative_to(self.root)
                yield [str(at / name) for name in sorted(files)]
                self._flow.alive()

    def _keep_to_floor(self, copy: Copy) -> None:
        if self._floor and self._room() - copy.size < self._floor:
            raise StorageFull(
                f"The sink {self.name} has come to its floor: less than {self._floor / 1e9:.1f} GB would be free.",
                means="The frames stay in the spool; nothing is lost.",
                remedy="Free some room there, or lower its floor_gb.",
            )

    def _room(self) -> int:
        with explained(self.root):
            found = os.statvfs(self.root)
            return found.f_bavail * found.f_frsize


def read_pieces(source: Path, copy: Copy, size: int = CHUNK) -> Iterator[bytes]:
    """The bytes of a file in the spool, a piece of this size at a time.

    Raises:
        SpoolDamaged: it is not there.
    """
    try:
        with source.open("rb", buffering=0) as file:
            while piece := file.read(size):
                yield piece
    except OSError as error:
        raise spoiled(source, copy, f"it cannot be read: {error.strerror}") from error


def check_source(source: Path, copy: Copy) -> None:
    """Find out whether it is the spool that is damaged.

    Raises:
        SpoolDamaged: it is.
    """
    digest, size = hashlib.sha256(), 0
    for piece in read_pieces(source, copy):
        digest.update(piece)
        size += len(piece)
    if (size, digest.hexdigest()) != (copy.size, copy.sha256):
        raise spoiled(source, copy, f"its SHA-256 is {digest.hexdigest()}, not {copy.sha256}")


def spoiled(source: Path, copy: Copy, how: str) -> SpoolDamaged:
    """A file in the spool that is not what was drained."""
    return SpoolDamaged(
        f"{source} is no longer what was drained from the card: {how}.",
        means=f"{copy.path} cannot be copied from it. The card has it, unless that was cleared, and so have the sinks that got it.",
        remedy="Look at the spool's disk; fetch the frame from the card or from another sink.",
    )


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


def _refuse(error: OSError) -> None:
    raise error

"""The one way in which Nightside makes a file: whole, synced, read-only, and never over another.

A temporary file in the same file system takes the bytes; when they are durable it is linked to its final name, which fails if
the name is taken; then the folder is synced. A crash at any instant leaves either no final name or a whole file under it.
"""

import contextlib
import ctypes
import errno
import hashlib
import os
import secrets
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from nightside.durable import replace_file, sync_folder
from nightside.errors import FolderUnwritable, StorageFull
from nightside_drivers.api import Fetched

INCOMING = ".incoming"
"""The folder of temporary files, below the spool's or the sink's root. Whatever a crash leaves there is rubbish."""

READ_ONLY = 0o444

READ_AT_ONCE = 1 << 20
"""Bytes. Less would spend the time in system calls, more is no quicker (measured)."""

NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""What a file system without hard links answers."""

AT_FDCWD = -100  # linux/fcntl.h
RENAME_NOREPLACE = 1  # linux/fs.h


def prepare_folder(root: Path) -> None:
    """Make sure that frames can be written and named below `root`, by doing it.

    Raises:
        FolderUnwritable: they cannot.
    """
    with explained(root):
        incoming = root / INCOMING
        incoming.mkdir(parents=True, exist_ok=True)
        probe, named = incoming / f"probe-{secrets.token_hex(4)}.part", incoming / f"named-{secrets.token_hex(4)}.part"
        probe.touch(exist_ok=False)
        try:
            name_once(probe, named)
        finally:
            probe.unlink(missing_ok=True)
            named.unlink(missing_ok=True)


def check_folder(root: Path) -> None:
    """Find out whether frames could be written below `root`, without leaving anything behind that was not there.

    Raises:
        FolderUnwritable: they could not.
    """
    if root.is_dir():
        made = not (root / INCOMING).exists()
        prepare_folder(root)
        if made:
            (root / INCOMING).rmdir()
        return
    with explained(root):
        above = next(folder for folder in root.parents if folder.exists())
        if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(above))


def sweep(root: Path) -> int:
    """Remove what a crash left half-written below `root`, and say how much it was. For the only writer, before it writes."""
    left = list((root / INCOMING).glob("*.part"))
    for part in left:
        part.unlink(missing_ok=True)
    return len(left)


@dataclass(frozen=True, slots=True)
class Part:
    """A file on its way: bytes go into `descriptor`; it is sealed, and then it gets its name."""

    root: Path
    path: Path
    descriptor: int

    def publish(self, folder: str, name: str) -> None:
        """Make the bytes durable and read-only, and name them `root/folder/name`.

        Raises:
            FileExistsError: there is a file of that name already. It was not touched, and another name may be tried.
        """
        self.seal()
        self.name(folder, name)

    def seal(self) -> None:
        """Make the bytes durable and read-only."""
        with explained(self.root):
            os.fdatasync(self.descriptor)
            os.fchmod(self.descriptor, READ_ONLY)

    def name(self, folder: str, name: str) -> None:
        """Name what was sealed, durably. Raises `FileExistsError` as `publish` does."""
        with explained(self.root):
            target = self.root / folder / name
            _make_folder(target.parent)
            name_once(self.path, target)
            sync_folder(target.parent)

    def measured(self) -> Fetched:
        """Size and SHA-256 of what is in it, as the system holds it: nothing that was not written can be vouched for.

        May run while another thread flushes the same file. Takes no more memory than its buffer.
        """
        digest, size = hashlib.sha256(), 0
        buffer = bytearray(READ_AT_ONCE)
        view = memoryview(buffer)
        with explained(self.root):
            while got := os.preadv(self.descriptor, [view], size):
                digest.update(view[:got])
                size += got
        return Fetched(size, digest.hexdigest())

    @property
    def size(self) -> int:
        """Bytes that are in it."""
        return os.fstat(self.descriptor).st_size

    def close(self) -> None:
        """Let go of the file. If it was not named, it is gone."""
        os.close(self.descriptor)
        self.path.unlink(missing_ok=True)


def open_part(root: Path, owner: str = "") -> Part:
    """A file on its way into `root`, for whoever closes it.

    The temporary name begins with `owner`, where several write below one root.

    Raises:
        FolderUnwritable: the folder cannot be written.
        StorageFull: the disk is.
    """
    with explained(root):
        incoming = root / INCOMING
        _make_folder(incoming)
        path = incoming / f"{owner}{secrets.token_hex(8)}.part"
        return Part(root, path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


@contextlib.contextmanager
def new_part(root: Path, owner: str = "") -> Generator[Part]:
    """A file on its way into `root`. What was not published when the block ends is gone. Raises as `open_part` does."""
    with contextlib.closing(open_part(root, owner)) as part, explained(root):
        yield part


def name_once(part: Path, target: Path) -> None:
    """Give a whole file its name, unless the name is taken: by a link, or by a rename that refuses where there are no links (FAT).

    Raises:
        FileExistsError: the name is taken.
        OSError: the file system can do neither.
    """
    try:
        os.link(part, target)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.renameat2(AT_FDCWD, os.fsencode(part), AT_FDCWD, os.fsencode(target), RENAME_NOREPLACE) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(target)) from None


def measured(path: Path) -> Fetched:
    """Size and SHA-256 of a file as it lies on the disk."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Fetched(file.tell(), digest)


def replace_text(path: Path, text: str) -> None:
    """Put `text` into a file of ours (a manifest, never a frame) in one step, so that readers see the old or the new one."""
    with explained(path.parent):
        replace_file(path, text.encode())


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, each durable before anything is put into it."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


@contextlib.contextmanager
def explained(root: Path) -> Generator[None]:
    """Turn what a file system refuses into an error that names the folder. `FileExistsError` is an answer, and passes."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(
                f"There is no room left in {root}.",
                means="What is not yet copied stays on the card and in the spool; nothing is lost.",
                remedy="Free some room; Nightside goes on where it stopped.",
            ) from error
        raise FolderUnwritable(
            f"{root} cannot be written: {error.strerror or error}.",
            means="What is not yet copied stays where it is; nothing is lost.",
            remedy="Mend the folder's permissions or its disk, or name another folder in the configuration.",
        ) from error

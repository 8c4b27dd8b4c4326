"""Files on a body's card, through libgphoto2: listing, reading in ranges, deleting."""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import gphoto2 as gp

from nightside_drivers.api import CardFile, Portion
from nightside_drivers.clock import machine_now, pause
from nightside_drivers.errors import BodyFailed, BodyRefused, BodyUnfit, Retry, SpoolFailed
from nightside_drivers.gphoto.vendor_codes import translated

CHUNK = 1 << 20
"""Bytes read from a body at a time before a release: small enough to abandon. It is what libgphoto2 itself asks for; an EOS R has
trouble with 5 MB (camlibs/ptp2/library.c)."""

NIKON_CHUNK = 3 << 20
"""From a Nikon, of which libgphoto2 asks up to 10 MB at a time, while no release is near: fewer round trips gave a fifth more
(measured). A range is held twice while it comes, by libgphoto2 and by us."""

DEEPEST = 8
"""Folders below the root that are looked into. A card has three; one that claims more is damaged or hostile."""

LARGEST = 1 << 32
"""No still frame is larger (bytes): a body that claims so is not believed."""


BUSY_PAUSES_S = (0.1, 0.4, 1.6)
"""Machine time before each further try at a range of a file while the body says that it is busy."""


def listed(camera: gp.Camera) -> Iterator[CardFile]:
    """Every file on every card, folder by folder, as the body orders them.

    Raises:
        BodyUnfit: the body has no card in it, which is something else than an empty one.
    """
    with translated("look for a card"):
        top = camera.folder_list_folders("/").count() + camera.folder_list_files("/").count()
    if not top:
        raise BodyUnfit("The body has no card in it, or cannot read it.", remedy="Put a card in.")
    yield from _below(camera, "/", DEEPEST)


def _below(camera: gp.Camera, folder: str, depth: int) -> Iterator[CardFile]:
    with translated(f"list {folder} on the card"):
        files = camera.folder_list_files(folder)
        folders = camera.folder_list_folders(folder)
        names = [files.get_name(index) for index in range(files.count())]
        below = [folders.get_name(index) for index in range(folders.count())]
    for name in names:
        made_at, size = _facts(camera, folder, name)
        yield CardFile(folder, _sendable(name), made_at, size)
    if depth:
        for name in below:
            yield from _below(camera, f"{folder.rstrip('/')}/{name}", depth - 1)


def _facts(camera: gp.Camera, folder: str, name: str) -> tuple[float | None, int | None]:
    """The body's own time of a file (s) and its size (bytes), from what libgphoto2 learned while it listed the folder."""
    try:
        info = camera.file_get_info(folder, name).file
    except gp.GPhoto2Error:
        return None, None  # the file is listed all the same; asking for it will say what is wrong
    return float(info.mtime) or None, info.size


def _sendable(name: str) -> str:
    """A name that is text: bytes that are not become escapes, so that a damaged name cannot hide the others."""
    return name.encode("utf-8", "backslashreplace").decode()


def range_for(maker: str) -> bytearray:
    """Where ranges of files from a body of that make are read into, as long as the longest of them."""
    return bytearray(NIKON_CHUNK if "nikon" in maker.casefold() else CHUNK)


def fetched(
    camera: gp.Camera, file: CardFile, into: int, buffer: bytearray, start: int = 0, until: float | None = None
) -> Portion:
    """Read a file straight into a descriptor that holds its first `start` bytes. The body's word on its size must come true.

    Bodies that can (PTP GetPartialObject) are read in ranges as long as `buffer`, which is `range_for` their make; in shorter
    ones where a transfer must be interrupted at machine time `until` (s), to be gone on with. The others hand over the whole
    file in one call.
    """
    claimed = _patiently(f"ask for the size of {file.path}", lambda: camera.file_get_info(file.folder, file.name).file.size)
    if not 0 < claimed <= LARGEST:
        raise BodyFailed(f"The body says that {file.path} has {claimed} bytes, which no frame has.")
    reached = start if start <= claimed else 0
    space = memoryview(buffer)[: len(buffer) if until is None else CHUNK]
    while reached < claimed and (until is None or machine_now() < until):
        try:
            got = _range(camera, file, reached, space)
        except BodyRefused:
            if reached > start:
                raise
            reached = _whole(camera, file, into)
            break
        if got <= 0:
            raise BodyFailed(f"{file.path} should have {claimed} bytes, and the body gave {reached}.")
        # Written by a second thread while more comes, it took longer in all (measured on two cores).
        reached += _write_all(into, space[: min(got, claimed - reached)], reached)
    if reached > claimed:
        raise BodyFailed(f"{file.path} should have {claimed} bytes, and the body gave {reached}.")
    return Portion(reached, claimed)


def _range(camera: gp.Camera, file: CardFile, at: int, space: memoryview) -> int:
    """Read on from byte `at`, as far as there is space."""
    return _patiently(
        f"read {file.path} at byte {at}",
        lambda: camera.file_read(file.folder, file.name, gp.GP_FILE_TYPE_NORMAL, at, space),
    )


def _patiently(doing: str, ask: Callable[[], int]) -> int:
    """Ask a body that may be busy, a few times."""
    pauses = iter(BUSY_PAUSES_S)
    while True:
        try:
            with translated(doing):
                return ask()
        except Retry:
            pause_s = next(pauses, None)
            if pause_s is None:
                raise
            pause(pause_s)


def _whole(camera: gp.Camera, file: CardFile, into: int) -> int:
    with translated(f"read {file.path}"), _explained():
        os.ftruncate(into, 0)
        os.lseek(into, 0, os.SEEK_SET)
        camera.file_get(file.folder, file.name, gp.GP_FILE_TYPE_NORMAL, gp.CameraFile(os.dup(into)))
    return os.fstat(into).st_size


def _write_all(into: int, piece: memoryview, at: int) -> int:
    written = 0
    with _explained():
        while written < len(piece):
            written += os.pwrite(into, piece[written:], at + written)
    return written


@contextmanager
def _explained() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise SpoolFailed(
            f"A frame could not be written: {error.strerror}.",
            means="It stays on the card; nothing is lost.",
            remedy="Free some room, or mend the disk; Nightside goes on where it stopped.",
        ) from error


def deleted(camera: gp.Camera, file: CardFile) -> None:
    """Remove a file from its card.

    Raises:
        BodyRefused: somebody has protected it. libgphoto2 says no more than −1 of that, which is no reason to end the session.
    """
    try:
        with translated(f"delete {file.path}"):
            camera.file_delete(file.folder, file.name)
    except BodyFailed as error:
        if _is_protected(camera, file):
            raise BodyRefused(
                f"{file.path} is protected, so it stays on the card.", remedy="Take the key off with the body's button."
            ) from error
        raise


def _is_protected(camera: gp.Camera, file: CardFile) -> bool:
    try:
        return not camera.file_get_info(file.folder, file.name).file.permissions & gp.GP_FILE_PERM_DELETE
    except gp.GPhoto2Error:
        return False

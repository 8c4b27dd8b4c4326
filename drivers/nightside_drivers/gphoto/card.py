"""Files on a body's card, through libgphoto2: listing, reading in ranges, deleting."""

import hashlib
import os
from collections.abc import Iterator

import gphoto2 as gp

from nightside_drivers.api import CardFile, Fetched
from nightside_drivers.errors import BodyFailed, BodyRefused, SpoolFailed
from nightside_drivers.gphoto.vendor_codes import translated

CHUNK = 1 << 20
"""Bytes read from a body at a time: large enough that the round trips do not count, small enough to abandon."""

DEEPEST = 8
"""Folders below the root that are looked into. A card has three; one that claims more is damaged or hostile."""

LARGEST = 1 << 32
"""No still frame is larger (bytes): a body that claims so is not believed."""


def listed(camera: gp.Camera) -> Iterator[CardFile]:
    """Every file on every card, folder by folder, as the body orders them."""
    yield from _below(camera, "/", DEEPEST)


def _below(camera: gp.Camera, folder: str, depth: int) -> Iterator[CardFile]:
    with translated(f"list {folder} on the card"):
        files = camera.folder_list_files(folder)
        folders = camera.folder_list_folders(folder)
        names = [files.get_name(index) for index in range(files.count())]
        below = [folders.get_name(index) for index in range(folders.count())]
    for name in names:
        yield CardFile(folder, _sendable(name), _made_at(camera, folder, name))
    if depth:
        for name in below:
            yield from _below(camera, f"{folder.rstrip('/')}/{name}", depth - 1)


def _made_at(camera: gp.Camera, folder: str, name: str) -> float | None:
    """The body's own time of a file (s), from what libgphoto2 learned while it listed the folder."""
    try:
        return float(camera.file_get_info(folder, name).file.mtime) or None
    except gp.GPhoto2Error:
        return None  # the file is listed all the same; asking for it will say what is wrong


def _sendable(name: str) -> str:
    """A name that is text: bytes that are not become escapes, so that a damaged name cannot hide the others."""
    return name.encode("utf-8", "backslashreplace").decode()


def fetched(camera: gp.Camera, file: CardFile, into: int) -> Fetched:
    """Read a file straight into a descriptor, hashing what arrives. The body's word on its size must come true.

    Bodies that can (PTP GetPartialObject) are read in ranges, so that a transfer can be abandoned between two of them; the
    others hand over the whole file in one call.
    """
    with translated(f"ask for the size of {file.path}"):
        claimed = camera.file_get_info(file.folder, file.name).file.size
    if not 0 < claimed <= LARGEST:
        raise BodyFailed(f"The body says that {file.path} has {claimed} bytes, which no frame has.")
    digest = hashlib.sha256()
    size = 0
    for piece in _pieces(camera, file, into, claimed):
        digest.update(piece)
        size += len(piece)
    if size != claimed:
        raise BodyFailed(f"{file.path} should have {claimed} bytes, and the body gave {size}.")
    return Fetched(size, digest.hexdigest())


def _pieces(camera: gp.Camera, file: CardFile, into: int, claimed: int) -> Iterator[memoryview]:
    """The bytes of a file in order, each piece already written to `into`."""
    buffer = bytearray(min(CHUNK, claimed))
    size = 0
    while size < claimed:
        try:
            with translated(f"read {file.path} at byte {size}"):
                got = camera.file_read(file.folder, file.name, gp.GP_FILE_TYPE_NORMAL, size, buffer)
        except BodyRefused:
            if size:
                raise
            yield from _whole(camera, file, into, claimed)
            return
        if got <= 0:
            return
        piece = memoryview(buffer)[: min(got, claimed - size)]
        _write_all(into, piece)
        size += len(piece)
        yield piece


def _whole(camera: gp.Camera, file: CardFile, into: int, claimed: int) -> Iterator[memoryview]:
    with translated(f"read {file.path}"):
        camera.file_get(file.folder, file.name, gp.GP_FILE_TYPE_NORMAL, gp.CameraFile(os.dup(into)))
    size = 0
    while size < claimed and (piece := os.pread(into, min(CHUNK, claimed - size), size)):
        size += len(piece)
        yield memoryview(piece)


def _write_all(into: int, piece: memoryview) -> None:
    try:
        while piece:
            piece = piece[os.write(into, piece) :]
    except OSError as error:
        raise SpoolFailed(
            f"A frame could not be written: {error.strerror}.",
            means="It stays on the card; nothing is lost.",
            remedy="Free some room, or mend the disk; Nightside goes on where it stopped.",
        ) from error

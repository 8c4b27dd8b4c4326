"""A card in a reader: a folder of pictures as a camera leaves it. Its names are as hostile as a body's."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nightside.errors import ImportRefused
from nightside.storage.exif import Facts, read_facts
from nightside.storage.writing import Part, explained

PICTURES = frozenset({".nef", ".nrw", ".jpg", ".jpeg", ".cr2", ".cr3", ".arw", ".raf", ".orf", ".rw2", ".dng", ".tif", ".tiff"})
DEEPEST = 8
MOST = 200_000
"""Files of one card. One that claims more is damaged or hostile."""
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Picture:
    """One file of a card, and what it says of itself."""

    path: Path
    tail: str
    """Its folder below the card's root, as in `DCIM/100ND3S_`."""
    size: int
    changed_at: float
    """By the card's file system (s); cameras write it by their own clock."""
    facts: Facts

    @property
    def made_at(self) -> float:
        """When it was made, by the camera's clock (s)."""
        return self.changed_at if self.facts.taken_at is None else self.facts.taken_at


def pictures(card: Path) -> Iterator[Picture]:
    """Every picture on a card, folder by folder, in the order of names. What cannot be read is passed over. No links are followed.

    Raises:
        ImportRefused: it is no folder.
    """
    if not card.is_dir():
        raise ImportRefused(f"{card} is no folder.", remedy="Name the folder at which the card is mounted.")
    for number, path in enumerate(_files(card, DEEPEST)):
        if number >= MOST:
            raise ImportRefused(
                f"{card} has more than {MOST} pictures, which no card has.", remedy="Name the card's own folder."
            )
        try:
            found = path.stat(follow_symlinks=False)
            yield Picture(path, path.parent.relative_to(card).as_posix(), found.st_size, found.st_mtime, read_facts(path))
        except OSError:
            yield Picture(path, path.parent.relative_to(card).as_posix(), 0, 0.0, Facts(whole=False))


def _files(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and depth and not entry.name.startswith("."):
            yield from _files(folder / entry.name, depth - 1)
        elif entry.is_file(follow_symlinks=False) and Path(entry.name).suffix.lower() in PICTURES:
            yield folder / entry.name


def copy(picture: Picture, part: Part) -> None:
    """Copy a picture into a part.

    Raises:
        OSError: the card cannot be read.
        StorageFull, FolderUnwritable: the part cannot be written.
    """
    with picture.path.open("rb", buffering=0) as source:
        at = 0
        while piece := source.read(CHUNK):
            view = memoryview(piece)
            with explained(part.root):
                while view:
                    written = os.pwrite(part.descriptor, view, at)
                    view, at = view[written:], at + written

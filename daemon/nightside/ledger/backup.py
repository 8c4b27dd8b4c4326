"""A copy of a ledger while it is in use: SQLite's own online backup, synced, and named only once it is whole."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from nightside.errors import FolderUnwritable

PAGES = 2000
"""Copied at a time: writers get their turn in between."""


def back_up(source: Path, target: Path) -> None:
    """Copy the ledger `source` to `target`, which must not be there yet. A writer may go on meanwhile.

    Raises:
        FolderUnwritable: the copy cannot be made. There is no half of one.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        _copy(source, part)
        os.link(part, target)  # never over another
        _sync(target.parent)
    except (sqlite3.Error, OSError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise FolderUnwritable(
            f"The ledger could not be copied to {target}: {why}.",
            means="The ledger itself is as it was.",
            remedy="Make room there, or mend the folder's permissions.",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _copy(source: Path, part: Path) -> None:
    with (
        closing(sqlite3.connect(f"file:{quote(str(source.resolve()))}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(part)) as new,
    ):
        old.backup(new, pages=PAGES)
        new.execute("PRAGMA journal_mode=DELETE")  # one file, whole without a log beside it
    with part.open("rb") as file:
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

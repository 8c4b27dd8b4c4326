"""A copy of a ledger while it is in use: SQLite's own online backup, synced, and named only once it is whole."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from nightside.durable import sync_folder
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
        sync_folder(target.parent)
    except (sqlite3.Error, OSError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise FolderUnwritable(
            f"The ledger could not be copied to {target}: {why}.",
            means="The ledger itself is as it was.",
            remedy="Make room there, or mend the folder's permissions.",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def keep_copy(path: Path) -> None:
    """Keep one copy of a ledger beside it, as `.backup`. A new one replaces the old one once it is whole and sound.

    Raises:
        FolderUnwritable: it cannot be made, or is not sound. The old one is as it was.
    """
    copy, new = path.with_name(f"{path.name}.backup"), path.with_name(f"{path.name}.backup-new")
    new.unlink(missing_ok=True)
    back_up(path, new)
    new.replace(copy)
    sync_folder(path.parent)


def _copy(source: Path, part: Path) -> None:
    with (
        closing(sqlite3.connect(f"file:{quote(str(source.resolve()))}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(part)) as new,
    ):
        old.backup(new, pages=PAGES)
        new.execute("PRAGMA journal_mode=DELETE")  # one file, whole without a log beside it
        if (found := new.execute("PRAGMA quick_check(1)").fetchone()) != ("ok",):
            raise sqlite3.DatabaseError(f"the copy is damaged, and so is the ledger ({found[0]})")
    with part.open("rb") as file:
        os.fsync(file.fileno())

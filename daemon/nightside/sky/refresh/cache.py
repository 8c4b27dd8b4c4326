"""What was fetched last, on disk: the text as it came, and a note of when and what the server called it.

Both files are replaced whole: written beside, flushed to the disk, then renamed. A crash leaves the old or the new one.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Generator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import cast

from nightside.durable import replace_file
from nightside.errors import FolderUnwritable

MAX_NOTE_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of the last request. Times are ISO 8601 in UTC, or empty."""

    location: str = ""
    attempted_at: str = ""
    """When a server was last reached, whatever it answered."""
    failed_at: str = ""
    """When no server could be reached."""
    etag: str = ""
    last_modified: str = ""
    """The server's date, or a watched file's time of change."""


@dataclass(frozen=True, slots=True)
class Cache:
    """The cache of one source: `<folder>/<name>.elements` and `<folder>/<name>.note`."""

    folder: Path
    name: str

    @property
    def text_path(self) -> Path:
        """The elements as they came."""
        return self.folder / f"{self.name}.elements"

    @property
    def note_path(self) -> Path:
        """The note beside them."""
        return self.folder / f"{self.name}.note"

    def note(self) -> Note:
        """The last note; an empty one where there is none or it cannot be read."""
        try:
            with self.note_path.open("rb") as file:
                held: object = json.loads(file.read(MAX_NOTE_BYTES))
        except (OSError, ValueError, RecursionError):
            return Note()
        if not isinstance(held, dict):
            return Note()
        known = cast("dict[str, object]", held)
        return Note(**{f.name: str(known.get(f.name, "")) for f in fields(Note)})

    def write_note(self, note: Note) -> None:
        """Replace the note. Raises `FolderUnwritable`."""
        self._replace(self.note_path, json.dumps(asdict(note), indent=1).encode())

    def write_text(self, text: bytes) -> None:
        """Replace the elements. Raises `FolderUnwritable`."""
        self._replace(self.text_path, text)

    @contextlib.contextmanager
    def only_one(self) -> Generator[bool]:
        """Whether this process may ask now: no other one is asking for the same source. Raises `FolderUnwritable`."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / f"{self.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield True
                return
            yield False
        finally:
            os.close(lock)

    def _replace(self, path: Path, data: bytes) -> None:
        try:
            replace_file(path, data)
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> FolderUnwritable:
        return FolderUnwritable(
            f"Elements cannot be kept in {self.folder}: {error.strerror}.",
            means="They would have to be fetched again after every start, which publishers punish.",
            remedy="Make the folder writable for this user, or configure another.",
        )

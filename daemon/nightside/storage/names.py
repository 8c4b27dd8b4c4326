"""What frames are called once they have left the card.

A body's names repeat (DSC_9999 is followed by DSC_0001) and may hold anything. Ours carry the body's serial number and the
shot's index, and keep the body's stem for people only after it has been made harmless.
"""

import re
from collections.abc import Iterator

from nightside.ledger.records import FrameRecord

_HARMLESS = re.compile(r"[^A-Za-z0-9_-]+")
LONGEST_PART = 40
MOST_NAMES = 100
"""Names that are tried for one file before somebody must look at the folder."""


def harmless(text: str, otherwise: str) -> str:
    """The letters, digits, hyphens and underscores of a hostile string, or `otherwise` where it has none."""
    return _HARMLESS.sub("", text).lstrip("-")[:LONGEST_PART] or otherwise


def final_names(frame: FrameRecord, serial: str) -> Iterator[str]:
    """What the frame's file may be called, best name first, as in `2012345-00012-DSC_0042.jpg`.

    The others are for two files of one shot that a body calls the same, on two cards, and for a spool that holds the frames of a
    ledger that was set aside. A file that no shot explains has `extra` for the index.
    """
    stem, suffix = stem_and_suffix(frame)
    index = "extra" if frame.shot_index is None else f"{frame.shot_index:05}"
    base = f"{harmless(serial, 'body')}-{index}-{stem}"
    for again in ("", f"-{frame.id}", *(f"-{frame.id}-{number}" for number in range(2, MOST_NAMES))):
        yield f"{base}{again}{suffix}"


def stem_and_suffix(frame: FrameRecord) -> tuple[str, str]:
    """The two halves of what the body calls a file, made harmless: `DSC_0042` and `.jpg`, which may be empty."""
    stem, _, extension = frame.file.name.rpartition(".")
    if not stem:
        stem, extension = extension, ""
    suffix = harmless(extension, "")[:8].lower()
    return harmless(stem, "frame"), f".{suffix}" if suffix else ""

"""Which file on the card belongs to which shot.

Bodies announce files in the order in which they write them, so announcements are given to the oldest exposed shot that has no
frame yet; a file with the stem of one that a shot already has (the JPEG beside the NEF) goes to that shot. Pure.
"""

from collections.abc import Iterable, Sequence

from nightside_drivers.api import CardFile


def stem(file: CardFile) -> str:
    """What the files of one frame have in common."""
    return f"{file.folder}/{file.name.rpartition('.')[0] or file.name}"


def candidates(
    files: Iterable[CardFile], exposed: Sequence[int], doubtful: Sequence[int], explained: dict[str, int | None]
) -> list[int]:
    """The shots that these files may belong to, oldest first.

    Shots that were certainly exposed come first to their frames; as many shots in doubt are believed as there are files left.

    Args:
        files: what the body announced, or what was found on its card.
        exposed: indices of exposed shots without a frame, oldest first.
        doubtful: indices of shots that may have been exposed, oldest first.
        explained: the shot (or none) of every stem that is already known.
    """
    stems = {stem(file) for file in files} - explained.keys()
    surplus = max(0, len(stems) - len(exposed))
    return sorted([*exposed, *doubtful[:surplus]])


def attribute(
    files: Iterable[CardFile], waiting: Sequence[int], explained: dict[str, int | None]
) -> list[tuple[int | None, CardFile]]:
    """Give each file, in the body's order, to a shot; `None` where no shot is waiting for one.

    Args:
        files: what the body announced, or what was found on its card.
        waiting: indices of exposed shots without a frame, oldest first.
        explained: the shot (or none) of every stem that is already known.
    """
    known = dict(explained)
    free = iter(waiting)
    given: list[tuple[int | None, CardFile]] = []
    for file in files:
        key = stem(file)
        if key not in known:
            known[key] = next(free, None)
        given.append((known[key], file))
    return given

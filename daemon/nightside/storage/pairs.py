"""Which files a shot must have to be complete, and which of them it lacks. Pure.

A body that writes NEF and JPEG announces two files, and the second is easily lost (libgphoto2 #156). What is expected is what the
body said of its image quality when the window was armed; a shot is complete, and safe, only with all of it.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from nightside.ledger.records import FrameRecord
from nightside.ledger.states import FileKind, FrameState, kind_of
from nightside_drivers.api import CardFile

NAMES = {FileKind.NEF: "NEF", FileKind.JPEG: "JPEG"}

Kinds = frozenset[FileKind]

NOT_JPEG = ("heif", "heic", "tiff")
"""What bodies write in place of a JPEG, and grade by the same words."""


WRITTEN_S = 60.0
"""How much later the second file of a pair may be written (s, on the body's clock)."""

ZONE_S, LONGEST_ZONE_S = 900.0, 86_400.0
"""Cards and pictures tell local time or UTC (s): what they differ by, if they do."""


def stem(file: CardFile) -> str:
    """What the files of one frame have in common: NEF and JPEG, and the copies of both on a second card."""
    folder = file.folder.strip("/").partition("/")[2]
    return f"{folder}/{file.name.rpartition('.')[0] or file.name}"


def expected_kinds(quality: str | None) -> Kinds:
    """The kinds of files that a body writes at a quality, in its own words; none where it does not say.

    `NEF+Fine`, `RAW + JPEG`, `JPEG Fine`, `NEF (Raw)`: as libgphoto2 hands them on.
    """
    words = (quality or "").casefold()
    kinds: set[FileKind] = set()
    if "nef" in words or "raw" in words:
        kinds.add(FileKind.NEF)
    graded = any(word in words for word in ("fine", "normal", "basic")) and not any(word in words for word in NOT_JPEG)
    if graded or "jpeg" in words or "jpg" in words:
        kinds.add(FileKind.JPEG)
    return frozenset(kinds)


def lacking(frames: Sequence[FrameRecord], expected: Kinds) -> dict[int, Kinds]:
    """The kinds that shots lack, by the shot's index. A shot without any file is not incomplete, but without a frame.

    Only pairs can be incomplete. A file that the card lost, or that has a flag, is not there. Other makers' raw files are of no
    kind that is known here: one of them stands for the NEF.
    """
    there: defaultdict[int, set[FileKind]] = defaultdict(set)
    for frame in frames:
        if frame.shot_index is not None and frame.state is not FrameState.GONE:
            there[frame.shot_index].add(frame.kind)
    return {index: missing for index, kinds in there.items() if (missing := lacks(kinds, expected))}


def lacks(there: AbstractSet[FileKind], expected: Kinds) -> Kinds:
    """The kinds that one shot lacks, of which these are there; as `lacking` has it."""
    if len(expected) < len(NAMES):
        return frozenset()
    return expected - {FileKind.NEF if kind is FileKind.OTHER else kind for kind in there}


def wanting(frames: Sequence[FrameRecord], quality: str | None, held: Callable[[FrameRecord], bool]) -> frozenset[int]:
    """Shots that are not safe as a whole: a kind of file is lacking, or one that is there is not `held`."""
    incomplete = lacking(frames, expected_kinds(quality))
    there = [frame for frame in frames if frame.state is not FrameState.GONE]
    return frozenset(incomplete) | {frame.shot_index for frame in there if frame.shot_index is not None and not held(frame)}


def late(frames: Sequence[FrameRecord], expected: Kinds, listing: Sequence[CardFile]) -> list[tuple[int, CardFile]]:
    """Files on a card that some shots lack, each with its shot: of the stem and the time of what there is, and not known yet."""
    missing = lacking(frames, expected)
    known = {frame.file.path for frame in frames}
    partners = {
        stem(frame.file): frame for frame in frames if frame.shot_index in missing and frame.state is not FrameState.GONE
    }
    found: list[tuple[int, CardFile]] = []
    for file in listing:
        partner = partners.get(stem(file))
        if file.path in known or partner is None or partner.shot_index is None:
            continue
        if kind_of(file.name) in missing[partner.shot_index] and _same_time(partner.file.made_at, file.made_at):
            found.append((partner.shot_index, file))
    return found


def _same_time(one: float | None, other: float | None) -> bool:
    """Whether two files may be of one exposure: names come again after 9999. Their times may be whole time zones apart."""
    if one is None or other is None:
        return True
    apart = abs(one - other)
    return apart < LONGEST_ZONE_S and min(apart % ZONE_S, ZONE_S - apart % ZONE_S) <= WRITTEN_S

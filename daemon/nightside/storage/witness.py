"""Whether a frame is what it is taken for: its own time, exposure and body against the shot's. Pure.

A body may give an older frame for the one that was asked for (libgphoto2 #530, #1124), a card may hold another body's, and a file
may be torn. Such a file is flagged, kept, and counted for no shot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from nightside.ledger.records import FrameRecord, ShotRecord, WindowRecord
from nightside.ledger.states import Flag
from nightside.storage.exif import Facts

TOLERANCE_S = 1.6
"""Clock time. Bodies stamp whole seconds."""

LAG_S = 0.5
"""Machine time that a body may be late by without anybody knowing."""

WITNESSES = 3
"""Frames whose times must agree before one that does not is doubted."""

EXPOSURE_FACTOR = 1.5
"""How many times too long or too short an exposure shows that it is not this shot's. Bulbs and rounding stay well inside."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A frame that is not what it was taken for, and why."""

    frame: FrameRecord
    flag: Flag
    reason: str


def doubts(
    window: WindowRecord,
    shots: Sequence[ShotRecord],
    frames: Sequence[FrameRecord],
    facts: Mapping[int, Facts],
    speed: float = 1.0,
) -> list[Doubt]:
    """The frames of one window that are not their shots'.

    Args:
        window: with the plan and the body that they should be of.
        shots: with what is known of when they opened.
        frames: that were drained.
        facts: what each says of itself, by its id.
        speed: clock seconds in one of machine time: in a rehearsal delays look longer.
    """
    there = [frame for frame in frames if frame.flag is None and frame.id in facts]
    late = _out_of_time(shots, there, facts, TOLERANCE_S + LAG_S * speed)
    records = {shot.index: shot for shot in shots}
    found: list[Doubt] = []
    first: dict[str, FrameRecord] = {}
    for frame in there:
        said = facts[frame.id]
        twice = first.setdefault(frame.sha256 or f"none of {frame.id}", frame)
        if twice.file.name != frame.file.name:  # the same name on a second card is its copy
            found.append(Doubt(frame, Flag.STALE, f"{frame.file.path} holds the very bytes of {twice.file.path}."))
        elif said.whole is False:
            found.append(Doubt(frame, Flag.TORN, f"{frame.file.path} is torn: its end is missing."))
        elif said.serial is not None and window.serial and said.serial.lstrip("0") != window.serial.lstrip("0"):
            found.append(Doubt(frame, Flag.FOREIGN, f"{frame.file.path} was made by the body {said.serial}."))
        elif frame.id in late:
            found.append(Doubt(frame, Flag.STALE, late[frame.id]))
        elif frame.shot_index is not None and (reason := _of_another_length(window, records[frame.shot_index], frame, said)):
            found.append(Doubt(frame, Flag.STALE, reason))
    return found


def _out_of_time(
    shots: Sequence[ShotRecord], frames: Sequence[FrameRecord], facts: Mapping[int, Facts], tolerance_s: float
) -> dict[int, str]:
    """Frames that were exposed before the window, or when another shot was, and why that is believed.

    Most frames tell how far the body's clock is ahead of ours. One that differs from them and from both of its neighbours is no
    witness for a clock that was stepped in mid-window, but a frame of another time. The first and the last have one neighbour only,
    and are believed.
    """
    opened = {shot.index: at for shot in shots if (at := _opened(shot)) is not None}
    offsets = [
        (taken - opened[frame.shot_index], frame)
        for frame in sorted(frames, key=lambda frame: (frame.shot_index or 0, frame.id))
        if frame.shot_index in opened and (taken := facts[frame.id].taken_at) is not None
    ]
    if len(offsets) < WITNESSES:
        return {}
    ahead, begun = median(offset for offset, _ in offsets), min(opened.values())
    found: dict[int, str] = {}
    for (before, _), (offset, frame), (after, _) in zip(offsets, offsets[1:], offsets[2:], strict=False):
        off_s = offset - ahead
        like_a_neighbour = min(abs(before - offset), abs(after - offset)) <= tolerance_s
        if abs(off_s) <= tolerance_s or frame.shot_index is None or like_a_neighbour:
            continue
        at = opened[frame.shot_index] + off_s
        others = [index for index, when in opened.items() if index != frame.shot_index and abs(when - at) <= tolerance_s]
        if at < begun - tolerance_s or others:
            direction = "before" if off_s < 0 else "after"
            whose = f", as shot {others[0]} was" if others else ", before this window"
            found[frame.id] = f"{frame.file.path} was exposed {abs(off_s):.0f} s {direction} its shot{whose}."
    return found


def _opened(shot: ShotRecord) -> float | None:
    """When a shutter is known to have opened: of a shot that was in doubt only the plan is known."""
    return None if shot.opened_at is None or shot.opened_late_s is None else shot.opened_at.timestamp()


def _of_another_length(window: WindowRecord, shot: ShotRecord, frame: FrameRecord, said: Facts) -> str | None:
    planned_s = window.plan.shots[shot.index].exposure.shutter_s
    lengths = [planned_s]
    if shot.opened_at is not None and shot.closed_at is not None:
        lengths.append((shot.closed_at - shot.opened_at).total_seconds())  # one that was shortened is its shot's all the same
    if said.exposure_s and not any(1 / EXPOSURE_FACTOR < said.exposure_s / one < EXPOSURE_FACTOR for one in lengths if one > 0):
        return f"{frame.file.path} is an exposure of {said.exposure_s:g} s, and this shot's is {planned_s:g} s."
    return None

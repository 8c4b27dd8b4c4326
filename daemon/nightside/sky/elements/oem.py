"""Orbit ephemeris messages (CCSDS 502.0-B), as KVN or XML: tables of states, such as the ISS's public ephemeris."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from nightside.errors import ElementsDamaged
from nightside.sky.elements.calendar_time import SCALES, read_time
from nightside.sky.elements.complaints import Complaint, damaged
from nightside.sky.elements.identity import designator, plain
from nightside.sky.elements.values import Elements, Ephemeris, Frame, Interpolation, Manoeuvre, Segment
from nightside.sky.elements.xml_tree import Node
from nightside.sky.instants import moment, seconds

FRAMES = {
    "EME2000": Frame.EME2000,
    "J2000": Frame.EME2000,
    "ICRF": Frame.ICRF,
    "GCRF": Frame.ICRF,
    "TEME": Frame.TEME,
    "TOD": Frame.TOD,
}
DEFAULT_DEGREE = {Interpolation.HERMITE: 7, Interpolation.LAGRANGE: 7, Interpolation.LINEAR: 1}
MOST_DEGREE = 15
MU_KM3_S2 = 398600.4418
MOST_MISS_KM = 5.0
"""How far a state may be from where the one before it leads."""
STATE_KEYS = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")

LONGEST_LINE = 1000
"""Of a message in KVN; the standard allows 254 characters."""
MOST_EVENTS = 500

_EVENT_TIME = re.compile(r"(?P<day>\d{3}):(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d(?:\.\d{1,9})?)", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,6})?", re.ASCII)


@dataclass(slots=True)
class Block:
    """One segment as it was written: its keywords, the one that it has twice, if any, and its states as (line, words)."""

    line: int
    twice: str = ""
    fields: dict[str, str] = field(default_factory=dict[str, str])
    rows: list[tuple[int, list[str]]] = field(default_factory=list[tuple[int, list[str]]])

    def say(self, key: str, value: str) -> None:
        """Take a keyword and its value."""
        if key in self.fields and key != "COMMENT":
            self.twice = key
        self.fields[key] = value


def parse_kvn(text: str, source: str) -> tuple[list[Elements], list[Complaint]]:
    """Every object of a message, each with all its segments."""
    blocks: list[Block] = []
    comments: list[str] = []
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST_LINE:
            raise damaged(f"line {number} of {source}", f"is longer than {LONGEST_LINE} characters")
        words = line.split()
        if not words:
            continue
        if words[0] == "COMMENT":
            comments.append(line.strip()[len("COMMENT") :])
        elif line.strip() in ("META_START", "COVARIANCE_START"):
            inside = words[0]
            if inside == "META_START":
                blocks.append(Block(number))
        elif line.strip() in ("META_STOP", "COVARIANCE_STOP"):
            inside = ""
        elif inside == "META_START" and "=" in line:
            key, _, value = line.partition("=")
            blocks[-1].say(key.strip(), value.strip())
        elif not inside and blocks:
            blocks[-1].rows.append((number, words))
    return _objects(blocks, comments, source)


def parse_xml(root: Node, source: str) -> tuple[list[Elements], list[Complaint]]:
    """The same from XML."""
    blocks: list[Block] = []
    for segment in root.all("segment"):
        block = Block(segment.line)
        for metadata in segment.all("metadata"):
            for leaf in metadata.leaves():
                block.say(leaf.name, leaf.text.strip())
        for state in segment.all("stateVector"):
            held = {leaf.name: leaf.text.strip() for leaf in state.leaves()}
            block.rows.append((state.line, [held.get(key, "") for key in ("EPOCH", *STATE_KEYS)]))
        blocks.append(block)
    return _objects(blocks, [node.text for node in root.all("COMMENT")], source)


def _objects(blocks: list[Block], comments: list[str], source: str) -> tuple[list[Elements], list[Complaint]]:
    if not blocks:
        return [], [Complaint(damaged(source, "is an ephemeris message without a segment"))]
    grouped: dict[str, list[Block]] = {}
    for block in blocks:
        grouped.setdefault(block.fields.get("OBJECT_ID", ""), []).append(block)
    found: list[Elements] = []
    complaints: list[Complaint] = []
    for group in grouped.values():
        try:
            found.append(_object(group, comments, source))
        except ElementsDamaged as error:
            complaints.append(_complaint(error, group))
    return found, complaints


def _object(blocks: list[Block], comments: list[str], source: str) -> Elements:
    segments = sorted((_segment(block, source) for block in blocks), key=lambda segment: segment.start_s)
    fields = blocks[0].fields
    epoch = moment(segments[0].start_s)
    published = fields.get("OBJECT_ID", "")
    return Elements(
        name=plain(fields.get("OBJECT_NAME", "")) or plain(published) or "an object without a name",
        norad_id=_catalogue_number(fields) or 0,
        epoch=epoch,
        source=f"{source}, line {blocks[0].line}",
        orbit=Ephemeris(tuple(segments)),
        manoeuvres=_manoeuvres(comments, epoch),
        designator=designator(published),
    )


def _catalogue_number(fields: Mapping[str, str]) -> int | None:
    number = fields.get("NORAD_CAT_ID", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None


def _complaint(error: ElementsDamaged, blocks: list[Block]) -> Complaint:
    numbers = {_catalogue_number(block.fields) for block in blocks}
    names = {plain(block.fields.get("OBJECT_NAME", "")) for block in blocks}
    names |= {designator(block.fields.get("OBJECT_ID", "")) for block in blocks}
    return Complaint(error, frozenset(number for number in numbers if number), frozenset(names - {""}))


def _segment(block: Block, source: str) -> Segment:
    where = f"the segment on line {block.line} of {source}"
    if block.twice:
        raise damaged(where, f"has {block.twice[:30]!r} twice")
    if block.fields.get("CENTER_NAME", "EARTH").upper() != "EARTH":
        raise damaged(where, f"is about {block.fields['CENTER_NAME'][:30]!r}, not the Earth")
    scale = block.fields.get("TIME_SYSTEM", "UTC").upper()
    if scale not in SCALES:
        raise damaged(where, f"counts time in {scale[:30]!r}; {', '.join(SCALES)} can be used")
    frame = FRAMES.get(block.fields.get("REF_FRAME", "").upper())
    if frame is None:
        raise damaged(where, f"is in the frame {block.fields.get('REF_FRAME', '')[:30]!r}; {', '.join(FRAMES)} can be used")
    method, degree = _interpolation(block.fields, where)
    instants, states = _states(block, scale, source)
    if len(instants) < 2:
        raise damaged(where, "has fewer than two states")
    start = _edge(block.fields, ("USEABLE_START_TIME", "START_TIME"), scale, where, instants[0])
    stop = _edge(block.fields, ("USEABLE_STOP_TIME", "STOP_TIME"), scale, where, instants[-1])
    start, stop = max(start, instants[0]), min(stop, instants[-1])
    if not start < stop:
        raise damaged(where, "has a useable span that is empty")
    table = np.array(states)
    return Segment(start, stop, np.array(instants), table[:, :3], table[:, 3:], frame, method, degree)


def _states(block: Block, scale: str, source: str) -> tuple[list[float], list[list[float]]]:
    instants: list[float] = []
    states: list[list[float]] = []
    for number, words in block.rows:
        where = f"line {number} of {source}"
        if len(words) not in (7, 10):
            raise damaged(where, f"has {len(words)} words; a state is a time, three coordinates and three velocities")
        try:
            instant = read_time(words[0], scale)
            state = [float(word if word.isascii() and "_" not in word else "?") for word in words[1:7]]
        except ValueError as error:
            raise damaged(where, f"is no state: {error}") from None
        distance, speed = math.hypot(*state[:3]), math.hypot(*state[3:])
        if not (all(map(math.isfinite, state)) and 6300.0 < distance < 2e6 and 1e-3 < speed < 12.0):
            raise damaged(where, "has a state that is not finite, or is none of an Earth satellite")
        if instants and instant <= instants[-1]:
            raise damaged(where, "is not later than the line before it")
        if instants and not _leads_to(states[-1], state, instant - instants[-1]):
            raise damaged(where, "is not where the line before it leads")
        instants.append(instant)
        states.append(state)
    return instants, states


def _leads_to(before: list[float], after: list[float], elapsed: float) -> bool:
    """Whether two states belong to one orbit: a message has no checksum, but gravity is one.

    The corrected trapezoidal rule with the Earth's central attraction is good to 0.1 km over four minutes in low orbit; an engine
    adds a few hundred metres. Steps of more than half a radian are not judged.
    """
    distance = math.hypot(*before[:3])
    if elapsed * math.sqrt(MU_KM3_S2 / distance**3) > 0.5:
        return True
    miss = 0.0
    for axis in range(3):
        pull = [-MU_KM3_S2 * state[axis] / math.hypot(*state[:3]) ** 3 for state in (before, after)]
        moved = elapsed / 2.0 * (before[axis + 3] + after[axis + 3]) + elapsed**2 / 12.0 * (pull[0] - pull[1])
        miss = max(miss, abs(after[axis] - before[axis] - moved))
    return miss < MOST_MISS_KM


def _interpolation(fields: Mapping[str, str], where: str) -> tuple[Interpolation, int]:
    try:
        method = Interpolation(fields.get("INTERPOLATION", "HERMITE").upper())
        asked = fields.get("INTERPOLATION_DEGREE", str(DEFAULT_DEGREE[method]))
        degree = int(asked if asked.isascii() else "")
    except ValueError:
        said = f"{fields.get('INTERPOLATION', '')[:20]} {fields.get('INTERPOLATION_DEGREE', '')[:20]}".strip()
        raise damaged(where, f"asks for the interpolation {said!r}, which is not known") from None
    if not 1 <= degree <= MOST_DEGREE:
        raise damaged(where, f"asks for interpolation of degree {degree}; 1 to {MOST_DEGREE} can be used")
    return method, degree


def _edge(fields: Mapping[str, str], keys: tuple[str, ...], scale: str, where: str, default: float) -> float:
    for key in keys:
        if key in fields:
            try:
                return read_time(fields[key], scale)
            except ValueError as error:
                raise damaged(where, f"has no readable {key}: {error}") from None
    return default


def _manoeuvres(comments: list[str], epoch: datetime) -> tuple[Manoeuvre, ...]:
    short = (comment for comment in comments if len(comment) <= LONGEST_LINE)
    return tuple(found for found in (_manoeuvre(comment, epoch) for comment in short) if found is not None)[:MOST_EVENTS]


def _manoeuvre(comment: str, epoch: datetime) -> Manoeuvre | None:
    """An event of the ISS ephemeris's summary: a name, day of year and time; change of speed (m/s), perhaps; apogee and perigee."""
    name, _, rest = comment.strip().partition("  ")
    words = rest.split()
    match = _EVENT_TIME.fullmatch(words[0]) if words else None
    if match is None or not name or not 1 <= int(match["day"]) <= 366:
        return None
    within = timedelta(
        days=int(match["day"]) - 1, hours=int(match["hour"]), minutes=int(match["minute"]), seconds=float(match["second"])
    )
    years = (datetime(epoch.year + offset, 1, 1, tzinfo=UTC) + within for offset in (-1, 0, 1))
    at = min(years, key=lambda when: abs(seconds(when) - seconds(epoch)))
    speed = words[1] if len(words) > 1 and len(words) != 3 and _NUMBER.fullmatch(words[1]) else None
    return Manoeuvre(plain(name), at, float(speed) if speed else None)

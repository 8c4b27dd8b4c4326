"""Anchors: instants named by what happens in the sky, as in `window.start+90s`, `pass.culmination-2m30s` or `moonset`.

Pure. The text is checked here; when a pass culminates is for an `Occasions` to say (`nightside.plan.occasions`).
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Protocol

from pydantic import AfterValidator, Field

from nightside.sky.window import Window

EVENTS = ("moonrise", "moonset", "sunrise", "sunset")
"""Names that are instants by themselves."""
WINDOW, PASS = "window", "pass"
EDGES = ("start", "middle", "end")
PASS_POINTS = ("rise", "culmination", "set")
FURTHEST = timedelta(days=1)
"""How far an anchor may lie from what it names."""

_ANCHOR = re.compile(
    r"(?P<name>[A-Za-z_]\w*)(?:\.(?P<point>[a-z]+))?\s*(?:(?P<sign>[-−+])\s*(?P<offset>[0-9][0-9.hms]*))?", re.ASCII
)
_OFFSET = re.compile(r"(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,6}(?:\.\d{1,6})?)s)?", re.ASCII)


class Occasions(Protocol):
    """Knows when what anchors name happens."""

    def instant(self, name: str, point: str, window: Window) -> datetime | None:
        """When it happens in a window, or else next to it; `None` where it does not happen within a day.

        `name` is an event, `pass`, or a condition; `point` one of its edges, or empty for an event.

        Raises:
            PlanImpossible: nothing is called so, or not from here.
        """
        ...

    def uncertainty_s(self, name: str, window: Window) -> float:
        """How early or late (± s) it may happen. For what `instant` gave an answer to."""
        ...


@dataclass(frozen=True, slots=True)
class Anchor:
    """What is named, which point of it, and how far from there."""

    name: str
    point: str
    offset: timedelta

    def instant(self, window: Window, occasions: Occasions | None) -> datetime | None:
        """When that is, for one window."""
        if self.name == WINDOW:
            base = {"start": window.start, "middle": window.start + window.duration / 2, "end": window.end}[self.point]
            return base + self.offset
        found = None if occasions is None else occasions.instant(self.name, self.point, window)
        return None if found is None else found + self.offset


def uncertainty_s(text: str, window: Window, occasions: Occasions | None) -> float:
    """How early or late (± s) the instant of an anchor may come."""
    name = parse(text).name
    return window.uncertainty_s if name == WINDOW or occasions is None else occasions.uncertainty_s(name, window)


def parse(text: str) -> Anchor:
    """The anchor that a text means.

    Raises:
        ValueError: it means none; says the column (from 1) and what would fit.
    """
    stripped = text.strip()
    match = _ANCHOR.match(stripped)
    if match is None:
        raise ValueError(f"{text!r} is no anchor at column 1: write one like window.start+90s, umbra.middle or moonset")
    if match.end() != len(stripped):
        raise ValueError(f"{text!r} cannot be understood from column {match.end() + 1} on: write one like window.start+90s")
    name, point = match["name"], match["point"] or ""
    wanted = () if name in EVENTS else PASS_POINTS if name == PASS else EDGES
    if point not in (wanted or ("",)):
        listed = ", ".join(f"{name}.{one}" for one in wanted) or name
        raise ValueError(f"{text!r} names no instant at column {len(name) + 1}: write {listed}")
    return Anchor(name, point, _offset(text, match))


def _offset(text: str, match: re.Match[str]) -> timedelta:
    if match["offset"] is None:
        return timedelta(0)
    parts = _OFFSET.fullmatch(match["offset"])
    if parts is None:
        raise ValueError(
            f"{text!r} has no time after the sign at column {match.start('sign') + 1}: write one like 90s, 3m or 2m30s"
        )
    hours, minutes, seconds = (float(part or 0) for part in parts.groups())
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if offset > FURTHEST:
        raise ValueError(f"{text!r} is more than a day away from what it names at column {match.start('sign') + 1}")
    return offset if match["sign"] == "+" else -offset


def _checked(text: str) -> str:
    parse(text)
    return text.strip()


AnchorText = Annotated[
    str, AfterValidator(_checked), Field(max_length=80, examples=["window.start+90s", "umbra.middle", "moonset"])
]
"""An anchor as it is written."""


def crossed(start: str, end: str) -> bool:
    """Whether one anchor comes after another whatever the night is: both name the same thing."""
    first, last = parse(start), parse(end)
    if first.name != last.name:
        return False
    if first.point == last.point:
        return first.offset >= last.offset
    order = EDGES if first.name != PASS else PASS_POINTS
    return order.index(first.point) > order.index(last.point) and first.offset >= last.offset

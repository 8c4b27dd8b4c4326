"""Calendars: conditions that come from people's hours and not from the sky.

A calendar answers with the intervals of events in a range; reading one from an iCalendar file is `nightside.sky.files`.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from nightside.sky.almanac import Almanac
from nightside.sky.conditions.base import Condition
from nightside.sky.instants import DAY_S, Floats, moment, seconds
from nightside.sky.spans import Spans
from nightside.sky.vantage import Vantage

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_ENTRY = re.compile(
    r"(?:(?P<days>[A-Za-z]{3}(?:\s*-\s*[A-Za-z]{3})?(?:\s*,\s*[A-Za-z]{3}(?:\s*-\s*[A-Za-z]{3})?)*)\s+)?"
    r"(?P<from>\d{1,2}:\d{2})\s*[-–]\s*(?P<to>\d{1,2}:\d{2})"
)


class Calendar(Protocol):
    """Events in time."""

    def intervals(self, start: float, end: float, word: str) -> list[tuple[float, float]]:
        """Every event that touches a range (s since J2000) and has `word` in its title, whatever its case; all for ''."""
        ...


@dataclass(frozen=True, slots=True)
class During(Condition):
    """While an event of a calendar is on."""

    name: str
    calendar: Calendar = field(repr=False, compare=False)
    word: str

    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """Seconds to the nearest edge inside the almanac's range, positive during an event."""
        spans = self.spans(almanac)
        edges = np.concatenate(([spans.start - DAY_S], spans.edges, [spans.end + DAY_S]))
        after = np.clip(np.searchsorted(edges, instants), 1, edges.size - 1)
        nearest = np.minimum(np.abs(instants - edges[after - 1]), np.abs(edges[after] - instants))
        signed: Floats = np.where(spans.holds(instants), nearest, -nearest)
        return signed

    def spans(self, almanac: Almanac) -> Spans:
        """The events, joined where they overlap."""
        intervals = self.calendar.intervals(almanac.start, almanac.end, self.word)
        return Spans.of_intervals(almanac.start, almanac.end, intervals)

    def follows_satellite(self, vantage: Vantage) -> bool:
        """No."""
        return False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """The same local hours on some days of every week. Hours that end at or before their start end on the next day."""

    entries: tuple[tuple[frozenset[int], time, time], ...]
    """Weekdays (Monday is 0), from, to."""
    zone: ZoneInfo

    def intervals(self, start: float, end: float, word: str) -> list[tuple[float, float]]:
        """As a calendar's. A local time that a clock change skips is read as if the clock had not yet changed."""
        first = moment(start).astimezone(self.zone).date() - timedelta(days=2)
        count = int((end - start) // DAY_S) + 5
        found: list[tuple[float, float]] = []
        for day in (first + timedelta(days=i) for i in range(count)):
            for weekdays, begin, finish in self.entries:
                if day.weekday() in weekdays:
                    last = day if finish > begin else day + timedelta(days=1)
                    found.append((self._instant(day, begin), self._instant(last, finish)))
        return found

    def _instant(self, day: date, at: time) -> float:
        return seconds(datetime.combine(day, at, self.zone).astimezone(UTC))


def weekly(hours: str, zone: str) -> WeeklyHours:
    """Hours such as "Mon-Fri 22:00-06:00; Sat 20:00-08:00" in a time zone. Raises ValueError with the reason."""
    try:
        local = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"knows no time zone {zone!r}; one is named like Europe/Zurich") from None
    return WeeklyHours(tuple(_entry(part) for part in hours.split(";")), local)


def _entry(text: str) -> tuple[frozenset[int], time, time]:
    match = _ENTRY.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'takes hours like "Mon-Fri 22:00-06:00", not {text.strip()!r}')
    weekdays = _weekdays(match["days"]) if match["days"] else frozenset(range(7))
    return weekdays, _time(match["from"]), _time(match["to"])


def _weekdays(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        ends = [_weekday(name.strip()) for name in part.split("-")]
        first, last = ends[0], ends[-1]
        found.update((first + i) % 7 for i in range((last - first) % 7 + 1))
    return frozenset(found)


def _weekday(name: str) -> int:
    if name.lower() not in DAYS:
        raise ValueError(f"knows no day {name!r}; days are Mon, Tue, Wed, Thu, Fri, Sat and Sun")
    return DAYS.index(name.lower())


def _time(text: str) -> time:
    hour, minute = (int(part) for part in text.split(":"))
    if hour == 24 and minute == 0:
        return time(0)
    if hour > 23 or minute > 59:
        raise ValueError(f"knows no time of day {text}")
    return time(hour, minute)

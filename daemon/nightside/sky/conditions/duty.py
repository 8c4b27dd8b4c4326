"""Duty plans: an iCalendar (RFC 5545) as a calendar, with its recurrences, exceptions and time zones.

Hostile files are bounded: no series that repeats within the hour, and only so many events in a range.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

import icalendar
import recurring_ical_events

from nightside.errors import ConditionRefused
from nightside.sky.instants import DAY_S, moment, seconds

MOST_EVENTS = 50_000
MOST_COMPONENTS = 20_000
EARLIEST_YEAR = 1970
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError, RecursionError)
"""What the readers of calendars raise for damaged ones, besides their own: even a file that a zone's name seems to mean."""
TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY"})


@dataclass(frozen=True, slots=True, eq=False)
class DutyCalendar:
    """The events of one iCalendar. Cancelled ones do not count."""

    source: str
    calendar: icalendar.Calendar
    zone: tzinfo
    """What floating times and whole days are read in."""

    def intervals(self, start: float, end: float, word: str) -> list[tuple[float, float]]:
        """As a calendar's: every event that touches a range and has `word` in its title."""
        first, last = moment(start - DAY_S), moment(end + DAY_S)
        found: list[tuple[float, float]] = []
        try:
            for event in recurring_ical_events.of(self.calendar).between(first, last):
                if self._counts(event, word):
                    found.append(self._interval(event))
                if len(found) > MOST_EVENTS:
                    raise _refused(
                        self.source, f"it has more than {MOST_EVENTS} events between {first:%Y-%m-%d} and {last:%Y-%m-%d}"
                    )
        except UNREADABLE as error:
            raise _refused(self.source, f"an event cannot be repeated: {error}") from None
        return found

    def _counts(self, event: icalendar.Event, word: str) -> bool:
        cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
        return not cancelled and word.casefold() in str(event.get("SUMMARY", "")).casefold()

    def _interval(self, event: icalendar.Event) -> tuple[float, float]:
        begin = event.start
        finish = event.end
        if not isinstance(begin, datetime) and begin == finish:
            finish = begin + timedelta(days=1)
        return self._instant(begin), self._instant(finish)

    def _instant(self, when: date) -> float:
        if not isinstance(when, datetime):
            when = datetime(when.year, when.month, when.day)  # noqa: DTZ001 — a whole day floats until the next line
        if when.tzinfo is None:
            when = when.replace(tzinfo=self.zone)
        return seconds(when.astimezone(UTC))


def parse_duty(text: str, source: str, zone: tzinfo | None = None) -> DutyCalendar:
    """The calendar in a text; `zone` (UTC when not given) is for times without one. Raises `ConditionRefused`."""
    try:
        calendar = icalendar.Calendar.from_ical(text)
        events = calendar.events
        for event in events:
            _check(event)
    except UNREADABLE as error:
        raise _refused(source, f"it cannot be read: {error}") from None
    if len(events) > MOST_COMPONENTS:
        raise _refused(source, f"it has more than {MOST_COMPONENTS} events")
    return DutyCalendar(source, calendar, zone if zone is not None else UTC)


def _check(event: icalendar.Event) -> None:
    """Raise ValueError for an event without a start or an end after it, or with a rule that no duty plan has."""
    title = str(event.get("SUMMARY", "without a title"))[:60]
    start = event.start
    if event.duration < timedelta(0):
        raise ValueError(f"the event {title!r} ends before it starts")
    for rule in event.rrules:
        if TOO_OFTEN & {str(value).upper() for value in rule.get("FREQ", [])}:
            raise ValueError(f"the event {title!r} repeats within the hour")
        if start.year < EARLIEST_YEAR:
            raise ValueError(f"the event {title!r} repeats since {start.year}")


def _refused(source: str, what: str) -> ConditionRefused:
    return ConditionRefused(
        f"{source} is no duty plan: {what}.",
        means="Conditions that name it cannot be used.",
        remedy="Export the calendar again, as iCalendar (.ics).",
    )

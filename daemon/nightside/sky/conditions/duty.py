"""Duty plans: an iCalendar (RFC 5545) as a calendar, with its recurrences, exceptions and time zones.

Hostile files are bounded: no series that repeats within the hour, and only so many events in a range, counted before they are made.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import cast

import icalendar
import recurring_ical_events

from nightside.errors import ConditionRefused
from nightside.sky.instants import DAY_S, moment, seconds

MOST_EVENTS = 50_000
MOST_COMPONENTS = 20_000
EARLIEST_YEAR = 1970
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError, RecursionError)
"""What the readers of calendars raise for damaged ones, besides their own: even a file that a zone's name seems to mean."""
Rule = Mapping[str, Sequence[object]]
"""A recurrence rule: keywords, and the values of each."""
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
        self._check_number(first, last)
        try:
            events = recurring_ical_events.of(self.calendar).between(first, last)
            found = [self._interval(event) for event in events if self._counts(event, word)]
        except UNREADABLE as error:
            raise _refused(self.source, f"an event cannot be repeated: {error}") from None
        if len(events) > MOST_EVENTS:
            raise _refused(self.source, f"it has more than {MOST_EVENTS} events from {first:%Y-%m-%d} to {last:%Y-%m-%d}")
        return found

    def _check_number(self, first: datetime, last: datetime) -> None:
        """Refuse series that may have too many events in a range, whatever their titles, before they are made."""
        days = (last - first) / timedelta(days=1)
        series = [rule for event in self.calendar.events for rule in event.rrules if not _is_over(rule, first)]
        if sum(min(_events_a_day(rule) * days, _most(rule)) for rule in series) > MOST_EVENTS:
            raise _refused(self.source, f"it may have more than {MOST_EVENTS} events from {first:%Y-%m-%d} to {last:%Y-%m-%d}")

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


def _events_a_day(rule: Rule) -> float:
    """At the most."""
    frequency = {str(value).upper() for value in rule.get("FREQ", [])}
    hours = len(rule.get("BYHOUR", [])) or 1
    if "HOURLY" in frequency:
        return 24.0
    if "WEEKLY" in frequency:
        return hours * (len(rule.get("BYDAY", [])) or 1) / 7.0
    chosen = any(key in rule for key in ("BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH"))
    return float(hours) if "DAILY" in frequency or chosen else hours / 28.0


def _most(rule: Rule) -> float:
    counts = [int(str(value)) for value in rule.get("COUNT", [])]
    return float(min(counts)) if counts else float("inf")


def _is_over(rule: Rule, first: datetime) -> bool:
    """Whether a series ended before an instant."""
    return any(isinstance(until, date) and until.year < first.year for until in rule.get("UNTIL", []))


def _zoned(event: icalendar.Event) -> Iterator[tuple[str, object]]:
    """Every time of an event that names a zone, with the zone: one that was not understood has come out without any."""
    for key in ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"):
        held: object = event.get(key)
        for value in cast("list[object]", held) if isinstance(held, list) else [held]:
            parameters: Mapping[str, object] = getattr(value, "params", {})
            parts: Sequence[object] = getattr(value, "dts", None) or [value]
            if "TZID" in parameters:
                yield from ((str(parameters["TZID"]), getattr(part, "dt", None)) for part in parts)


def _check(event: icalendar.Event) -> None:
    """Raise ValueError for an event without a start or an end after it, in an unknown zone, or with a rule that no plan has."""
    title = str(event.get("SUMMARY", "without a title"))[:60]
    start = event.start
    for zone, when in _zoned(event):
        if isinstance(when, datetime) and when.tzinfo is None:
            raise ValueError(f"the event {title!r} is in the time zone {zone[:60]!r}, which is not known")
    if event.duration < timedelta(0):
        raise ValueError(f"the event {title!r} ends before it starts")
    for rule in event.rrules:
        if TOO_OFTEN & {str(value).upper() for value in rule.get("FREQ", [])}:
            raise ValueError(f"the event {title!r} repeats within the hour")
        if len(rule.get("BYMINUTE", [])) > 1 or len(rule.get("BYSECOND", [])) > 1:
            raise ValueError(f"the event {title!r} repeats within the hour")
        if start.year < EARLIEST_YEAR:
            raise ValueError(f"the event {title!r} repeats since {start.year}")


def _refused(source: str, what: str) -> ConditionRefused:
    return ConditionRefused(
        f"{source} is no duty plan: {what}.",
        means="Conditions that name it cannot be used.",
        remedy="Export the calendar again, as iCalendar (.ics).",
    )

"""Times by cron: the five fields that everybody knows, as a calendar that conditions can be made of. UTC."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from apscheduler.triggers.cron import CronTrigger

from nightside.errors import ConfigRefused
from nightside.sky.conditions import Condition
from nightside.sky.conditions.calendars import During
from nightside.sky.instants import moment, seconds

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
"""As cron counts them: 0 and 7 are Sunday. APScheduler counts from Monday, and is only ever given names."""

EXAMPLE = 'Write it as in cron = "0 22 * * 5", minutes = 60: every Friday from 22:00 to 23:00 UTC.'
MOST_A_WEEK = 7 * 24
TRIED_FROM = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Cron:
    """An event of so many minutes at every instant that a cron expression names. Of a year, at the most."""

    expression: str
    minutes: float
    trigger: CronTrigger = field(compare=False, repr=False)

    @cached_property
    def lasts(self) -> timedelta:
        """How long each event is."""
        return timedelta(minutes=self.minutes)

    def intervals(self, start: float, end: float, word: str) -> list[tuple[float, float]]:
        """As a calendar's."""
        del word  # no event has a title
        return [(seconds(at), seconds(at + self.lasts)) for at in self._fires(moment(start) - self.lasts, moment(end))]

    def _fires(self, start: datetime, end: datetime) -> Iterator[datetime]:
        at = self.trigger.get_next_fire_time(None, start)
        while at is not None and at < end:
            yield at
            at = self.trigger.get_next_fire_time(at, at + timedelta(seconds=1))


def cron_condition(expression: str, minutes: float) -> Condition:
    """From each instant that the expression names, for so many minutes.

    Raises:
        ConfigRefused: it is no cron expression, never comes, or comes more often than every hour.
    """
    try:
        trigger = _trigger(expression)
    except ValueError as error:
        raise ConfigRefused(f"The cron expression {expression!r} cannot be read: {error}.", remedy=EXAMPLE) from error
    cron = Cron(expression, minutes, trigger)
    if trigger.get_next_fire_time(None, TRIED_FROM) is None:
        raise ConfigRefused(f"The cron expression {expression!r} names a time that never comes.", remedy=EXAMPLE)
    fires = cron._fires(TRIED_FROM, TRIED_FROM + timedelta(days=7))  # noqa: SLF001 — our own
    if sum(1 for _ in fires) > MOST_A_WEEK:
        raise ConfigRefused(f"The cron expression {expression!r} comes more often than every hour.", remedy=EXAMPLE)
    return During(f'cron("{expression}", {minutes:g})', cron, "")


def _trigger(expression: str) -> CronTrigger:
    """Raises ValueError with the reason."""
    minute, hour, day, month, weekday = expression.split()
    if day != "*" and weekday != "*":
        raise ValueError("a day of the month or a weekday can be named, not both: cron programs differ in what that means")
    return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=_weekdays(weekday), timezone=UTC)


def _weekdays(text: str) -> str:
    """A field of weekdays in names, one by one: ranges and steps are told apart in the order of cron, from Sunday on."""
    if text == "*":
        return text
    found: list[str] = []
    for part in text.lower().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        low, high = (0, 6) if span == "*" else (_day(first), _day(last or first))
        days = range(low, high + 1 if high >= low else high + 8, int(step or "1"))
        found += [WEEKDAYS[day % 7] for day in days]
    return ",".join(dict.fromkeys(found))


def _day(text: str) -> int:
    if text in WEEKDAYS:
        return WEEKDAYS.index(text)
    if not text.isdecimal() or int(text) > 7:
        raise ValueError(f"{text!r} is no weekday")
    return int(text)

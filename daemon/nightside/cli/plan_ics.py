"""A plan for a calendar: an event for each part, one for each thing that a person must do meanwhile, and an alarm before."""

from datetime import datetime, timedelta
from itertools import groupby

from icalendar import Alarm, Calendar, Component, Event

from nightside.plan.values import Plan, Shot

BEFOREHAND = timedelta(minutes=15)
"""How long before a plan begins its alarm goes off: time to walk to the camera and set it."""


def as_calendar(plan: Plan, made: datetime) -> str:
    """The iCalendar of a plan (RFC 5545). The same plan has the same UIDs."""
    calendar = Calendar()
    _say(calendar, "prodid", "-//Nightside//Nightside//EN")
    _say(calendar, "version", "2.0")
    for number, (part, run) in enumerate(groupby(plan.shots, plan.part_of)):
        calendar.add_component(_event(plan, part, list(run), number, made))
    for number, prompt in enumerate(plan.prompts):
        event = Event()
        _say(event, "uid", f"{plan.id}-prompt-{number}@nightside")
        _say(event, "dtstamp", made.replace(microsecond=0))
        _say(event, "dtstart", prompt.at.replace(microsecond=0))
        _say(event, "dtend", plan.shots[prompt.before].open_at.replace(microsecond=0))
        _say(event, "summary", prompt.says)
        event.add_component(_alarm(prompt.says, timedelta(0)))
        calendar.add_component(event)
    return str(calendar.to_ical(), "utf-8")


def _event(plan: Plan, part: str, shots: list[Shot], number: int, made: datetime) -> Event:
    first, last = shots[0], shots[-1]
    event = Event()
    _say(event, "uid", f"{plan.id}-{part}-{number}@nightside")
    _say(event, "dtstamp", made.replace(microsecond=0))
    _say(event, "dtstart", first.open_at.replace(microsecond=0))
    _say(event, "dtend", (last.close_at + timedelta(seconds=1)).replace(microsecond=0))
    _say(event, "summary", f"{part}: {len(shots)} shots on a {plan.body}")
    _say(event, "description", "\n".join([*plan.by_hand, *plan.warnings, *plan.notes]))
    _say(event, "transp", "TRANSPARENT")
    if first.index == 0:
        event.add_component(_alarm(" ".join(plan.by_hand) or f"{part} begins.", -BEFOREHAND))
    return event


def _alarm(says: str, trigger: timedelta) -> Alarm:
    alarm = Alarm()
    _say(alarm, "action", "DISPLAY")
    _say(alarm, "description", says)
    _say(alarm, "trigger", trigger)
    return alarm


def _say(component: Component, name: str, value: object) -> None:
    component.add(name, value)  # pyright: ignore[reportUnknownMemberType] — icalendar leaves its values untyped

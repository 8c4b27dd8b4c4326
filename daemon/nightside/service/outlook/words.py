"""The outlook in a sentence or two: for whoever hears the page and does not see it, and for a glance. Instants are UTC."""

from datetime import datetime, timedelta

from nightside.service.outlook.day import Day
from nightside.service.outlook.values import Moon, NightAhead, PlanAhead, Trouble

DAY = timedelta(days=1)


def says(day: Day, plans: tuple[PlanAhead, ...], no_plan: Trouble | None, now: datetime) -> str:
    """What matters, nearest first."""
    parts = [_night(day, now), _shots(plans, no_plan), "" if day.moon is None else _moon(day.moon)]
    return " ".join(part for part in parts if part)


def _night(day: Day, now: datetime) -> str:
    if day.no_night is not None:
        return day.no_night.what
    if day.next_night is not None:
        return f"No night until {_when(day.next_night.start, now)}: that one lasts {_lasting(day.next_night)}."
    first, more = day.nights[0], len(day.nights) - 1
    until = f"until {_when(first.end, now)}"
    told = (
        f"It is night {until}." if first.start <= now else f"Night from {_when(first.start, now)} {until}, {_lasting(first)}."
    )
    return told + (f" {more} more within the day." if more else "")


def _shots(plans: tuple[PlanAhead, ...], no_plan: Trouble | None) -> str:
    if plans:
        count = sum(plan.shots for plan in plans)
        size = sum(plan.bytes for plan in plans) / 1e9
        return f"{count} {'shot' if count == 1 else 'shots'} planned, about {size:.1f} GB."
    return "" if no_plan is None else no_plan.what


def _moon(moon: Moon) -> str:
    way = "waxing" if moon.waxing else "waning"
    when = "up for a part of the day" if moon.up else "not up"
    return f"Moon {moon.fraction * 100:.0f} %, {way}, {when}."


def _lasting(night: NightAhead) -> str:
    return length(night.end - night.start)


def length(span: timedelta) -> str:
    """A length of time for people, to the minute, or to the second where it is short."""
    total = round(span.total_seconds())
    if total < 600:
        return f"{total // 60} min {total % 60:02d} s"
    hours, minutes = divmod(round(total / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def _when(instant: datetime, now: datetime) -> str:
    return f"{instant:%H:%M} UTC" if abs(instant - now) < DAY else f"{instant:%Y-%m-%d %H:%M} UTC"

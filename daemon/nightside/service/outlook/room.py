"""How much room the spool will have over the next day, as far as what is planned tells. Pure."""

from datetime import datetime, timedelta
from typing import NamedTuple

from nightside.service.outlook.values import Outlook, PlanAhead

STEPS = 48
"""Values in the day: one every half hour."""


class RoomAhead(NamedTuple):
    """A forecast. Bytes; instants are UTC."""

    start: datetime
    end: datetime
    free: tuple[float, ...]
    """At equal steps from `start` to `end`; never less than none."""
    needs: float
    """What the planned frames take, all together, from now on."""
    full_at: datetime | None
    """The first step at which there is no room left."""


def room_ahead(outlook: Outlook, free: float) -> RoomAhead:
    """What is left of `free` while the planned frames come from the cards, each plan's while it is drained."""
    step = (outlook.end - outlook.start) / STEPS
    instants = [outlook.start + number * step for number in range(STEPS + 1)]
    taken = [sum(_come(plan, instant) - _come(plan, outlook.start) for plan in outlook.plans) for instant in instants]
    left = [free - bytes_taken for bytes_taken in taken]
    full = next((instant for instant, room in zip(instants, left, strict=True) if room <= 0), None)
    return RoomAhead(outlook.start, outlook.end, tuple(max(0.0, room) for room in left), taken[-1], full)


def _come(plan: PlanAhead, instant: datetime) -> float:
    """How many of a plan's bytes are off the card at an instant, if they come evenly."""
    start, end = (plan.end, plan.end) if plan.drain is None else (plan.drain.start, plan.drain.end)
    if instant >= end:
        return plan.bytes
    return plan.bytes * (max(timedelta(0), instant - start) / (end - start)) if end > start else 0.0

"""`Outlooks`: the outlook and the map of a running daemon, worked out on threads, and kept for as long as they are true."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from nightside.ledger.records import WindowRecord
from nightside.plan.planner import Night
from nightside.plan.values import Plan
from nightside.service.library import Library
from nightside.service.outlook.plans import plan_ahead
from nightside.service.outlook.ranges import Nights, Over, Passes, nights_in, passes_in
from nightside.service.outlook.timeline import day_ahead
from nightside.service.outlook.troubles import trouble_of
from nightside.service.outlook.values import Outlook, PlanAhead, Trouble, World
from nightside.service.outlook.words import says
from nightside.service.outlook.world import world_at, world_without
from nightside.sky.vantage import Spacecraft
from nightside.sky.windows import time_range
from nightside_drivers.errors import NightsideError

AHEAD = timedelta(hours=24)
MOST_PLANS = 24
KEPT = timedelta(minutes=10)
"""Clock time after which an outlook is made anew even though nothing that it was made of has changed."""
RETRIED = timedelta(minutes=1)
"""Clock time after which a night that could not be had is asked for again."""
GLANCE = timedelta(seconds=15)
"""Clock time in which nobody looks whether anything has: however many phones are connected, it is made once."""
MAP_KEPT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Made:
    outlook: Outlook
    of: object
    """What it was made of."""
    looked_at: datetime


class Outlooks:
    """For one daemon, on its event loop. Plans come from the library, and so as the engine would lay them."""

    def __init__(self, night: Callable[[], Night], library: Library, gap_scale: float = 1.0) -> None:
        """`night` is read anew for each; it may wait for a disk. `gap_scale` is clock seconds in a machine second."""
        self._night = night
        self._library = library
        self._gap_scale = gap_scale
        self._made: _Made | None = None
        self._map: World | None = None
        self._loaded: tuple[datetime, Night | Trouble] | None = None
        self._one_day, self._one_map, self._one_range = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()

    async def ahead(self) -> Outlook:
        """The next day. What cannot be had is said in it, and raises nothing."""
        async with self._one_day:
            now = self._library.clock.utc()
            if self._made is not None and timedelta(0) <= now - self._made.looked_at < GLANCE:
                return self._made.outlook
            windows = await self._library.unfinished()
            night, first = await self._load(now), await self._plan(_after(windows, now))
            of = ([(one.id, one.phase, one.plan.span) for one in windows], _known(night), _told_apart(first))
            if self._made is None or self._made.of != of or not timedelta(0) <= now - self._made.outlook.at < KEPT:
                self._made = _Made(await self._make(night, windows, first, now), of, now)
            else:
                self._made = _Made(self._made.outlook, of, now)
            return self._made.outlook

    async def world(self, at: datetime | None = None) -> World:
        """The map at an instant, or now. Where the vantage cannot be had, it says why, and shows the night side all the same.

        Raises:
            RangeRefused: where the Sun and the Moon are then is not known well enough.
        """
        if at is not None:
            time_range(at, at + timedelta(seconds=1))
            return await self._draw(at)
        async with self._one_map:
            now = self._library.clock.utc()
            if self._map is None or not timedelta(0) <= now - self._map.at < MAP_KEPT:
                self._map = await self._draw(now)
            return self._map

    async def nights(self, start: datetime | None, end: datetime | None, condition: str | None = None) -> Nights:
        """The windows of a range, or of the next days. Raises as `nights_in` does, and as the night itself."""
        begin = start or self._library.clock.utc()
        async with self._one_range:
            return await asyncio.to_thread(lambda: nights_in(self._night(), begin, end, condition))

    async def passes(self, start: datetime | None, end: datetime | None, over: Over) -> Passes:
        """The passes of a range, or of the next days. Raises as `passes_in` does, and as the night itself."""
        begin = start or self._library.clock.utc()
        async with self._one_range:
            return await asyncio.to_thread(lambda: passes_in(self._night(), begin, end, over))

    async def _draw(self, at: datetime) -> World:
        night = await self._load(self._library.clock.utc())
        if isinstance(night, Trouble):
            return await asyncio.to_thread(world_without, night, at)
        try:
            return await asyncio.to_thread(world_at, night, at)
        except NightsideError as error:
            return await asyncio.to_thread(world_without, trouble_of(error), at)

    async def _load(self, now: datetime) -> Night | Trouble:
        """The night, remembered: who reads it may ask a server for elements, and says so in the log when that does not answer."""
        if self._loaded is not None:
            loaded_at, night = self._loaded
            if timedelta(0) <= now - loaded_at < (RETRIED if isinstance(night, Trouble) else KEPT):
                return night
        try:
            night = await asyncio.to_thread(self._night)
        except NightsideError as error:
            night = trouble_of(error)
        self._loaded = now, night
        return night

    async def _plan(self, after: datetime) -> Plan | Trouble:
        try:
            return await self._library.plan(after)
        except NightsideError as error:
            return trouble_of(error)

    async def _make(self, night: Night | Trouble, windows: list[WindowRecord], first: Plan | Trouble, now: datetime) -> Outlook:
        end = now + AHEAD
        if isinstance(night, Trouble):
            return Outlook(
                at=now, start=now, end=end, aboard=False, condition="", says=night.what, no_night=night, no_plan=night
            )
        day = await asyncio.to_thread(day_ahead, night, now, end)
        laid = self._laid(windows, now, end)
        no_plan = first if isinstance(first, Trouble) and not laid else None
        tried = [] if isinstance(first, Trouble) else await self._tried(first, end)
        plans = (*laid, *(plan_ahead(plan, self._gap_scale, laid=False) for plan in tried))
        return Outlook(
            at=now,
            start=now,
            end=end,
            aboard=isinstance(night.vantage, Spacecraft),
            condition=str(night.condition),
            says=says(day, plans, no_plan, now),
            light=day.light,
            moon=day.moon,
            nights=day.nights,
            next_night=day.next_night,
            duty=day.duty,
            plans=plans,
            heights=day.heights,
            elements=day.elements,
            no_night=day.no_night,
            no_plan=no_plan,
        )

    def _laid(self, windows: list[WindowRecord], now: datetime, end: datetime) -> list[PlanAhead]:
        """The plans in the ledger that are still of this day, each once, whoever shoots it."""
        bodies: dict[str, list[str]] = {}
        plans: dict[str, Plan] = {}
        for one in windows:
            if one.plan.span.start < end and one.plan.span.end > now:
                plans[one.plan.id] = one.plan
                bodies.setdefault(one.plan.id, []).append(one.serial)
        return [plan_ahead(plan, self._gap_scale, laid=True, bodies=bodies[name]) for name, plan in plans.items()]

    async def _tried(self, first: Plan, end: datetime) -> list[Plan]:
        """The plans that would be laid until `end`, one after the other."""
        found: list[Plan] = []
        plan: Plan | Trouble = first
        while isinstance(plan, Plan) and plan.span.start < end and len(found) < MOST_PLANS:
            found.append(plan)
            if plan.span.end >= end:
                break
            plan = await self._plan(plan.span.end)
        return found


def _after(windows: list[WindowRecord], now: datetime) -> datetime:
    """When what is not in the ledger yet may begin."""
    return max((one.plan.span.end for one in windows if one.plan.span.end > now), default=now)


def _told_apart(plan: Plan | Trouble) -> object:
    """What of the next plan another would differ in: not its start, which goes on with the clock once its window has begun."""
    return plan if isinstance(plan, Trouble) else (plan.program, plan.kind, plan.span.end)


def _known(night: Night | Trouble) -> object:
    """What of a night an outlook depends on, as something that can be compared."""
    if isinstance(night, Trouble):
        return night
    return str(night.condition), night.min_length, night.not_before, night.trusted_until

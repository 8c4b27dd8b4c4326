"""`Outlooks`: the outlook and the map of a running daemon, asked of its sky, and kept for as long as they are true."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from nightside.ledger.records import WindowRecord
from nightside.plan.values import Plan
from nightside.service.dome import KEPT, Sky
from nightside.service.library import Library
from nightside.service.outlook.found import Nights, Passes
from nightside.service.outlook.plans import plan_ahead
from nightside.service.outlook.questions import Above, DayAhead, Known, KnownNight, Map, NightsIn, PassesIn
from nightside.service.outlook.troubles import trouble_of
from nightside.service.outlook.values import Outlook, PlanAhead, Trouble, World
from nightside.service.outlook.words import says
from nightside_drivers.errors import NightsideError

AHEAD = timedelta(hours=24)
MOST_PLANS = 24
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

    def __init__(self, sky: Sky, library: Library, gap_scale: float = 1.0) -> None:
        """`gap_scale` is clock seconds in a machine second. Each is made anew after `KEPT`, even if nothing has changed."""
        self._sky = sky
        self._library = library
        self._gap_scale = gap_scale
        self._made: _Made | None = None
        self._map: World | None = None
        self._known: tuple[datetime, Known | Trouble] | None = None
        self._one_day, self._one_map, self._one_range = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()

    async def ahead(self) -> Outlook:
        """The next day. What cannot be had is said in it, and raises nothing."""
        async with self._one_day:
            now = self._library.clock.utc()
            if self._made is not None and timedelta(0) <= now - self._made.looked_at < GLANCE:
                return self._made.outlook
            windows = await self._library.unfinished()
            night, first = await self._night(now), await self._plan(_after(windows, now))
            of = ([(one.id, one.phase, one.plan.span) for one in windows], night, _told_apart(first))
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
            return await self._draw(at)
        async with self._one_map:
            now = self._library.clock.utc()
            if self._map is None or not timedelta(0) <= now - self._map.at < MAP_KEPT:
                self._map = await self._draw(now)
            return self._map

    async def nights(self, start: datetime | None, end: datetime | None, condition: str | None = None) -> Nights:
        """The windows of a range, or of the next days. Raises as `NightsIn` does."""
        begin = start or self._library.clock.utc()
        async with self._one_range:
            return await asyncio.to_thread(self._sky.ask, NightsIn(begin, end, condition))

    async def passes(
        self, start: datetime | None, end: datetime | None, site: Above | None, min_elevation_deg: float, *, visible: bool
    ) -> Passes:
        """The passes of a range, or of the next days. Raises as `PassesIn` does."""
        begin = start or self._library.clock.utc()
        async with self._one_range:
            return await asyncio.to_thread(self._sky.ask, PassesIn(begin, end, site, min_elevation_deg, visible))

    async def _draw(self, at: datetime) -> World:
        now = self._library.clock.utc()
        night = await self._night(now)
        return await asyncio.to_thread(self._sky.ask, Map(now, at, night if isinstance(night, Trouble) else None))

    async def _night(self, now: datetime) -> Known | Trouble:
        """The night, remembered: who reads it may ask a server for elements, and says so in the log when that does not answer."""
        if self._known is not None:
            known_at, night = self._known
            if timedelta(0) <= now - known_at < (RETRIED if isinstance(night, Trouble) else KEPT):
                return night
        try:
            night = await asyncio.to_thread(self._sky.ask, KnownNight(now))
        except NightsideError as error:
            night = trouble_of(error)
        self._known = now, night
        return night

    async def _plan(self, after: datetime) -> Plan | Trouble:
        try:
            return await self._library.plan(after)
        except NightsideError as error:
            return trouble_of(error)

    async def _make(self, night: Known | Trouble, windows: list[WindowRecord], first: Plan | Trouble, now: datetime) -> Outlook:
        end = now + AHEAD
        if isinstance(night, Trouble):
            return Outlook(
                at=now, start=now, end=end, aboard=False, condition="", says=night.what, no_night=night, no_plan=night
            )
        day = await asyncio.to_thread(self._sky.ask, DayAhead(now, end))
        laid = self._laid(windows, now, end)
        no_plan = first if isinstance(first, Trouble) and not laid else None
        tried = [] if isinstance(first, Trouble) else await self._tried(first, end)
        plans = (*laid, *(plan_ahead(plan, self._gap_scale, laid=False) for plan in tried))
        return Outlook(
            at=now,
            start=now,
            end=end,
            aboard=night.aboard,
            condition=night.condition,
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

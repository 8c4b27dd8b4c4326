"""What a running daemon says of the day ahead: from its ledger, its planner and its sky, made once for however many look."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from nightside.clock import VirtualClock
from nightside.errors import ElementsMissing, RangeRefused
from nightside.ledger.journal import Journal
from nightside.ledger.states import WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.planner import Night, Planner
from nightside.plan.programs import Interval, StarTrail
from nightside.plan.values import Plan
from nightside.service.agenda import Agenda
from nightside.service.dome import KEPT
from nightside.service.library import Library, Tried
from nightside.service.outlook.outlooks import GLANCE, Outlooks
from nightside.service.tail import Tail
from nightside_drivers import bodies
from tests.daemon.service.outlook.scenes import ALPS, EVENING, SVALBARD, night, station
from tests.skies import sky_over


@dataclass
class Daemon:
    """As much of one as outlooks need."""

    ledger: Ledger
    night: Callable[[], Night]
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(EVENING))
    asked: list[datetime] = field(default_factory=list[datetime])

    def __post_init__(self) -> None:
        self.planner = Planner(lambda: self.night(), (StarTrail(),), timedelta(seconds=20), 1.0)
        self.library = Library(self._opened, self._planning, Agenda(self.clock), Tail(), self.clock)
        self.outlooks = Outlooks(sky_over(lambda: self.night()), self.library)

    async def _opened(self) -> Journal:
        return Journal(self.ledger)

    async def _planning(self, after: datetime, program: Tried) -> Plan:
        self.asked.append(after)
        return await asyncio.to_thread(self._plan, after)

    def _plan(self, after: datetime) -> Plan:
        body = bodies.find("", "Nikon D3s")
        assert body is not None
        return self.planner(after, body)


async def test_every_window_of_the_day_has_its_plan(ledger: Ledger) -> None:
    daemon = Daemon(ledger, station)

    outlook = await daemon.outlooks.ahead()

    assert outlook.aboard
    assert len(outlook.plans) == len(outlook.nights) > 14
    assert [plan.start for plan in outlook.plans] == sorted(plan.start for plan in outlook.plans)
    assert not any(plan.laid for plan in outlook.plans)
    assert outlook.says.startswith("Night from 20:06 UTC until 20:42 UTC, 36 min. 1")
    assert "shots planned" in outlook.says
    await daemon.library.close()


async def test_a_plan_in_the_ledger_stands_for_itself_and_others_follow_it(ledger: Ledger) -> None:
    daemon = Daemon(ledger, station)
    plan = await daemon.library.plan()
    await asyncio.to_thread(daemon.ledger.begin, "s", "2012345", plan)
    await asyncio.to_thread(daemon.ledger.begin, "s", "2099999", plan)

    outlook = await daemon.outlooks.ahead()

    assert outlook.plans[0].laid
    assert outlook.plans[0].bodies == ("2012345", "2099999")
    assert [one.id for one in outlook.plans].count(plan.id) == 1
    assert outlook.plans[1].start > plan.span.end
    await daemon.library.close()


async def test_however_many_look_it_is_made_once(ledger: Ledger) -> None:
    daemon = Daemon(ledger, station)

    outlooks = await asyncio.gather(*(daemon.outlooks.ahead() for _ in range(20)))
    asked = len(daemon.asked)
    daemon.clock.advance(GLANCE.total_seconds() + 1)
    again = await daemon.outlooks.ahead()

    assert all(outlook is outlooks[0] for outlook in outlooks)
    assert again is outlooks[0]
    assert len(daemon.asked) == asked + 1, "only whether the next plan is still the same"
    await daemon.library.close()


async def test_it_is_made_anew_when_a_window_comes_further_or_time_goes_by(ledger: Ledger) -> None:
    daemon = Daemon(ledger, station)
    window = await asyncio.to_thread(daemon.ledger.begin, "s", "2012345", await daemon.library.plan())
    first = await daemon.outlooks.ahead()

    daemon.clock.advance(GLANCE.total_seconds() + 1)
    await asyncio.to_thread(daemon.ledger.enter, window.id, WindowPhase.SHOOTING)
    second = await daemon.outlooks.ahead()
    daemon.clock.advance(KEPT.total_seconds() + 1)
    third = await daemon.outlooks.ahead()

    assert len({id(one) for one in (first, second, third)}) == 3
    assert third.start == daemon.clock.utc()
    await daemon.library.close()


async def test_it_is_made_anew_when_another_program_is_armed(ledger: Ledger) -> None:
    daemon = Daemon(ledger, station)
    first = await daemon.outlooks.ahead()

    daemon.planner = replace(daemon.planner, programs=(Interval(exposure_s=2, every_s=10),))
    daemon.clock.advance(GLANCE.total_seconds() + 1)
    second = await daemon.outlooks.ahead()

    assert {plan.program for plan in first.plans} == {"star-trail"}
    assert {plan.program for plan in second.plans} == {"interval"}
    await daemon.library.close()


async def test_the_configuration_is_not_read_for_each_map(ledger: Ledger) -> None:
    read: list[Night] = []

    def counted() -> Night:
        read.append(station())
        return read[-1]

    daemon = Daemon(ledger, counted)
    for _ in range(20):
        await daemon.outlooks.world()
        daemon.clock.advance(20)

    assert len(read) == 1


async def test_no_night_is_an_answer(ledger: Ledger) -> None:
    daemon = Daemon(ledger, lambda: night(SVALBARD, "sun < -18"))

    outlook = await daemon.outlooks.ahead()

    assert outlook.plans == ()
    assert outlook.next_night is not None
    assert outlook.says.startswith(f"No night until {outlook.next_night.start:%Y-%m-%d %H:%M} UTC")
    await daemon.library.close()


async def test_missing_elements_are_said_and_leave_a_map(ledger: Ledger) -> None:
    def missing() -> Night:
        raise ElementsMissing("There are no elements at iss.tle.", remedy="Fetch them.")

    daemon = Daemon(ledger, missing)

    outlook, world = await daemon.outlooks.ahead(), await daemon.outlooks.world()

    assert outlook.no_night is not None
    assert outlook.no_night.remedy == "Fetch them."
    assert outlook.says == "There are no elements at iss.tle."
    assert world.shades
    assert world.trouble == outlook.no_night
    await daemon.library.close()


async def test_the_map_is_of_the_instant_that_is_asked_for(ledger: Ledger) -> None:
    daemon = Daemon(ledger, lambda: night(ALPS, "sun < -18"))

    now, again = await daemon.outlooks.world(), await daemon.outlooks.world()
    later = await daemon.outlooks.world(EVENING + timedelta(hours=6))

    assert again is now
    assert later.sun.longitude_deg == pytest.approx((now.sun.longitude_deg - 90.0 + 180.0) % 360.0 - 180.0, abs=0.1)
    await daemon.library.close()


async def test_what_no_sky_is_known_for_is_refused(ledger: Ledger) -> None:
    daemon = Daemon(ledger, station)

    with pytest.raises(RangeRefused, match="2099"):
        await daemon.outlooks.world(datetime(2099, 12, 31, tzinfo=UTC))


async def test_a_window_that_is_over_is_no_longer_ahead(ledger: Ledger) -> None:
    daemon = Daemon(ledger, station)
    plan = await daemon.library.plan()
    await asyncio.to_thread(daemon.ledger.begin, "s", "2012345", plan)
    daemon.clock.advance((plan.span.end - EVENING).total_seconds() + 60)

    outlook = await daemon.outlooks.ahead()

    assert plan.id not in {one.id for one in outlook.plans}
    await daemon.library.close()

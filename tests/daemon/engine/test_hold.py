"""A body through its moods: rung by rung, logged once when trouble begins and once when it ends."""

import asyncio
import math
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from nightside.clock import ScaledClock, VirtualClock
from nightside.engine.hold import Hold, Patience, SessionsSpent
from nightside_drivers import bodies
from nightside_drivers.errors import BodyBusy, BodyGone, BodyHeld, BodyNotFound, DriverMissing, NightsideError
from nightside_drivers.ladder import Rung
from nightside_drivers.protocol import Opened
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.facts import load


class Moody(TwinBody):
    """A twin that refuses to be opened for a while."""

    def __init__(self, clock: VirtualClock, *troubles: NightsideError) -> None:
        super().__init__(BodyModel(load("d3s"), clock))
        self.troubles = list(troubles)

    async def open(self) -> Opened:
        if self.troubles:
            raise self.troubles.pop(0)
        return await super().open()


class Rungs:
    """Takes every rung that it is given, and remembers them; `without` has nothing to do."""

    def __init__(self, *without: Rung) -> None:
        self.taken: list[Rung] = []
        self._without = without

    async def perform(self, rung: Rung) -> bool:
        self.taken.append(rung)
        return rung not in self._without


@pytest.fixture
def clock() -> VirtualClock:
    bodies.table()  # read from disk here, where that is allowed to block
    return VirtualClock(datetime(2018, 7, 3, 20, tzinfo=UTC))


GONE, BUSY = BodyGone("the cable is out"), BodyBusy("it is busy")


def opened_after(clock: VirtualClock, rungs: Rungs, *troubles: NightsideError) -> Hold:
    hold = Hold(Moody(clock, *troubles), clock, Patience(), rungs)
    clock.run(hold.open())
    return hold


def test_each_failure_takes_the_next_rung_until_the_body_is_back(clock: VirtualClock) -> None:
    rungs = Rungs()
    hold = opened_after(clock, rungs, BUSY, BUSY, BUSY, GONE, GONE, GONE, GONE)
    assert rungs.taken == [
        Rung.RETRY, Rung.RETRY, Rung.REOPEN, Rung.REOPEN, Rung.PORT_RESET, Rung.RESPAWN, Rung.POWER,
    ]  # fmt: skip
    assert hold.ladder.counts[Rung.RETRY] == 2


def test_a_rung_that_has_nothing_to_do_is_passed_over_at_once(clock: VirtualClock) -> None:
    rungs = Rungs(Rung.PORT_RESET)
    opened_after(clock, rungs, GONE, GONE, GONE)
    assert rungs.taken == [Rung.REOPEN, Rung.REOPEN, Rung.PORT_RESET, Rung.RESPAWN]


def test_no_retry_is_without_end_and_at_the_end_a_person_is_called_once(clock: VirtualClock) -> None:
    hold = Hold(Moody(clock, *[GONE] * 50), clock, Patience(), Rungs())
    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(BodyGone):
                clock.run(hold.open())
    assert [line["event"] for line in logs].count("call-a-person") == 1
    assert clock.monotonic() < 120


def test_a_rehearsal_at_many_times_the_speed_does_not_take_its_pauses_for_calm() -> None:
    bodies.table()
    clock = ScaledClock(datetime(2018, 7, 3, 20, tzinfo=UTC), 1e6)
    hold = Hold(
        Moody(VirtualClock(datetime(2018, 7, 3, 20, tzinfo=UTC)), *[GONE] * 50), clock, Patience(pause_s=0.001), Rungs()
    )
    with pytest.raises(BodyGone):
        asyncio.run(hold.open())
    assert hold.ladder.exhausted


def test_what_only_hands_can_help_is_not_tried_again(clock: VirtualClock) -> None:
    rungs = Rungs()
    with pytest.raises(BodyNotFound):
        opened_after(clock, rungs, BodyNotFound("no such body"))
    assert rungs.taken == []


def test_trouble_is_logged_once_when_it_begins_and_once_when_it_ends(clock: VirtualClock) -> None:
    with capture_logs() as logs:
        opened_after(clock, Rungs(), GONE, GONE, GONE)
    events = [line["event"] for line in logs]
    assert (events[0], events[-1]) == ("body-lost", "body-back")
    assert set(events[1:-1]) == {"rung"}


def test_each_rung_is_logged_with_its_name_its_time_and_how_often_it_was_taken(clock: VirtualClock) -> None:
    with capture_logs() as logs:
        opened_after(clock, Rungs(Rung.PORT_RESET), GONE, GONE, GONE)
    rungs = [line for line in logs if line["event"] == "rung"]
    assert [(line["rung"], line["times"], line["done"]) for line in rungs] == [
        (Rung.REOPEN, 1, True),
        (Rung.REOPEN, 2, True),
        (Rung.PORT_RESET, 1, False),
        (Rung.RESPAWN, 1, True),
    ]
    assert all(line["took_s"] >= 0 for line in rungs)


def test_after_calm_the_ladder_is_begun_from_its_foot(clock: VirtualClock) -> None:
    rungs = Rungs()
    hold = opened_after(clock, rungs, GONE, GONE, GONE)
    clock.advance(hold.patience.calm_s + 1)
    clock.run(hold.broken(GONE))
    clock.run(hold.open())
    assert rungs.taken[-1] is Rung.REOPEN


def test_trouble_that_comes_again_soon_climbs_on(clock: VirtualClock) -> None:
    rungs = Rungs()
    hold = opened_after(clock, rungs, GONE, GONE)
    clock.run(hold.broken(GONE))
    clock.run(hold.open())
    assert rungs.taken == [Rung.REOPEN, Rung.REOPEN, Rung.PORT_RESET]


def test_a_window_has_a_budget_of_broken_sessions(clock: VirtualClock) -> None:
    hold = Hold(Moody(clock), clock, Patience(breaks=2), Rungs())
    for _ in range(2):
        clock.run(hold.broken(GONE))
    with pytest.raises(SessionsSpent, match="broke 3 times"):
        clock.run(hold.broken(GONE))
    hold.forgive()
    clock.run(hold.broken(GONE))


class Plug:
    """Something is plugged in after so many seconds, once; nothing before or after."""

    def __init__(self, clock: VirtualClock, after_s: float) -> None:
        self._clock, self._at = clock, after_s

    async def plugged(self) -> str:
        await self._clock.sleep_until(self._at)
        self._at = math.inf
        return "a camera"


NOBODY, MISSING = BodyNotFound("no camera is there"), DriverMissing("libgphoto2 is not there")


def test_a_body_that_is_not_there_is_waited_for_and_that_is_said_once(clock: VirtualClock) -> None:
    hold = Hold(Moody(clock, *[NOBODY] * 100), clock, Patience())
    with capture_logs() as logs:
        opened = clock.run(hold.await_body())
    assert opened.identity.serial == "2012345"
    assert [line["event"] for line in logs] == ["body-awaited"]
    assert clock.monotonic() >= 100 * hold.patience.look_s


def test_a_body_that_hangs_for_hours_is_waited_for_too(clock: VirtualClock) -> None:
    hold = Hold(Moody(clock, *[GONE] * 100), clock, Patience(), Rungs())
    assert clock.run(hold.await_body()).identity.serial == "2012345"


def test_software_that_is_missing_is_not_waited_for(clock: VirtualClock) -> None:
    hold = Hold(Moody(clock, MISSING), clock, Patience())
    with pytest.raises(DriverMissing):
        clock.run(hold.await_body())


def test_a_plug_ends_the_wait_at_once(clock: VirtualClock) -> None:
    hold = Hold(Moody(clock, NOBODY), clock, Patience(look_s=3600), plugging=Plug(clock, 7.0))
    clock.run(hold.await_body())
    assert clock.monotonic() == 7.0


def test_where_no_plug_is_heard_the_wait_is_as_long_as_without(clock: VirtualClock) -> None:
    hold = Hold(Moody(clock, NOBODY), clock, Patience(look_s=60), plugging=Plug(clock, 3600.0))
    clock.run(hold.await_body())
    assert clock.monotonic() == 60.0


HELD = BodyHeld("another program has it")


def test_whoever_looks_through_it_is_given_a_moment_to_let_go(clock: VirtualClock) -> None:
    hold = Hold(Moody(clock, HELD, HELD), clock, Patience())
    heard: list[bool] = []
    hold.holding = heard.append

    async def use() -> None:
        await hold.open()
        assert heard[-1]  # said before it is open: live view ends by that
        await hold.let_go()

    clock.run(use())
    assert heard[0]
    assert not heard[-1]


def test_a_program_that_does_not_let_go_is_not_waited_for(clock: VirtualClock) -> None:
    hold = Hold(Moody(clock, *[HELD] * 60), clock, Patience())
    with pytest.raises(BodyHeld):
        clock.run(hold.open())
    assert clock.monotonic() < 10

"""Every clock keeps the same promises; each has one thing that the others have not."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightside_drivers.clock import Anchor, Clock, ScaledClock, SystemClock, VirtualClock, machine_now, rest, wait_until_machine

EPOCH = datetime(2018, 7, 3, 19, 25, 57, tzinfo=UTC)

CLOCKS: dict[str, Callable[[], Clock]] = {
    "system": SystemClock,
    "scaled": lambda: ScaledClock(EPOCH, 60),
    "virtual": lambda: VirtualClock(EPOCH),
}


@pytest.mark.parametrize("make", CLOCKS.values(), ids=CLOCKS)
def test_utc_is_aware_and_clock_time_never_steps_back(make: Callable[[], Clock]) -> None:
    clock = make()
    assert clock.utc().utcoffset() == timedelta(0)
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)


@pytest.mark.parametrize("make", CLOCKS.values(), ids=CLOCKS)
@given(seconds=st.floats(-1e6, 1e6))
def test_machine_time_and_clock_time_are_each_others_inverse(make: Callable[[], Clock], seconds: float) -> None:
    clock = make()
    instant = clock.monotonic() + seconds
    assert clock.instant(clock.machine(instant)) == pytest.approx(instant, abs=1e-6)


@pytest.mark.parametrize("make", CLOCKS.values(), ids=CLOCKS)
def test_sleeping_until_an_instant_never_wakes_before_it(make: Callable[[], Clock]) -> None:
    clock = make()

    async def sleep() -> float:
        instant = clock.monotonic() + 0.05
        await clock.sleep_until(instant)
        return clock.monotonic() - instant

    late = clock.run(sleep()) if isinstance(clock, VirtualClock) else asyncio.run(sleep())
    assert late >= 0


def test_a_rehearsal_runs_faster_by_its_speed() -> None:
    origin = machine_now() - 10.0
    clock = ScaledClock(EPOCH, 60, origin)
    assert clock.utc() - EPOCH >= timedelta(seconds=600)
    assert clock.machine(600.0) == pytest.approx(origin + 10.0)


def test_two_processes_with_the_same_three_numbers_agree() -> None:
    one = ScaledClock(EPOCH, 60, origin=1000.0)
    other = ScaledClock(EPOCH, 60, origin=1000.0)
    assert one.instant(1234.5) == other.instant(1234.5)


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_a_clock_that_would_not_run_forward_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="finite speed"):
        ScaledClock(EPOCH, speed)


def real_time(start: datetime) -> ScaledClock:
    return ScaledClock(start, 1)


@pytest.mark.parametrize("make", [real_time, VirtualClock])
def test_a_start_without_a_zone_is_refused(make: Callable[[datetime], Clock]) -> None:
    with pytest.raises(ValueError, match="time zone"):
        make(datetime(2018, 7, 3))  # noqa: DTZ001


def test_a_virtual_clock_jumps_when_everybody_waits() -> None:
    clock = VirtualClock(EPOCH)
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, instant: float) -> None:
        await clock.sleep_until(instant)
        woken.append((name, clock.monotonic()))

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for name, instant in (("dawn", 50_000.0), ("dusk", 10_000.0), ("midnight", 30_000.0)):
                group.create_task(sleeper(name, instant))

    clock.run(main())
    assert woken == [("dusk", 10_000.0), ("midnight", 30_000.0), ("dawn", 50_000.0)]
    assert clock.utc() == EPOCH + timedelta(seconds=50_000)


def test_a_virtual_clocks_loop_times_out_in_virtual_time() -> None:
    clock = VirtualClock(EPOCH)

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await clock.sleep_until(1e9)

    before = machine_now()
    clock.run(main())
    assert clock.monotonic() == pytest.approx(3600)
    assert machine_now() - before < 60  # an hour did not pass


def test_a_virtual_clock_moves_by_hand_without_a_loop() -> None:
    clock = VirtualClock(EPOCH)
    clock.advance(90)
    assert clock.utc() == EPOCH + timedelta(seconds=90)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


def test_a_stepped_wall_clock_moves_nothing_that_is_anchored() -> None:
    clock = VirtualClock(EPOCH)
    anchor = Anchor.of(clock)
    shot = EPOCH + timedelta(minutes=5)
    due = anchor.instant(shot)
    clock.advance(10)
    clock.step_wall(-7200)
    assert anchor.instant(shot) == due
    assert anchor.when(due) == shot
    assert anchor.step(clock) == pytest.approx(-7200)


def test_a_rest_is_machine_time_however_fast_the_rehearsal() -> None:
    clock = ScaledClock(EPOCH, 1000)
    before = machine_now()
    asyncio.run(rest(clock, 0.05))
    assert machine_now() - before >= 0.05


def test_the_wait_before_a_shutter_never_returns_early() -> None:
    for ahead in (-1.0, 0.0, 0.0005, 0.02):
        instant = machine_now() + ahead
        assert wait_until_machine(instant) >= instant

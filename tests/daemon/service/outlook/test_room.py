"""Room in the spool over the next day: it goes while frames come from the card, and ends where a person must hear of it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nightside.service.outlook.room import room_ahead
from nightside.service.outlook.values import Outlook, PlanAhead, Stretch

START = datetime(2018, 7, 3, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)


def plan(begins_h: float, size: int, drained_in_h: float | None) -> PlanAhead:
    start = START + begins_h * HOUR
    drain = None if drained_in_h is None else Stretch(start=start + HOUR, end=start + HOUR + drained_in_h * HOUR)
    return PlanAhead(
        id=f"{begins_h}", start=start, end=start + HOUR, program="trail", laid=True, shots=1, bytes=size, battery_percent=None,
        drain=drain, runs=(),
    )  # fmt: skip


def day(*plans: PlanAhead) -> Outlook:
    return Outlook(at=START, start=START, end=START + 24 * HOUR, aboard=False, condition="", says="", plans=plans)


def test_room_goes_while_a_plan_is_drained_and_not_before() -> None:
    ahead = room_ahead(day(plan(2, 8, 4)), 20)
    by_hour = ahead.free[::2]
    assert by_hour[:4] == (20, 20, 20, 20)
    assert by_hour[4:8] == (18, 16, 14, 12)
    assert set(by_hour[8:]) == {12}
    assert (ahead.needs, ahead.full_at) == (8, None)


def test_a_spool_that_fills_up_says_when() -> None:
    ahead = room_ahead(day(plan(2, 8, 4), plan(10, 30, None)), 20)
    assert ahead.full_at == START + 11 * HOUR
    assert ahead.free[-1] == 0


plans = st.builds(plan, st.floats(-20, 30), st.integers(0, 10**12), st.none() | st.floats(0, 30))


@given(st.lists(plans, max_size=5), st.integers(0, 10**12))
def test_room_never_grows_and_is_never_less_than_none(several: list[PlanAhead], free: int) -> None:
    ahead = room_ahead(day(*several), free)
    assert ahead.free[0] <= free
    assert all(later <= before for before, later in zip(ahead.free, ahead.free[1:], strict=False))
    assert min(ahead.free) >= 0

"""Bodies that share a bus, and what is expected of them."""

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from nightside.storage.traffic import Budget, Traffic


def test_a_budget_reads_as_people_talk() -> None:
    assert str(Budget(59, 826_000_000, 51.6, True, 3360)) == "59 frames, 0.8 GB, 52 s of a 56-min dayside"
    assert str(Budget(1, 14_000_000, 0.7, False)) == "1 frame, 0.0 GB, 1 s at an assumed rate"


def test_a_budget_that_is_longer_than_the_dayside_does_not_fit() -> None:
    assert not Budget(1, 1, 61.0, True, 60.0).fits
    assert Budget(1, 1, 61.0, True).fits


def test_what_a_body_gave_is_what_is_expected_of_it() -> None:
    traffic = Traffic()
    traffic.note("a", 30_000_000, 2.0)
    assert traffic.rate("a") == 15e6
    traffic.note("a", 25_000_000, 1.0)
    assert 15e6 < traffic.rate("a") < 25e6
    assert traffic.budget("a", 2, 30_000_000).measured
    assert not traffic.budget("b", 2, 30_000_000).measured


@given(bodies=st.integers(2, 6), pauses=st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_no_body_waits_for_more_than_one_file_of_each_of_the_others(bodies: int, pauses: list[int]) -> None:
    asked: dict[int, int] = {}
    order: list[int] = []

    async def body(number: int, traffic: Traffic) -> None:
        for pause in pauses:
            for _ in range(pause):
                await asyncio.sleep(0)  # noqa: TID251 — another one's turn to ask
            asked[number] = len(order)
            async with traffic.turn():
                meanwhile = Counter(order[asked[number] :])
                assert all(times <= 1 for times in meanwhile.values())
                order.append(number)
                await asyncio.sleep(0)  # noqa: TID251

    async def all_of_them() -> None:
        traffic = Traffic()
        await asyncio.gather(*(body(number, traffic) for number in range(bodies)))

    asyncio.run(all_of_them())
    assert Counter(order) == dict.fromkeys(range(bodies), len(pauses))


async def test_a_body_that_stops_waiting_passes_its_turn_on() -> None:
    traffic = Traffic()
    order: list[str] = []

    async def one(name: str) -> None:
        async with traffic.turn():
            order.append(name)

    async with traffic.turn():
        waiting = [asyncio.create_task(one(name)) for name in ("gone", "second")]
        await asyncio.sleep(0)  # noqa: TID251
        waiting[0].cancel()
    await asyncio.wait(waiting)
    assert order == ["second"]
    async with traffic.turn():
        order.append("third")
    assert order == ["second", "third"]

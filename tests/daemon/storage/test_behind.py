"""Work behind somebody's back."""

import asyncio

import pytest

from nightside.storage.behind import Behind


async def test_no_more_than_a_few_go_on_at_a_time_and_all_are_waited_for() -> None:
    behind, now, most, done = Behind(3), 0, 0, 0

    async def work() -> None:
        nonlocal now, most, done
        now += 1
        most = max(most, now)
        await asyncio.to_thread(lambda: None)
        now -= 1
        done += 1

    for _ in range(20):
        await behind.add(work())
    await behind.all()
    assert done == 20
    assert most <= 4  # three behind, and the one that is added


async def test_a_failure_behind_is_heard_of() -> None:
    behind = Behind(2)

    async def fail() -> None:
        raise ValueError("no room")

    await behind.add(fail())
    with pytest.raises(ValueError, match="no room"):
        await behind.all()
    await behind.all()

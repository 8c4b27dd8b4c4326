"""Pictures, measured as they come: remembered for a while, aimed at the brightest star, and given up when none can be read."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest

from nightside.errors import PictureDamaged
from nightside.focus.gauge import Trend
from nightside.focus.measuring import LATELY, MOST_DAMAGED, Measuring
from nightside.focus.viewfinder import Shown
from nightside_drivers.api import Look
from tests.daemon.focus.conftest import WIDTH, Sky


class Reel:
    """As much of a stream as measuring needs: pictures that are there already."""

    def __init__(self, jpegs: list[bytes]) -> None:
        self.look = Look()
        self._jpegs = jpegs

    def sensor_px(self, look: Look, width_px: int) -> float:
        assert width_px == WIDTH
        return 100 / look.percent if look.percent else 6.65

    async def pictures(self) -> AsyncGenerator[Shown]:
        for number, jpeg in enumerate(self._jpegs):
            yield Shown(number, self.look, jpeg)


def over(jpegs: list[bytes]) -> tuple[Measuring, Reel]:
    reel: Any = Reel(jpegs)
    return Measuring(reel), reel


def star(sigma: float, column: float = 160, row: float = 106.5) -> bytes:
    return Sky().gaussian(column, row, sigma, 0.5).jpeg()


async def test_each_picture_says_how_it_compares() -> None:
    measuring, _ = over([star(4), star(3), star(3), star(5)])

    async with aclosing(measuring.pictures()) as pictures:
        marks = [one.mark async for one in pictures]

    assert [mark and mark.trend for mark in marks] == [None, Trend.BEST, Trend.SAME, Trend.WORSE]
    assert measuring.lately == tuple(mark.hfd_px for mark in marks if mark)


async def test_only_the_last_ones_are_remembered() -> None:
    measuring, _ = over([star(3)] * (LATELY + 5))

    async with aclosing(measuring.pictures()) as pictures:
        async for _ in pictures:
            pass

    assert len(measuring.lately) == LATELY


async def test_what_is_magnified_is_the_brightest_star_of_the_whole_frame() -> None:
    measuring, reel = over([star(3), star(3)])

    measuring.magnify(100)
    assert reel.look == Look(100, (0.5, 0.5))
    measuring.magnify(0)
    async with aclosing(measuring.pictures()) as pictures:
        await anext(pictures)
        measuring.magnify(100)

    assert reel.look.percent == 100
    assert reel.look.at == pytest.approx((0.25, 0.25), abs=0.01)


async def test_a_damaged_picture_is_said_and_many_end_it() -> None:
    measuring, _ = over([b"no picture"] * (MOST_DAMAGED + 1))

    seen: list[str] = []

    async def look() -> None:
        async with aclosing(measuring.pictures()) as pictures:
            async for one in pictures:
                seen.append(one.complaint)  # noqa: PERF401 — what came before the error counts

    with pytest.raises(PictureDamaged):
        await look()

    assert len(seen) == MOST_DAMAGED
    assert all("decoded" in complaint for complaint in seen)

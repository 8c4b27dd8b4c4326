"""One at a time, never in the night, and always ended: on the twin's own model."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from nightside.clock import SystemClock
from nightside.errors import LiveViewRefused, LiveViewTaken
from nightside.focus.gate import Reserved, always_free
from nightside.focus.mjpeg import BOUNDARY, CONTENT_TYPE, multipart
from nightside.focus.viewfinder import ASK_EVERY_S, Viewfinder
from nightside_drivers import bodies
from nightside_drivers.api import Look
from nightside_drivers.clock import VirtualClock
from nightside_drivers.errors import BodyGone, BodyRefused, LiveViewProhibited
from nightside_drivers.protocol import Opened
from nightside_drivers.testing.initiator import START
from nightside_drivers.twin import facts
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.options import Options

UNTIL = datetime(2018, 7, 3, 20, 42, 22, tzinfo=UTC)
bodies.table()  # a child process would read it from disk; here it is this one's event loop
ARMED = Reserved("The window 20180703T200634Z is armed.", UNTIL)


@dataclass
class Desk:
    """A twin on a desk, a viewfinder on it, and what says when it is free."""

    model: BodyModel = field(default_factory=lambda: BodyModel(facts.load("d3s"), SystemClock(), Options()))
    reserved: Reserved | None = None
    asked: int = 0

    def __post_init__(self) -> None:
        self.viewfinder = Viewfinder(lambda: TwinBody(self.model), self._gate, self.model.clock)

    async def _gate(self) -> Reserved | None:
        self.asked += 1
        return self.reserved

    @property
    def looking(self) -> bool:
        return self.model.live.on


async def look(desk: Desk, at_each: Callable[[], None] = lambda: None) -> None:
    """Look on until something ends it."""
    async with desk.viewfinder.stream() as stream:
        async for _ in stream.pictures():
            at_each()


async def test_pictures_come_one_after_the_other_and_the_mirror_is_down_afterwards() -> None:
    desk = Desk()
    async with desk.viewfinder.stream() as stream:
        shown = [shown async for shown in stream.pictures(3)]
        assert desk.looking
    assert [one.number for one in shown] == [0, 1, 2]
    assert all(one.jpeg.startswith(b"\xff\xd8") for one in shown)
    assert len({one.jpeg for one in shown}) == 3
    assert not desk.looking


async def test_one_looks_at_a_time() -> None:
    desk = Desk()
    async with desk.viewfinder.stream():
        assert desk.viewfinder.taken
        with pytest.raises(LiveViewTaken, match="one at a time"):
            async with desk.viewfinder.stream():
                pass
        assert desk.viewfinder.taken
    assert not desk.viewfinder.taken
    async with desk.viewfinder.stream() as again:
        assert [shown.number async for shown in again.pictures(1)] == [0]


async def test_an_armed_window_is_not_disturbed_and_it_is_said_until_when() -> None:
    desk = Desk(reserved=ARMED)
    desk.model.plug(plugged=False)  # touching it would fail otherwise
    with pytest.raises(LiveViewRefused, match="2018-07-03 20:42:22 UTC") as refused:
        async with desk.viewfinder.stream():
            pass
    assert (refused.value.code, refused.value.http_status, refused.value.until) == ("live-view-refused", 409, UNTIL)
    assert not desk.viewfinder.taken


async def test_a_window_that_comes_nearer_ends_the_view() -> None:
    desk = Desk()

    def arm() -> None:
        desk.reserved = ARMED

    with pytest.raises(LiveViewRefused, match="is armed"):
        await look(desk, arm)
    assert not desk.looking


def test_the_gate_is_not_asked_for_every_picture() -> None:
    clock = VirtualClock(START)
    desk = Desk(BodyModel(facts.load("d3s"), clock, Options()))

    async def slowly() -> int:
        async with desk.viewfinder.stream() as stream:
            async for shown in stream.pictures(40):
                await clock.sleep_until(clock.monotonic() + ASK_EVERY_S / 10)
                assert shown.number < 40
        return desk.asked

    assert 4 <= clock.run(slowly()) <= 6


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError])
async def test_it_ends_with_whatever_ends_the_block(error: type[BaseException]) -> None:
    desk = Desk()

    def fail() -> None:
        raise error

    with pytest.raises(error):
        await look(desk, fail)
    assert not desk.looking
    assert not desk.viewfinder.taken


async def test_it_ends_with_the_task_that_looks() -> None:
    desk = Desk()
    seen = asyncio.Event()

    task = asyncio.create_task(look(desk, seen.set))
    await seen.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not desk.looking


async def test_a_mirror_that_a_broken_session_left_up_is_let_down_in_the_next() -> None:
    desk = Desk()
    with pytest.raises(BodyGone):
        await look(desk, lambda: desk.model.plug(plugged=False))
    assert desk.looking  # there was no way to tell it
    desk.model.plug(plugged=True)
    async with desk.viewfinder.stream():
        assert not desk.looking


async def test_what_forbids_it_comes_from_the_body() -> None:
    desk = Desk(BodyModel(facts.load("d3s"), SystemClock(), Options(battery_percent=5)))
    with pytest.raises(LiveViewProhibited):
        await look(desk)
    assert not desk.viewfinder.taken


class Blind(TwinBody):
    """A body without live view."""

    async def open(self) -> Opened:
        opened = await super().open()
        return Opened(opened.identity, replace(opened.capabilities, live_view=()))


async def test_a_body_without_live_view_is_let_go_at_once() -> None:
    model = BodyModel(facts.load("d3s"), SystemClock(), Options())
    viewfinder = Viewfinder(lambda: Blind(model), always_free, model.clock)
    with pytest.raises(BodyRefused, match="D3S has no live view"):
        async with viewfinder.stream():
            pass
    assert not viewfinder.taken


async def test_the_way_to_look_may_change_between_two_pictures() -> None:
    desk = Desk()
    async with desk.viewfinder.stream() as stream, aclosing(stream.pictures(4)) as pictures:
        looks: list[int] = []
        async for shown in pictures:
            looks.append(shown.look.percent)
            stream.look = Look(100 if shown.number == 1 else shown.look.percent, (0.2, 0.7))
    assert looks == [0, 0, 100, 100]


async def test_sizes_on_the_sensor_compare_between_magnifications() -> None:
    desk = Desk()
    async with desk.viewfinder.stream() as stream:
        assert stream.sensor_px(Look(), 640) == pytest.approx(4256 / 640)
        assert stream.sensor_px(Look(100), 640) == 1
        assert stream.sensor_px(Look(25), 640) == 4


async def test_a_browser_gets_each_picture_as_a_part_of_its_own() -> None:
    desk = Desk()
    async with desk.viewfinder.stream() as stream:
        body = b"".join([part async for part in multipart(stream.pictures(2))])
    assert f"boundary={BOUNDARY}" in CONTENT_TYPE
    _, *parts = body.split(f"--{BOUNDARY}\r\n".encode())
    assert len(parts) == 2
    for part in parts:
        head, _, jpeg = part.partition(b"\r\n\r\n")
        assert b"Content-Type: image/jpeg" in head
        assert f"Content-Length: {len(jpeg) - 2}".encode() in head
        assert jpeg.startswith(b"\xff\xd8")
        assert jpeg.endswith(b"\r\n")


class Slow(TwinBody):
    """A body that takes its time over everything, as one in another process does."""

    async def end_view(self) -> None:
        for _ in range(20):
            await SystemClock().sleep_until(0)
        await super().end_view()

    async def close(self) -> None:
        for _ in range(20):
            await SystemClock().sleep_until(0)
        await super().close()


async def test_it_ends_however_often_whoever_looks_is_cancelled() -> None:
    model = BodyModel(facts.load("d3s"), SystemClock(), Options())
    viewfinder = Viewfinder(lambda: Slow(model), always_free, model.clock)
    seen = asyncio.Event()

    async def look_on() -> None:
        async with viewfinder.stream() as stream:
            async for _ in stream.pictures():
                seen.set()

    task = asyncio.create_task(look_on())
    await seen.wait()
    while not task.done():
        task.cancel()
        await SystemClock().sleep_until(0)
    assert task.cancelled()
    assert not model.live.on
    assert not viewfinder.taken

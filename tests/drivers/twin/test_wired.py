"""The wired line, through pyserial's own client."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest
from serial import rfc2217

from nightside_drivers.clock import ScaledClock
from nightside_drivers.twin import facts
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.codes import BULB, Property
from nightside_drivers.twin.wired import Line, WiredLine, serve_wired

pytestmark = pytest.mark.filterwarnings(r"ignore:set(Daemon|Name)\(\):DeprecationWarning")  # pyserial 3.5's own client
SPEED = 20.0


@pytest.fixture
def body() -> BodyModel:
    body = BodyModel(facts.load("d3s"), ScaledClock(datetime(2018, 7, 3, 19, 30, tzinfo=UTC), SPEED))
    body.dial(Property.EXPOSURE_TIME, BULB)
    return body


@pytest.fixture(params=list(Line))
async def wired(request: pytest.FixtureRequest, body: BodyModel) -> AsyncIterator[WiredLine]:
    async with await serve_wired(body, line=request.param) as line:
        yield line


def opened(wired: WiredLine) -> rfc2217.Serial:
    """A port with both lines down, as whoever drives a release opens it."""
    port = rfc2217.Serial(None, timeout=1)
    port.port = f"rfc2217://127.0.0.1:{wired.port}"
    port.rts = port.dtr = False
    port.open()
    return port


async def until(body: BodyModel, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await body.clock.sleep_until(body.clock.monotonic() + 0.1)


async def test_a_line_opens_the_shutter_for_as_long_as_it_is_up(wired: WiredLine, body: BodyModel) -> None:
    line = wired.line

    def hold() -> list[bool]:
        port = opened(wired)
        seen = [port.cts]
        setattr(port, line, True)
        while not port.cts:
            pass
        seen.append(port.cts)
        setattr(port, line, False)
        while port.cts:
            pass
        seen.append(port.cts)
        port.close()
        return seen

    assert await asyncio.to_thread(hold) == [False, True, False]
    (opening,) = body.truth
    assert (opening.release, opening.ended_by) == ("wired", "release")


async def test_the_other_line_does_nothing(wired: WiredLine, body: BodyModel) -> None:
    other = Line.DTR if wired.line is Line.RTS else Line.RTS

    def hold() -> None:
        port = opened(wired)
        setattr(port, other, True)
        setattr(port, other, False)
        port.close()

    await asyncio.to_thread(hold)
    assert len(body.truth) == 0


async def test_closing_the_port_closes_the_shutter(wired: WiredLine, body: BodyModel) -> None:
    def hold_and_die() -> None:
        port = opened(wired)
        setattr(port, wired.line, True)
        port.close()

    await asyncio.to_thread(hold_and_die)
    await until(body, lambda: len(body.truth) == 1 and body.truth[0].closed is not None)


async def test_a_dead_contact_says_nothing_while_the_shutter_is_open(wired: WiredLine, body: BodyModel) -> None:
    body.sync_dead = True

    def hold() -> bool:
        port = opened(wired)
        setattr(port, wired.line, True)
        seen = port.cts
        setattr(port, wired.line, False)
        port.close()
        return seen

    assert not await asyncio.to_thread(hold)
    assert len(body.truth) == 1


async def test_one_plug_fits(wired: WiredLine, body: BodyModel) -> None:
    port = await asyncio.to_thread(opened, wired)
    reader, writer = await asyncio.open_connection("127.0.0.1", wired.port)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await reader.readexactly(1)
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    await asyncio.to_thread(port.close)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\xff\xf0", id="the end of an option that never began"),
        pytest.param(b"\xff\xfa\x2c\x01\xff\xf0", id="a baud rate without its bytes"),
        pytest.param(b"\xff\xfa" + bytes(5000), id="an option without an end"),
        pytest.param(b"\xff\xff" * 2000, id="nothing but escapes"),
        pytest.param(bytes(range(256)) * 8, id="every byte"),
    ],
)
async def test_what_is_not_rfc2217_does_no_harm(body: BodyModel, sent: bytes) -> None:
    async with await serve_wired(body) as wired:
        reader, writer = await asyncio.open_connection("127.0.0.1", wired.port)
        writer.write(sent)
        writer.write_eof()
        while await asyncio.wait_for(reader.read(4096), 10):
            pass
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        port = await asyncio.to_thread(opened, wired)
        await asyncio.to_thread(port.close)

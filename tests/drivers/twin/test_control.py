"""The control face: what is seen and done behind the scenes, through its own client."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from nightside_drivers.clock import VirtualClock
from nightside_drivers.twin import facts
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.control import ControlClient, ControlRefused, serve_control
from nightside_drivers.twin.faults.plan import FaultPlan


@pytest.fixture
def body() -> BodyModel:
    return BodyModel(facts.load("d3s"), VirtualClock(datetime(2018, 7, 3, 19, 30, tzinfo=UTC)))


@pytest.fixture
async def port(body: BodyModel) -> AsyncIterator[int]:
    async with await serve_control(body, FaultPlan(body)) as control:
        yield control.port


@pytest.fixture
def client(port: int) -> ControlClient:
    return ControlClient(port)


async def test_a_press_is_in_the_truth(client: ControlClient, body: BodyModel) -> None:
    def act() -> list[dict[str, Any]]:
        client.dial(0x500D, 10_000)
        client.press()
        client.let_go()
        assert client.state()["phase"] == "open"
        client.advance(5)
        return client.truth()

    (opening,) = await asyncio.to_thread(act)
    assert (opening["opened"], opening["closed"]) == (0.0, 1.0)
    assert opening["opened_utc"] == "2018-07-03T19:30:00+00:00"
    assert opening["files"] == ["DCIM/100ND3S_/DSC_0001.JPG"]


Act = Callable[[ControlClient], object]


def cable_out(client: ControlClient) -> None:
    client.cable(plugged=False)


def power(**chosen: bool | float) -> Act:
    return lambda client: client.power(**chosen)


def fault(kind: str, **said: object) -> Act:
    return lambda client: client.fault(kind, **said)


def card(slot: int = 1, **chosen: bool | int) -> Act:
    return lambda client: client.card(slot, **chosen)


def dial(code: int, value: int | str) -> Act:
    return lambda client: client.dial(code, value)


def step_clock(seconds: float) -> Act:
    return lambda client: client.step_clock(seconds)


def erase(file: str) -> Act:
    return lambda client: client.erase(file)


def lens(focal_length_mm: float, f_number: float) -> Act:
    return lambda client: client.lens("a lens", focal_length_mm, f_number)


def warmth(ambient_c: float) -> Act:
    return lambda client: client.warmth(ambient_c)


def advance(seconds: float) -> Act:
    return lambda client: client.advance(seconds)


@pytest.mark.parametrize(
    ("act", "seen", "value"),
    [
        (cable_out, "reachable", False),
        (power(on=False), "on", False),
        (power(battery_percent=0), "on", False),
        (power(battery_percent=0, mains=True), "on", True),
        (power(battery_percent=33.0), "battery_percent", 33.0),
        (fault("silent", seconds=10), "silent", True),
        (step_clock(-12.5), "ahead_s", -12.5),
        (advance(12.5), "instant", 12.5),
        (card(1, free_bytes=4_000_000), "frames_left", 1),
        (card(1, inserted=False), "frames_left", 0),
    ],
)
async def test_what_is_done_shows_in_the_state(client: ControlClient, act: Act, seen: str, value: object) -> None:
    await asyncio.to_thread(act, client)
    assert (await asyncio.to_thread(client.state))[seen] == value


async def test_a_picture_is_protected_and_erased_by_hand(client: ControlClient) -> None:
    def act() -> None:
        client.press()
        client.let_go()
        client.advance(60)
        (file,) = client.state()["cards"][0]["files"]
        assert client.protect(file) == [file]
        with pytest.raises(ControlRefused, match="is protected"):
            client.erase(file)
        client.protect(file, on=False)
        assert client.erase(file) == [file]
        assert client.state()["cards"][0]["files"] == []

    await asyncio.to_thread(act)


@pytest.mark.parametrize("seconds", [1e10, -1e10, 1e300, -1e300])
async def test_no_step_takes_the_bodys_clock_out_of_its_century(client: ControlClient, seconds: float) -> None:
    def act() -> str:
        for _ in range(3):
            client.step_clock(seconds)
        assert client.state()["on"]
        return str(client.properties()["0x5011"])

    assert (await asyncio.to_thread(act)).startswith("20")


async def test_a_fault_can_be_ended(client: ControlClient, body: BodyModel) -> None:
    await asyncio.to_thread(client.fault, "mirror-error")
    assert body.mirror_stuck
    await asyncio.to_thread(client.no_faults)
    assert not body.mirror_stuck


async def test_cap_and_card_are_told_how_they_stand(client: ControlClient, body: BodyModel) -> None:
    await asyncio.to_thread(lambda: client.cap(on=True))
    assert body.capped
    card = await asyncio.to_thread(lambda: client.card(2, inserted=True, write_protected=True))
    assert (card["inserted"], card["write_protected"]) == (True, True)


async def test_every_property_can_be_read(client: ControlClient, body: BodyModel) -> None:
    read = await asyncio.to_thread(client.properties)
    assert len(read) == len(body.facts.properties)
    assert read["0x5003"] == "4256x2832"


@pytest.mark.parametrize(
    ("act", "complaint"),
    [
        (dial(0x1234, 1), "no property 0x1234"),
        (dial(0x5013, 77), "cannot be 77"),
        (dial(0x5013, "high"), "cannot be 'high'"),
        (fault("quiet"), "Invalid enum value 'quiet'"),
        (fault("silent", slot=1), "does not take slot"),
        (card(7), "no slot 7"),
        (card(1, inserted=3), "inserted"),
        (dial(0x500D, True), "cannot be True"),
        (erase("DCIM/100ND3S_/DSC_0001.JPG"), "no file DCIM/100ND3S_/DSC_0001.JPG"),
        (lens(1e12, 2.8), "not a lens"),
        (lens(20.0, 1e4), "not a lens"),
        (warmth(1e308), "ambient_c"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_a_sentence(client: ControlClient, act: Act, complaint: str) -> None:
    with pytest.raises(ControlRefused, match=complaint):
        await asyncio.to_thread(act, client)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /truth HTTP/1.1\r\n\r\n", b"200"),
        (b"GET /truth?since=1 HTTP/1.1\r\n\r\n", b"200"),
        (b"GET /nothing HTTP/1.1\r\n\r\n", b"404"),
        (b"DELETE /truth HTTP/1.1\r\n\r\n", b"404"),
        (b"hello\r\n\r\n", b"400"),
        (b"POST /dial HTTP/1.1\r\nContent-Length: 3\r\n\r\n{{{", b"400"),
        (b"POST /dial HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]", b"400"),
        (b"POST /dial HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"POST /dial HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n", b"400"),
        (b"POST /dial HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n", b"400"),
    ],
)
async def test_requests_are_answered_with_a_status(port: int, sent: bytes, status: bytes) -> None:
    assert (await exchange(port, sent)).split(b" ")[1] == status


@pytest.mark.parametrize("sent", [b"", b"GET", b"x" * 20_000, b"POST /dial HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"])
async def test_what_ends_too_early_or_never_is_dropped(port: int, sent: bytes) -> None:
    assert await exchange(port, sent) == b""


async def exchange(port: int, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    writer.write_eof()
    answered = b""
    try:
        answered = await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        pass
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    return answered

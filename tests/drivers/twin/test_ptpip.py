"""The responder, packet by packet, as a client that is not libgphoto2 may use it."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from nightside_drivers.clock import ScaledClock
from nightside_drivers.testing.wire import TurnedAway, WireInitiator
from nightside_drivers.twin import facts
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.codes import Operation, Response
from nightside_drivers.twin.datasets import u32
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.faults.vocabulary import check
from nightside_drivers.twin.options import Options
from nightside_drivers.twin.ptpip import Server, packets, serve
from nightside_drivers.twin.ptpip.packets import FailReason, PacketType
from nightside_drivers.twin.ptpip.phases import CHUNK, LARGEST_DATA_OUT

SPEED = 100.0
TO_CARD = (Operation.INITIATE_CAPTURE_REC_IN_MEDIA, 0xFFFFFFFF, 0)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    clock = ScaledClock(datetime(2018, 7, 3, 19, 30, tzinfo=UTC), SPEED)
    body = BodyModel(facts.load("d3s"), clock, Options(full_size=True, real_bandwidth=False))
    async with await serve(body) as running:
        yield running


@pytest.fixture
async def wire(server: Server) -> AsyncIterator[WireInitiator]:
    async with WireInitiator(server.port) as initiator:
        await initiator.ask(Operation.OPEN_SESSION, 1)
        yield initiator


async def shoot(wire: WireInitiator, kind: int = 0x3801) -> int:
    """One frame on the card; gives its handle."""
    assert (await wire.ask(Operation.SET_DEVICE_PROP_VALUE, 0x500D, data=u32(10_000))).response == Response.OK
    assert (await wire.ask(*TO_CARD)).response == Response.OK
    while True:
        handles = (await wire.ask(Operation.GET_OBJECT_HANDLES, 0xFFFFFFFF, kind, 0)).data
        if len(handles) > 4:
            return int.from_bytes(handles[-4:], "little")


class Unfinished:
    """A picture that takes until `go_on`."""

    size = 5

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def read(self, offset: int, length: int) -> bytes:
        self.begun.set()
        self.go_on.wait(10)
        return b"bytes"[offset : offset + length]


async def read_to_the_end(stream: asyncio.StreamReader) -> bytes:
    got = bytearray()
    with contextlib.suppress(ConnectionError):
        while part := await stream.read(65_536):
            got += part
    return bytes(got)


async def test_both_connections_answer_a_ping(wire: WireInitiator) -> None:
    assert await wire.ping() == PacketType.PONG
    wire.to_body.write(packets.packet(PacketType.PING))
    assert (await packets.receive(wire.command))[0] == PacketType.PONG


async def test_a_large_file_comes_whole(wire: WireInitiator) -> None:
    handle = await shoot(wire)
    whole = await wire.ask(Operation.GET_OBJECT, handle)
    assert (whole.response, whole.data[:2], whole.data[-2:]) == (Response.OK, b"\xff\xd8", b"\xff\xd9")
    assert len(whole.data) > 3_000_000
    part = await wire.ask(Operation.GET_PARTIAL_OBJECT, handle, 1_000_000, 500_000)
    assert part.data == whole.data[1_000_000:1_500_000]
    assert part.parameters == (500_000,)


@pytest.mark.parametrize("connection", ["event", "command"])
async def test_a_download_can_be_cancelled_and_the_next_one_works(wire: WireInitiator, connection: str) -> None:
    await wire.ask(Operation.SET_DEVICE_PROP_VALUE, 0x5004, data=b"\x04")
    handle = await shoot(wire, 0x3000)
    transaction = await wire.send(Operation.GET_OBJECT, handle)
    await packets.receive(wire.command)
    await wire.cancel(transaction, over=wire.to_body if connection == "command" else None)
    assert (await wire.answer()).response == Response.TRANSACTION_CANCELED
    assert (await wire.ask(Operation.GET_OBJECT, handle)).response == Response.OK


async def test_what_else_comes_during_a_download_waits_its_turn(wire: WireInitiator) -> None:
    handle = await shoot(wire)
    for asked in ((Operation.GET_OBJECT, handle), (Operation.GET_STORAGE_IDS,), (Operation.GET_OBJECT, handle)):
        await wire.send(*asked)
    first, ids, second = [await wire.answer() for _ in range(3)]
    assert [each.response for each in (first, ids, second)] == [Response.OK] * 3
    assert first.data == second.data
    assert len(ids.data) == 12
    await wire.cancel(2, over=wire.to_body)  # of a transaction that is over
    assert (await wire.ask(Operation.DEVICE_READY)).response == Response.OK


async def test_a_picture_that_is_still_being_made_can_be_cancelled(wire: WireInitiator, server: Server) -> None:
    handle = await shoot(wire)
    picture = Unfinished()
    server.body.bay.cards[0].objects[handle].content = picture
    transaction = await wire.send(Operation.GET_OBJECT, handle)
    await asyncio.to_thread(picture.begun.wait, 10)
    await wire.cancel(transaction, over=wire.to_body)
    assert (await wire.answer()).response == Response.TRANSACTION_CANCELED
    picture.go_on.set()


async def test_who_is_killed_while_a_picture_is_being_made_makes_room_for_the_next(wire: WireInitiator, server: Server) -> None:
    handle = await shoot(wire)
    picture = Unfinished()
    server.body.bay.cards[0].objects[handle].content = picture
    await wire.send(Operation.GET_OBJECT, handle)
    await asyncio.to_thread(picture.begun.wait, 10)
    await wire.close()
    async with asyncio.timeout(5):
        while server.connected:
            await asyncio.to_thread(picture.begun.wait, 10)
    picture.go_on.set()
    async with WireInitiator(server.port) as second:
        assert (await second.ask(Operation.OPEN_SESSION, 1)).response == Response.OK


async def test_a_data_phase_to_the_body_can_be_cancelled(wire: WireInitiator) -> None:
    asked = u32(2) + Operation.SET_DEVICE_PROP_VALUE.to_bytes(2, "little") + u32(77) + u32(0x500D)
    wire.to_body.write(packets.packet(PacketType.OPERATION_REQUEST, asked))
    wire.to_body.write(packets.start_data(77, 4))
    wire.to_body.write(packets.packet(PacketType.CANCEL, u32(77)))
    assert (await wire.answer()).response == Response.TRANSACTION_CANCELED
    assert (await wire.ask(Operation.DEVICE_READY)).response == Response.OK


async def test_more_data_than_a_body_takes_is_passed_over(wire: WireInitiator) -> None:
    answered = await wire.ask(Operation.SET_DEVICE_PROP_VALUE, 0x500D, data=bytes(LARGEST_DATA_OUT * 8))
    assert answered.response == Response.INVALID_DEVICE_PROP_FORMAT
    assert (await wire.ask(Operation.DEVICE_READY)).response == Response.OK


async def test_unknown_operations_and_unknown_packets_do_no_harm(wire: WireInitiator) -> None:
    assert (await wire.ask(0x9999, 1, 2, 3, 4, 5)).response == Response.OPERATION_NOT_SUPPORTED
    wire.to_body.write(packets.HEADER.pack(12, 99) + b"what")
    assert (await wire.ask(Operation.DEVICE_READY)).response == Response.OK


async def test_events_are_told_to_a_client_that_does_not_poll(server: Server) -> None:
    async with WireInitiator(server.port) as wire:
        await wire.ask(Operation.OPEN_SESSION, 1)
        await wire.ask(Operation.INITIATE_CAPTURE)
        told = [(await wire.event())[0] for _ in range(5)]
    assert told == [0x4006, 0x4002, 0x4002, 0x4002, 0x400D]


async def test_events_are_not_told_twice_to_one_that_polls(wire: WireInitiator) -> None:
    await wire.ask(Operation.GET_EVENT)
    await shoot(wire)
    polled = (await wire.ask(Operation.GET_EVENT)).data
    assert int.from_bytes(polled[:2], "little") >= 4
    assert await wire.ping() == PacketType.PONG  # nothing lay before it on the event connection


async def test_a_second_initiator_is_told_that_the_body_is_busy(wire: WireInitiator, server: Server) -> None:
    second = WireInitiator(server.port)
    with pytest.raises(TurnedAway) as away:
        await second.connect()
    await second.close()
    assert away.value.args == (FailReason.BUSY,)
    assert (await wire.ask(Operation.DEVICE_READY)).response == Response.OK


async def test_an_event_connection_without_its_command_connection_is_rejected(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(packets.packet(PacketType.INIT_EVENT_REQUEST, u32(1)))
    assert await packets.receive(reader) == (PacketType.INIT_FAIL, u32(FailReason.REJECTED))
    writer.close()
    await writer.wait_closed()


async def test_the_next_initiator_gets_the_body_when_the_first_hangs_up(wire: WireInitiator, server: Server) -> None:
    await wire.close()
    while server.connected:
        await asyncio.wait_for(wire.command.read(), 10)
    async with WireInitiator(server.port) as second:
        assert (await second.ask(Operation.OPEN_SESSION, 1)).response == Response.OK


async def test_an_exposure_goes_on_when_the_cable_is_pulled(wire: WireInitiator, server: Server) -> None:
    await wire.ask(Operation.SET_DEVICE_PROP_VALUE, 0x500D, data=u32(300_000))
    await wire.ask(*TO_CARD)
    server.body.plug(plugged=False)
    assert await wire.command.read() == b""
    server.body.plug(plugged=True)
    async with WireInitiator(server.port) as again:
        await again.ask(Operation.OPEN_SESSION, 1)
        while (await again.ask(Operation.DEVICE_READY)).response == Response.DEVICE_BUSY:
            pass
    (opening,) = server.body.truth
    assert opening.exposure_s == pytest.approx(30)


async def test_a_body_that_cannot_be_reached_takes_no_connection(server: Server) -> None:
    server.body.switch(on=False)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await WireInitiator(server.port).connect()


async def test_silence_answers_nothing_until_it_is_over(wire: WireInitiator, server: Server) -> None:
    server.body.silence(20)
    before = server.body.clock.monotonic()
    assert (await wire.ask(Operation.DEVICE_READY)).response == Response.OK
    assert server.body.clock.monotonic() >= before + 20


async def test_a_silent_body_lets_go_of_a_client_that_gives_up(wire: WireInitiator, server: Server) -> None:
    server.body.silence(1e9)
    await wire.send(Operation.DEVICE_READY)
    await wire.close()
    async with asyncio.timeout(10):
        while server.connected:
            await server.body.clock.sleep_until(server.body.clock.monotonic() + 1)


async def test_a_download_breaks_at_its_byte(wire: WireInitiator, server: Server) -> None:
    handle = await shoot(wire)
    FaultPlan(server.body, [check({"kind": "drop", "bytes": 1_234_567})])
    await wire.send(Operation.GET_OBJECT, handle)
    got = await read_to_the_end(wire.command)
    headers = -(-1_234_567 // CHUNK) * 12
    assert len(got) == 20 + headers + 1_234_567


async def test_a_break_waits_for_the_part_that_holds_its_byte(wire: WireInitiator, server: Server) -> None:
    handle = await shoot(wire)
    FaultPlan(server.body, [check({"kind": "drop", "bytes": 150_000})])
    assert (await wire.ask(Operation.GET_PARTIAL_OBJECT, handle, 0, 100_000)).response == Response.OK
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await wire.ask(Operation.GET_PARTIAL_OBJECT, handle, 100_000, 100_000)


async def test_files_come_no_faster_than_the_bus() -> None:
    clock = ScaledClock(datetime(2018, 7, 3, 19, 30, tzinfo=UTC), SPEED)
    body = BodyModel(facts.load("d3s"), clock, Options(full_size=True))
    async with await serve(body) as server, WireInitiator(server.port) as wire:
        await wire.ask(Operation.OPEN_SESSION, 1)
        handle = await shoot(wire)
        await wire.ask(Operation.GET_PARTIAL_OBJECT, handle, 0, 1)
        before = clock.monotonic()
        size = len((await wire.ask(Operation.GET_OBJECT, handle)).data)
        assert clock.monotonic() - before >= size / 20_000_000


async def test_a_taken_port_is_an_os_error(server: Server) -> None:
    with pytest.raises(OSError):
        await serve(server.body, port=server.port)


async def test_several_bodies_have_a_port_each() -> None:
    clock = ScaledClock(datetime(2018, 7, 3, 19, 30, tzinfo=UTC), SPEED)
    bodies = [BodyModel(facts.load("d3s"), clock, Options(serial=serial)) for serial in ("1", "2")]
    async with await serve(bodies[0]) as first, await serve(bodies[1]) as second:
        for server, serial in ((first, "1"), (second, "2")):
            async with WireInitiator(server.port) as wire:
                about = (await wire.ask(Operation.GET_DEVICE_INFO)).data
                assert about.endswith(bytes([2]) + serial.encode("utf-16-le") + b"\0\0")

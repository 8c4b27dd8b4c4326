"""Whatever comes from a client: no crash, no growth, and the next client is served."""

import asyncio
import gc
import tracemalloc
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightside_drivers.clock import ScaledClock
from nightside_drivers.testing.initiator import Initiator
from nightside_drivers.testing.wire import GUID, WireInitiator
from nightside_drivers.twin import facts
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.codes import Operation, Response
from nightside_drivers.twin.datasets import DataType, Malformed, Reader, string, u32, value
from nightside_drivers.twin.operations import TABLE
from nightside_drivers.twin.options import Options
from nightside_drivers.twin.ptpip import packets, serve
from nightside_drivers.twin.ptpip.packets import PacketType

QUICK = settings(max_examples=60)
numbers = st.integers(0, 0xFFFF_FFFF)
interesting = numbers | st.sampled_from([0, 1, 0xFFFF_FFFF, 0xFFFF_FFFE, 0x0001_0001, 0x500D, 0xD100, 0xFFFF_0001, 0x0100_0001])
operations = st.sampled_from(sorted(TABLE)) | st.integers(0, 0xFFFF)
requests = st.tuples(operations, st.lists(interesting, max_size=5), st.binary(max_size=200))

greeting = packets.packet(PacketType.INIT_COMMAND_REQUEST, GUID + b"f\0\0\0" + u32(packets.PROTOCOL_VERSION))
raw = st.binary(max_size=300)


def honest(kind: int, payload: bytes) -> bytes:
    return packets.HEADER.pack(8 + len(payload), kind) + payload


def lying(length: int, kind: int, payload: bytes) -> bytes:
    return packets.HEADER.pack(length, kind) + payload


any_packet = st.builds(honest, st.integers(0, 16) | numbers, raw) | st.builds(lying, numbers, st.integers(0, 16), raw)
streams = st.lists(raw | any_packet, max_size=12).map(b"".join)


@QUICK
@given(
    st.sampled_from(sorted(facts.BODIES)),
    st.lists(requests, max_size=30),
    st.lists(st.floats(0, 100), min_size=30, max_size=30),
)
def test_a_body_answers_every_request_with_a_response(
    body: str, asked: list[tuple[int, list[int], bytes]], waits: list[float]
) -> None:
    initiator = Initiator(body=body)
    for (operation, parameters, data), wait in zip(asked, waits, strict=False):
        reply = initiator.ask(operation, *parameters, data=data)
        assert reply.response in set(Response)
        if reply.size < 1_000_000:
            assert len(reply.read()) == reply.size
        initiator.wait(wait)
    for opening in initiator.body.truth:
        assert opening.closed is None or opening.closed >= opening.opened


@QUICK
@given(raw)
def test_a_reader_never_reads_past_the_end(data: bytes) -> None:
    reader = Reader(data)
    with pytest.raises(Malformed):
        read_for_ever(reader)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=120))
def test_a_string_reads_back(text: str) -> None:
    assert Reader(string(text)).string() == text


@given(st.sampled_from([kind for kind in DataType if kind is not DataType.STRING]), st.data())
def test_a_number_reads_back(kind: DataType, data: st.DataObject) -> None:
    bits = int(kind.lstrip("uint"))
    low, high = (0, (1 << bits) - 1) if kind.startswith("u") else (-(1 << bits - 1), (1 << bits - 1) - 1)
    number = data.draw(st.integers(low, high))
    assert Reader(value(kind, number)).value(kind) == number


@QUICK
@given(streams, st.booleans())
def test_a_responder_outlives_every_stream_of_bytes(stream: bytes, greets: bool) -> None:
    asyncio.run(with_responder(lambda port: throw(port, (greeting if greets else b"") + stream)))


@QUICK
@given(st.lists(requests, max_size=10), raw)
def test_a_responder_outlives_every_sequence_of_requests(asked: list[tuple[int, list[int], bytes]], after: bytes) -> None:
    def packed(number: int, operation: int, parameters: list[int], data: bytes) -> bytes:
        head = u32(2 if data else 1) + operation.to_bytes(2, "little") + u32(number)
        sent = packets.packet(PacketType.OPERATION_REQUEST, head + b"".join(map(u32, parameters)))
        if data:
            sent += packets.start_data(number, len(data)) + packets.data(PacketType.END_DATA, number, data)
        return sent

    stream = packed(0, Operation.OPEN_SESSION, [1], b"")
    stream += b"".join(packed(number, *each) for number, each in enumerate(asked, start=1))
    asyncio.run(with_responder(lambda port: throw(port, greeting + stream + after)))


def test_a_responder_does_not_grow() -> None:
    async def many(port: int) -> None:
        async def round_of_abuse() -> None:
            await throw(port, greeting + packets.HEADER.pack(0xFFFF_FFFF, 7))
            await throw(port, packets.HEADER.pack(packets.LARGEST_PACKET, 1) + bytes(1000))
            await throw(port, greeting + packets.packet(PacketType.DATA, bytes(100_000)) * 3)
            async with WireInitiator(port) as wire:
                await wire.ask(Operation.OPEN_SESSION, 1)
                await wire.ask(Operation.SET_DEVICE_PROP_VALUE, 0xD090, data=bytes(300_000))

        for _ in range(5):
            await round_of_abuse()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(40):
            await round_of_abuse()
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - before < 200_000

    tracemalloc.start()
    try:
        asyncio.run(with_responder(many))
    finally:
        tracemalloc.stop()


def read_for_ever(reader: Reader) -> None:
    while True:
        reader.string()
        reader.u32()


async def with_responder(abuse: Callable[[int], Awaitable[None]]) -> None:
    """Run `abuse` against a responder, then see that it serves the next client as if nothing had been."""
    clock = ScaledClock(datetime(2018, 7, 3, 19, 30, tzinfo=UTC), 10_000)
    body = BodyModel(facts.load("d3s"), clock, Options(real_bandwidth=False))
    crashes: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, what: crashes.append(str(what)))
    async with asyncio.timeout(60), await serve(body) as server:
        await abuse(server.port)
        while server.connected:
            await clock.sleep_until(clock.monotonic() + 10)
        async with WireInitiator(server.port) as wire:
            assert (await wire.ask(Operation.GET_DEVICE_INFO)).response == Response.OK
    assert crashes == []


async def throw(port: int, stream: bytes) -> None:
    """Send bytes and hang up, reading whatever comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(stream)
        writer.write_eof()
        while await reader.read(65_536):
            pass
    except ConnectionError:
        pass
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)

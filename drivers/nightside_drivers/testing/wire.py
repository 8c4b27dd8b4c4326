"""A PTP/IP initiator in a few lines, packet by packet, for tests of what goes over the wire."""

import asyncio
from dataclasses import dataclass
from typing import Self

from nightside_drivers.twin.datasets import Reader, u16, u32
from nightside_drivers.twin.ptpip import packets
from nightside_drivers.twin.ptpip.packets import PacketType

GUID = bytes(range(16))


class TurnedAway(ConnectionError):
    """The responder said no to a connection. Its reason is the argument."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The end of a transaction."""

    response: int
    data: bytes
    parameters: tuple[int, ...]


class WireInitiator:
    """Two connections to a responder. Use it as an asynchronous context manager."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._where = (host, port)
        self._transaction = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self) -> None:
        """Open both connections. Raises `TurnedAway`, or what asyncio raises for a connection that breaks."""
        connected = False
        try:
            await self._greet()
            connected = True
        finally:
            if not connected:
                await self.close()

    async def close(self) -> None:
        """Hang up."""
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)
        self._writers.clear()

    async def _greet(self) -> None:
        self.command, self.to_body = await self._open(
            packets.packet(PacketType.INIT_COMMAND_REQUEST, GUID + b"t\0\0\0" + u32(packets.PROTOCOL_VERSION))
        )
        kind, payload = await packets.receive(self.command)
        if kind == PacketType.INIT_FAIL:
            raise TurnedAway(Reader(payload).u32())
        self.number = Reader(payload).u32()
        self.events, self.events_to_body = await self._open(packets.packet(PacketType.INIT_EVENT_REQUEST, u32(self.number)))
        kind, payload = await packets.receive(self.events)
        if kind == PacketType.INIT_FAIL:
            raise TurnedAway(Reader(payload).u32())

    async def ask(self, operation: int, *parameters: int, data: bytes | None = None) -> Answered:
        """One transaction; `data` goes out in a data phase."""
        await self.send(operation, *parameters, data=data)
        return await self.answer()

    async def send(self, operation: int, *parameters: int, data: bytes | None = None) -> int:
        """Ask without waiting for the answer. Gives the transaction's number."""
        self._transaction += 1
        phase = u32(1 if data is None else 2)
        asked = phase + u16(operation) + u32(self._transaction) + b"".join(map(u32, parameters))
        self.to_body.write(packets.packet(PacketType.OPERATION_REQUEST, asked))
        if data is not None:
            self.to_body.write(packets.start_data(self._transaction, len(data)))
            self.to_body.write(packets.data(PacketType.END_DATA, self._transaction, data))
        await self.to_body.drain()
        return self._transaction

    async def answer(self) -> Answered:
        """The answer to what was asked last."""
        kept = bytearray()
        while True:
            kind, payload = await packets.receive(self.command)
            if kind in {PacketType.DATA, PacketType.END_DATA}:
                kept += payload[4:]
            if kind == PacketType.OPERATION_RESPONSE:
                reader = Reader(payload)
                response, _ = reader.u16(), reader.u32()
                return Answered(response, bytes(kept), tuple(reader.u32() for _ in range(reader.left // 4)))

    async def event(self) -> tuple[int, int]:
        """The next event that the responder tells by itself: its code and first parameter."""
        while True:
            kind, payload = await packets.receive(self.events)
            if kind == PacketType.EVENT:
                reader = Reader(payload)
                code, _ = reader.u16(), reader.u32()
                return code, reader.u32()

    async def ping(self) -> int:
        """Ask whether anybody is there, on the event connection. Gives the type of what came back."""
        self.events_to_body.write(packets.packet(PacketType.PING))
        return (await packets.receive(self.events))[0]

    async def cancel(self, transaction: int, over: asyncio.StreamWriter | None = None) -> None:
        """Want no more of a transaction's data; said over the event connection, or over another one."""
        said = over or self.events_to_body
        said.write(packets.packet(PacketType.CANCEL, u32(transaction)))
        await said.drain()

    async def _open(self, greeting: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*self._where)
        self._writers.append(writer)
        writer.write(greeting)
        return reader, writer

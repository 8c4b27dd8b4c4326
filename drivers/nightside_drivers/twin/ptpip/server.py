"""The PTP/IP responder: one port for command and event connections, one initiator at a time, as a body has it."""

import asyncio
import contextlib
import hashlib
import itertools
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Self

from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.codes import Response
from nightside_drivers.twin.datasets import Malformed, Reader
from nightside_drivers.twin.device import Device
from nightside_drivers.twin.operations.exchange import Reply, Request
from nightside_drivers.twin.ptpip import packets
from nightside_drivers.twin.ptpip.packets import FailReason, PacketType

CHUNK = 256 * 1024
"""Bytes in a data packet."""

LARGEST_DATA_OUT = 64 * 1024
"""Bytes of a data phase towards the body that are kept; nothing that a body takes is larger. The rest is passed over."""

MOST_PARAMETERS = 5
SILENCE_STEP_S = 0.02
"""Machine seconds between two looks at whether a silence is over, or the peer gone."""

HANDSHAKE_S = 10.0
"""Machine seconds that a new connection has to say what it wants."""

_DATA_OUT = 2


@dataclass(slots=True)
class Link:
    """One initiator's two connections."""

    number: int
    command: asyncio.StreamWriter
    events: asyncio.StreamWriter | None = None
    cancelled: set[int] = field(default_factory=set[int])


class Server:
    """A running responder. `close` it, or use it as an asynchronous context manager."""

    def __init__(self, body: BodyModel) -> None:
        self.body = body
        self.device = Device(body)
        self.port = 0
        self._link: Link | None = None
        self._numbers = itertools.count(1)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._moved = asyncio.Event()

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        self._server = await asyncio.start_server(self._accept, host, port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._spawn(self._follow())

    async def close(self) -> None:
        """Stop listening and drop whoever is connected."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def connected(self) -> bool:
        """Whether an initiator holds the body."""
        return self._link is not None

    def drop(self) -> None:
        """Pull the cable."""
        if self._link is not None:
            self._link.command.transport.abort()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._spawn(self._meet(reader, writer))

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                kind, payload = await packets.receive(reader)
            await self._listen(reader)
            if kind == PacketType.INIT_COMMAND_REQUEST:
                await self._command(reader, writer, payload)
            elif kind == PacketType.INIT_EVENT_REQUEST:
                await self._events(reader, writer, payload)
        except (Malformed, asyncio.IncompleteReadError, TimeoutError, ConnectionError):
            pass  # the peer is gone or speaks something else: a body drops it without a word
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _command(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, payload: bytes) -> None:
        greeting = Reader(payload)
        greeting.take(16)
        if self._link is not None:
            writer.write(packets.init_fail(FailReason.BUSY))
            await writer.drain()
            return
        link = self._link = Link(next(self._numbers), writer)
        try:
            serial = self.body.options.serial
            guid = hashlib.blake2b(serial.encode(), digest_size=16).digest()
            writer.write(packets.init_command_ack(link.number, guid, self.body.facts.file.model))
            await writer.drain()
            while True:
                await self._transaction(reader, writer, link)
        finally:
            self._link = None
            self.device.disconnect()
            if link.events is not None:
                link.events.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Say nothing while the body is silent."""
        clock = self.body.clock
        self.body.settle()
        while self.body.silent:
            if reader.at_eof():
                raise asyncio.IncompleteReadError(b"", None)
            soon = clock.instant(clock.machine(clock.monotonic()) + SILENCE_STEP_S)
            await clock.sleep_until(min(self.body.silent_until, soon))

    async def _transaction(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link) -> None:
        kind, payload = await packets.receive(reader)
        await self._listen(reader)
        if kind == PacketType.PING:
            writer.write(packets.packet(PacketType.PONG))
        elif kind == PacketType.OPERATION_REQUEST:
            request, transaction = await self._request(reader, payload)
            link.cancelled.discard(transaction)
            if request is None:
                writer.write(packets.operation_response(Response.TRANSACTION_CANCELED, transaction, ()))
            else:
                await self._answer(writer, link, transaction, self.device.transact(request))
        await writer.drain()

    async def _request(self, reader: asyncio.StreamReader, payload: bytes) -> tuple[Request | None, int]:
        asked = Reader(payload)
        phase, operation, transaction = asked.u32(), asked.u16(), asked.u32()
        if asked.left % 4 or asked.left // 4 > MOST_PARAMETERS:
            raise Malformed(f"{asked.left} bytes of parameters")
        parameters = tuple(asked.u32() for _ in range(asked.left // 4))
        data = await self._data_out(reader) if phase == _DATA_OUT else b""
        return None if data is None else Request(operation, parameters, data), transaction

    async def _data_out(self, reader: asyncio.StreamReader) -> bytes | None:
        """The data phase towards the body; None when the initiator cancels it."""
        kept = bytearray()
        while True:
            kind, payload = await packets.receive(reader)
            if kind == PacketType.CANCEL:
                return None
            if kind == PacketType.START_DATA:
                continue
            if kind not in {PacketType.DATA, PacketType.END_DATA}:
                raise Malformed(f"packet type {kind} in a data phase")
            kept += payload[4 : 4 + LARGEST_DATA_OUT + 1 - len(kept)]
            if kind == PacketType.END_DATA:
                return bytes(kept)

    async def _answer(self, writer: asyncio.StreamWriter, link: Link, transaction: int, reply: Reply) -> None:
        self._moved.set()
        response = reply.response
        if reply.data is not None:
            data = await asyncio.to_thread(reply.read)
            if not await self._data_in(writer, link, transaction, data):
                response = Response.TRANSACTION_CANCELED
        writer.write(packets.operation_response(response, transaction, reply.parameters))

    async def _data_in(self, writer: asyncio.StreamWriter, link: Link, transaction: int, data: bytes) -> bool:
        """The data phase towards the initiator. Says whether it was sent whole."""
        writer.write(packets.start_data(transaction, len(data)))
        for at in range(0, len(data) - CHUNK, CHUNK):
            writer.write(packets.data(PacketType.DATA, transaction, data[at : at + CHUNK]))
            await writer.drain()
            if transaction in link.cancelled:
                return False
        last = (len(data) - 1) // CHUNK * CHUNK if data else 0
        writer.write(packets.data(PacketType.END_DATA, transaction, data[last:]))
        return True

    async def _events(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, payload: bytes) -> None:
        link = self._link
        if link is None or link.events is not None or Reader(payload).u32() != link.number:
            writer.write(packets.init_fail(FailReason.REJECTED))
            await writer.drain()
            return
        link.events = writer
        writer.write(packets.packet(PacketType.INIT_EVENT_ACK))
        while True:
            await writer.drain()
            kind, payload = await packets.receive(reader)
            if kind == PacketType.PING:
                writer.write(packets.packet(PacketType.PONG))
            elif kind == PacketType.CANCEL:
                link.cancelled = {Reader(payload).u32()}

    async def _follow(self) -> None:
        """Let the body live on between requests, and tell of its events whoever does not poll for them."""
        while True:
            self.body.settle()
            if self._link is not None and self._link.events is not None:
                for event in self.body.events.push():
                    self._link.events.write(packets.event(event.code, event.parameter))
            self._moved.clear()
            due = self.body.due
            waits: list[asyncio.Task[Any]] = [asyncio.create_task(self._moved.wait())]
            if due is not None:
                waits.append(asyncio.create_task(self.body.clock.sleep_until(due)))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()


async def serve(body: BodyModel, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Start a responder for `body`; port 0 takes any free one. Raises `OSError` when the port is taken."""
    server = Server(body)
    await server.start(host, port)
    return server

"""The PTP/IP responder: one port for command and event connections, one initiator at a time, as a body has it."""

import asyncio
import hashlib
import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.cards import CardObject
from nightside_drivers.twin.codes import Response
from nightside_drivers.twin.contents import Content
from nightside_drivers.twin.datasets import Malformed, Reader
from nightside_drivers.twin.device import Device
from nightside_drivers.twin.following import follow, hang_up
from nightside_drivers.twin.listening import Listening
from nightside_drivers.twin.operations.exchange import Request
from nightside_drivers.twin.ptpip import packets, phases
from nightside_drivers.twin.ptpip.inbox import Inbox
from nightside_drivers.twin.ptpip.packets import FailReason, PacketType

SILENCE_STEP_S = 0.02
"""Machine seconds between two looks at whether a silence is over, or the peer gone."""

HANDSHAKE_S = 10.0
"""Machine seconds that a new connection has to say what it wants."""

MOST_UNREAD = 16_384
"""Bytes of events that a peer may leave unread."""

MOST_CONNECTIONS = 32
"""Connections at once, before further ones are dropped unheard."""


@dataclass(slots=True)
class Link:
    """One initiator's two connections."""

    number: int
    command: asyncio.StreamWriter
    events: asyncio.StreamWriter | None = None
    transaction: int = 0
    cancelled: bool = False


class Server(Listening):
    """A running responder."""

    def __init__(self, body: BodyModel) -> None:
        super().__init__()
        self.body = body
        self.device = Device(body)
        self._link: Link | None = None
        self._developing = False
        self._numbers = itertools.count(1)
        self._easel = ThreadPoolExecutor(max_workers=1, thread_name_prefix="twin-easel")

    async def start(self, host: str, port: int) -> None:
        """Listen, and develop frames as they are written to the card."""
        await super().start(host, port)
        self.body.storing.written.append(self._develop_ahead)
        self._spawn(follow(self.body, self._look))

    async def close(self) -> None:
        """Stop listening and drop whoever is connected."""
        if self._develop_ahead in self.body.storing.written:
            self.body.storing.written.remove(self._develop_ahead)
        await super().close()
        self._easel.shutdown(wait=False, cancel_futures=True)

    @property
    def connected(self) -> bool:
        """Whether an initiator holds the body."""
        return self._link is not None

    def _develop_ahead(self, item: CardObject) -> None:
        """Make a file before anybody asks for it, as a body has; but only one at a time, so that a fast clock piles up no work."""
        if self._link is not None and item.content is not None and not self._developing:
            self._developing = True
            self._spawn(self._develop(item.content))

    async def _develop(self, content: Content) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._easel, content.read, 0, 1)
        finally:
            self._developing = False

    def _look(self) -> None:
        """Drop the initiator of a body that cannot be reached, and tell of events whoever does not poll for them."""
        link = self._link
        if link is None:
            return
        if not self.body.reachable:
            link.command.transport.abort()
        elif link.events is not None and not self.body.silent and _takes_more(link.events):
            for event in self.body.events.push():
                link.events.write(packets.event(event.code, event.parameter))

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.body.reachable and len(self._tasks) < MOST_CONNECTIONS:
            self._spawn(self._meet(reader, writer))
        else:
            writer.transport.abort()

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
            await hang_up(writer)

    async def _command(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, payload: bytes) -> None:
        Reader(payload).take(16)  # the initiator's GUID; bodies that ask a person to pair would look at it
        if self._link is not None:
            writer.write(packets.init_fail(FailReason.BUSY))
            await writer.drain()
            return
        link = self._link = Link(next(self._numbers), writer)
        inbox = Inbox(reader)
        try:
            serial = self.body.options.serial
            guid = hashlib.blake2b(serial.encode(), digest_size=16).digest()
            writer.write(packets.init_command_ack(link.number, guid, self.body.facts.file.model))
            await writer.drain()
            while True:
                await self._packet(inbox, writer, link)
        finally:
            self._link = None
            inbox.close()
            self.device.disconnect()
            if link.events is not None:
                link.events.close()

    async def _listen(self, peer: asyncio.StreamReader | Inbox) -> None:
        """Say nothing while the body is silent."""
        clock = self.body.clock
        self.body.settle()
        while self.body.silent:
            if peer.at_eof():
                raise ConnectionResetError("the peer has given up")
            await clock.sleep_until(clock.instant(clock.machine(clock.monotonic()) + SILENCE_STEP_S))

    async def _packet(self, inbox: Inbox, writer: asyncio.StreamWriter, link: Link) -> None:
        packets.acknowledge_at_once(writer)
        kind, payload = await inbox.receive()
        await self._listen(inbox)
        if kind == PacketType.PING:
            writer.write(packets.packet(PacketType.PONG))
        elif kind == PacketType.OPERATION_REQUEST:
            await self._transaction(inbox, writer, link, phases.parse_request(payload))
        await writer.drain()

    async def _transaction(self, inbox: Inbox, writer: asyncio.StreamWriter, link: Link, asked: phases.Asked) -> None:
        link.transaction, link.cancelled = asked.transaction, False
        packets.acknowledge_at_once(writer)
        data = await phases.receive_data(inbox) if asked.sends_data else b""
        if data is None:
            writer.write(packets.operation_response(Response.TRANSACTION_CANCELED, asked.transaction, ()))
            return
        request = Request(asked.operation, asked.parameters, data)
        reply = self.device.transact(request)
        response = reply.response
        if reply.data is not None:
            sending = phases.Sending(self.body, self._easel, inbox, writer, lambda: link.cancelled)
            sent = await sending.send(asked.transaction, request, reply)
            if sent is None:
                response = Response.TRANSACTION_CANCELED
            elif sent < reply.size:
                response = Response.INCOMPLETE_TRANSFER
        await self._listen(inbox)
        writer.write(packets.operation_response(response, asked.transaction, reply.parameters))

    async def _events(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, payload: bytes) -> None:
        link = self._link
        if link is None or link.events is not None or Reader(payload).u32() != link.number:
            writer.write(packets.init_fail(FailReason.REJECTED))
            await writer.drain()
            return
        link.events = writer
        try:
            writer.write(packets.packet(PacketType.INIT_EVENT_ACK))
            while True:
                await writer.drain()
                kind, payload = await packets.receive(reader)
                if kind == PacketType.PING:
                    writer.write(packets.packet(PacketType.PONG))
                elif kind == PacketType.CANCEL and Reader(payload).u32() == link.transaction:
                    link.cancelled = True
        finally:
            link.events = None


def _takes_more(writer: asyncio.StreamWriter) -> bool:
    """Whether the peer reads what it is sent; otherwise events wait in the body, where they are bounded."""
    return writer.transport.get_write_buffer_size() < MOST_UNREAD


async def serve(body: BodyModel, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Start a responder for `body`; port 0 takes any free one. Raises `OSError` when the port is taken."""
    server = Server(body)
    await server.start(host, port)
    return server

"""The data phases of a transaction, in packets, with all that may go wrong on the way."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.codes import Operation
from nightside_drivers.twin.datasets import Malformed, Reader
from nightside_drivers.twin.faults.vocabulary import Fault, Kind
from nightside_drivers.twin.operations.exchange import Reply, Request
from nightside_drivers.twin.ptpip import packets
from nightside_drivers.twin.ptpip.inbox import Inbox
from nightside_drivers.twin.ptpip.packets import PacketType

CHUNK = 64 * 1024
"""Bytes in a data packet."""

LARGEST_DATA_OUT = 64 * 1024
"""Bytes of a data phase towards the body that are kept; nothing that a body takes is larger. The rest is passed over."""

MOST_PARAMETERS = 5
DATA_OUT = 2
DOWNLOADS = frozenset({Operation.GET_OBJECT, Operation.GET_PARTIAL_OBJECT})


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation request, before its data phase."""

    operation: int
    transaction: int
    parameters: tuple[int, ...]
    sends_data: bool


def parse_request(payload: bytes) -> Asked:
    """An operation request packet. Raises `Malformed`."""
    reader = Reader(payload)
    phase, operation, transaction = reader.u32(), reader.u16(), reader.u32()
    if reader.left % 4 or reader.left // 4 > MOST_PARAMETERS:
        raise Malformed(f"{reader.left} bytes of parameters")
    return Asked(operation, transaction, tuple(reader.u32() for _ in range(reader.left // 4)), phase == DATA_OUT)


async def receive_data(inbox: Inbox) -> bytes | None:
    """The data phase towards the body; None when the initiator cancels it. Raises `Malformed`."""
    kept = bytearray()
    while True:
        kind, payload = await inbox.receive()
        if kind == PacketType.CANCEL:
            return None
        if kind == PacketType.START_DATA:
            continue
        if kind not in {PacketType.DATA, PacketType.END_DATA}:
            raise Malformed(f"packet type {kind} in a data phase")
        kept += payload[4 : 4 + LARGEST_DATA_OUT + 1 - len(kept)]
        if kind == PacketType.END_DATA:
            return bytes(kept)


class Sending:
    """The data phase towards the initiator."""

    def __init__(
        self, body: BodyModel, easel: Executor, inbox: Inbox, writer: asyncio.StreamWriter, cancelled: Callable[[], bool]
    ) -> None:
        """Pictures are made on the `easel`; `cancelled` says whether the event connection has brought a cancel."""
        self._body = body
        self._easel = easel
        self._inbox = inbox
        self._writer = writer
        self._cancelled = cancelled

    async def send(self, transaction: int, request: Request, reply: Reply) -> int | None:
        """Send it, no faster than the bus. Gives the bytes sent, None when it was cancelled.

        Raises what the connection raises when the initiator hangs up meanwhile, or when a fault breaks it.
        """
        download = request.operation in DOWNLOADS
        fault = self._break_in(reply) if download else None
        data = reply.read() if reply.at_hand else await self._made(transaction, reply)
        if data is None:
            return None
        self._writer.write(packets.start_data(transaction, len(data)))
        began = self._body.clock.monotonic()
        last = (len(data) - 1) // CHUNK * CHUNK if data else 0
        for at in range(0, last + 1, CHUNK):
            part = data[at : at + CHUNK]
            if fault is not None and at + len(part) + reply.offset > fault.bytes:
                await self._break(transaction, part[: max(0, fault.bytes - reply.offset - at)])
            self._writer.write(packets.data(PacketType.END_DATA if at == last else PacketType.DATA, transaction, part))
            await self._writer.drain()
            if at < last and self._unwanted(transaction):
                return None
            if download and self._body.options.real_bandwidth:
                await self._body.clock.sleep_until(began + (at + len(part)) / self._rate)
        return len(data)

    async def _made(self, transaction: int, reply: Reply) -> bytes | None:
        """What is sent, once it is made; None when the initiator does not want to wait for it."""
        making = asyncio.get_running_loop().run_in_executor(self._easel, reply.read)
        await asyncio.wait((making, self._inbox.ahead()), return_when=asyncio.FIRST_COMPLETED)
        return None if self._unwanted(transaction) else await making

    def _unwanted(self, transaction: int) -> bool:
        return self._inbox.cancels(transaction) or self._cancelled()

    @property
    def _rate(self) -> float:
        media = self._body.facts.file.media
        return min(media.usb_bytes_per_s, media.card_bytes_per_s / self._body.storing.slowness)

    def _break_in(self, reply: Reply) -> Fault | None:
        """The fault that breaks this download, when its byte is in it."""
        end = reply.offset + reply.size
        return self._body.mishaps.strike(Kind.DROP, lambda fault: reply.offset <= fault.bytes < end)

    async def _break(self, transaction: int, part: bytes) -> None:
        self._writer.write(packets.data(PacketType.DATA, transaction, part))
        await self._writer.drain()
        raise ConnectionAbortedError("a fault broke the connection")

"""PTP/IP packets (CIPA DC-005): lengths, types and payloads. Whatever comes from a peer is bounded before it is read."""

import asyncio
import socket
import struct
from enum import IntEnum

from nightside_drivers.twin.datasets import Malformed, u16, u32, u64

HEADER = struct.Struct("<II")
LARGEST_PACKET = 1 << 20
"""Bytes; a data packet may be this long, and no peer has reason to send a longer one."""
PROTOCOL_VERSION = 0x0001_0000


class PacketType(IntEnum):
    """Packet types."""

    INIT_COMMAND_REQUEST = 1
    INIT_COMMAND_ACK = 2
    INIT_EVENT_REQUEST = 3
    INIT_EVENT_ACK = 4
    INIT_FAIL = 5
    OPERATION_REQUEST = 6
    OPERATION_RESPONSE = 7
    EVENT = 8
    START_DATA = 9
    DATA = 10
    CANCEL = 11
    END_DATA = 12
    PING = 13
    PONG = 14


class FailReason(IntEnum):
    """Why an initiator is turned away."""

    REJECTED = 1
    BUSY = 2
    UNSPECIFIED = 3


def packet(kind: PacketType, payload: bytes = b"") -> bytes:
    """A packet, with its header."""
    return HEADER.pack(HEADER.size + len(payload), kind) + payload


async def receive(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The next packet: its type, which may be unknown, and its payload.

    Raises `Malformed`, or `asyncio.IncompleteReadError` at the end of the stream.
    """
    length, kind = HEADER.unpack(await reader.readexactly(HEADER.size))
    if not HEADER.size <= length <= LARGEST_PACKET:
        raise Malformed(f"a packet of {length} bytes")
    return kind, await reader.readexactly(length - HEADER.size)


def acknowledge_at_once(writer: asyncio.StreamWriter) -> None:
    """Let the kernel acknowledge what comes next without waiting, where it can.

    libgphoto2 sends a data phase in several small writes, and its kernel holds each back until the one before is acknowledged:
    40 ms for every property that is set. The kernel forgets this after a while, so it is asked for before every packet.
    """
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None and hasattr(socket, "TCP_QUICKACK"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def init_command_ack(connection: int, guid: bytes, name: str) -> bytes:
    """The body introduces itself."""
    return packet(
        PacketType.INIT_COMMAND_ACK,
        u32(connection) + guid + name.encode("utf-16-le") + b"\0\0" + u32(PROTOCOL_VERSION),
    )


def init_fail(reason: FailReason) -> bytes:
    """The body turns an initiator away."""
    return packet(PacketType.INIT_FAIL, u32(reason))


def operation_response(code: int, transaction: int, parameters: tuple[int, ...]) -> bytes:
    """The end of a transaction."""
    return packet(PacketType.OPERATION_RESPONSE, u16(code) + u32(transaction) + b"".join(u32(each) for each in parameters))


def start_data(transaction: int, size: int) -> bytes:
    """The beginning of a data phase of `size` bytes."""
    return packet(PacketType.START_DATA, u32(transaction) + u64(size))


def data(kind: PacketType, transaction: int, payload: bytes) -> bytes:
    """A part of a data phase, or its last part."""
    return packet(kind, u32(transaction) + payload)


def event(code: int, parameter: int) -> bytes:
    """An event, which belongs to no transaction."""
    return packet(PacketType.EVENT, u16(code) + u32(0) + u32(parameter))

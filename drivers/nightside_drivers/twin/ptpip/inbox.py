"""The packets of a command connection, one after the other, with a look at the next one before its turn has come."""

import asyncio

from nightside_drivers.twin.datasets import Malformed, Reader
from nightside_drivers.twin.ptpip import packets
from nightside_drivers.twin.ptpip.packets import PacketType


class Inbox:
    """What an initiator sends. While it is being sent something long, it may cancel that, or hang up."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._ahead: asyncio.Task[tuple[int, bytes]] | None = None

    def at_eof(self) -> bool:
        """Whether the initiator has hung up and nothing of what it said is left."""
        return self._reader.at_eof()

    async def receive(self) -> tuple[int, bytes]:
        """The next packet. Raises as `packets.receive` does."""
        ahead, self._ahead = self._ahead, None
        return await (packets.receive(self._reader) if ahead is None else ahead)

    def ahead(self) -> asyncio.Task[tuple[int, bytes]]:
        """The next packet, when it comes. It keeps its turn: wait for it without cancelling it."""
        if self._ahead is None:
            self._ahead = asyncio.create_task(packets.receive(self._reader))
        return self._ahead

    def cancels(self, transaction: int) -> bool:
        """Whether the packet that came ahead cancels that transaction; then it has had its turn.

        Raises what reading it raised: the initiator has hung up, or speaks something else.
        """
        if self._ahead is None or not self._ahead.done():
            return False
        kind, payload = self._ahead.result()
        if kind != PacketType.CANCEL or not _means(payload, transaction):
            return False
        self._ahead = None
        return True

    def close(self) -> None:
        """Read no further."""
        if self._ahead is not None and not self._ahead.cancel() and not self._ahead.cancelled():
            self._ahead.exception()  # asked for, so that it is not reported as never looked at


def _means(payload: bytes, transaction: int) -> bool:
    try:
        return Reader(payload).u32() == transaction
    except Malformed:
        return False

"""The wire: what a connection must do to be kept. A client that is slow, or stops reading, or many at once hold up no other.

`Guard` looks at requests; what never becomes one is ended here. Uvicorn's own timers begin only after a first answer.
"""

import asyncio
import socket
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from nightside.service.door import welcome

HEAD_S = 10.0
"""How long (machine time) the head of a request may take to arrive."""
HEAD_BYTES = 32 << 10
"""How long it may be."""
STALLED_S = 8.0
"""How long what is sent to a client may wait for it to read. Closing would wait for that too, so it is cut off."""
MOST_OF_ONE = 120
"""Connections from one address: another still finds room."""


class Wire(H11Protocol):
    """One connection over the network."""

    _deadline: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there; a head is awaited."""
        super().connection_made(transport)
        if self._crowded():
            transport.abort()
        else:
            self._await_head()

    def data_received(self, data: bytes) -> None:
        """Some bytes of a request, or of several."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._deadline is None:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """They have gone."""
        self._stop_waiting()
        self._go_on()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """They do not read."""
        super().pause_writing()
        self._stall = self.loop.call_later(STALLED_S, self.transport.abort)

    def resume_writing(self) -> None:
        """They read again."""
        self._go_on()
        super().resume_writing()

    def _go_on(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _crowded(self) -> bool:
        host = self.client[0] if self.client else ""
        others = (getattr(one, "client", None) for one in self.connections)
        return sum(1 for client in others if (client[0] if client else "") == host) > MOST_OF_ONE

    def _await_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_S, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class DoorWire(Wire):
    """One connection from this computer, through the door."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody knocks."""
        super().connection_made(transport)
        if not welcome(cast("socket.socket", cast("Any", transport).get_extra_info("socket"))):
            transport.abort()
